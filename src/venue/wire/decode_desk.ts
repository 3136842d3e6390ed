/** What every decoder does around its two paths: room in the lane, counters, and the slot of a frame that nothing came of. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import type { SlotKind } from "../../model/market_slot.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { DecodeStats, type StreamNaming } from "./decode_stats.ts";
import { FrameBytes } from "./frame_bytes.ts";
import { FrameWriter, type Listing } from "./frame_writer.ts";

/** A shortest level, `["1","1"],`, has ten units: a frame of n units never makes more slots than n / 8 and two. */
const UNITS_PER_SLOT_SHIFT = 3;

/** What a frame has told before it failed. */
export interface Found {
  readonly row: Listing | undefined;
  readonly meant: SlotKind | 0;
  readonly exchangeUs: number;
  readonly first: number;
  readonly sequence: number;
}

export class DecodeDesk {
  readonly stats: DecodeStats;
  readonly writer: FrameWriter;
  readonly bytes: FrameBytes;
  readonly #lane: MarketLane;
  /** Levels of both sides that one frame may have. */
  readonly #levelSlotsMax: number;

  constructor(lane: MarketLane, limits: Limits, naming: StreamNaming) {
    assert(lane.capacity >= 2 * limits.frameLevelsMax + 2, Code.LimitRelationBroken);
    this.#lane = lane;
    this.#levelSlotsMax = 2 * limits.frameLevelsMax;
    this.stats = new DecodeStats(limits.unknownNamesMax, naming);
    this.writer = new FrameWriter(lane);
    this.bytes = new FrameBytes(limits.frameUnitsMax);
  }

  slotsMax(text: string): number {
    const slots = text.length >>> UNITS_PER_SLOT_SHIFT;
    return slots < this.#levelSlotsMax ? slots + 2 : this.#levelSlotsMax + 2;
  }

  begin(text: string): void {
    assert(this.#lane.hasRoom(this.slotsMax(text)), Code.RingOverrun);
    this.stats.frames++;
  }

  /** The fast path has understood the frame; `stream` counts it. */
  accept(stream: number): Code {
    this.stats.countStream(stream);
    this.#lane.publish();
    return Code.Ok;
  }

  /** The fast path has not: what it has claimed is given back. */
  abandon(): void {
    this.#lane.abandon();
  }

  /** The correct path has answered `code`: whatever it is, at least one slot is published. */
  finish(code: Code, found: Found, text: string, receiveTimeUs: number): Code {
    if (code !== Code.Ok) {
      this.#lane.abandon();
      this.stats.countSetAside(code, text);
      const { row, exchangeUs, meant, first, sequence } = found;
      this.writer.setAside(row, code, exchangeUs, receiveTimeUs, meant, first, sequence);
    }
    assert(this.#lane.claimedCount() > 0, Code.SlotIncomplete);
    this.#lane.publish();
    return code;
  }
}
