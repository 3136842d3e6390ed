/** The built-in synthetic market: several instruments' feeds in one order of time, written frame by frame into a market lane. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { SyntheticFeed } from "./feed.ts";
import type { SyntheticListing } from "./instruments.ts";

/** A host that slept longer than this does not get what it missed: the market jumps. */
const BACKLOG_US_MAX = 2_000_000;
/** Enough trades of the past for indicators of 26 bars of a second. */
const HISTORY_US = 30_000_000;

export interface SyntheticMarketOptions {
  readonly listings: readonly SyntheticListing[];
  readonly seed: number;
  readonly startUs: number;
  /** By instrument id, mantissas: where a market goes on after a restart. Else the spec's own. */
  readonly startPrices?: ReadonlyMap<number, number>;
  /**
   * So much of the past is told as trades at the start, each with its own trade time, as venues do that send their last
   * trades to who subscribes: bars of it close at once, and indicators need not wait. 0 = none; 30 s if not stated.
   */
  readonly historyUs?: number;
  /** The connection began anew for this instrument, its snapshot follows: `MarketState.onReconnect` belongs here. */
  readonly onReconnect?: (instrument: number) => void;
}

/**
 * Each frame is received at the time it is due. The driver:
 *
 *     market.catchUp(nowUs);
 *     while (market.nextDueUs() <= nowUs) { market.step(); engine.poll(); }
 */
export class SyntheticMarket {
  /** Connections begun, the first included, and jumps over a backlog. */
  connections = 1;
  jumps = 0;
  /** Frames written. */
  frames = 0;
  /** Times that the lane had no room for a frame, which then waited. */
  blocked = 0;
  readonly #feeds: SyntheticFeed[];
  readonly #onReconnect: (instrument: number) => void;
  /** Feed whose frames wait to be written. */
  #current: SyntheticFeed | undefined;
  /** Feeds that have not been connected yet: those from here on. */
  #opening = 0;
  #dueUs: number;
  /** When the connection is back; 0 while there is one. */
  #silentUntilUs = 0;

  constructor(
    options: SyntheticMarketOptions,
    readonly lane: MarketLane,
    limits: Limits,
  ) {
    const { listings, seed, startUs, startPrices, historyUs = HISTORY_US } = options;
    assert(listings.length > 0 && listings.length <= limits.instrumentsMax, Code.ValueOutOfRange);
    this.#feeds = listings.map(({ instrument, spec }, n) => {
      const startPrice = startPrices?.get(instrument.id) ?? spec.startPrice;
      const seeds = { seed: mix(seed, n + 1), pathSeed: mix(seed, textHash(spec.base)) };
      return new SyntheticFeed({ instrument, spec: { ...spec, startPrice } }, { ...seeds, startUs, historyUs });
    });
    for (const feed of this.#feeds) assert(feed.slotsMax <= lane.capacity, Code.LimitRelationBroken);
    this.#onReconnect = options.onReconnect ?? (() => {});
    this.#dueUs = startUs;
  }

  /** Receive time of the next frame. */
  nextDueUs(): number {
    return this.#dueUs;
  }

  /** Writes exactly one frame; none while the lane has no room for it. */
  step(): void {
    if (this.#silentUntilUs > 0) this.#reconnect();
    if (this.#current === undefined) this.#begin();
    const feed = this.#current as SyntheticFeed;
    if (!this.lane.hasRoom(feed.slotsMax)) {
      this.blocked++;
      return;
    }
    feed.write(this.lane, this.#dueUs);
    this.frames++;
    if (feed.waits) return;
    this.#current = undefined;
    if (this.#opening === this.#feeds.length) this.#dueUs = Math.max(this.#dueUs, this.#earliest().model.nextDueUs());
  }

  /** The connection is lost for `forUs`: silence, and nothing that happens meanwhile is told; then snapshots. */
  disconnect(forUs: number): void {
    assert(forUs > 0, Code.ValueOutOfRange);
    this.#resumeAt(this.#dueUs + Math.ceil(forUs));
  }

  /**
   * The host's clock says `nowUs`. When the market is more than two seconds behind, the host has slept or was busy: hours
   * of events are of no use to anybody, so the market jumps to now, as after a lost connection.
   */
  catchUp(nowUs: number): void {
    if (nowUs - this.#dueUs <= BACKLOG_US_MAX) return;
    this.jumps++;
    this.#resumeAt(Math.floor(nowUs));
  }

  /** The model behind an instrument, for tests and snapshots. */
  model(instrument: number): SyntheticFeed["model"] | undefined {
    return this.#feeds.find((feed) => feed.listing.instrument.id === instrument)?.model;
  }

  #resumeAt(timeUs: number): void {
    this.#silentUntilUs = timeUs;
    this.#dueUs = timeUs;
  }

  #reconnect(): void {
    const timeUs = this.#silentUntilUs;
    this.#silentUntilUs = 0;
    this.connections++;
    // What waited was lost on the way; trade and update ids go on, and the snapshot says the rest.
    for (const feed of this.#feeds) {
      feed.forget();
      feed.model.skipTo(timeUs);
      this.#onReconnect(feed.listing.instrument.id);
    }
    this.#current = undefined;
    this.#opening = 0;
  }

  /** The next feed to speak: one that connects, else the one whose event is due first. */
  #begin(): void {
    if (this.#opening < this.#feeds.length) {
      this.#current = this.#feeds[this.#opening++] as SyntheticFeed;
      this.#current.connect();
      return;
    }
    const feed = this.#earliest();
    this.#current = feed;
    feed.step();
    assert(feed.waits, Code.InvariantBroken); // Every event has something to tell.
  }

  #earliest(): SyntheticFeed {
    let first = this.#feeds[0] as SyntheticFeed;
    for (let n = 1; n < this.#feeds.length; n++) {
      const feed = this.#feeds[n] as SyntheticFeed;
      if (feed.model.nextDueUs() < first.model.nextDueUs()) first = feed;
    }
    return first;
  }
}

/** Seeds of the parts, out of the one seed and a number each. */
function mix(seed: number, n: number): number {
  return (Math.imul(seed, 0x9e3779b1) ^ Math.imul(n, 0x85ebca6b)) >>> 0;
}

/** The same price path for all markets of one asset, whatever else is listed. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
