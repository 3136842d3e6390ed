/** The displayed market of one instrument as the engine's own V holds it: the valid book, else the best quote. */

import { BookSide } from "../../market/book.ts";
import type { BookSync } from "../../market/book_sync.ts";
import type { InstrumentMarket } from "../../market/instrument_market.ts";
import type { DisplayedMarket } from "../../match/displayed.ts";
import { Side } from "../../model/order.ts";

/** While the book is not valid (a gap, a resync) the quote stands in for it; a crossed or one-sided quote does not. */
export class Display implements DisplayedMarket {
  constructor(readonly market: InstrumentMarket) {}

  usable(): boolean {
    return this.#book() !== undefined || this.#hasQuote();
  }

  priceAt(side: number, depth: number): number {
    const book = this.#book();
    if (book !== undefined) return book.book.priceAt(bookSide(side), depth);
    if (depth > 0 || !this.#hasQuote()) return 0;
    return side === Side.Buy ? this.market.bidPrice : this.market.askPrice;
  }

  qtyAt(side: number, depth: number): number {
    const book = this.#book();
    if (book !== undefined) return book.book.qtyAt(bookSide(side), depth);
    if (depth > 0 || !this.#hasQuote()) return 0;
    return side === Side.Buy ? this.market.bidQty : this.market.askQty;
  }

  qtyOf(side: number, price: number): number {
    const sync = this.#book();
    if (sync !== undefined) {
      const isKnown = side === Side.Buy ? price >= sync.knownToBid : price <= sync.knownToAsk;
      const qty = sync.book.qtyOf(bookSide(side), price);
      return isKnown || qty > 0 ? qty : Number.POSITIVE_INFINITY;
    }
    if (!this.#hasQuote()) return Number.POSITIVE_INFINITY;
    const best = this.priceAt(side, 0);
    if (price === best) return this.qtyAt(side, 0);
    const isInside = side === Side.Buy ? price > best : price < best;
    return isInside ? 0 : Number.POSITIVE_INFINITY; // A quote says nothing of what lies behind it.
  }

  #book(): BookSync | undefined {
    const book = this.market.book;
    return book?.valid === true ? book : undefined;
  }

  #hasQuote(): boolean {
    return this.market.bidPrice > 0 && this.market.askPrice > this.market.bidPrice;
  }
}

function bookSide(side: number): BookSide {
  return side === Side.Buy ? BookSide.Bid : BookSide.Ask;
}
