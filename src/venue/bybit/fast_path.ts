/** Fast path: Bybit's trades, best quotes and books straight from their bytes; everything unusual is left to the correct path. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import { DigitsHead, type FrameBytes, Pattern } from "../wire/frame_bytes.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import type { ListingRow, ListingTable } from "../wire/listing_table.ts";
import type { BookIds } from "./book_ids.ts";
import { BOOK_DEPTHS, Channel } from "./channel.ts";

const COMMA = 44;
const BRACKET_CLOSE = 93;
const BRACE_CLOSE = 125;
/** `["`, `","`, `],`, `]]` as little-endian halves. */
const LEVEL_BEGIN = 0x225b;
const TEXT_NEXT = 0x222c;
const LEVEL_NEXT = 0x2c5d;
const LEVELS_END = 0x5d5d;
const SEEN_TYPE = 1;
const SEEN_TIME = 2;
const SEEN_DATA = 4;
const SEEN_MATCHED = 8;
const FRAME_NEEDS = SEEN_TYPE | SEEN_TIME | SEEN_DATA;
const SEEN_SYMBOL = 1;
const SEEN_BIDS = 2;
const SEEN_ASKS = 4;
const SEEN_U = 8;
const SEEN_SEQ = 16;
const BOOK_NEEDS = SEEN_SYMBOL | SEEN_BIDS | SEEN_ASKS | SEEN_U | SEEN_SEQ;
const SEEN_TRADED = 32;
const SEEN_SIDE = 64;
const SEEN_QTY = 128;
const SEEN_PRICE = 256;
const SEEN_BLOCK = 512;
const TRADE_NEEDS = SEEN_SYMBOL | SEEN_TRADED | SEEN_SIDE | SEEN_QTY | SEEN_PRICE;
const MS = 1_000;
const MS_MAX = 9_007_199_254_740;

/** `decode` answers true when the frame was wholly understood: its slots are claimed, `channel` says what it was. */
export class FastPath {
  channel: Channel = Channel.Other;
  readonly #times = new DigitsHead();
  readonly #trades = new DigitsHead();
  readonly #updates = new DigitsHead();
  readonly #sequences = new DigitsHead();
  readonly #levelsMax: number;
  readonly #start = new Pattern('{"topic":"');
  readonly #tradeTopic = new Pattern("publicTrade.");
  readonly #quoteTopic = new Pattern("orderbook.1.");
  readonly #bookTopics: readonly Pattern[];
  readonly #snapshot = new Pattern('"type":"snapshot"');
  readonly #delta = new Pattern('"type":"delta"');
  readonly #ts = new Pattern('"ts":');
  readonly #cts = new Pattern('"cts":');
  readonly #dataObject = new Pattern('"data":{');
  readonly #dataList = new Pattern('"data":[{');
  readonly #objectNext = new Pattern("},{");
  readonly #listEnd = new Pattern("}]");
  readonly #s = new Pattern('"s":"');
  readonly #b = new Pattern('"b":[');
  readonly #a = new Pattern('"a":[');
  readonly #u = new Pattern('"u":');
  readonly #seq = new Pattern('"seq":');
  readonly #tradeTime = new Pattern('"T":');
  readonly #buy = new Pattern('"S":"Buy"');
  readonly #sell = new Pattern('"S":"Sell"');
  readonly #v = new Pattern('"v":"');
  readonly #p = new Pattern('"p":"');
  readonly #tick = new Pattern('"L":"');
  readonly #id = new Pattern('"i":"');
  readonly #noBlock = new Pattern('"BT":false');
  readonly #block = new Pattern('"BT":true');
  readonly #retail = new Pattern('"RPI":');
  #isDelta = false;
  #timeUs = 0;
  /** Of the object read last. */
  #flags = 0;
  #price = 0;
  #qty = 0;
  #update = 0;
  #sequence = 0;
  #asksCount = 0;
  #bidsCount = 0;
  #askPrice = 0;
  #askQty = 0;
  #bidPrice = 0;
  #bidQty = 0;

  constructor(
    readonly bytes: FrameBytes,
    readonly writer: FrameWriter,
    readonly listings: ListingTable,
    readonly ids: BookIds,
    limits: Limits,
  ) {
    assert(limits.frameLevelsMax > 0, Code.LimitRelationBroken);
    this.#levelsMax = limits.frameLevelsMax;
    this.#bookTopics = BOOK_DEPTHS.map((depth) => new Pattern(`orderbook.${depth}.`));
  }

