/** The displayed market of one instrument as the engine's own V holds it: the valid book, else the best quote. */

import { BookSide } from "../../market/book.ts";
import type { InstrumentMarket } from "../../market/instrument_market.ts";
import type { DisplayedMarket } from "../../match/displayed.ts";
import { Side } from "../../model/order.ts";

export class Display implements DisplayedMarket {
  constructor(readonly market: InstrumentMarket) {}

  usable(): boolean {
    const book = this.market.book;
    if (book !== undefined) return book.valid;
    return this.market.bidPrice > 0 && this.market.askPrice > 0;
  }

  priceAt(side: number, depth: number): number {
    const book = this.market.book;
    if (book !== undefined) return book.valid ? book.book.priceAt(bookSide(side), depth) : 0;
    if (depth > 0) return 0;
    return side === Side.Buy ? this.market.bidPrice : this.market.askPrice;
  }

  qtyAt(side: number, depth: number): number {
    const book = this.market.book;
    if (book !== undefined) return book.valid ? book.book.qtyAt(bookSide(side), depth) : 0;
    if (depth > 0) return 0;
    return side === Side.Buy ? this.market.bidQty : this.market.askQty;
  }

  qtyOf(side: number, price: number): number {
    const book = this.market.book;
    if (!this.usable()) return Number.POSITIVE_INFINITY;
    if (book !== undefined) return book.book.qtyOf(bookSide(side), price);
    const best = this.priceAt(side, 0);
    if (best === price) return this.qtyAt(side, 0);
    // A quote says that nobody is before the best price, and nothing of what lies behind it.
    const behind = side === Side.Buy ? price < best : price > best;
    return behind ? Number.POSITIVE_INFINITY : 0;
  }
}

function bookSide(side: number): BookSide {
  return side === Side.Buy ? BookSide.Bid : BookSide.Ask;
}
