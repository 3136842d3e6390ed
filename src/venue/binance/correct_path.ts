/** Correct path: any field order, white space, escapes and unknown fields, by JSON.parse; numbers stay strings. */

import { assert } from "../../core/assert.ts";
import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { DecimalReader } from "../../core/decimal.ts";
import type { Limits } from "../../core/limits.ts";
import { FUNDING_SCALE, MARK_SCALE, SlotFlag, SlotKind } from "../../model/market_slot.ts";
import type { DecodeStats } from "../wire/decode_stats.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import { eventName, type JsonObject, objectOf, parseJson } from "../wire/json.ts";
import { timeUs } from "../wire/time_us.ts";
import { type BinanceMarket, pictureKind, updateKind } from "./fast_path.ts";
import { StreamClass } from "./stream_class.ts";
import type { SymbolRow, SymbolTable } from "./symbol_table.ts";

/** Reads one frame; what it found out before it failed stays in the fields, for the SetAside slot. */
export class CorrectPath {
  row: SymbolRow | undefined = undefined;
  meant: SlotKind | 0 = 0;
  exchangeUs = 0;
  first = 0;
  sequence = 0;
  /** Index of the stream in the counters, -1 when the frame belongs to none. */
  stream = -1;
  /** First thing wrong in the fields read so far. */
  #code: Code = Code.Ok;
  readonly #usdm: boolean;
  readonly #writer: FrameWriter;
  readonly #symbols: SymbolTable;
  readonly #stats: DecodeStats;
  readonly #limits: Limits;
  readonly #reader = new DecimalReader();

  constructor(market: BinanceMarket, writer: FrameWriter, symbols: SymbolTable, stats: DecodeStats, limits: Limits) {
    this.#usdm = market === "usdm";
    this.#writer = writer;
    this.#symbols = symbols;
    this.#stats = stats;
    this.#limits = limits;
    assert(limits.frameLevelsMax > 0, Code.LimitRelationBroken);
  }

  /** One frame, combined or raw. Slots are claimed only for `Ok`, else the caller abandons them. */
  decode(text: string, receiveUs: number): Code {
    this.#reset();
    const refused = this.#refuse(text);
    if (refused !== Code.Ok) return refused;
    const parsed = parseJson(text);
    if (typeof parsed === "number") return parsed;
    const frame = objectOf(parsed.value);
    if (frame === undefined) return this.#unknown(eventName(parsed.value) ?? "(not an object)", text);
    if (typeof frame.stream !== "string" || frame.data === undefined) return this.#message(frame, "", text, receiveUs);
    return this.#combined(frame.stream, frame.data, text, receiveUs);
  }

  /** One REST depth answer of `row`. */
  decodeSnapshot(text: string, receiveUs: number, row: SymbolRow | undefined): Code {
    this.#reset();
    this.row = row;
    this.meant = SlotKind.DepthSnapshot;
    this.stream = this.#stats.internStream("restSnapshot");
    const refused = this.#refuse(text);
    if (refused !== Code.Ok) return refused;
    const parsed = parseJson(text);
    if (typeof parsed === "number") return parsed;
    const answer = objectOf(parsed.value);
    if (answer === undefined) return Code.FieldType;
    if (answer.lastUpdateId === undefined && isError(answer)) return Code.VenueError;
    if (row === undefined) return Code.SymbolUnknown;
    return this.#picture(answer, SlotKind.DepthSnapshot, row, receiveUs);
  }

