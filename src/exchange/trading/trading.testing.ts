/** A small venue for tests of the core: one spot symbol, one perpetual, a book that the test writes, two accounts. */

import { LevelBook } from "../level_book.ts";
import type { AccountSpec } from "./account.ts";
import { amount, ZERO } from "./amount.ts";
import type { Instrument } from "./instrument.ts";
import { BookView } from "./market_view.ts";
import type { OrderSpec } from "./order.ts";
import { TradingVenue } from "./trading_venue.ts";
import type { Update } from "./update.ts";
import type { VenueRules } from "./venue_rules.ts";

export const RULES: VenueRules = {
  name: "test",
  makerRate: "0.001",
  takerRate: "0.002",
  isClientIdForever: false,
  postOnlyThatTakes: "refuse",
  fokUnfilled: "expire",
  marketUnfilled: "expire",
  triggerBeyond: "refuse",
  preventionUsual: "expire-maker",
  firstOrderId: 1,
  firstTradeId: 1,
  firstAlgoId: 1_000,
  firstAccountId: 1,
  leverageMax: 125,
  clientIdOf: (order) => `auto-${order}`,
};

export function instrument(symbol: string, kind: Instrument["kind"]): Instrument {
  return {
    symbol,
    base: "BTC",
    quote: "USDT",
    kind,
    settle: "USDT",
    contractSize: amount("1"),
    priceMin: amount("0.01"),
    priceMax: amount("1000000"),
    tick: amount("0.01"),
    qtyMin: amount("0.001"),
    qtyMax: amount("1000"),
    step: amount("0.001"),
    marketQtyMax: amount("100"),
    marketStep: ZERO,
    notionalMin: amount("5"),
    notionalMax: undefined,
    isMarketNotional: true,
    bandUp: undefined,
    bandDown: undefined,
    ordersMax: 200,
    triggersMax: 5,
    priceDecimals: 2,
    qtyDecimals: 3,
  };
}

export function account(name: string, more: Partial<AccountSpec> = {}): AccountSpec {
  const keys = [{ key: `key-${name}`, secret: `secret-${name}`, mayTrade: true, mayWithdraw: false }];
  return { name, keys, balances: { USDT: "100000", BTC: "10" }, ...more };
}

/** The venue with its clock and books in the test's hands. */
export class Rig {
  now = 1_700_000_000_000;
  readonly books = { spot: new LevelBook(), perp: new LevelBook() };
  readonly last: { spot: string | undefined; perp: string | undefined } = { spot: "100", perp: "100" };
  mark: string | undefined = "100";
  readonly venue: TradingVenue;
  readonly told: string[] = [];
  readonly updates: Update[] = [];

  constructor(rules: Partial<VenueRules> = {}) {
    this.venue = new TradingVenue({ ...RULES, ...rules }, () => this.now);
    for (const name of ["spot", "perp"] as const) {
      const kind = name === "spot" ? "spot" : "linear";
      const view = new BookView(
        this.books[name],
        () => this.last[name],
        () => this.mark,
      );
      this.venue.addSymbol(instrument(name.toUpperCase(), kind), view);
      this.show(
        name,
        [
          ["99.90", "2"],
          ["99.80", "5"],
        ],
        [
          ["100.10", "2"],
          ["100.20", "5"],
        ],
      );
    }
    for (const name of ["ann", "bob"]) this.venue.addAccount(account(name));
    this.venue.listen((update) => {
      this.updates.push(update);
      const { order, fill, happening, cause } = update;
      this.told.push(
        [update.account, cause, happening, order?.id, order?.status, fill?.tradeId].filter(Boolean).join(" "),
      );
    });
  }

  get ann() {
    return this.venue.account("ann");
  }

  get bob() {
    return this.venue.account("bob");
  }

  /** Replaces the displayed book. */
  show(name: "spot" | "perp", bids: [string, string][], asks: [string, string][]): void {
    this.books[name].seed(this.books[name].lastUpdateId + 1, bids, asks);
    this.venue.onBook(name.toUpperCase());
  }

  spec(side: "buy" | "sell", qty: string, price?: string, more: Partial<OrderSpec> = {}): OrderSpec {
    return {
      symbol: "SPOT",
      side,
      type: price === undefined ? "market" : "limit",
      price: price === undefined ? undefined : amount(price),
      qty: amount(qty),
      timeInForce: price === undefined ? "ioc" : "gtc",
      prevention: "none",
      clientId: "",
      ...more,
    };
  }
}
