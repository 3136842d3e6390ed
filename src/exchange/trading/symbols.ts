/** The symbols of a venue: what each is, its public market, its resting orders. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Amount } from "./amount.ts";
import type { Instrument } from "./instrument.ts";
import type { MarketView } from "./market_view.ts";
import { Refusal } from "./refusal.ts";
import { RestingBook } from "./resting_book.ts";

interface Listed {
  readonly instrument: Instrument;
  readonly view: MarketView;
  readonly book: RestingBook;
}

export class Symbols {
  readonly #listed = new Map<string, Listed>();

  add(instrument: Instrument, view: MarketView): void {
    assert(!this.#listed.has(instrument.symbol), Code.ValueOutOfRange);
    this.#listed.set(instrument.symbol, { instrument, view, book: new RestingBook(view) });
  }

  get instruments(): Instrument[] {
    return [...this.#listed.values()].map(({ instrument }) => instrument);
  }

  has(symbol: string): boolean {
    return this.#listed.has(symbol);
  }

  /** Throws Refusal `unknown-symbol`. */
  instrument(symbol: string): Instrument {
    return this.#of(symbol).instrument;
  }

  view(symbol: string): MarketView {
    return this.#of(symbol).view;
  }

  book(symbol: string): RestingBook {
    return this.#of(symbol).book;
  }

  /** The price that a trigger watches. */
  watched(symbol: string, source: "last" | "mark"): Amount | undefined {
    const view = this.view(symbol);
    return source === "mark" ? view.mark() : view.last();
  }

  /** Last price of an asset in another, where a symbol has the two. */
  lastOf(base: string, quote: string): Amount | undefined {
    for (const { instrument, view } of this.#listed.values()) {
      if (instrument.base === base && instrument.quote === quote) return view.last();
    }
    return undefined;
  }

  #of(symbol: string): Listed {
    const listed = this.#listed.get(symbol);
    if (listed === undefined) throw new Refusal("unknown-symbol", symbol);
    return listed;
  }
}
