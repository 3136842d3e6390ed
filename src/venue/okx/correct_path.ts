/** Correct path: any field order, white space, escapes and unknown fields, by JSON.parse; numbers stay strings. */

import { Code } from "../../core/code.ts";
import { FUNDING_SCALE, MARK_SCALE, SlotFlag, SlotKind } from "../../model/market_slot.ts";
import type { FrameReading, Marks } from "../wire/frame_reading.ts";
import { type JsonObject, objectOf } from "../wire/json.ts";
import type { ListingRow, ListingTable } from "../wire/listing_table.ts";
import type { BookIds } from "./book_ids.ts";
import { Channel } from "./channel.ts";

/** Index `BTC-USDT` belongs to the swap `BTC-USDT-SWAP`. */
const SWAP_TAIL = "-SWAP";

/** Reads one frame; what it found out before it failed stays in the fields, for the SetAside slot. */
export class CorrectPath {
  /** Mark, index and funding of one listing come in messages of their own; a Mark slot carries all that is known. */
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
    if (typeof parsed === "number") return text === "pong" ? Code.ControlMessage : parsed;
    const frame = objectOf(parsed.value);
    if (frame === undefined) return found.unknown("(not an object)", text);
    const { event } = frame;
    if (typeof event === "string") {
      if (event === "error") return Code.VenueError;
      return isControl(event) ? Code.ControlMessage : found.unknown(event, text);
    }
    return this.#push(frame, text, receiveUs);
  }

  #push(frame: JsonObject, text: string, receiveUs: number): Code {
    const { found } = this;
    const arg = objectOf(frame.arg);
    if (arg === undefined) return found.unknown("(no arg)", text);
    const { channel, instId } = arg;
    if (typeof channel !== "string") return Code.FieldMissing;
    if (!Array.isArray(frame.data)) return frame.data === undefined ? Code.FieldMissing : Code.FieldType;
    const row = typeof instId === "string" ? this.listings.bySymbol(instId) : undefined;
    found.row = row;
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
        found.row = typeof instId === "string" ? this.listings.bySymbol(`${instId}${SWAP_TAIL}`) : undefined;
        return this.#one(frame.data, Channel.Index, SlotKind.Mark, (o) => this.#index(o, receiveUs));
      case "liquidation-orders":
        return this.#liquidations(frame.data, receiveUs);
      default:
        return found.unknown(channel, text);
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
    this.found.channel = channel;
    this.found.meant = meant;
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

  /** Two books or quotes in one frame have never been seen: they would be one slot run of two heads. */
  #one(data: readonly unknown[], channel: Channel, meant: SlotKind, read: (o: JsonObject) => Code): Code {
    if (data.length > 1) {
      this.found.channel = channel;
      this.found.meant = meant;
      return Code.TooManyLevels;
    }
    return this.#all(data, channel, meant, read);
  }

  #trade(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    const row = this.#rowOf(o);
    found.sequence = this.#integer(o.tradeId);
    found.exchangeUs = this.#time(o.ts);
    if (row === undefined) return found.code;
    const price = found.decimal(o.px, row.priceScale);
    const qty = found.decimal(o.sz, row.qtyScale);
    const { side } = o;
    if (side !== "buy" && side !== "sell") found.refuse(side, Code.EnumUnknown);
    const first = this.#firstOf(o.count);
    if (found.code !== Code.Ok) return found.code;
    const flags = side === "sell" ? SlotFlag.Sell : 0;
    found.writer.trade(row, flags, found.exchangeUs, receiveUs, price, qty, found.exchangeUs, found.sequence, first);
    return Code.Ok;
  }

  /** The channel `trades` tells what one taker did at one price as one trade, under the last of its ids. */
  #firstOf(count: unknown): number {
    const { found } = this;
    if (count === undefined) return 0;
    const trades = this.#integer(count);
    if (found.code !== Code.Ok) return 0;
    if (trades < 1 || trades > found.sequence + 1) return found.fail(Code.NumberRange);
    return trades === 1 ? 0 : found.sequence - trades + 1;
  }

  #quote(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    const row = this.#rowOf(o);
    found.sequence = found.whole(o.seqId);
    found.exchangeUs = this.#time(o.ts);
    return found.quote(o.asks, o.bids, row, receiveUs);
  }

  /** Books of before 2023 have no sequence numbers: without them nothing tells a gap, so they are set aside. */
  #book(o: JsonObject, kind: SlotKind, receiveUs: number): Code {
    const { found } = this;
    const row = this.#rowOf(o);
    const isUpdate = kind === SlotKind.DepthDiff;
    const { ids } = this;
    const previous = o.prevSeqId === -1 ? -1 : found.whole(o.prevSeqId);
    const seqId = found.whole(o.seqId);
    found.exchangeUs = this.#time(o.ts);
    if (row === undefined) return found.code;
    if (isUpdate ? previous < 0 : previous >= 0) found.fail(Code.NumberRange);
    if (found.code !== Code.Ok) return found.code;
    if (!(isUpdate ? ids.ofUpdate(row, previous, seqId) : ids.ofSnapshot(row, seqId))) found.fail(Code.NumberRange);
    if (found.code !== Code.Ok) return found.code;
    // From here on the ids that are told, not the venue's: what is set aside says by them what may be lost.
    found.sequence = ids.last;
    found.first = ids.first;
    found.writer.depthHead(row, kind, receiveUs, isUpdate ? 0 : SlotFlag.Window);
    const asks = found.levels(o.asks, row, SlotFlag.Sell);
    const bids = found.levels(o.bids, row, 0);
    if (found.code !== Code.Ok) return found.code;
    found.writer.finishDepth(found.exchangeUs, ids.first, ids.previous, bids, asks, ids.last);
    ids.take(row, previous, seqId);
    return Code.Ok;
  }

  /**
   * Told by the type of instrument: several instruments and several orders in one frame, which is one run of slots.
   * Instruments that are not ours are passed over. They are rare: there is no fast path for them.
   */
  #liquidations(data: readonly unknown[], receiveUs: number): Code {
    const { found } = this;
    let told = 0;
    const code = this.#all(data, Channel.Liquidations, SlotKind.Liquidation, (o) => {
      if (typeof o.instId !== "string") return found.refuse(o.instId) || found.code;
      const row = this.listings.bySymbol(o.instId);
      if (row === undefined) return Code.Ok;
      found.row = row;
      const { details } = o;
      if (!Array.isArray(details)) return found.refuse(details) || found.code;
      told += details.length;
      if (told > found.limits.frameLevelsMax) return Code.TooManyLevels;
      for (const detail of details) {
        const each = this.#liquidation(row, objectOf(detail), receiveUs);
        if (each !== Code.Ok) return each;
      }
      return Code.Ok;
    });
    if (code !== Code.Ok || told > 0) return code;
    return found.row === undefined ? Code.SymbolUnknown : Code.FieldMissing;
  }

  /** `side` is the order's (a long position ends by a sale), `sz` counts contracts; `bkPx`: at which the venue took it over. */
  #liquidation(row: ListingRow, o: JsonObject | undefined, receiveUs: number): Code {
    const { found } = this;
    if (o === undefined) return Code.FieldType;
    const { side } = o;
    if (side !== "buy" && side !== "sell") found.refuse(side, Code.EnumUnknown);
    found.exchangeUs = this.#time(o.ts);
    return found.liquidation(row, side === "sell", o.bkPx, o.sz, found.exchangeUs, receiveUs);
  }

  #mark(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    const row = this.#rowOf(o);
    found.exchangeUs = this.#time(o.ts);
    const mark = this.found.cut(o.markPx, MARK_SCALE);
    if (found.code !== Code.Ok || row === undefined) return found.code;
    const known = this.#marksOf(row);
    known.mark = mark;
    return this.#putMark(row, known, receiveUs);
  }

  #index(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    const { row } = found;
    if (row === undefined) found.fail(Code.SymbolUnknown);
    else if (o.instId !== undefined && !isPairOf(o.instId, row.symbol)) found.fail(Code.FieldType);
    found.exchangeUs = this.#time(o.ts);
    const index = this.found.cut(o.idxPx, MARK_SCALE);
    if (found.code !== Code.Ok || row === undefined) return found.code;
    const known = this.#marksOf(row);
    known.index = index;
    return this.#putMark(row, known, receiveUs);
  }

  #funding(o: JsonObject, receiveUs: number): Code {
    const { found } = this;
    const row = this.#rowOf(o);
    found.exchangeUs = o.ts === undefined ? 0 : this.#time(o.ts);
    const rate = this.found.cut(o.fundingRate, FUNDING_SCALE, true);
    const nextUs = this.#time(o.fundingTime);
    if (found.code !== Code.Ok || row === undefined) return found.code;
    const known = this.#marksOf(row);
    known.rate = rate;
    known.nextUs = nextUs;
    return this.#putMark(row, known, receiveUs);
  }

  #putMark(row: ListingRow, known: Readonly<Marks>, receiveUs: number): Code {
    this.found.writer.mark(row, this.found.exchangeUs, receiveUs, known.mark, known.index, known.rate, known.nextUs);
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
    const { found } = this;
    if (found.row === undefined) found.fail(Code.SymbolUnknown);
    else if (o.instId !== undefined && o.instId !== found.row.symbol) found.fail(Code.FieldType);
    return found.row;
  }

  /** Digits as text. */
  #integer(value: unknown): number {
    if (typeof value !== "string") return this.found.refuse(value);
    return this.found.decimal(value, 0);
  }

  #time(value: unknown): number {
    return this.found.us(this.#integer(value));
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
