/** Topics of one venue into market slots: total, every frame publishes at least one slot. */

import type { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { DecodeDesk } from "./decode_desk.ts";
import type { DecodeStats, StreamNaming } from "./decode_stats.ts";
import { FrameReading } from "./frame_reading.ts";
import { type ListingEntry, type ListingRow, ListingTable } from "./listing_table.ts";

/** Streams are counted by name alone. */
const NAMING: StreamNaming = Object.freeze({ afterName: '"', classOf: () => 0 });

/** The two ways of a venue to read a frame. */
export interface TopicPaths {
  /** True when the frame was wholly understood: its slots are claimed, `channel` says what it was. */
  readonly fast: { readonly channel: number; decode(receiveUs: number): boolean };
  /** Slots are claimed only for `Ok`, else they are abandoned. */
  readonly correct: { decode(text: string, receiveUs: number): Code };
}

/** Never throws on what a frame holds; asserts that the lane has room. */
export class TopicDecoder {
  /** What was seen: `byStream()`, `setAside()`, `unknown()`, `setAsideTotal`, `frames`. */
  readonly stats: DecodeStats;
  /** False keeps every frame on the correct path: tests compare the two. */
  fastPathOn = true;
  readonly #desk: DecodeDesk;
  readonly #listings: ListingTable;
  readonly #found: FrameReading<ListingRow>;
  readonly #fast: TopicPaths["fast"];
  readonly #correct: TopicPaths["correct"];
  /** Index of each channel in the counters. */
  readonly #streams: number[] = [];

  /** `names`: of the venue's channels, by their numbers; 0 is none of them. */
  constructor(
    lane: MarketLane,
    limits: Limits,
    names: Readonly<Record<number, string>>,
    pathsOf: (desk: DecodeDesk, listings: ListingTable, found: FrameReading<ListingRow>) => TopicPaths,
  ) {
    this.#desk = new DecodeDesk(lane, limits, NAMING);
    this.stats = this.#desk.stats;
    this.#listings = new ListingTable(limits.instrumentsMax);
    this.#found = new FrameReading(this.#desk.writer, this.stats, limits);
    const { fast, correct } = pathsOf(this.#desk, this.#listings, this.#found);
    this.#fast = fast;
    this.#correct = correct;
    for (let channel = 1; names[channel] !== undefined; channel++) {
      this.#streams[channel] = this.stats.internStream(names[channel] as string);
    }
  }

  /** Defines or revises a symbol: later frames are written at its scales. */
  define(entry: ListingEntry): void {
    this.#listings.define(entry);
  }

  /** Room that a frame may need in the lane: ask `lane.hasRoom` for it before taking the frame from the socket. */
  slotsMax(text: string): number {
    return this.#desk.slotsMax(text);
  }

  /**
   * Decodes one frame and publishes its slots; a frame that nothing came of publishes one SetAside slot (see
   * FrameWriter.setAside). Returns its code, `Ok` for the rest.
   */
  decode(text: string, receiveTimeUs: number): Code {
    const desk = this.#desk;
    desk.begin(text);
    if (this.fastPathOn && desk.bytes.load(text)) {
      if (this.#fast.decode(receiveTimeUs)) return desk.accept(this.#streams[this.#fast.channel] as number);
      desk.abandon();
    }
    const found = this.#found;
    const code = this.#correct.decode(text, receiveTimeUs);
    if (found.channel > 0) this.stats.countStream(this.#streams[found.channel] as number);
    return desk.finish(code, found, text, receiveTimeUs);
  }
}
