/** Test support: a session of topics with its decoder, lane and market state behind it, in real or virtual time. */

import type { Limits } from "../../core/limits.ts";
import { Prng } from "../../core/prng.ts";
import type { MarketOptions } from "../../market/market_options.ts";
import type { Instrument } from "../../model/instrument.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { FakeTime } from "./fake_time.testing.ts";
import { MarketRig, type RigTime } from "./market_rig.testing.ts";
import type { OpenSocket } from "./socket.ts";
import type { TopicSession, TopicSessionLimits } from "./topic_session.ts";

export const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed

export interface TopicWorld {
  readonly symbols: readonly string[];
  readonly openSocket?: OpenSocket;
  readonly url?: string;
  readonly time: RigTime;
  /** Nothing is streamed before somebody subscribes. */
  readonly idle?: boolean;
  readonly limits?: Partial<TopicSessionLimits>;
}

/** What every session of topics is told. */
export interface TopicSettings {
  readonly url: string;
  readonly symbols: readonly { readonly symbol: string; readonly instrument: number; readonly streamed: boolean }[];
  readonly limits: Limits;
  readonly session: Partial<TopicSessionLimits>;
}

type TopicSessionPorts = ConstructorParameters<typeof TopicSession>[1];

interface FrameDecoder {
  define(listing: { symbol: string; instrument: number; revision: number; priceScale: number; qtyScale: number }): void;
  decode(text: string, receiveUs: number): unknown;
}

export interface TopicParts<Decoder extends FrameDecoder> {
  readonly limits: Limits;
  readonly market?: Partial<MarketOptions>;
  decoder(lane: MarketLane): Decoder;
  instrument(symbol: string, id: number): Instrument;
  session(settings: TopicSettings, ports: TopicSessionPorts): TopicSession;
}

export class TopicRig<Decoder extends FrameDecoder> extends MarketRig {
  readonly session: TopicSession;
  readonly decoder: Decoder;
  readonly #qtyUnits: number;

  constructor(
    { symbols, openSocket, url = "ws://venue", time, idle, limits = {} }: TopicWorld,
    parts: TopicParts<Decoder>,
  ) {
    super(parts.limits, { bookDepthVisible: 3, ...parts.market });
    this.decoder = parts.decoder(this.lane);
    const instruments = symbols.map((symbol, id) => parts.instrument(symbol, id));
    for (const { id, venueSymbol, priceScale, qtyScale, ...rest } of instruments) {
      this.decoder.define({ symbol: venueSymbol, instrument: id, revision: 1, priceScale, qtyScale });
      this.market.define({ id, venueSymbol, priceScale, qtyScale, ...rest });
    }
    this.#qtyUnits = 10 ** (instruments[0]?.qtyScale ?? 0);
    const prng = new Prng(SEED);
    const known = symbols.map((symbol, instrument) => ({ symbol, instrument, streamed: idle !== true }));
    this.session = parts.session(
      { url, symbols: known, limits: parts.limits, session: limits },
      {
        ...time,
        random: () => prng.nextFloat(),
        decode: (text, receiveUs) => void this.decoder.decode(text, receiveUs),
        poll: this.poll,
        book: (instrument) => this.book(instrument),
        onReconnect: (instrument) => this.market.onReconnect(instrument),
        problem: (p) => this.problems.push(p),
        ...(openSocket === undefined ? {} : { openSocket }),
      },
    );
  }

  override textOf(instrument: number): string {
    return super.textOf(instrument, this.#qtyUnits);
  }
}

interface VirtualVenue {
  readonly openSocket: OpenSocket;
}

/** A session at a small venue, in virtual time: `later` of the venue runs after so many milliseconds. */
export function virtualWorld<Venue extends VirtualVenue, Rig>(
  venueOf: (later: (run: () => void, delayMs: number) => void) => Venue,
  rigOf: (world: { readonly time: RigTime; readonly openSocket: OpenSocket }) => Rig,
): { readonly time: FakeTime; readonly venue: Venue; readonly rig: Rig } {
  const time = new FakeTime();
  const ports = { nowUs: () => time.nowUs, setTimer: time.setTimer, clearTimer: time.clearTimer };
  const venue = venueOf((run, delayMs) => void time.at(time.nowUs + delayMs * 1_000, run));
  return { time, venue, rig: rigOf({ time: ports, openSocket: venue.openSocket }) };
}
