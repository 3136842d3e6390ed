/** Decoder, lane, market and a session over them, with the check that a valid book is the venue's book. */

import { DEFAULT_LIMITS, type Limits } from "../../core/limits.ts";
import { Prng } from "../../core/prng.ts";
import { BookSide } from "../../market/book.ts";
import type { BookSync } from "../../market/book_sync.ts";
import type { Instrument } from "../../model/instrument.ts";
import { listed, MarketRig, type RigTime } from "../wire/market_rig.testing.ts";
import type { RestClient } from "../wire/rest.ts";
import type { OpenSocket } from "../wire/socket.ts";
import { BinanceDecoder } from "./decode.ts";
import { MarketSession, type SessionLimits, type StreamChoice } from "./session.ts";
import { levelDigest, PRICE_SCALE, QTY_SCALE, type TestVenue } from "./session_venue.testing.ts";

/** Small, so that many rigs cost little. */
export const RIG_LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  marketLaneSlots: 1_024,
  frameUnitsMax: 65_536,
  frameLevelsMax: 200,
  bookLevelsMax: 256,
  bookBufferLevelsMax: 2_048,
  instrumentsMax: 1_024,
};

export interface RigWorld {
  readonly venue: TestVenue;
  readonly time: RigTime;
  readonly rest: RestClient;
  readonly openSocket?: OpenSocket;
  readonly url?: string;
  readonly restUrl?: string;
  readonly seed?: number;
  readonly session?: Partial<SessionLimits>;
  readonly streams?: StreamChoice;
  /** Instruments that are known and not streamed at first. */
  readonly idle?: readonly number[];
}

export class SessionRig extends MarketRig {
  readonly session: MarketSession;
  /** Where a valid book was not the venue's. Empty, or the session is wrong. */
  readonly wrong: string[] = [];
  /** Times that a book was compared. */
  compared = 0;
  reconnected = 0;
  readonly #venue: TestVenue;

  constructor(world: RigWorld) {
    super(RIG_LIMITS, { bookDepthVisible: 5 });
    const { venue, time } = world;
    this.#venue = venue;
    this.onPoll = () => this.compare();
    const decoder = new BinanceDecoder(venue.market, this.lane, RIG_LIMITS);
    const scales = { revision: 1, priceScale: PRICE_SCALE, qtyScale: QTY_SCALE };
    venue.books.forEach(({ symbol }, instrument) => {
      this.market.define(instrumentOf(symbol, instrument));
      decoder.define({ symbol, instrument, ...scales });
    });
    const prng = new Prng(world.seed ?? 1);
    const trades = venue.market === "usdm" ? "aggTrade" : "trade";
    this.session = new MarketSession(
      {
        url: world.url ?? "ws://venue",
        restUrl: world.restUrl ?? "http://venue",
        market: venue.market,
        symbols: venue.books.map(({ symbol }, instrument) => ({
          symbol,
          instrument,
          streamed: world.idle?.includes(instrument) !== true,
        })),
        streams: world.streams ?? { trades, quotes: true, depth: "100ms" },
        limits: RIG_LIMITS,
        ...(world.session === undefined ? {} : { session: world.session }),
      },
      {
        nowUs: () => time.nowUs(),
        random: () => prng.nextFloat(),
        setTimer: (delayMs, fn) => time.setTimer(delayMs, fn),
        clearTimer: (handle) => time.clearTimer(handle),
        decode: (text, receiveUs) => {
          decoder.decode(text, receiveUs);
        },
        decodeSnapshot: (text, receiveUs, symbol) => {
          decoder.decodeDepthSnapshot(text, receiveUs, symbol);
        },
        poll: this.poll,
        book: (instrument) => this.book(instrument),
        onReconnect: (instrument) => {
          this.reconnected++;
          this.market.onReconnect(instrument);
        },
        problem: (p) => this.problems.push(p),
        rest: world.rest,
        ...(world.openSocket === undefined ? {} : { openSocket: world.openSocket }),
      },
    );
  }

  get allValid(): boolean {
    return this.#venue.books.every((_, instrument) => this.book(instrument)?.valid === true);
  }

  /** Books that hold the venue's newest published state. */
  get allCurrent(): boolean {
    return this.#venue.books.every(({ id }, instrument) => this.book(instrument)?.lastUpdateId === id);
  }

  compare(): void {
    this.#venue.books.forEach(({ symbol, history }, instrument) => {
      const sync = this.book(instrument);
      if (sync?.valid !== true) return;
      this.compared++;
      const truth = history.get(sync.lastUpdateId);
      const held = digestOf(sync);
      if (truth === held) return;
      this.wrong.push(`${symbol} at ${sync.lastUpdateId}: ${held}, the venue has ${truth}`);
    });
  }
}

function digestOf({ book }: BookSync): number {
  let digest = 0;
  for (const side of [BookSide.Bid, BookSide.Ask]) {
    const levels = book.levels(side);
    for (let n = 0; n < levels; n++) {
      digest = (digest + levelDigest(side === BookSide.Ask, book.priceAt(side, n), book.qtyAt(side, n))) >>> 0;
    }
  }
  return digest;
}

export function instrumentOf(symbol: string, id: number): Instrument {
  const scales = { priceScale: PRICE_SCALE, qtyScale: QTY_SCALE, priceDecimals: PRICE_SCALE, qtyDecimals: QTY_SCALE };
  const names = { name: `binance:${symbol}`, base: symbol, quote: "USDT", settle: "USDT" };
  return listed(id, "binance-spot", symbol, { ...names, ...scales });
}
