/** Correct path of Bybit's topics: any field order, white space, escapes, unknown fields, by JSON.parse; numbers stay strings. */

import { assert } from "../../core/assert.ts";
import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { DecimalReader } from "../../core/decimal.ts";
import type { Limits } from "../../core/limits.ts";
import { FUNDING_SCALE, MARK_SCALE, SlotFlag, SlotKind } from "../../model/market_slot.ts";
import type { DecodeStats } from "../wire/decode_stats.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import { type JsonObject, objectOf, parseJson } from "../wire/json.ts";
import type { ListingRow, ListingTable } from "../wire/listing_table.ts";
import type { BookIds } from "./book_ids.ts";
import { BOOK_DEPTHS, Channel } from "./channel.ts";

const MS = 1_000;
const MS_MAX = 9_007_199_254_740;

/** What tickers have told of a derivative: a field that is missing in a delta is as it was. */
interface Marks {
  mark: number;
  index: number;
  rate: number;
  nextUs: number;
}

/** Reads one frame; what it found out before it failed stays in the fields, for the SetAside slot. */
export class CorrectPath {
  row: ListingRow | undefined = undefined;
  meant: SlotKind | 0 = 0;
  exchangeUs = 0;
  first = 0;
  sequence = 0;
  channel: Channel | -1 = -1;
  /** First thing wrong in the fields read so far. */
  #code: Code = Code.Ok;
  readonly #reader = new DecimalReader();
  readonly #marks = new Map<number, Marks>();

  constructor(
    readonly writer: FrameWriter,
    readonly listings: ListingTable,
    readonly ids: BookIds,
    readonly stats: DecodeStats,
    readonly limits: Limits,
  ) {
    assert(limits.frameLevelsMax > 0, Code.LimitRelationBroken);
  }

  /** Slots are claimed only for `Ok`, else the caller abandons them. */
  decode(text: string, receiveUs: number): Code {
    this.row = undefined;
    this.meant = 0;
    this.exchangeUs = 0;
    this.first = 0;
    this.sequence = 0;
    this.channel = -1;
    this.#code = Code.Ok;
    if (text.length === 0) return Code.FrameEmpty;
    if (text.length > this.limits.frameUnitsMax) return Code.FrameTooLarge;
    if (text.includes("\ufffd")) return Code.FrameNotText;
    const parsed = parseJson(text);
    if (typeof parsed === "number") return parsed;
    const frame = objectOf(parsed.value);
    if (frame === undefined) return this.#unknown("(not an object)", text);
    if (typeof frame.topic === "string") return this.#push(frame, frame.topic, text, receiveUs);
    const { op } = frame;
    if (typeof op !== "string") return this.#unknown("(no topic)", text);
    if (frame.success === false) return Code.VenueError;
    return isControl(op) ? Code.ControlMessage : this.#unknown(op, text);
  }

