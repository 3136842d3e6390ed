/** Correct path: any field order, white space, escapes and unknown fields, by JSON.parse; numbers stay strings. */

import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { FUNDING_SCALE, MARK_SCALE, SlotFlag, SlotKind } from "../../model/market_slot.ts";
import type { FrameReading } from "../wire/frame_reading.ts";
import { eventName, type JsonObject, objectOf } from "../wire/json.ts";
import { timeUs } from "../wire/time_us.ts";
import { type BinanceMarket, pictureKind, updateKind } from "./fast_path.ts";
import { StreamClass } from "./stream_class.ts";
import type { SymbolRow, SymbolTable } from "./symbol_table.ts";

/** Reads one frame; what it found out before it failed stays in the fields, for the SetAside slot. */
export class CorrectPath {
  readonly #usdm: boolean;

  constructor(
    market: BinanceMarket,
    /** Its `channel` is the index of the stream in the counters. */
    readonly found: FrameReading<SymbolRow>,
    readonly symbols: SymbolTable,
  ) {
    this.#usdm = market === "usdm";
  }

  /** One frame, combined or raw. Slots are claimed only for `Ok`, else the caller abandons them. */
  decode(text: string, receiveUs: number): Code {
    const parsed = this.found.open(text);
    if (typeof parsed === "number") return parsed;
    const frame = objectOf(parsed.value);
    if (frame === undefined) return this.found.unknown(eventName(parsed.value) ?? "(not an object)", text);
    if (typeof frame.stream !== "string" || frame.data === undefined) return this.#message(frame, "", text, receiveUs);
    return this.#combined(frame.stream, frame.data, text, receiveUs);
  }

  /** One REST depth answer of `row`. */
  decodeSnapshot(text: string, receiveUs: number, row: SymbolRow | undefined): Code {
    const { found } = this;
    const parsed = found.open(text);
    found.row = row;
    found.meant = SlotKind.DepthSnapshot;
    found.channel = found.stats.internStream("restSnapshot");
    if (typeof parsed === "number") return parsed;
    const answer = objectOf(parsed.value);
    if (answer === undefined) return Code.FieldType;
    if (answer.lastUpdateId === undefined && isError(answer)) return Code.VenueError;
    if (row === undefined) return Code.SymbolUnknown;
    return this.#picture(answer, SlotKind.DepthSnapshot, row, receiveUs);
  }

