/** A market data session with the market state behind it, as an engine has it. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import { bookText } from "../market/book.ts";
import { MarketState } from "../market/market.ts";
import type { Instrument } from "../model/instrument.ts";
import { MarketLane } from "../ring/market_lane.ts";
import type { Adapter, MarketLink, VenueUrls } from "./adapter.ts";
import { FetchClient } from "./fetch_client.ts";
import type { Hooks } from "./live_account.ts";
import { wallUs } from "./quick.ts";
import type { Conditions, MarketPicture } from "./subject.ts";

export interface StandParts {
  readonly adapter: Adapter;
  readonly urls: VenueUrls;
  readonly instruments: readonly Instrument[];
  readonly conditions: Conditions;
  readonly isQuick: boolean;
  readonly limits: Limits;
  readonly hooks?: Hooks;
}

/** A book as deep as the stage's is wide awake at once. */
const BOOK_DEPTH_VISIBLE = 5;

export class MarketStand {
  readonly link: MarketLink;
  readonly problems: Problem[] = [];
  readonly #market: MarketState;
  readonly #lane: MarketLane;

  constructor(readonly parts: StandParts) {
    const { adapter, limits, instruments } = parts;
    assert(adapter.market !== undefined, Code.NotReady);
    this.#market = new MarketState(limits, { bookDepthVisible: BOOK_DEPTH_VISIBLE });
    this.#lane = MarketLane.create(limits);
    for (const instrument of instruments) this.#market.define(instrument);
    this.link = adapter.market({
      ...parts,
      lane: this.#lane,
      market: this.#market,
      rest: new FetchClient(),
      nowUs: wallUs,
      poll: () => this.#poll(),
      problem: (found) => this.problems.push(found),
    });
  }

  seen(instrument: number): MarketPicture {
    const of = this.#market.instrument(instrument);
    return {
      isValid: of?.book?.valid === true,
      book: of?.book === undefined ? "" : bookText(of.book.book),
      bid: of?.bidPrice ?? 0,
      ask: of?.askPrice ?? 0,
      snapshots: of?.book?.snapshots ?? 0,
      trades: of?.tradeCount ?? 0,
      last: [of?.lastPrice ?? 0, of?.lastQty ?? 0, of?.lastSide ?? 0],
    };
  }

  #poll(): void {
    const lane = this.#lane;
    for (let pending = lane.pending(); pending > 0; pending--) {
      const slot = lane.peek(0);
      this.parts.hooks?.slot?.(lane, slot);
      this.#market.onSlot(lane, slot);
      lane.release(1);
    }
  }
}