  #push(frame: JsonObject, topic: string, text: string, receiveUs: number): Code {
    const at = topic.indexOf(".");
    const kind = at < 0 ? topic : topic.slice(0, at);
    const rest = topic.slice(at + 1);
    switch (kind) {
      case "publicTrade":
        return this.#trades(frame, rest, receiveUs);
      case "tickers":
        return this.#ticker(frame, rest, text, receiveUs);
      case "orderbook": {
        const dot = rest.indexOf(".");
        const depth = rest.slice(0, Math.max(0, dot));
        const symbol = rest.slice(dot + 1);
        if (depth === "1") return this.#quote(frame, symbol, receiveUs);
        if (BOOK_DEPTHS.includes(depth)) return this.#book(frame, symbol, receiveUs);
        return this.#unknown(`orderbook.${depth}`, text);
      }
      default:
        return this.#unknown(kind, text);
    }
  }

  #unknown(name: string, text: string): Code {
    this.stats.countUnknown(name === "" ? "(no name)" : name, text);
    return Code.MessageUnknown;
  }

  #begin(channel: Channel, meant: SlotKind, symbol: string): void {
    this.channel = channel;
    this.meant = meant;
    this.row = this.listings.bySymbol(symbol);
    if (this.row === undefined) this.#fail(Code.SymbolUnknown);
  }

  #trades(frame: JsonObject, symbol: string, receiveUs: number): Code {
    this.#begin(Channel.Trades, SlotKind.Trade, symbol);
    const { data } = frame;
    this.exchangeUs = this.#time(frame.ts);
    if (!Array.isArray(data)) return data === undefined ? Code.FieldMissing : Code.FieldType;
    if (data.length === 0) return Code.FieldMissing;
    if (data.length > this.limits.frameLevelsMax) return Code.TooManyLevels;
    for (const entry of data) {
      const o = objectOf(entry);
      if (o === undefined) return Code.FieldType;
      const code = this.#trade(o, receiveUs);
      if (code !== Code.Ok) return code;
    }
    return Code.Ok;
  }

  /** Trade ids are UUIDs or longer than a float: none is told. */
  #trade(o: JsonObject, receiveUs: number): Code {
    this.#sameSymbol(o.s);
    this.exchangeUs = this.#time(o.T);
    const { row } = this;
    if (row === undefined) return this.#code;
    const price = this.#decimal(o.p, row.priceScale);
    const qty = this.#decimal(o.v, row.qtyScale);
    const { S: side, BT: block } = o;
    if (side !== "Buy" && side !== "Sell") this.#fail(side === undefined ? Code.FieldMissing : Code.EnumUnknown);
    if (block !== undefined && typeof block !== "boolean") this.#fail(Code.FieldType);
    if (this.#code !== Code.Ok) return this.#code;
    // A block trade was agreed elsewhere: no price of the market.
    const flags = (side === "Sell" ? SlotFlag.Sell : 0) | (block === true ? SlotFlag.NotMarket : 0);
    this.writer.trade(row, flags, this.exchangeUs, receiveUs, price, qty, this.exchangeUs, 0);
    return Code.Ok;
  }

  /** Level 1: snapshots only. Its `u` is not the book's, and may begin again; `seq` is what orders it. */
  #quote(frame: JsonObject, symbol: string, receiveUs: number): Code {
    this.#begin(Channel.BestQuote, SlotKind.Quote, symbol);
    this.exchangeUs = this.#time(frame.ts);
    if (frame.type !== "snapshot") this.#fail(frame.type === undefined ? Code.FieldMissing : Code.EnumUnknown);
    const o = this.#dataOf(frame);
    if (o === undefined) return this.#code;
    this.#sameSymbol(o.s);
    this.#whole(o.u);
    this.sequence = this.#whole(o.seq);
    const ask = this.#best(o.a);
    const bid = this.#best(o.b);
    const { row } = this;
    if (row === undefined || ask === undefined || bid === undefined) return this.#code;
    const askPrice = this.#decimal(ask[0], row.priceScale);
    const askQty = this.#decimal(ask[1], row.qtyScale);
    const bidPrice = this.#decimal(bid[0], row.priceScale);
    const bidQty = this.#decimal(bid[1], row.qtyScale);
    if (this.#code !== Code.Ok) return this.#code;
    this.writer.quote(row, this.exchangeUs, receiveUs, bidPrice, bidQty, askPrice, askQty, this.sequence);
    return Code.Ok;
  }

  /** The one level of a best quote; an empty side is a field that is missing. */
  #best(list: unknown): readonly unknown[] | undefined {
    const level: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined;
    if (Array.isArray(level)) return level;
    this.#fail(Array.isArray(list) && list.length === 0 ? Code.FieldMissing : Code.FieldType);
    return undefined;
  }

  #book(frame: JsonObject, symbol: string, receiveUs: number): Code {
    const { type } = frame;
    const isDelta = type === "delta";
    const kind = isDelta ? SlotKind.DepthDiff : SlotKind.DepthSnapshot;
    this.#begin(isDelta ? Channel.Book : Channel.BookSnapshot, kind, symbol);
    if (!isDelta && type !== "snapshot") this.#fail(type === undefined ? Code.FieldMissing : Code.EnumUnknown);
    this.exchangeUs = this.#time(frame.ts);
    const o = this.#dataOf(frame);
    if (o === undefined) return this.#code;
    this.#sameSymbol(o.s);
    const u = this.#whole(o.u);
    this.#whole(o.seq);
    const { row } = this;
    if (row === undefined || this.#code !== Code.Ok) return this.#code;
    const id = isDelta ? this.ids.ofDelta(row, u) : this.ids.ofSnapshot(row, u);
    if (id < 0) return this.#fail(Code.NumberRange) || this.#code;
    this.sequence = id;
    this.first = id;
    this.writer.depthHead(row, kind, receiveUs, isDelta ? 0 : SlotFlag.Window);
    const bids = this.#levels(o.b, row, 0);
    const asks = this.#levels(o.a, row, SlotFlag.Sell);
    if (this.#code !== Code.Ok) return this.#code;
    this.writer.finishDepth(this.exchangeUs, id, -1, bids, asks, id);
    this.ids.take(row, u, id);
    return Code.Ok;
  }

  #levels(list: unknown, row: ListingRow, flags: number): number {
    if (!Array.isArray(list)) {
      this.#fail(list === undefined ? Code.FieldMissing : Code.FieldType);
      return 0;
    }
    if (list.length > this.limits.frameLevelsMax) this.#fail(Code.TooManyLevels);
    for (const level of list) {
      if (!Array.isArray(level)) this.#fail(Code.FieldType);
      if (this.#code !== Code.Ok) return 0;
      const price = this.#decimal(level[0], row.priceScale);
      const qty = this.#decimal(level[1], row.qtyScale);
      if (this.#code !== Code.Ok) return 0;
      this.writer.level(row, flags, price, qty);
    }
    return list.length;
  }

  /** Of derivatives: mark, index, funding. Spot's ticker says nothing that trades and books do not. */
  #ticker(frame: JsonObject, symbol: string, text: string, receiveUs: number): Code {
    const o = objectOf(frame.data);
    if (o !== undefined && o.usdIndexPrice !== undefined) return this.#unknown("tickers of spot", text);
    this.#begin(Channel.Ticker, SlotKind.Mark, symbol);
    this.exchangeUs = this.#time(frame.ts);
    const { row } = this;
    const isDelta = frame.type === "delta";
    if (!isDelta && frame.type !== "snapshot")
      this.#fail(frame.type === undefined ? Code.FieldMissing : Code.EnumUnknown);
    if (o === undefined || row === undefined) return this.#fail(Code.FieldType) || this.#code;
    if (o.symbol !== symbol) this.#fail(o.symbol === undefined ? Code.FieldMissing : Code.FieldType);
    const known = this.#marks.get(row.instrument);
    // A delta of what nobody told in whole says too little.
    if (isDelta && known === undefined) return this.#fail(Code.FieldMissing) || this.#code;
    const before = isDelta ? known : undefined;
    const told = (value: unknown, usual: number | undefined, scale: number) =>
      value === undefined && usual !== undefined ? usual : this.#signed(value, scale);
    const mark = told(o.markPrice, before?.mark, MARK_SCALE);
    const index = told(o.indexPrice, before?.index, MARK_SCALE);
    const rate = told(o.fundingRate, before?.rate, FUNDING_SCALE);
    const nextMs = told(o.nextFundingTime, before === undefined ? undefined : before.nextUs / MS, 0);
    if (mark < 0 || index < 0) this.#fail(Code.NumberNegative);
    if (nextMs < 0 || nextMs > MS_MAX) this.#fail(Code.NumberRange);
    if (this.#code !== Code.Ok) return this.#code;
    const marks = { mark, index, rate, nextUs: nextMs * MS };
    this.#marks.set(row.instrument, marks);
    this.writer.mark(row, this.exchangeUs, receiveUs, mark, index, rate, marks.nextUs);
    return Code.Ok;
  }

  #dataOf(frame: JsonObject): JsonObject | undefined {
    const o = objectOf(frame.data);
    if (o === undefined) this.#fail(frame.data === undefined ? Code.FieldMissing : Code.FieldType);
    return o;
  }

  /** The message names the symbol of its topic again. */
  #sameSymbol(value: unknown): void {
    if (value === undefined) this.#fail(Code.FieldMissing);
    else if (this.row !== undefined && value !== this.row.symbol) this.#fail(Code.FieldType);
  }

  /** A bare JSON integer. */
  #whole(value: unknown): number {
    if (typeof value !== "number") return this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
    return Number.isSafeInteger(value) && value >= 0 ? value : this.#fail(Code.NumberRange);
  }

  #time(value: unknown): number {
    const ms = this.#whole(value);
    return ms <= MS_MAX ? ms * MS : this.#fail(Code.NumberRange);
  }

  #decimal(value: unknown, scale: number): number {
    const mantissa = this.#signed(value, scale);
    return mantissa < 0 ? this.#fail(Code.NumberNegative) : mantissa;
  }

  #signed(value: unknown, scale: number): number {
    if (typeof value !== "string") return this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
    const isNegative = value.startsWith("-");
    const mantissa = this.#reader.read(value, isNegative ? 1 : 0, scale);
    if (this.#reader.code !== Code.Ok) return this.#fail(this.#reader.code);
    if (this.#reader.end !== value.length) return this.#fail(Code.NumberMalformed);
    if (mantissa > MANTISSA_MAX) return this.#fail(Code.NumberRange);
    return isNegative && mantissa > 0 ? -mantissa : mantissa; // No -0 into a slot.
  }

  /** Keeps the first code; 0 stands where the value would be. */
  #fail(code: Code): 0 {
    if (this.#code === Code.Ok) this.#code = code;
    return 0;
  }
}

/** Answers to what we said. */
function isControl(op: string): boolean {
  return op === "subscribe" || op === "unsubscribe" || op === "ping" || op === "pong" || op === "auth";
}
