/** Binance market streams and REST depth into market slots: total, every frame publishes at least one slot. */

import type { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import { SlotKind } from "../../model/market_slot.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { DecodeDesk } from "../wire/decode_desk.ts";
import type { DecodeStats } from "../wire/decode_stats.ts";
import { FrameReading } from "../wire/frame_reading.ts";
import { CorrectPath } from "./correct_path.ts";
import { type BinanceMarket, FastPath } from "./fast_path.ts";
import { BINANCE_NAMING } from "./stream_class.ts";
import { type SymbolEntry, SymbolTable } from "./symbol_table.ts";

export type { Sampled } from "../wire/decode_stats.ts";
export { NO_INSTRUMENT } from "../wire/frame_writer.ts";
export type { BinanceMarket } from "./fast_path.ts";
export type { SymbolEntry } from "./symbol_table.ts";

/** One decoder per market and lane. Never throws on what a frame holds; asserts that the lane has room. */
export class BinanceDecoder {
  /** What was seen: `byStream()`, `setAside()`, `unknown()`, `setAsideTotal`, `frames`. */
  readonly stats: DecodeStats;
  /** False keeps every frame on the correct path: tests compare the two. */
  fastPathOn = true;
  readonly #desk: DecodeDesk;
  readonly #symbols: SymbolTable;
  readonly #fast: FastPath;
  readonly #correct: CorrectPath;

  constructor(market: BinanceMarket, lane: MarketLane, limits: Limits) {
    this.#desk = new DecodeDesk(lane, limits, BINANCE_NAMING);
    const { bytes, writer, stats } = this.#desk;
    this.stats = stats;
    this.#symbols = new SymbolTable(limits.instrumentsMax);
    this.#fast = new FastPath(market, bytes, writer, this.#symbols, stats, limits);
    this.#correct = new CorrectPath(market, new FrameReading(writer, stats, limits), this.#symbols);
  }

  /** Defines or revises a symbol: later frames are written at its scales. */
  define(entry: SymbolEntry): void {
    this.#symbols.define(entry);
  }

  /** Room that a frame may need in the lane: ask `lane.hasRoom` for it before taking the frame from the socket. */
  slotsMax(text: string): number {
    return this.#desk.slotsMax(text);
  }

  /**
   * Decodes one frame and publishes its slots; a frame that nothing came of publishes one SetAside slot whose `a` is the
   * code (see FrameWriter.setAside for the other columns). Returns that code, `Ok` for the rest.
   */
  decode(text: string, receiveTimeUs: number): Code {
    const desk = this.#desk;
    desk.begin(text);
    if (this.fastPathOn && desk.bytes.load(text)) {
      if (this.#fast.decode(receiveTimeUs)) return desk.accept(this.#fast.stream);
      desk.abandon();
    }
    return this.#finish(this.#correct.decode(text, receiveTimeUs), text, receiveTimeUs);
  }

  /** The REST answer to `depth` of `symbol`: a DepthSnapshot and its levels. */
  decodeDepthSnapshot(text: string, receiveTimeUs: number, symbol: string): Code {
    const desk = this.#desk;
    desk.begin(text);
    const row = this.#symbols.bySymbol(symbol);
    if (this.fastPathOn && row !== undefined && desk.bytes.load(text)) {
      if (this.#fast.decodeSnapshot(row, receiveTimeUs)) return desk.accept(this.#fast.restSnapshot);
      desk.abandon();
    }
    return this.#finish(this.#correct.decodeSnapshot(text, receiveTimeUs, row), text, receiveTimeUs);
  }

  #finish(code: Code, text: string, receiveTimeUs: number): Code {
    const { found } = this.#correct;
    if (found.channel >= 0) this.stats.countStream(found.channel);
    return this.#desk.finish(code, found, text, receiveTimeUs);
  }
}

/** The kind that a SetAside frame would have had, from its `b` column: depth kinds cost a book its validity. */
export function isDepthKind(kind: number): boolean {
  return kind === SlotKind.DepthDiff || kind === SlotKind.DepthSnapshot || kind === SlotKind.DepthTop;
}
