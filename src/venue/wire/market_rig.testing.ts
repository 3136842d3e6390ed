/** Test support: what stands behind a decoder. Its lane, a market state that takes what is in it, and the problems told. */

import type { Limits } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import { BookSide } from "../../market/book.ts";
import type { BookSync } from "../../market/book_sync.ts";
import { MarketState } from "../../market/market.ts";
import type { MarketOptions } from "../../market/market_options.ts";
import type { Instrument } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import { MarketLane } from "../../ring/market_lane.ts";

export interface RigTime {
  nowUs(): number;
  setTimer(delayMs: number, fn: () => void): unknown;
  clearTimer(handle: unknown): void;
}

export class MarketRig {
  readonly market: MarketState;
  readonly problems: Problem[] = [];
  readonly lane: MarketLane;
  /** Runs after each frame. */
  onPoll: () => void = () => undefined;

  constructor(limits: Limits, options: Partial<MarketOptions>) {
    this.market = new MarketState(limits, options);
    this.lane = MarketLane.create(limits);
  }

  book(instrument: number): BookSync | undefined {
    return this.market.instrument(instrument)?.book;
  }

  /** Levels as the test venues write them, of prices with two decimals. */
  textOf(instrument: number, qtyUnits: number): string {
    const { book } = this.book(instrument) as BookSync;
    const side = (which: BookSide) => {
      const levels: [number, number][] = [];
      for (let n = 0; n < book.levels(which); n++) {
        levels.push([book.priceAt(which, n) / 100, book.qtyAt(which, n) / qtyUnits]);
      }
      return levels.sort(([x], [y]) => x - y).join(" ");
    };
    return `${side(BookSide.Bid)} | ${side(BookSide.Ask)}`;
  }

  /** Of the problems, each once. */
  codes(): string[] {
    return [...new Set(this.problems.map(({ code }) => code))];
  }

  readonly poll = (): void => {
    const { lane } = this;
    for (let pending = lane.pending(); pending > 0; pending--) {
      this.market.onSlot(lane, lane.peek(0));
      lane.release(1);
    }
    this.onPoll();
  };
}

/** Spot, two decimals of prices, the rest without bounds. */
export function listed(id: number, venue: string, venueSymbol: string, more: Partial<Instrument> = {}): Instrument {
  const names = { name: `${venue}:${venueSymbol}`, venue, venueSymbol, base: "B", quote: "Q", settle: "Q" };
  const scales = { priceScale: 2, qtyScale: 5, priceDecimals: 2, qtyDecimals: 5 };
  const rules = { tick: 1, lot: 1, qtyMin: 0, qtyMax: 0, notionalMin: 0 };
  return { id, revision: 1, kind: InstrumentKind.Spot, ...names, ...scales, ...rules, ...more };
}
