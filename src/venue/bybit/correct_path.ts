/** Correct path of Bybit's topics: any field order, white space, escapes, unknown fields, by JSON.parse; numbers stay strings. */

import { Code } from "../../core/code.ts";
import { FUNDING_SCALE, MARK_SCALE, SlotFlag, SlotKind } from "../../model/market_slot.ts";
import type { FrameReading, Marks } from "../wire/frame_reading.ts";
import { type JsonObject, objectOf } from "../wire/json.ts";
import type { ListingRow, ListingTable } from "../wire/listing_table.ts";
import type { BookIds } from "./book_ids.ts";
import { BOOK_DEPTHS, Channel } from "./channel.ts";

const MS = 1_000;
const MS_MAX = 9_007_199_254_740;

/** Reads one frame; what it found out before it failed stays in the fields, for the SetAside slot. */
export class CorrectPath {
  /** What tickers have told of a derivative: a field that is missing in a delta is as it was. */
  readonly #marks = new Map<number, Marks>();

  constructor(
    readonly found: FrameReading<ListingRow>,
    readonly listings: ListingTable,
    readonly ids: BookIds,
  ) {}

  /** Slots are claimed only for `Ok`, else the caller abandons them. */
  decode(text: string, receiveUs: number): Code {
    const { found } = this;
    const parsed = found.open(text);
    if (typeof parsed === "number") return parsed;
    const frame = objectOf(parsed.value);
    if (frame === undefined) return found.unknown("(not an object)", text);
    if (typeof frame.topic === "string") return this.#push(frame, frame.topic, text, receiveUs);
    const { op } = frame;
    if (typeof op !== "string") return found.unknown("(no topic)", text);
    if (frame.success === false) return Code.VenueError;
    return isControl(op) ? Code.ControlMessage : found.unknown(op, text);
  }

