/** OKX's public channels into market slots: total, every frame publishes at least one slot. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { DecodeStats } from "../wire/decode_stats.ts";
import { FrameBytes } from "../wire/frame_bytes.ts";
import { FrameWriter } from "../wire/frame_writer.ts";
import { type ListingEntry, ListingTable } from "../wire/listing_table.ts";
import { BookIds } from "./book_ids.ts";
import { CHANNEL_NAMES, Channel, OKX_NAMING } from "./channel.ts";
import { CorrectPath } from "./correct_path.ts";
import { FastPath } from "./fast_path.ts";

/** A shortest level, `["1","1","0","1"],`, has eighteen units: a frame of n units never makes more slots than n / 8 and two. */
const UNITS_PER_SLOT_SHIFT = 3;
const CHANNELS = [
  Channel.Trades,
  Channel.BestQuote,
  Channel.Book,
  Channel.BookSnapshot,
  Channel.Mark,
  Channel.Funding,
  Channel.Index,
] as const;

/**
 * One decoder per session and lane, as ids of books go on with it: of one book it takes the frames of one line at a time.
 * Never throws on what a frame holds; asserts that the lane has room.
 */
export class OkxDecoder {
  /** What was seen: `byStream()`, `setAside()`, `unknown()`, `setAsideTotal`, `frames`. */
  readonly stats: DecodeStats;
  /** False keeps every frame on the correct path: tests compare the two. */
  fastPathOn = true;
  readonly #lane: MarketLane;
  readonly #levelSlotsMax: number;
  readonly #writer: FrameWriter;
  readonly #listings: ListingTable;
  readonly #bytes: FrameBytes;
  readonly #fast: FastPath;
  readonly #correct: CorrectPath;
  /** Index of each channel in the counters. */
  readonly #streams: readonly number[];

  constructor(lane: MarketLane, limits: Limits) {
    assert(lane.capacity >= 2 * limits.frameLevelsMax + 2, Code.LimitRelationBroken);
    this.#lane = lane;
    this.#levelSlotsMax = 2 * limits.frameLevelsMax;
    this.stats = new DecodeStats(limits.unknownNamesMax, OKX_NAMING);
    this.#writer = new FrameWriter(lane);
    this.#listings = new ListingTable(limits.instrumentsMax);
    this.#bytes = new FrameBytes(limits.frameUnitsMax);
    const ids = new BookIds();
    this.#fast = new FastPath(this.#bytes, this.#writer, this.#listings, ids, limits);
    this.#correct = new CorrectPath(this.#writer, this.#listings, ids, this.stats, limits);
    const streams: number[] = [];
    for (const channel of CHANNELS) streams[channel] = this.stats.internStream(CHANNEL_NAMES[channel]);
    this.#streams = streams;
  }

  /** Defines or revises a symbol: later frames are written at its scales. */
  define(entry: ListingEntry): void {
    this.#listings.define(entry);
  }

  /** Room that a frame may need in the lane: ask `lane.hasRoom` for it before taking the frame from the socket. */
  slotsMax(text: string): number {
    const slots = text.length >>> UNITS_PER_SLOT_SHIFT;
    return slots < this.#levelSlotsMax ? slots + 2 : this.#levelSlotsMax + 2;
  }

  /**
   * Decodes one frame and publishes its slots; a frame that nothing came of publishes one SetAside slot (see
   * FrameWriter.setAside). Returns its code, `Ok` for the rest.
   */
  decode(text: string, receiveTimeUs: number): Code {
    assert(this.#lane.hasRoom(this.slotsMax(text)), Code.RingOverrun);
    this.stats.frames++;
    if (this.fastPathOn && this.#bytes.load(text)) {
      if (this.#fast.decode(receiveTimeUs)) {
        this.stats.countStream(this.#streams[this.#fast.channel] as number);
        this.#lane.publish();
        return Code.Ok;
      }
      this.#lane.abandon();
    }
    const found = this.#correct;
    const code = found.decode(text, receiveTimeUs);
    if (found.channel > 0) this.stats.countStream(this.#streams[found.channel] as number);
    if (code !== Code.Ok) {
      this.#lane.abandon();
      this.stats.countSetAside(code, text);
      const { row, exchangeUs, meant, first, sequence } = found;
      this.#writer.setAside(row, code, exchangeUs, receiveTimeUs, meant, first, sequence);
    }
    assert(this.#lane.claimedCount() > 0, Code.SlotIncomplete);
    this.#lane.publish();
    return code;
  }
}