  #combined(stream: string, data: unknown, text: string, receiveUs: number): Code {
    const at = stream.startsWith("!") ? -1 : stream.indexOf("@");
    this.found.channel = this.found.stats.internStream(stream.slice(at + 1));
    const message = objectOf(data);
    if (message === undefined) return this.found.unknown(stream.slice(at + 1), text);
    return this.#message(message, at < 0 ? "" : stream.slice(0, at), text, receiveUs);
  }

  #message(o: JsonObject, streamSymbol: string, text: string, receiveUs: number): Code {
    const { found } = this;
    const raw = found.channel < 0;
    const event = o.e;
    const streamClass = raw ? StreamClass.Raw : found.stats.streamClass(found.channel);
    if (event === undefined) {
      if (o.lastUpdateId !== undefined && o.bids !== undefined && o.asks !== undefined) {
        const kind = pictureKind(streamClass);
        if (kind === 0) return found.unknown(found.stats.streamName(found.channel), text);
        this.#nameRaw("restSnapshot");
        found.meant = kind;
        found.row = raw ? this.symbols.only() : this.symbols.byStream(streamSymbol);
        return found.row === undefined ? Code.SymbolUnknown : this.#picture(o, kind, found.row, receiveUs);
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
        if (kind === 0) return found.unknown(found.stats.streamName(found.channel), text);
        this.#nameRaw("depth");
        return this.#update(o, kind, receiveUs);
      }
      case "kline":
        this.#nameRaw("kline");
        return this.#bar(o, receiveUs);
      case "markPriceUpdate":
        this.#nameRaw("markPrice");
        return this.#mark(o, receiveUs);
      case "forceOrder":
        this.#nameRaw("forceOrder");
        return this.#liquidation(o, receiveUs);
      case "serverShutdown":
        return Code.ControlMessage;
      default:
        return found.unknown(event, text);
    }
  }

  #control(o: JsonObject, text: string): Code {
    const { found } = this;
    if (isError(o)) return Code.VenueError;
    if (objectOf(o.event)?.e === "serverShutdown") return Code.ControlMessage;
    if (o.result !== undefined && o.id !== undefined) return Code.ControlMessage;
    const name = found.channel > 0 ? found.stats.streamName(found.channel) : (eventName(o.event) ?? "(no name)");
    return found.unknown(name, text);
  }

  #nameRaw(name: string): void {
    if (this.found.channel < 0) this.found.channel = this.found.stats.internStream(name);
  }

  #quote(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    found.meant = SlotKind.Quote;
    const row = this.#symbol(o.s);
    found.sequence = this.#integer(o.u);
    found.exchangeUs = o.E === undefined ? 0 : this.#time(o.E);
    if (o.T !== undefined) this.#integer(o.T);
    if (row === undefined) return found.code;
    const bid = found.decimal(o.b, row.priceScale);
    const bidQty = found.decimal(o.B, row.qtyScale);
    const ask = found.decimal(o.a, row.priceScale);
    const askQty = found.decimal(o.A, row.qtyScale);
    if (found.code !== Code.Ok) return found.code;
    found.writer.quote(row, found.exchangeUs, receiveUs, bid, bidQty, ask, askQty, found.sequence);
    return Code.Ok;
  }

  #trade(o: JsonObject, receiveUs: number, aggregate: boolean): Code {
    const { found } = this;
    found.meant = SlotKind.Trade;
    const row = this.#symbol(o.s);
    found.sequence = this.#integer(aggregate ? o.a : o.t);
    found.exchangeUs = this.#time(o.E);
    const tradeUs = this.#time(o.T);
    if (row === undefined) return found.code;
    const price = found.decimal(o.p, row.priceScale);
    const qty = found.decimal(o.q, row.qtyScale);
    const sell = this.#truth(o.m);
    if (o.X !== undefined && typeof o.X !== "string") found.fail(Code.FieldType);
    if (found.code !== Code.Ok) return found.code;
    let flags = aggregate ? SlotFlag.Aggregate : 0;
    if (sell) flags |= SlotFlag.Sell;
    if (o.X !== undefined && o.X !== "MARKET") flags |= SlotFlag.NotMarket;
    found.writer.trade(row, flags, found.exchangeUs, receiveUs, price, qty, tradeUs, found.sequence);
    return Code.Ok;
  }

  #update(o: JsonObject, kind: SlotKind, receiveUs: number): Code {
    const { found } = this;
    found.meant = kind;
    const row = this.#symbol(o.s);
    found.first = this.#integer(o.U);
    found.sequence = this.#integer(o.u);
    found.exchangeUs = this.#time(o.E);
    if (o.T !== undefined) this.#integer(o.T);
    if (o.pu !== undefined || this.#usdm) {
      const previous = this.#integer(o.pu);
      if (row !== undefined) return this.#book(o.b, o.a, row, kind, receiveUs, this.#usdm ? previous : -1);
    }
    return row === undefined ? found.code : this.#book(o.b, o.a, row, kind, receiveUs, -1);
  }

  #picture(o: JsonObject, kind: SlotKind, row: SymbolRow, receiveUs: number): Code {
    const { found } = this;
    found.sequence = this.#integer(o.lastUpdateId);
    found.first = found.sequence;
    found.exchangeUs = o.E === undefined ? 0 : this.#time(o.E);
    if (o.T !== undefined) this.#integer(o.T);
    return this.#book(o.bids, o.asks, row, kind, receiveUs, -1);
  }

  #book(bids: unknown, asks: unknown, row: SymbolRow, kind: SlotKind, receiveUs: number, previous: number): Code {
    const { found } = this;
    if (found.first > found.sequence) found.fail(Code.NumberRange);
    if (found.code !== Code.Ok) return found.code;
    found.writer.depthHead(row, kind, receiveUs);
    const bidCount = found.levels(bids, row, 0);
    const askCount = found.levels(asks, row, SlotFlag.Sell);
    if (found.code !== Code.Ok) return found.code;
    found.writer.finishDepth(found.exchangeUs, found.first, previous, bidCount, askCount, found.sequence);
    return Code.Ok;
  }

  #bar(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    found.meant = SlotKind.Bar;
    const row = this.#symbol(o.s);
    found.exchangeUs = this.#time(o.E);
    const k = objectOf(o.k);
    if (k === undefined) found.refuse(o.k);
    if (row === undefined || k === undefined) return found.code;
    const open = found.decimal(k.o, row.priceScale);
    const high = found.decimal(k.h, row.priceScale);
    const low = found.decimal(k.l, row.priceScale);
    const close = found.decimal(k.c, row.priceScale);
    const volume = found.decimal(k.v, row.qtyScale);
    const trades = this.#integer(k.n);
    const startUs = this.#time(k.t);
    const closed = this.#truth(k.x);
    const intervalUs = intervalUsOf(k.i);
    if (intervalUs === 0) found.refuse(k.i, Code.EnumUnknown);
    if (found.code !== Code.Ok) return found.code;
    found.writer.bar(row, closed, found.exchangeUs, receiveUs, open, high, low, close);
    found.writer.barVolume(row, closed, found.exchangeUs, receiveUs, volume, trades, startUs, intervalUs);
    return Code.Ok;
  }

  #mark(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    found.meant = SlotKind.Mark;
    const row = this.#symbol(o.s);
    found.exchangeUs = this.#time(o.E);
    const mark = found.decimal(o.p, MARK_SCALE);
    // Delivery contracts have no funding, and some symbols no index: absent or empty is 0.
    const index = isBlank(o.i) ? 0 : found.decimal(o.i, MARK_SCALE);
    const rate = isBlank(o.r) ? 0 : found.signed(o.r, FUNDING_SCALE);
    const nextUs = isBlank(o.T) ? 0 : this.#time(o.T);
    if (found.code !== Code.Ok || row === undefined) return found.code;
    found.writer.mark(row, found.exchangeUs, receiveUs, mark, index, rate, nextUs);
    return Code.Ok;
  }

  /**
   * The newest forced order of a second: `ap` is the average price of what was filled of it and `z` how much that is, `p`
   * and `q` are the order's own (developers.binance.com, Liquidation Order Streams). Told is what was filled, else the
   * order. They are rare: there is no fast path for them.
   */
  #liquidation(message: JsonObject, receiveUs: number): Code {
    const { found } = this;
    found.meant = SlotKind.Liquidation;
    found.exchangeUs = this.#time(message.E);
    const o = objectOf(message.o);
    if (o === undefined) return found.refuse(message.o) || found.code;
    const row = this.#symbol(o.s);
    const ownUs = this.#time(o.T);
    if (o.S !== "BUY" && o.S !== "SELL") found.refuse(o.S, Code.EnumUnknown);
    if (row === undefined) return found.code;
    const isFilled = o.ap !== undefined && o.z !== undefined && isPositive(o.ap) && isPositive(o.z);
    return found.liquidation(row, o.S === "SELL", isFilled ? o.ap : o.p, isFilled ? o.z : o.q, ownUs, receiveUs);
  }

  #symbol(value: unknown): SymbolRow | undefined {
    const { found } = this;
    if (typeof value !== "string") {
      found.refuse(value);
      return undefined;
    }
    found.row = this.symbols.bySymbol(value);
    if (found.row === undefined) found.fail(Code.SymbolUnknown);
    return found.row;
  }

  #integer(value: unknown): number {
    const { found } = this;
    if (typeof value !== "number") return found.refuse(value);
    if (value < 0) return found.fail(Code.NumberNegative);
    if (!Number.isInteger(value)) return found.fail(Code.FieldType);
    return value > MANTISSA_MAX ? found.fail(Code.NumberRange) : value + 0; // No -0 into a slot.
  }

  #time(value: unknown): number {
    const time = timeUs(this.#integer(value));
    return time < 0 ? this.found.fail(Code.NumberRange) : time;
  }

  #truth(value: unknown): boolean {
    if (typeof value !== "boolean") this.found.refuse(value);
    return value === true;
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

/** False for what is no zero and no number either: that is refused where it is read. */
function isPositive(value: unknown): boolean {
  return !isBlank(value) && !(typeof value === "string" && /^0*(\.0*)?$/.test(value));
}

function isError(o: JsonObject): boolean {
  if (o.error !== undefined && o.error !== null) return true;
  return typeof o.code === "number" && typeof o.msg === "string";
}