  #push(frame: JsonObject, topic: string, text: string, receiveUs: number): Code {
    const at = topic.indexOf(".");
    const kind = at < 0 ? topic : topic.slice(0, at);
    const rest = topic.slice(at + 1);
    switch (kind) {
      case "publicTrade":
        return this.#trades(frame, rest, receiveUs);
      case "allLiquidation":
        return this.#liquidations(frame, rest, receiveUs);
      case "tickers":
        return this.#ticker(frame, rest, text, receiveUs);
      case "orderbook": {
        const dot = rest.indexOf(".");
        const depth = rest.slice(0, Math.max(0, dot));
        const symbol = rest.slice(dot + 1);
        if (depth === "1") return this.#quote(frame, symbol, receiveUs);
        if (BOOK_DEPTHS.includes(depth)) return this.#book(frame, symbol, receiveUs);
        return this.found.unknown(`orderbook.${depth}`, text);
      }
      default:
        return this.found.unknown(kind, text);
    }
  }

  #begin(channel: Channel, meant: SlotKind, symbol: string): void {
    const { found } = this;
    found.channel = channel;
    found.meant = meant;
    found.row = this.listings.bySymbol(symbol);
    if (found.row === undefined) found.fail(Code.SymbolUnknown);
  }

  #trades(frame: JsonObject, symbol: string, receiveUs: number): Code {
    this.#begin(Channel.Trades, SlotKind.Trade, symbol);
    return this.#each(frame, (o) => this.#trade(o, receiveUs));
  }

  #each(frame: JsonObject, read: (o: JsonObject) => Code): Code {
    const { data } = frame;
    this.found.exchangeUs = this.#time(frame.ts);
    if (!Array.isArray(data)) return data === undefined ? Code.FieldMissing : Code.FieldType;
    if (data.length === 0) return Code.FieldMissing;
    if (data.length > this.found.limits.frameLevelsMax) return Code.TooManyLevels;
    for (const entry of data) {
      const o = objectOf(entry);
      if (o === undefined) return Code.FieldType;
      const code = read(o);
      if (code !== Code.Ok) return code;
    }
    return Code.Ok;
  }

  /** Trade ids are UUIDs or longer than a float: none is told. */
  #trade(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    this.#sameSymbol(o.s);
    found.exchangeUs = this.#time(o.T);
    const { row } = found;
    if (row === undefined) return found.code;
    const price = found.decimal(o.p, row.priceScale);
    const qty = found.decimal(o.v, row.qtyScale);
    const { S: side, BT: block } = o;
    if (side !== "Buy" && side !== "Sell") found.refuse(side, Code.EnumUnknown);
    if (block !== undefined && typeof block !== "boolean") found.fail(Code.FieldType);
    if (found.code !== Code.Ok) return found.code;
    // A block trade was agreed elsewhere: no price of the market.
    const flags = (side === "Sell" ? SlotFlag.Sell : 0) | (block === true ? SlotFlag.NotMarket : 0);
    found.writer.trade(row, flags, found.exchangeUs, receiveUs, price, qty, found.exchangeUs, 0);
    return Code.Ok;
  }

  /** All of half a second in one frame, which is one run of slots. They are rare: there is no fast path for them. */
  #liquidations(frame: JsonObject, symbol: string, receiveUs: number): Code {
    this.#begin(Channel.Liquidations, SlotKind.Liquidation, symbol);
    return this.#each(frame, (o) => {
      const { found } = this;
      this.#sameSymbol(o.s);
      const ownUs = this.#time(o.T);
      const { S: position } = o;
      if (position !== "Buy" && position !== "Sell") found.refuse(position, Code.EnumUnknown);
      if (found.row === undefined) return found.code;
      // "Position side. Buy, Sell. When you receive a Buy update, this means that a long position has been liquidated"
      // (bybit-exchange.github.io/docs/v5/websocket/public/all-liquidation): the order that ended it sold.
      // The same page calls `p` the bankruptcy price: where the position had lost all that it was backed by.
      return found.liquidation(found.row, position === "Buy", o.p, o.v, ownUs, receiveUs);
    });
  }

  /** Level 1: snapshots only. Its `u` is not the book's, and may begin again; `seq` is what orders it. */
  #quote(frame: JsonObject, symbol: string, receiveUs: number): Code {
    const { found } = this;
    this.#begin(Channel.BestQuote, SlotKind.Quote, symbol);
    found.exchangeUs = this.#time(frame.ts);
    if (frame.type !== "snapshot") found.refuse(frame.type, Code.EnumUnknown);
    const o = this.#dataOf(frame);
    if (o === undefined) return found.code;
    this.#sameSymbol(o.s);
    found.whole(o.u);
    found.sequence = found.whole(o.seq);
    return found.quote(o.a, o.b, found.row, receiveUs);
  }

  #book(frame: JsonObject, symbol: string, receiveUs: number): Code {
    const { found } = this;
    const { type } = frame;
    const isDelta = type === "delta";
    const kind = isDelta ? SlotKind.DepthDiff : SlotKind.DepthSnapshot;
    this.#begin(isDelta ? Channel.Book : Channel.BookSnapshot, kind, symbol);
    if (!isDelta && type !== "snapshot") found.refuse(type, Code.EnumUnknown);
    found.exchangeUs = this.#time(frame.ts);
    const o = this.#dataOf(frame);
    if (o === undefined) return found.code;
    this.#sameSymbol(o.s);
    const u = found.whole(o.u);
    found.whole(o.seq);
    const { row } = found;
    if (row === undefined || found.code !== Code.Ok) return found.code;
    const id = isDelta ? this.ids.ofDelta(row, u) : this.ids.ofSnapshot(row, u);
    if (id < 0) return found.fail(Code.NumberRange) || found.code;
    found.sequence = id;
    found.first = id;
    found.writer.depthHead(row, kind, receiveUs, isDelta ? 0 : SlotFlag.Window);
    const bids = found.levels(o.b, row, 0);
    const asks = found.levels(o.a, row, SlotFlag.Sell);
    if (found.code !== Code.Ok) return found.code;
    found.writer.finishDepth(found.exchangeUs, id, -1, bids, asks, id);
    this.ids.take(row, u, id);
    return Code.Ok;
  }

  /** Of derivatives: mark, index, funding. Spot's ticker says nothing that trades and books do not. */
  #ticker(frame: JsonObject, symbol: string, text: string, receiveUs: number): Code {
    const { found } = this;
    const o = objectOf(frame.data);
    if (o !== undefined && o.usdIndexPrice !== undefined) return found.unknown("tickers of spot", text);
    this.#begin(Channel.Ticker, SlotKind.Mark, symbol);
    found.exchangeUs = this.#time(frame.ts);
    const { row } = found;
    const isDelta = frame.type === "delta";
    if (!isDelta && frame.type !== "snapshot") found.refuse(frame.type, Code.EnumUnknown);
    if (o === undefined || row === undefined) return found.fail(Code.FieldType) || found.code;
    if (o.symbol !== symbol) found.refuse(o.symbol);
    const known = this.#marks.get(row.instrument);
    // A delta of what nobody told in whole says too little.
    if (isDelta && known === undefined) return found.fail(Code.FieldMissing) || found.code;
    const before = isDelta ? known : undefined;
    const told = (value: unknown, usual: number | undefined, scale: number) =>
      value === undefined && usual !== undefined ? usual : found.signed(value, scale);
    const mark = told(o.markPrice, before?.mark, MARK_SCALE);
    const index = told(o.indexPrice, before?.index, MARK_SCALE);
    const rate = told(o.fundingRate, before?.rate, FUNDING_SCALE);
    const nextMs = told(o.nextFundingTime, before === undefined ? undefined : before.nextUs / MS, 0);
    if (mark < 0 || index < 0) found.fail(Code.NumberNegative);
    if (nextMs < 0 || nextMs > MS_MAX) found.fail(Code.NumberRange);
    if (found.code !== Code.Ok) return found.code;
    const marks = { mark, index, rate, nextUs: nextMs * MS };
    this.#marks.set(row.instrument, marks);
    found.writer.mark(row, found.exchangeUs, receiveUs, mark, index, rate, marks.nextUs);
    return Code.Ok;
  }

  #dataOf(frame: JsonObject): JsonObject | undefined {
    const o = objectOf(frame.data);
    if (o === undefined) this.found.refuse(frame.data);
    return o;
  }

  /** The message names the symbol of its topic again. */
  #sameSymbol(value: unknown): void {
    const { found } = this;
    if (value === undefined) found.fail(Code.FieldMissing);
    else if (found.row !== undefined && value !== found.row.symbol) found.fail(Code.FieldType);
  }

  #time(value: unknown): number {
    return this.found.us(this.found.whole(value));
  }
}

/** Answers to what we said. */
function isControl(op: string): boolean {
  return op === "subscribe" || op === "unsubscribe" || op === "ping" || op === "pong" || op === "auth";
}
