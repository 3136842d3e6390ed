/** Test support: a market session at OKX with its decoder, its lane and a market state behind it. */

import { DEFAULT_LIMITS, type Limits } from "../../core/limits.ts";
import { Prng } from "../../core/prng.ts";
import type { Problem } from "../../core/problem.ts";
import { BookSide } from "../../market/book.ts";
import type { BookSync } from "../../market/book_sync.ts";
import { MarketState } from "../../market/market.ts";
import { InstrumentKind } from "../../model/order.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { FakeTime } from "../binance/session_time.testing.ts";
import type { OpenSocket } from "../wire/socket.ts";
import type { TopicSession, TopicSessionLimits } from "../wire/topic_session.ts";
import { OkxDecoder } from "./decode.ts";
import { marketSession } from "./session.ts";
import type { TopicChoice } from "./session_topics.ts";
import { TestVenue } from "./session_venue.testing.ts";

export const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
const LIMITS: Limits = { ...DEFAULT_LIMITS, marketLaneSlots: 4_096, frameLevelsMax: 500, instrumentsMax: 512 };
export const BOOKS: TopicChoice = { trades: "none", quotes: false, books: true, marks: false };
export const ALL: TopicChoice = { trades: "trade", quotes: true, books: true, marks: true };
export const SCALES = { priceScale: 2, qtyScale: 8 };

export interface SessionWorld {
  readonly symbols: readonly string[];
  readonly topics?: TopicChoice;
  readonly openSocket?: OpenSocket;
  readonly url?: string;
  readonly time: { nowUs(): number; setTimer(delayMs: number, fn: () => void): unknown; clearTimer(h: unknown): void };
  readonly idle?: boolean;
  readonly limits?: Partial<TopicSessionLimits>;
}

export class SessionRig {
  readonly market = new MarketState(LIMITS, { bookDepthVisible: 3, checkQuotes: false });
  readonly problems: Problem[] = [];
  readonly session: TopicSession;
  readonly decoder: OkxDecoder;
  /** Runs after each frame. */
  onPoll: () => void = () => undefined;
  readonly #lane = MarketLane.create(LIMITS);

  constructor({ symbols, topics = BOOKS, openSocket, url = "ws://venue", time, idle, limits = {} }: SessionWorld) {
    this.decoder = new OkxDecoder(this.#lane, LIMITS);
    symbols.forEach((symbol, id) => {
      this.decoder.define({ symbol, instrument: id, revision: 1, ...SCALES });
      const names = { name: `okx:${symbol}`, venue: "okx", venueSymbol: symbol, base: "B", quote: "Q", settle: "Q" };
      const rules = { priceDecimals: 2, qtyDecimals: 5, tick: 1, lot: 1, qtyMin: 0, qtyMax: 0, notionalMin: 0 };
      const kind = symbol.endsWith("-SWAP") ? InstrumentKind.LinearPerpetual : InstrumentKind.Spot;
      this.market.define({ id, revision: 1, ...names, kind, ...SCALES, ...rules });
    });
    const prng = new Prng(SEED);
    const listed = symbols.map((symbol, instrument) => ({ symbol, instrument, streamed: idle !== true }));
    this.session = marketSession(
      { url, symbols: listed, topics, limits: LIMITS, session: limits },
      {
        ...time,
        random: () => prng.nextFloat(),
        decode: (text, receiveUs) => void this.decoder.decode(text, receiveUs),
        poll: () => this.#poll(),
        book: (instrument) => this.book(instrument),
        onReconnect: (instrument) => this.market.onReconnect(instrument),
        problem: (p) => this.problems.push(p),
        ...(openSocket === undefined ? {} : { openSocket }),
      },
    );
  }

  book(instrument: number): BookSync | undefined {
    return this.market.instrument(instrument)?.book;
  }

  /** Levels as the test venue writes them. */
  textOf(instrument: number): string {
    const { book } = this.book(instrument) as BookSync;
    const side = (which: BookSide) => {
      const levels: [number, number][] = [];
      for (let n = 0; n < book.levels(which); n++) {
        levels.push([book.priceAt(which, n) / 100, book.qtyAt(which, n) / 100_000_000]);
      }
      return levels.sort(([x], [y]) => x - y).join(" ");
    };
    return `${side(BookSide.Bid)} | ${side(BookSide.Ask)}`;
  }

  codes(): string[] {
    return [...new Set(this.problems.map(({ code }) => code))];
  }

  #poll(): void {
    const lane = this.#lane;
    for (let pending = lane.pending(); pending > 0; pending--) {
      this.market.onSlot(lane, lane.peek(0));
      lane.release(1);
    }
    this.onPoll();
  }
}

/** A session at the small venue, in virtual time. */
export function virtual(symbols: readonly string[], seed = SEED, more: Partial<SessionWorld> = {}) {
  const time = new FakeTime();
  const ports = { nowUs: () => time.nowUs, setTimer: time.setTimer, clearTimer: time.clearTimer };
  const venue = new TestVenue(symbols, seed, (run, delayMs) => void time.at(time.nowUs + delayMs * 1_000, run));
  const rig = new SessionRig({ symbols, time: ports, openSocket: venue.openSocket, ...more });
  return { time, venue, rig };
}