  #reset(): void {
    this.row = undefined;
    this.meant = 0;
    this.exchangeUs = 0;
    this.first = 0;
    this.sequence = 0;
    this.stream = -1;
    this.#code = Code.Ok;
  }

  #refuse(text: string): Code {
    if (text.length === 0) return Code.FrameEmpty;
    if (text.length > this.#limits.frameUnitsMax) return Code.FrameTooLarge;
    return text.includes("\ufffd") ? Code.FrameNotText : Code.Ok;
  }

  #combined(stream: string, data: unknown, text: string, receiveUs: number): Code {
    const at = stream.startsWith("!") ? -1 : stream.indexOf("@");
    this.stream = this.#stats.internStream(stream.slice(at + 1));
    const message = objectOf(data);
    if (message === undefined) return this.#unknown(stream.slice(at + 1), text);
    return this.#message(message, at < 0 ? "" : stream.slice(0, at), text, receiveUs);
  }

  #message(o: JsonObject, streamSymbol: string, text: string, receiveUs: number): Code {
    const raw = this.stream < 0;
    const event = o.e;
    const streamClass = raw ? StreamClass.Raw : this.#stats.streamClass(this.stream);
    if (event === undefined) {
      if (o.lastUpdateId !== undefined && o.bids !== undefined && o.asks !== undefined) {
        const kind = pictureKind(streamClass);
        if (kind === 0) return this.#unknown(this.#stats.streamName(this.stream), text);
        this.#nameRaw("restSnapshot");
        this.meant = kind;
        this.row = raw ? this.#symbols.only() : this.#symbols.byStream(streamSymbol);
        return this.row === undefined ? Code.SymbolUnknown : this.#picture(o, kind, this.row, receiveUs);
      }
      if (o.u !== undefined && o.s !== undefined && o.b !== undefined && o.a !== undefined) {
        this.#nameRaw("bookTicker");
        return this.#quote(o, receiveUs);
      }
      return this.#control(o, text);
    }
    if (typeof event !== "string") return Code.FieldType;
    switch (event) {
      case "bookTicker":
        this.#nameRaw(event);
        return this.#quote(o, receiveUs);
      case "trade":
      case "aggTrade":
        this.#nameRaw(event);
        return this.#trade(o, receiveUs, event === "aggTrade");
      case "depthUpdate": {
        const kind = updateKind(streamClass);
        if (kind === 0) return this.#unknown(this.#stats.streamName(this.stream), text);
        this.#nameRaw("depth");
        return this.#update(o, kind, receiveUs);
      }
      case "kline":
        this.#nameRaw("kline");
        return this.#bar(o, receiveUs);
      case "markPriceUpdate":
        this.#nameRaw("markPrice");
        return this.#mark(o, receiveUs);
      case "serverShutdown":
        return Code.ControlMessage;
      default:
        return this.#unknown(event, text);
    }
  }

  #control(o: JsonObject, text: string): Code {
    if (isError(o)) return Code.VenueError;
    if (objectOf(o.event)?.e === "serverShutdown") return Code.ControlMessage;
    if (o.result !== undefined && o.id !== undefined) return Code.ControlMessage;
    const name = this.stream > 0 ? this.#stats.streamName(this.stream) : (eventName(o.event) ?? "(no name)");
    return this.#unknown(name, text);
  }

  #unknown(name: string, text: string): Code {
    this.#stats.countUnknown(name === "" ? "(no name)" : name, text);
    return Code.MessageUnknown;
  }

  #nameRaw(name: string): void {
    if (this.stream < 0) this.stream = this.#stats.internStream(name);
  }

  #quote(o: JsonObject, receiveUs: number): Code {
    this.meant = SlotKind.Quote;
    const row = this.#symbol(o.s);
    this.sequence = this.#integer(o.u);
    this.exchangeUs = o.E === undefined ? 0 : this.#time(o.E);
    if (o.T !== undefined) this.#integer(o.T);
    if (row === undefined) return this.#code;
    const bid = this.#decimal(o.b, row.priceScale);
    const bidQty = this.#decimal(o.B, row.qtyScale);
    const ask = this.#decimal(o.a, row.priceScale);
    const askQty = this.#decimal(o.A, row.qtyScale);
    if (this.#code !== Code.Ok) return this.#code;
    this.#writer.quote(row, this.exchangeUs, receiveUs, bid, bidQty, ask, askQty, this.sequence);
    return Code.Ok;
  }

  #trade(o: JsonObject, receiveUs: number, aggregate: boolean): Code {
    this.meant = SlotKind.Trade;
    const row = this.#symbol(o.s);
    this.sequence = this.#integer(aggregate ? o.a : o.t);
    this.exchangeUs = this.#time(o.E);
    const tradeUs = this.#time(o.T);
    if (row === undefined) return this.#code;
    const price = this.#decimal(o.p, row.priceScale);
    const qty = this.#decimal(o.q, row.qtyScale);
    const sell = this.#truth(o.m);
    if (o.X !== undefined && typeof o.X !== "string") this.#fail(Code.FieldType);
    if (this.#code !== Code.Ok) return this.#code;
    let flags = aggregate ? SlotFlag.Aggregate : 0;
    if (sell) flags |= SlotFlag.Sell;
    if (o.X !== undefined && o.X !== "MARKET") flags |= SlotFlag.NotMarket;
    this.#writer.trade(row, flags, this.exchangeUs, receiveUs, price, qty, tradeUs, this.sequence);
    return Code.Ok;
  }

  #update(o: JsonObject, kind: SlotKind, receiveUs: number): Code {
    this.meant = kind;
    const row = this.#symbol(o.s);
    this.first = this.#integer(o.U);
    this.sequence = this.#integer(o.u);
    this.exchangeUs = this.#time(o.E);
    if (o.T !== undefined) this.#integer(o.T);
    if (o.pu !== undefined || this.#usdm) {
      const previous = this.#integer(o.pu);
      if (row !== undefined) return this.#book(o.b, o.a, row, kind, receiveUs, this.#usdm ? previous : -1);
    }
    return row === undefined ? this.#code : this.#book(o.b, o.a, row, kind, receiveUs, -1);
  }

  #picture(o: JsonObject, kind: SlotKind, row: SymbolRow, receiveUs: number): Code {
    this.sequence = this.#integer(o.lastUpdateId);
    this.first = this.sequence;
    this.exchangeUs = o.E === undefined ? 0 : this.#time(o.E);
    if (o.T !== undefined) this.#integer(o.T);
    return this.#book(o.bids, o.asks, row, kind, receiveUs, -1);
  }

  #book(bids: unknown, asks: unknown, row: SymbolRow, kind: SlotKind, receiveUs: number, previous: number): Code {
    if (this.first > this.sequence) this.#fail(Code.NumberRange);
    if (this.#code !== Code.Ok) return this.#code;
    this.#writer.depthHead(row, kind, receiveUs);
    const bidCount = this.#levels(bids, row, 0);
    const askCount = this.#levels(asks, row, SlotFlag.Sell);
    if (this.#code !== Code.Ok) return this.#code;
    this.#writer.finishDepth(this.exchangeUs, this.first, previous, bidCount, askCount, this.sequence);
    return Code.Ok;
  }

  #levels(list: unknown, row: SymbolRow, flags: number): number {
    if (!Array.isArray(list)) {
      this.#fail(list === undefined ? Code.FieldMissing : Code.FieldType);
      return 0;
    }
    if (list.length > this.#limits.frameLevelsMax) this.#fail(Code.TooManyLevels);
    for (const level of list) {
      if (!Array.isArray(level)) this.#fail(Code.FieldType);
      if (this.#code !== Code.Ok) return 0;
      const price = this.#decimal(level[0], row.priceScale);
      const qty = this.#decimal(level[1], row.qtyScale);
      if (this.#code !== Code.Ok) return 0;
      this.#writer.level(row, flags, price, qty);
    }
    return list.length;
  }

  #bar(o: JsonObject, receiveUs: number): Code {
    this.meant = SlotKind.Bar;
    const row = this.#symbol(o.s);
    this.exchangeUs = this.#time(o.E);
    const k = objectOf(o.k);
    if (k === undefined) this.#fail(o.k === undefined ? Code.FieldMissing : Code.FieldType);
    if (row === undefined || k === undefined) return this.#code;
    const open = this.#decimal(k.o, row.priceScale);
    const high = this.#decimal(k.h, row.priceScale);
    const low = this.#decimal(k.l, row.priceScale);
    const close = this.#decimal(k.c, row.priceScale);
    const volume = this.#decimal(k.v, row.qtyScale);
    const trades = this.#integer(k.n);
    const startUs = this.#time(k.t);
    const closed = this.#truth(k.x);
    const intervalUs = intervalUsOf(k.i);
    if (intervalUs === 0) this.#fail(k.i === undefined ? Code.FieldMissing : Code.EnumUnknown);
    if (this.#code !== Code.Ok) return this.#code;
    this.#writer.bar(row, closed, this.exchangeUs, receiveUs, open, high, low, close);
    this.#writer.barVolume(row, closed, this.exchangeUs, receiveUs, volume, trades, startUs, intervalUs);
    return Code.Ok;
  }

  #mark(o: JsonObject, receiveUs: number): Code {
    this.meant = SlotKind.Mark;
    const row = this.#symbol(o.s);
    this.exchangeUs = this.#time(o.E);
    const mark = this.#decimal(o.p, MARK_SCALE);
    // Delivery contracts have no funding, and some symbols no index: absent or empty is 0.
    const index = isBlank(o.i) ? 0 : this.#decimal(o.i, MARK_SCALE);
    const rate = isBlank(o.r) ? 0 : this.#decimalSigned(o.r, FUNDING_SCALE);
    const nextUs = isBlank(o.T) ? 0 : this.#time(o.T);
    if (this.#code !== Code.Ok || row === undefined) return this.#code;
    this.#writer.mark(row, this.exchangeUs, receiveUs, mark, index, rate, nextUs);
    return Code.Ok;
  }

  #symbol(value: unknown): SymbolRow | undefined {
    if (typeof value !== "string") {
      this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
      return undefined;
    }
    this.row = this.#symbols.bySymbol(value);
    if (this.row === undefined) this.#fail(Code.SymbolUnknown);
    return this.row;
  }

  #decimal(value: unknown, scale: number): number {
    if (typeof value !== "string") return this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
    const mantissa = this.#reader.read(value, 0, scale);
    if (this.#reader.code !== Code.Ok) {
      return this.#fail(value.startsWith("-") ? Code.NumberNegative : this.#reader.code);
    }
    return this.#reader.end === value.length ? mantissa : this.#fail(Code.NumberMalformed);
  }

  #decimalSigned(value: unknown, scale: number): number {
    if (typeof value !== "string" || !value.startsWith("-")) return this.#decimal(value, scale);
    return 0 - this.#decimal(value.slice(1), scale);
  }

  #integer(value: unknown): number {
    if (typeof value !== "number") return this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
    if (value < 0) return this.#fail(Code.NumberNegative);
    if (!Number.isInteger(value)) return this.#fail(Code.FieldType);
    return value > MANTISSA_MAX ? this.#fail(Code.NumberRange) : value + 0; // No -0 into a slot.
  }

  #time(value: unknown): number {
    const time = timeUs(this.#integer(value));
    return time < 0 ? this.#fail(Code.NumberRange) : time;
  }

  #truth(value: unknown): boolean {
    if (typeof value !== "boolean") this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
    return value === true;
  }

  /** Keeps the first code; 0 stands where the value would be. */
  #fail(code: Code): 0 {
    if (this.#code === Code.Ok) this.#code = code;
    return 0;
  }
}

/** Microseconds of a kline interval (`1s`, `15m`, `4h`, `3d`, `1w`); a month counts 30 days; 0 when it is none. */
export function intervalUsOf(interval: unknown): number {
  const match = typeof interval === "string" ? /^(\d{1,2})([smhdwM])$/.exec(interval) : null;
  if (match === null) return 0;
  const seconds = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, M: 2_592_000 }[match[2] as "s"];
  return Number(match[1]) * seconds * 1_000_000; // number-ok: at most two digits
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function isError(o: JsonObject): boolean {
  if (o.error !== undefined && o.error !== null) return true;
  return typeof o.code === "number" && typeof o.msg === "string";
}
