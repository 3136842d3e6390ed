/** Test support: a market session at OKX with its decoder, its lane and a market state behind it. */

import { DEFAULT_LIMITS, type Limits } from "../../core/limits.ts";
import { InstrumentKind } from "../../model/order.ts";
import { listed } from "../wire/market_rig.testing.ts";
import { SEED, TopicRig, type TopicWorld, virtualWorld } from "../wire/topic_session_rig.testing.ts";
import { OkxDecoder } from "./decode.ts";
import { marketSession } from "./session.ts";
import type { TopicChoice } from "./session_topics.ts";
import { TestVenue } from "./session_venue.testing.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, marketLaneSlots: 4_096, frameLevelsMax: 500, instrumentsMax: 512 };
export const BOOKS: TopicChoice = { trades: "none", quotes: false, books: true, marks: false };
export const ALL: TopicChoice = { trades: "trade", quotes: true, books: true, marks: true };

export interface SessionWorld extends TopicWorld {
  readonly topics?: TopicChoice;
}

export class SessionRig extends TopicRig<OkxDecoder> {
  constructor({ topics = BOOKS, ...world }: SessionWorld) {
    super(world, {
      limits: LIMITS,
      market: { checkQuotes: false },
      decoder: (lane) => new OkxDecoder(lane, LIMITS),
      instrument: (symbol, id) => {
        const kind = symbol.endsWith("-SWAP") ? InstrumentKind.LinearPerpetual : InstrumentKind.Spot;
        return listed(id, "okx", symbol, { kind, qtyScale: 8 });
      },
      session: (settings, ports) => marketSession({ ...settings, topics }, ports),
    });
  }
}

/** A session at the small venue, in virtual time. */
export function virtual(symbols: readonly string[], seed = SEED, more: Partial<SessionWorld> = {}) {
  return virtualWorld(
    (later) => new TestVenue(symbols, seed, later),
    (world) => new SessionRig({ symbols, ...world, ...more }),
  );
}
