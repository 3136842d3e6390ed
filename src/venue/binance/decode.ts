/** Binance market streams and REST depth into market slots: total, every frame publishes at least one slot. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import { SlotKind } from "../../model/market_slot.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { DecodeStats } from "../wire/decode_stats.ts";
import { FrameBytes } from "../wire/frame_bytes.ts";
import { FrameWriter } from "../wire/frame_writer.ts";
import { CorrectPath } from "./correct_path.ts";
import { type BinanceMarket, FastPath } from "./fast_path.ts";
import { BINANCE_NAMING } from "./stream_class.ts";
import { type SymbolEntry, SymbolTable } from "./symbol_table.ts";

export type { Sampled } from "../wire/decode_stats.ts";
export { NO_INSTRUMENT } from "../wire/frame_writer.ts";
export type { BinanceMarket } from "./fast_path.ts";
export type { SymbolEntry } from "./symbol_table.ts";

/** A shortest level, `["1","1"],`, has ten units: a frame of n units never makes more slots than n / 8 and two. */
const UNITS_PER_SLOT_SHIFT = 3;

/** One decoder per market and lane. Never throws on what a frame holds; asserts that the lane has room. */
export class BinanceDecoder {
  /** What was seen: `byStream()`, `setAside()`, `unknown()`, `setAsideTotal`, `frames`. */
  readonly stats: DecodeStats;
  /** False keeps every frame on the correct path: tests compare the two. */
  fastPathOn = true;
  readonly #lane: MarketLane;
  /** Levels of both sides that one frame may have. */
  readonly #levelSlotsMax: number;
  readonly #writer: FrameWriter;
  readonly #symbols: SymbolTable;
  readonly #bytes: FrameBytes;
  readonly #fast: FastPath;
  readonly #correct: CorrectPath;

  constructor(market: BinanceMarket, lane: MarketLane, limits: Limits) {
    assert(lane.capacity >= 2 * limits.frameLevelsMax + 2, Code.LimitRelationBroken);
    this.#lane = lane;
    this.#levelSlotsMax = 2 * limits.frameLevelsMax;
    this.stats = new DecodeStats(limits.unknownNamesMax, BINANCE_NAMING);
    this.#writer = new FrameWriter(lane);
    this.#symbols = new SymbolTable(limits.instrumentsMax);
    this.#bytes = new FrameBytes(limits.frameUnitsMax);
    this.#fast = new FastPath(market, this.#bytes, this.#writer, this.#symbols, this.stats, limits);
    this.#correct = new CorrectPath(market, this.#writer, this.#symbols, this.stats, limits);
  }

  /** Defines or revises a symbol: later frames are written at its scales. */
  define(entry: SymbolEntry): void {
    this.#symbols.define(entry);
  }

  /** Room that a frame may need in the lane: ask `lane.hasRoom` for it before taking the frame from the socket. */
  slotsMax(text: string): number {
    const slots = text.length >>> UNITS_PER_SLOT_SHIFT;
    return slots < this.#levelSlotsMax ? slots + 2 : this.#levelSlotsMax + 2;
  }

  /**
   * Decodes one frame and publishes its slots; a frame that nothing came of publishes one SetAside slot whose `a` is the
   * code (see FrameWriter.setAside for the other columns). Returns that code, `Ok` for the rest.
   */
  decode(text: string, receiveTimeUs: number): Code {
    this.#begin(text);
    if (this.fastPathOn && this.#bytes.load(text)) {
      if (this.#fast.decode(receiveTimeUs)) {
        this.stats.countStream(this.#fast.stream);
        this.#lane.publish();
        return Code.Ok;
      }
      this.#lane.abandon();
    }
    return this.#finish(this.#correct.decode(text, receiveTimeUs), text, receiveTimeUs);
  }

  /** The REST answer to `depth` of `symbol`: a DepthSnapshot and its levels. */
  decodeDepthSnapshot(text: string, receiveTimeUs: number, symbol: string): Code {
    this.#begin(text);
    const row = this.#symbols.bySymbol(symbol);
    if (this.fastPathOn && row !== undefined && this.#bytes.load(text)) {
      if (this.#fast.decodeSnapshot(row, receiveTimeUs)) {
        this.stats.countStream(this.#fast.restSnapshot);
        this.#lane.publish();
        return Code.Ok;
      }
      this.#lane.abandon();
    }
    return this.#finish(this.#correct.decodeSnapshot(text, receiveTimeUs, row), text, receiveTimeUs);
  }

  #begin(text: string): void {
    assert(this.#lane.hasRoom(this.slotsMax(text)), Code.RingOverrun);
    this.stats.frames++;
  }

  #finish(code: Code, text: string, receiveTimeUs: number): Code {
    const found = this.#correct;
    if (found.stream >= 0) this.stats.countStream(found.stream);
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

/** The kind that a SetAside frame would have had, from its `b` column: depth kinds cost a book its validity. */
export function isDepthKind(kind: number): boolean {
  return kind === SlotKind.DepthDiff || kind === SlotKind.DepthSnapshot || kind === SlotKind.DepthTop;
}
