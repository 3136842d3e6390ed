/** One frame on the correct path: what it has told so far, and the first thing wrong in it. Nothing is thrown. */

import { assert } from "../../core/assert.ts";
import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { DecimalReader } from "../../core/decimal.ts";
import type { Limits } from "../../core/limits.ts";
import { SlotFlag, type SlotKind } from "../../model/market_slot.ts";
import type { DecodeStats } from "./decode_stats.ts";
import type { FrameWriter, Listing } from "./frame_writer.ts";
import { parseJson } from "./json.ts";

const MS = 1_000;
const MS_MAX = 9_007_199_254_740;

/** A listing as numbers are read for it. */
export interface ScaledListing extends Listing {
  readonly priceScale: number;
  readonly qtyScale: number;
}

/** What is known of a derivative; a Mark slot carries all of it. */
export interface Marks {
  mark: number;
  index: number;
  rate: number;
  nextUs: number;
}

/** Numbers stay texts until they are read at a scale. What was found before a frame failed is for its SetAside slot. */
export class FrameReading<Row extends ScaledListing> {
  row: Row | undefined = undefined;
  meant: SlotKind | 0 = 0;
  exchangeUs = 0;
  first = 0;
  sequence = 0;
  /** What it is counted as, by the venue's own numbers; -1: nothing. */
  channel = -1;
  /** First thing wrong in the fields read so far. */
  code: Code = Code.Ok;
  readonly #reader = new DecimalReader();

  constructor(
    readonly writer: FrameWriter,
    readonly stats: DecodeStats,
    readonly limits: Limits,
  ) {
    assert(limits.frameLevelsMax > 0, Code.LimitRelationBroken);
  }

  /** Forgets the frame before, and parses this one. */
  open(text: string): { readonly value: unknown } | Code {
    this.row = undefined;
    this.meant = 0;
    this.exchangeUs = 0;
    this.first = 0;
    this.sequence = 0;
    this.channel = -1;
    this.code = Code.Ok;
    if (text.length === 0) return Code.FrameEmpty;
    if (text.length > this.limits.frameUnitsMax) return Code.FrameTooLarge;
    return text.includes("\ufffd") ? Code.FrameNotText : parseJson(text);
  }

  unknown(name: string, text: string): Code {
    this.stats.countUnknown(name === "" ? "(no name)" : name, text);
    return Code.MessageUnknown;
  }

  /** Keeps the first code; 0 stands where the value would be. */
  fail(code: Code): 0 {
    if (this.code === Code.Ok) this.code = code;
    return 0;
  }

  /** What stands in place of `value` is missing, or is `otherwise`. */
  refuse(value: unknown, otherwise: Code = Code.FieldType): 0 {
    return this.fail(value === undefined ? Code.FieldMissing : otherwise);
  }

  decimal(value: unknown, scale: number): number {
    const mantissa = this.signed(value, scale);
    return mantissa < 0 ? this.fail(Code.NumberNegative) : mantissa;
  }

  /** As `decimal`; decimals beyond the scale, which averages and reckoned prices have, are cut off. */
  cut(value: unknown, scale: number, isSigned = false): number {
    if (typeof value !== "string") return this.refuse(value);
    const point = value.indexOf(".");
    const isLong = point >= 0 && /^-?\d+\.\d+$/.test(value);
    const text = isLong ? value.slice(0, point + 1 + Math.max(1, scale)) : value;
    return isSigned ? this.signed(text, scale) : this.decimal(text, scale);
  }

  /** Writes a liquidation out of texts as the venue wrote them, at `exchangeUs`. */
  liquidation(row: Row, isSale: boolean, price: unknown, qty: unknown, ownUs: number, receiveUs: number): Code {
    const at = this.cut(price, row.priceScale);
    const size = this.decimal(qty, row.qtyScale);
    if (this.code === Code.Ok && (at === 0 || size === 0)) this.fail(Code.NumberRange);
    if (this.code !== Code.Ok) return this.code;
    this.writer.liquidation(row, isSale ? SlotFlag.Sell : 0, this.exchangeUs, receiveUs, at, size, ownUs);
    return Code.Ok;
  }

  signed(value: unknown, scale: number): number {
    if (typeof value !== "string") return this.refuse(value);
    const isNegative = value.startsWith("-");
    const mantissa = this.#reader.read(value, isNegative ? 1 : 0, scale);
    if (this.#reader.code !== Code.Ok) return this.fail(this.#reader.code);
    if (this.#reader.end !== value.length) return this.fail(Code.NumberMalformed);
    if (mantissa > MANTISSA_MAX) return this.fail(Code.NumberRange);
    return isNegative && mantissa > 0 ? -mantissa : mantissa; // No -0 into a slot.
  }

  /** A bare JSON integer. */
  whole(value: unknown): number {
    if (typeof value !== "number") return this.refuse(value);
    return Number.isSafeInteger(value) && value >= 0 ? value + 0 : this.fail(Code.NumberRange); // As below: no -0.
  }

  /** Microseconds of milliseconds. */
  us(ms: number): number {
    return ms <= MS_MAX ? ms * MS : this.fail(Code.NumberRange);
  }

  /** One side of a book: how many levels were written. */
  levels(list: unknown, row: Row, flags: number): number {
    if (!Array.isArray(list)) return this.refuse(list);
    if (list.length > this.limits.frameLevelsMax) this.fail(Code.TooManyLevels);
    for (const level of list) {
      if (!Array.isArray(level)) this.fail(Code.FieldType);
      if (this.code !== Code.Ok) return 0;
      const price = this.decimal(level[0], row.priceScale);
      const qty = this.decimal(level[1], row.qtyScale);
      if (this.code !== Code.Ok) return 0;
      this.writer.level(row, flags, price, qty);
    }
    return list.length;
  }

  /** A best quote told as the one level of each side, with `exchangeUs` and `sequence` as they are known by now. */
  quote(asks: unknown, bids: unknown, row: Row | undefined, receiveUs: number): Code {
    if (row === undefined) return this.code;
    const ask = this.#best(asks);
    const bid = this.#best(bids);
    if (ask === undefined || bid === undefined) return this.code;
    const askPrice = this.decimal(ask[0], row.priceScale);
    const askQty = this.decimal(ask[1], row.qtyScale);
    const bidPrice = this.decimal(bid[0], row.priceScale);
    const bidQty = this.decimal(bid[1], row.qtyScale);
    if (this.code !== Code.Ok) return this.code;
    this.writer.quote(row, this.exchangeUs, receiveUs, bidPrice, bidQty, askPrice, askQty, this.sequence);
    return Code.Ok;
  }

  /** The one level of a best quote; an empty side is a field that is missing. */
  #best(list: unknown): readonly unknown[] | undefined {
    const level: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined;
    if (Array.isArray(level)) return level;
    this.fail(Array.isArray(list) && list.length === 0 ? Code.FieldMissing : Code.FieldType);
    return undefined;
  }
}
