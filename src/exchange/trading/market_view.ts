/** What the core may see of a symbol's public market, and the adapter from the feed's own book. */

import type { LevelBook } from "../level_book.ts";
import type { SymbolMarket } from "../symbol_market.ts";
import { type Amount, amountOf, plain, ZERO } from "./amount.ts";
import type { Side } from "./order.ts";

export interface ShownLevel {
  readonly price: Amount;
  readonly qty: Amount;
}

export interface MarketView {
  /** At most so many displayed levels of a side (buy: bids), best first. */
  levels(side: Side, limit: number): readonly ShownLevel[];
  /** What is displayed at a price: zero when nothing is, undefined when it lies deeper than what shows. */
  qtyAt(side: Side, price: Amount): Amount | undefined;
  last(): Amount | undefined;
  mark(): Amount | undefined;
}

/** Of a market as the feed shows it. */
export function viewOf(market: SymbolMarket): MarketView {
  const mark = () => (typeof market.mark?.p === "string" ? market.mark.p : undefined);
  return new BookView(market.book, () => market.trades.at(-1)?.price, mark);
}

export class BookView implements MarketView {
  constructor(
    readonly book: LevelBook,
    readonly lastPrice: () => string | undefined,
    readonly markPrice: () => string | undefined,
  ) {}

  levels(side: Side, limit: number): ShownLevel[] {
    const rows = side === "buy" ? this.book.bids(limit) : this.book.asks(limit);
    return rows.map(([price, qty]) => ({ price: amountOf(price) ?? ZERO, qty: amountOf(qty) ?? ZERO }));
  }

  qtyAt(side: Side, price: Amount): Amount | undefined {
    const text = this.book.qtyOf(side === "buy", plain(price));
    if (text !== undefined) return amountOf(text);
    const worst = this.book.worst(side === "buy");
    const worstPrice = worst === undefined ? undefined : amountOf(worst[0]);
    if (worstPrice === undefined) return undefined;
    return (side === "buy" ? price > worstPrice : price < worstPrice) ? ZERO : undefined;
  }

  last(): Amount | undefined {
    return amountOf(this.lastPrice()) ?? this.#middle();
  }

  mark(): Amount | undefined {
    return amountOf(this.markPrice()) ?? this.last();
  }

  #middle(): Amount | undefined {
    return amountOf(this.book.bestBid?.[0]);
  }
}
