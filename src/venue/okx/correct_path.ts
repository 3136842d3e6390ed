/** Correct path: any field order, white space, escapes and unknown fields, by JSON.parse; numbers stay strings. */

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
import { Channel } from "./channel.ts";

const MS = 1_000;
/** Index `BTC-USDT` belongs to the swap `BTC-USDT-SWAP`. */
const SWAP_TAIL = "-SWAP";
const MS_MAX = 9_007_199_254_740;

/** Mark, index and funding of one listing come in messages of their own; a Mark slot carries all that is known. */
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
    if (text === "pong") return Code.ControlMessage;
    const parsed = parseJson(text);
    if (typeof parsed === "number") return parsed;
    const frame = objectOf(parsed.value);
    if (frame === undefined) return this.#unknown("(not an object)", text);
    const { event } = frame;
    if (typeof event === "string") {
      if (event === "error") return Code.VenueError;
      return isControl(event) ? Code.ControlMessage : this.#unknown(event, text);
    }
    return this.#push(frame, text, receiveUs);
  }

  #push(frame: JsonObject, text: string, receiveUs: number): Code {
    const arg = objectOf(frame.arg);
    if (arg === undefined) return this.#unknown("(no arg)", text);
    const { channel, instId } = arg;
    if (typeof channel !== "string") return Code.FieldMissing;
    if (!Array.isArray(frame.data)) return frame.data === undefined ? Code.FieldMissing : Code.FieldType;
    const row = typeof instId === "string" ? this.listings.bySymbol(instId) : undefined;
    this.row = row;
    switch (channel) {
      case "trades":
      case "trades-all":
        return this.#all(frame.data, Channel.Trades, SlotKind.Trade, (o) => this.#trade(o, receiveUs));
      case "bbo-tbt":
        return this.#one(frame.data, Channel.BestQuote, SlotKind.Quote, (o) => this.#quote(o, receiveUs));
      case "books":
        return this.#bookOf(frame, frame.data, receiveUs);
      case "mark-price":
        return this.#one(frame.data, Channel.Mark, SlotKind.Mark, (o) => this.#mark(o, receiveUs));
      case "funding-rate":
        return this.#one(frame.data, Channel.Funding, SlotKind.Mark, (o) => this.#funding(o, receiveUs));
      case "index-tickers":
        // Its `instId` is a pair without a market of its own: it is told of the swap that settles by it.
        this.row = typeof instId === "string" ? this.listings.bySymbol(`${instId}${SWAP_TAIL}`) : undefined;
        return this.#one(frame.data, Channel.Index, SlotKind.Mark, (o) => this.#index(o, receiveUs));
      default:
        return this.#unknown(channel, text);
    }
  }

  #bookOf(frame: JsonObject, data: readonly unknown[], receiveUs: number): Code {
    const { action } = frame;
    const isUpdate = action === "update";
    if (!isUpdate && action !== "snapshot") return action === undefined ? Code.FieldMissing : Code.EnumUnknown;
    const kind = isUpdate ? SlotKind.DepthDiff : SlotKind.DepthSnapshot;
    return this.#one(data, isUpdate ? Channel.Book : Channel.BookSnapshot, kind, (o) => this.#book(o, kind, receiveUs));
  }

  #all(data: readonly unknown[], channel: Channel, meant: SlotKind, read: (o: JsonObject) => Code): Code {
    this.channel = channel;
    this.meant = meant;
    if (data.length === 0) return Code.FieldMissing;
    if (data.length > this.limits.frameLevelsMax) return Code.TooManyLevels;
    for (const entry of data) {
      const o = objectOf(entry);
      if (o === undefined) return Code.FieldType;
      const code = read(o);
      if (code !== Code.Ok) return code;
    }
    return Code.Ok;
  }

  /** Two books or quotes in one frame have never been seen: they would be one slot run of two heads. */
  #one(data: readonly unknown[], channel: Channel, meant: SlotKind, read: (o: JsonObject) => Code): Code {
    if (data.length > 1) {
      this.channel = channel;
      this.meant = meant;
      return Code.TooManyLevels;
    }
    return this.#all(data, channel, meant, read);
  }

  #unknown(name: string, text: string): Code {
    this.stats.countUnknown(name === "" ? "(no name)" : name, text);
    return Code.MessageUnknown;
  }

  #trade(o: JsonObject, receiveUs: number): Code {
    const row = this.#rowOf(o);
    this.sequence = this.#integer(o.tradeId);
    this.exchangeUs = this.#time(o.ts);
    if (row === undefined) return this.#code;
    const price = this.#decimal(o.px, row.priceScale);
    const qty = this.#decimal(o.sz, row.qtyScale);
    const { side } = o;
    if (side !== "buy" && side !== "sell") this.#fail(side === undefined ? Code.FieldMissing : Code.EnumUnknown);
    const first = this.#firstOf(o.count);
    if (this.#code !== Code.Ok) return this.#code;
    const flags = side === "sell" ? SlotFlag.Sell : 0;
    this.writer.trade(row, flags, this.exchangeUs, receiveUs, price, qty, this.exchangeUs, this.sequence, first);
    return Code.Ok;
  }

  /** The channel `trades` tells what one taker did at one price as one trade, under the last of its ids. */
  #firstOf(count: unknown): number {
    if (count === undefined) return 0;
    const trades = this.#integer(count);
    if (this.#code !== Code.Ok) return 0;
    if (trades < 1 || trades > this.sequence + 1) return this.#fail(Code.NumberRange);
    return trades === 1 ? 0 : this.sequence - trades + 1;
  }

  #quote(o: JsonObject, receiveUs: number): Code {
    const row = this.#rowOf(o);
    this.sequence = this.#sequenceOf(o.seqId);
    this.exchangeUs = this.#time(o.ts);
    if (row === undefined) return this.#code;
    const ask = this.#best(o.asks);
    const bid = this.#best(o.bids);
    if (ask === undefined || bid === undefined) return this.#code;
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

  /** Books of before 2023 have no sequence numbers: without them nothing tells a gap, so they are set aside. */
  #book(o: JsonObject, kind: SlotKind, receiveUs: number): Code {
    const row = this.#rowOf(o);
    const isUpdate = kind === SlotKind.DepthDiff;
    const { ids } = this;
    const previous = o.prevSeqId === -1 ? -1 : this.#sequenceOf(o.prevSeqId);
    const seqId = this.#sequenceOf(o.seqId);
    this.exchangeUs = this.#time(o.ts);
    if (row === undefined) return this.#code;
    if (isUpdate ? previous < 0 : previous >= 0) this.#fail(Code.NumberRange);
    if (this.#code !== Code.Ok) return this.#code;
    if (!(isUpdate ? ids.ofUpdate(row, previous, seqId) : ids.ofSnapshot(row, seqId))) this.#fail(Code.NumberRange);
    if (this.#code !== Code.Ok) return this.#code;
    // From here on the ids that are told, not the venue's: what is set aside says by them what may be lost.
    this.sequence = ids.last;
    this.first = ids.first;
    this.writer.depthHead(row, kind, receiveUs, isUpdate ? 0 : SlotFlag.Window);
    const asks = this.#levels(o.asks, row, SlotFlag.Sell);
    const bids = this.#levels(o.bids, row, 0);
    if (this.#code !== Code.Ok) return this.#code;
    this.writer.finishDepth(this.exchangeUs, ids.first, ids.previous, bids, asks, ids.last);
    ids.take(row, previous, seqId);
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

  #mark(o: JsonObject, receiveUs: number): Code {
    const row = this.#rowOf(o);
    this.exchangeUs = this.#time(o.ts);
    const mark = this.#rounded(o.markPx, MARK_SCALE);
    if (this.#code !== Code.Ok || row === undefined) return this.#code;
    const known = this.#marksOf(row);
    known.mark = mark;
    return this.#putMark(row, known, receiveUs);
  }

  #index(o: JsonObject, receiveUs: number): Code {
    const { row } = this;
    if (row === undefined) this.#fail(Code.SymbolUnknown);
    else if (o.instId !== undefined && !isPairOf(o.instId, row.symbol)) this.#fail(Code.FieldType);
    this.exchangeUs = this.#time(o.ts);
    const index = this.#rounded(o.idxPx, MARK_SCALE);
    if (this.#code !== Code.Ok || row === undefined) return this.#code;
    const known = this.#marksOf(row);
    known.index = index;
    return this.#putMark(row, known, receiveUs);
  }

  #funding(o: JsonObject, receiveUs: number): Code {
    const row = this.#rowOf(o);
    this.exchangeUs = o.ts === undefined ? 0 : this.#time(o.ts);
    const rate = this.#rounded(o.fundingRate, FUNDING_SCALE, true);
    const nextUs = this.#time(o.fundingTime);
    if (this.#code !== Code.Ok || row === undefined) return this.#code;
    const known = this.#marksOf(row);
    known.rate = rate;
    known.nextUs = nextUs;
    return this.#putMark(row, known, receiveUs);
  }

  #putMark(row: ListingRow, known: Readonly<Marks>, receiveUs: number): Code {
    this.writer.mark(row, this.exchangeUs, receiveUs, known.mark, known.index, known.rate, known.nextUs);
    return Code.Ok;
  }

  #marksOf(row: ListingRow): Marks {
    let known = this.#marks.get(row.instrument);
    if (known === undefined) {
      known = { mark: 0, index: 0, rate: 0, nextUs: 0 };
      this.#marks.set(row.instrument, known);
    }
    return known;
  }

  /** The listing of the frame; an entry that names another one contradicts it. */
  #rowOf(o: JsonObject): ListingRow | undefined {
    if (this.row === undefined) this.#fail(Code.SymbolUnknown);
    else if (o.instId !== undefined && o.instId !== this.row.symbol) this.#fail(Code.FieldType);
    return this.row;
  }

  /** A bare JSON integer. */
  #sequenceOf(value: unknown): number {
    if (typeof value !== "number") return this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
    return Number.isSafeInteger(value) && value >= 0 ? value : this.#fail(Code.NumberRange);
  }

  /** Digits as text. */
  #integer(value: unknown): number {
    if (typeof value !== "string") return this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
    return this.#decimal(value, 0);
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

  /** Mark prices and funding rates have more decimals than anything is reckoned with: the rest is cut off. */
  #rounded(value: unknown, scale: number, isSigned = false): number {
    if (typeof value !== "string") return this.#fail(value === undefined ? Code.FieldMissing : Code.FieldType);
    const point = value.indexOf(".");
    const isLong = point >= 0 && /^-?\d+\.\d+$/.test(value);
    const text = isLong ? value.slice(0, point + 1 + Math.max(1, scale)) : value;
    return isSigned ? this.#signed(text, scale) : this.#decimal(text, scale);
  }

  #time(value: unknown): number {
    const ms = this.#integer(value);
    return ms <= MS_MAX ? ms * MS : this.#fail(Code.NumberRange);
  }

  /** Keeps the first code; 0 stands where the value would be. */
  #fail(code: Code): 0 {
    if (this.#code === Code.Ok) this.#code = code;
    return 0;
  }
}

/** Answers to what we said, and the venue's own notices. */
function isControl(event: string): boolean {
  return (
    event === "subscribe" ||
    event === "unsubscribe" ||
    event === "login" ||
    event === "notice" ||
    event === "channel-conn-count"
  );
}

/** A pair, not something that turns into its name: whatever else a venue may write there is refused, never converted. */
function isPairOf(pair: unknown, swap: string): boolean {
  return typeof pair === "string" && `${pair}${SWAP_TAIL}` === swap;
}
