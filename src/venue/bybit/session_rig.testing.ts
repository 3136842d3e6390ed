/** Test support: a market session at Bybit with its decoder, its lane and a market state behind it. */

import { DEFAULT_LIMITS, type Limits } from "../../core/limits.ts";
import { listed } from "../wire/market_rig.testing.ts";
import { SEED, TopicRig, type TopicWorld, virtualWorld } from "../wire/topic_session_rig.testing.ts";
import { type Category, kindOf, venueOf } from "./category.ts";
import { BybitDecoder } from "./decode.ts";
import { marketSession } from "./session.ts";
import type { TopicChoice } from "./session_topics.ts";
import { TestVenue } from "./session_venue.testing.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, marketLaneSlots: 4_096, frameLevelsMax: 500, instrumentsMax: 64 };
export const BOOKS: TopicChoice = { trades: false, quotes: false, depth: "50", marks: false };
export const ALL: TopicChoice = { trades: true, quotes: true, depth: "50", marks: true };

export interface SessionWorld extends TopicWorld {
  readonly category?: Category;
  readonly topics?: TopicChoice;
}

export class SessionRig extends TopicRig<BybitDecoder> {
  constructor({ category = "linear", topics = BOOKS, ...world }: SessionWorld) {
    super(world, {
      limits: LIMITS,
      decoder: (lane) => new BybitDecoder(lane, LIMITS),
      instrument: (symbol, id) => listed(id, venueOf(category), symbol, { kind: kindOf(category) }),
      session: (settings, ports) => marketSession({ ...settings, category, topics }, ports),
    });
  }
}

/** A session at the small venue, in virtual time. */
export function virtual(symbols: readonly string[], seed = SEED, more: Partial<SessionWorld> = {}) {
  return virtualWorld(
    (later) => new TestVenue(symbols, seed, (run) => later(run, 3)),
    (world) => new SessionRig({ symbols, ...world, ...more }),
  );
}