  /** One frame that `bytes` has loaded. */
  decode(receiveUs: number): boolean {
    const { bytes } = this;
    if (!bytes.match(0, this.#start)) return false;
    const at = bytes.end;
    if (bytes.match(at, this.#quoteTopic)) this.channel = Channel.BestQuote;
    else if (bytes.match(at, this.#tradeTopic)) this.channel = Channel.Trades;
    else if (this.#matchBook(at)) this.channel = Channel.Book;
    else return false;
    const row = this.listings.at(bytes, bytes.end);
    if (row === undefined || !this.#readFrame(row, bytes.end, receiveUs)) return false;
    return this.#finish(row, receiveUs);
  }

  #matchBook(at: number): boolean {
    for (let n = 0; n < this.#bookTopics.length; n++) {
      if (this.bytes.match(at, this.#bookTopics[n] as Pattern)) return true;
    }
    return false;
  }

  /** Fields of the frame after its topic, in the order that this category has them. */
  #readFrame(row: ListingRow, from: number, receiveUs: number): boolean {
    const { bytes } = this;
    let seen = 0;
    for (let at = from; ; ) {
      const next = bytes.u8[at];
      if (next === BRACE_CLOSE) return (seen & FRAME_NEEDS) === FRAME_NEEDS && bytes.endsAt(at + 1);
      if (next !== COMMA) return false;
      const bit = this.#frameField(row, at + 1, seen, receiveUs);
      if (bit < 0 || (seen & bit) !== 0) return false;
      seen |= bit;
      at = bytes.end;
    }
  }

  /** Data that comes before the type is the correct path's: a head must say what it is before its levels. */
  #frameField(row: ListingRow, at: number, seen: number, receiveUs: number): number {
    const { bytes } = this;
    if (bytes.match(at, this.#delta)) {
      this.#isDelta = true;
      return SEEN_TYPE;
    }
    if (bytes.match(at, this.#snapshot)) {
      this.#isDelta = false;
      return SEEN_TYPE;
    }
    if (bytes.match(at, this.#ts)) {
      this.#timeUs = this.#time(this.#times);
      return this.#timeUs < 0 ? -1 : SEEN_TIME;
    }
    if (bytes.match(at, this.#cts)) return bytes.integer(bytes.end, this.#times) < 0 ? -1 : SEEN_MATCHED;
    if ((seen & SEEN_TYPE) === 0 || (seen & SEEN_DATA) !== 0) return -1;
    if (this.channel === Channel.Trades) {
      return bytes.match(at, this.#dataList) && this.#readTrades(row, bytes.end, receiveUs) ? SEEN_DATA : -1;
    }
    if (!bytes.match(at, this.#dataObject)) return -1;
    const from = bytes.end;
    const isBook = this.channel === Channel.Book;
    if (isBook && this.#isDelta) this.writer.depthHead(row, SlotKind.DepthDiff, receiveUs);
    else if (isBook) this.writer.depthHead(row, SlotKind.DepthSnapshot, receiveUs, SlotFlag.Window);
    else if (this.#isDelta) return -1;
    return this.#readBook(row, from, isBook) ? SEEN_DATA : -1;
  }

  #finish(row: ListingRow, receiveUs: number): boolean {
    const { writer, ids } = this;
    if (this.channel === Channel.Trades) return true;
    if (this.channel === Channel.BestQuote) {
      if (this.#asksCount !== 1 || this.#bidsCount !== 1) return false;
      const { writer: w } = this;
      w.quote(row, this.#timeUs, receiveUs, this.#bidPrice, this.#bidQty, this.#askPrice, this.#askQty, this.#sequence);
      return true;
    }
    const u = this.#update;
    const id = this.#isDelta ? ids.ofDelta(row, u) : ids.ofSnapshot(row, u);
    if (id < 0) return false;
    if (!this.#isDelta) this.channel = Channel.BookSnapshot;
    writer.finishDepth(this.#timeUs, id, -1, this.#bidsCount, this.#asksCount, id);
    ids.take(row, u, id);
    return true;
  }

  #readTrades(row: ListingRow, from: number, receiveUs: number): boolean {
    const { bytes } = this;
    let at = from;
    for (let count = 1; count <= this.#levelsMax; count++) {
      if (!this.#readTrade(row, at)) return false;
      this.writer.trade(row, this.#flags, this.#update, receiveUs, this.#price, this.#qty, this.#update, 0);
      if (bytes.match(bytes.end, this.#listEnd)) return true;
      if (!bytes.match(bytes.end, this.#objectNext)) return false;
      at = bytes.end;
    }
    return false;
  }

  /** One trade from after its brace to before its closing one; its time is left in `#update`. */
  #readTrade(row: ListingRow, from: number): boolean {
    const { bytes } = this;
    let seen = 0;
    this.#flags = 0;
    for (let at = from; ; ) {
      const bit = this.#tradeField(row, at);
      if (bit < 0 || (seen & bit) !== 0) return false;
      seen |= bit;
      at = bytes.end;
      const next = bytes.u8[at];
      if (next === BRACE_CLOSE) return (seen & TRADE_NEEDS) === TRADE_NEEDS;
      if (next !== COMMA) return false;
      at++;
    }
  }

  /** Reads one field at `at`; its bit, -1 for what is not understood. */
  #tradeField(row: ListingRow, at: number): number {
    const { bytes } = this;
    if (bytes.match(at, this.#tradeTime)) {
      this.#update = this.#time(this.#trades);
      return this.#update < 0 ? -1 : SEEN_TRADED;
    }
    if (bytes.match(at, this.#s)) return this.#sameSymbol(row);
    if (bytes.match(at, this.#buy)) return SEEN_SIDE;
    if (bytes.match(at, this.#sell)) {
      this.#flags |= SlotFlag.Sell;
      return SEEN_SIDE;
    }
    if (bytes.match(at, this.#v)) {
      this.#qty = bytes.decimal(bytes.end, row.qtyScale);
      return this.#qty < 0 ? -1 : SEEN_QTY;
    }
    if (bytes.match(at, this.#p)) {
      this.#price = bytes.decimal(bytes.end, row.priceScale);
      return this.#price < 0 ? -1 : SEEN_PRICE;
    }
    if (bytes.match(at, this.#tick) || bytes.match(at, this.#id)) return bytes.skipString(bytes.end) < 0 ? -1 : 0;
    if (bytes.match(at, this.#noBlock)) return SEEN_BLOCK;
    if (bytes.match(at, this.#block)) {
      this.#flags |= SlotFlag.NotMarket;
      return SEEN_BLOCK;
    }
    if (bytes.match(at, this.#retail)) return bytes.skip(bytes.end) < 0 ? -1 : 0;
    if (bytes.match(at, this.#seq)) return bytes.integer(bytes.end, this.#sequences) < 0 ? -1 : SEEN_SEQ;
    return -1;
  }

  /** One book or quote from after its brace to after its closing one; levels become slots when `isBook`. */
  #readBook(row: ListingRow, from: number, isBook: boolean): boolean {
    const { bytes } = this;
    let seen = 0;
    for (let at = from; ; ) {
      const bit = this.#bookField(row, at, isBook);
      if (bit < 0 || (seen & bit) !== 0) return false;
      seen |= bit;
      at = bytes.end;
      const next = bytes.u8[at];
      if (next === BRACE_CLOSE) {
        bytes.end = at + 1;
        return (seen & BOOK_NEEDS) === BOOK_NEEDS;
      }
      if (next !== COMMA) return false;
      at++;
    }
  }

  #bookField(row: ListingRow, at: number, isBook: boolean): number {
    const { bytes } = this;
    if (bytes.match(at, this.#s)) return this.#sameSymbol(row);
    if (bytes.match(at, this.#b)) {
      this.#bidsCount = this.#levels(row, 0, bytes.end, isBook);
      return this.#bidsCount < 0 ? -1 : SEEN_BIDS;
    }
    if (bytes.match(at, this.#a)) {
      this.#asksCount = this.#levels(row, SlotFlag.Sell, bytes.end, isBook);
      return this.#asksCount < 0 ? -1 : SEEN_ASKS;
    }
    if (bytes.match(at, this.#u)) {
      this.#update = bytes.integer(bytes.end, this.#updates);
      return this.#update < 0 ? -1 : SEEN_U;
    }
    if (!bytes.match(at, this.#seq)) return -1;
    this.#sequence = bytes.integer(bytes.end, this.#sequences);
    return this.#sequence < 0 ? -1 : SEEN_SEQ;
  }

  #sameSymbol(row: ListingRow): number {
    const { bytes } = this;
    return row.inFrame !== undefined && bytes.match(bytes.end, row.inFrame) ? SEEN_SYMBOL : -1;
  }

  /** Levels `["price","size"],…]` from after the list's bracket; their count, or -1. */
  #levels(row: ListingRow, flags: number, from: number, isBook: boolean): number {
    const { bytes } = this;
    let at = from;
    if (bytes.u8[at] === BRACKET_CLOSE) {
      bytes.end = at + 1;
      return 0;
    }
    for (let count = 1; count <= this.#levelsMax; count++) {
      if (bytes.view.getUint16(at, true) !== LEVEL_BEGIN) return -1;
      const price = bytes.decimal(at + 2, row.priceScale);
      if (price < 0 || bytes.view.getUint16(bytes.end, true) !== TEXT_NEXT) return -1;
      const qty = bytes.decimal(bytes.end + 2, row.qtyScale);
      if (qty < 0) return -1;
      if (isBook) this.writer.level(row, flags, price, qty);
      else if (flags !== 0) {
        this.#askPrice = price;
        this.#askQty = qty;
      } else {
        this.#bidPrice = price;
        this.#bidQty = qty;
      }
      const next = bytes.view.getUint16(bytes.end, true);
      at = bytes.end + 2;
      if (next === LEVEL_NEXT) continue;
      bytes.end = at;
      return next === LEVELS_END ? count : -1;
    }
    return -1;
  }

  /** A bare number of milliseconds at `bytes.end`, as microseconds; -1 when it is none. */
  #time(head: DigitsHead): number {
    const ms = this.bytes.integer(this.bytes.end, head);
    return ms < 0 || ms > MS_MAX ? -1 : ms * MS;
  }
}
