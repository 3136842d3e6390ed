/** Fast path: OKX's trades, best quotes and books straight from their bytes; everything unusual is left to the correct path. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import { DigitsHead, type FrameBytes, Pattern } from "../wire/frame_bytes.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import type { ListingRow, ListingTable } from "../wire/listing_table.ts";
import type { BookIds } from "./book_ids.ts";
import { Channel } from "./channel.ts";

const QUOTE = 34;
const COMMA = 44;
const BRACKET_CLOSE = 93;
const BRACE_CLOSE = 125;
/** `["`, `","`, `],`, `]]`, `},`, `}]` as little-endian halves. */
const LEVEL_BEGIN = 0x225b;
const TEXT_NEXT = 0x222c;
const LEVEL_NEXT = 0x2c5d;
const LEVELS_END = 0x5d5d;
const SEEN_ID = 1;
const SEEN_PRICE = 2;
const SEEN_QTY = 4;
const SEEN_SIDE = 8;
const SEEN_TIME = 16;
const SEEN_SYMBOL = 32;
const SEEN_COUNT = 64;
const SEEN_SEQUENCE = 128;
const SEEN_PREVIOUS = 256;
const SEEN_ASKS = 512;
const SEEN_BIDS = 1_024;
const SEEN_CHECKSUM = 2_048;
const TRADE_NEEDS = SEEN_ID | SEEN_PRICE | SEEN_QTY | SEEN_SIDE | SEEN_TIME;
const BOOK_NEEDS = SEEN_TIME | SEEN_ASKS | SEEN_BIDS | SEEN_SEQUENCE | SEEN_PREVIOUS;
const QUOTE_NEEDS = SEEN_TIME | SEEN_ASKS | SEEN_BIDS | SEEN_SEQUENCE;
const MS = 1_000;
const MS_MAX = 9_007_199_254_740;

/** `decode` answers true when the frame was wholly understood: its slots are claimed, `channel` says what it was. */
export class FastPath {
  channel: Channel = Channel.Other;
  readonly #ids = new DigitsHead();
  readonly #times = new DigitsHead();
  readonly #sequences = new DigitsHead();
  readonly #counts = new DigitsHead();
  readonly #levelsMax: number;
  readonly #start = new Pattern('{"arg":{"channel":"');
  readonly #trades = new Pattern('trades","instId":"');
  readonly #tradesAll = new Pattern('trades-all","instId":"');
  readonly #bbo = new Pattern('bbo-tbt","instId":"');
  readonly #books = new Pattern('books","instId":"');
  readonly #data = new Pattern('},"data":[{');
  readonly #update = new Pattern('},"action":"update","data":[{');
  readonly #snapshot = new Pattern('},"action":"snapshot","data":[{');
  readonly #instId = new Pattern('"instId":"');
  readonly #tradeId = new Pattern('"tradeId":"');
  readonly #px = new Pattern('"px":"');
  readonly #sz = new Pattern('"sz":"');
  readonly #buy = new Pattern('"side":"buy"');
  readonly #sell = new Pattern('"side":"sell"');
  readonly #ts = new Pattern('"ts":"');
  readonly #countIs = new Pattern('"count":"');
  readonly #source = new Pattern('"source":"');
  readonly #seqId = new Pattern('"seqId":');
  readonly #prevSeqId = new Pattern('"prevSeqId":');
  readonly #noneBefore = new Pattern('"prevSeqId":-1');
  readonly #checksum = new Pattern('"checksum":');
  readonly #asks = new Pattern('"asks":[');
  readonly #bids = new Pattern('"bids":[');
  readonly #objectNext = new Pattern("},{");
  readonly #frameEnd = new Pattern("}]}");
  /** Of the object read last. */
  #flags = 0;
  #price = 0;
  #qty = 0;
  #id = 0;
  /** Trades that it stands for. */
  #count = 1;
  #timeUs = 0;
  #sequence = 0;
  #previous = 0;
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
  }

  /** One frame that `bytes` has loaded. */
  decode(receiveUs: number): boolean {
    const { bytes } = this;
    if (!bytes.match(0, this.#start)) return false;
    const at = bytes.end;
    if (bytes.match(at, this.#books)) return this.#readBook(receiveUs);
    if (bytes.match(at, this.#bbo)) return this.#readQuote(receiveUs);
    return (bytes.match(at, this.#trades) || bytes.match(at, this.#tradesAll)) && this.#readTrades(receiveUs);
  }

  #readTrades(receiveUs: number): boolean {
    const { bytes } = this;
    this.channel = Channel.Trades;
    const row = this.listings.at(bytes, bytes.end);
    if (row === undefined || !bytes.match(bytes.end, this.#data)) return false;
    for (;;) {
      if (!this.#readTrade(row, bytes.end)) return false;
      const first = this.#count > 1 ? this.#id - this.#count + 1 : 0;
      if (first < 0) return false;
      this.writer.trade(
        row,
        this.#flags,
        this.#timeUs,
        receiveUs,
        this.#price,
        this.#qty,
        this.#timeUs,
        this.#id,
        first,
      );
      if (bytes.match(bytes.end, this.#objectNext)) continue;
      return bytes.match(bytes.end, this.#frameEnd) && bytes.endsAt(bytes.end);
    }
  }

  /** One trade from after its brace to before its closing one. */
  #readTrade(row: ListingRow, from: number): boolean {
    const { bytes } = this;
    let seen = 0;
    this.#flags = 0;
    this.#count = 1;
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
    if (bytes.match(at, this.#px)) {
      this.#price = bytes.decimal(bytes.end, row.priceScale);
      return this.#price < 0 ? -1 : SEEN_PRICE;
    }
    if (bytes.match(at, this.#sz)) {
      this.#qty = bytes.decimal(bytes.end, row.qtyScale);
      return this.#qty < 0 ? -1 : SEEN_QTY;
    }
    if (bytes.match(at, this.#tradeId)) {
      this.#id = this.#textInteger(bytes.end, this.#ids);
      return this.#id < 0 ? -1 : SEEN_ID;
    }
    if (bytes.match(at, this.#buy)) return SEEN_SIDE;
    if (bytes.match(at, this.#sell)) {
      this.#flags |= SlotFlag.Sell;
      return SEEN_SIDE;
    }
    if (bytes.match(at, this.#ts)) return this.#readTime() ? SEEN_TIME : -1;
    if (bytes.match(at, this.#instId)) {
      return row.inFrame !== undefined && bytes.match(bytes.end, row.inFrame) ? SEEN_SYMBOL : -1;
    }
    if (bytes.match(at, this.#countIs)) {
      this.#count = this.#textInteger(bytes.end, this.#counts);
      return this.#count < 1 ? -1 : SEEN_COUNT;
    }
    if (bytes.match(at, this.#source)) return bytes.skipString(bytes.end) < 0 ? -1 : 0;
    if (bytes.match(at, this.#seqId)) return bytes.integer(bytes.end, this.#sequences) < 0 ? -1 : SEEN_SEQUENCE;
    return -1;
  }

  #readQuote(receiveUs: number): boolean {
    const { bytes } = this;
    this.channel = Channel.BestQuote;
    const row = this.listings.at(bytes, bytes.end);
    if (row === undefined || !bytes.match(bytes.end, this.#data)) return false;
    if (!this.#readSides(row, bytes.end, false) || this.#asksCount !== 1 || this.#bidsCount !== 1) return false;
    if (!bytes.match(bytes.end, this.#frameEnd) || !bytes.endsAt(bytes.end)) return false;
    const { writer } = this;
    writer.quote(
      row,
      this.#timeUs,
      receiveUs,
      this.#bidPrice,
      this.#bidQty,
      this.#askPrice,
      this.#askQty,
      this.#sequence,
    );
    return true;
  }

  #readBook(receiveUs: number): boolean {
    const { bytes } = this;
    const row = this.listings.at(bytes, bytes.end);
    if (row === undefined) return false;
    const at = bytes.end;
    const isUpdate = bytes.match(at, this.#update);
    if (!isUpdate && !bytes.match(at, this.#snapshot)) return false;
    this.channel = isUpdate ? Channel.Book : Channel.BookSnapshot;
    if (isUpdate) this.writer.depthHead(row, SlotKind.DepthDiff, receiveUs);
    else this.writer.depthHead(row, SlotKind.DepthSnapshot, receiveUs, SlotFlag.Window);
    if (!this.#readSides(row, bytes.end, true)) return false;
    if (!bytes.match(bytes.end, this.#frameEnd) || !bytes.endsAt(bytes.end)) return false;
    const { ids } = this;
    // One that does not say what it follows, or that nothing tells where it belongs, is the correct path's to set aside.
    if (isUpdate ? this.#previous < 0 : this.#previous >= 0) return false;
    if (!(isUpdate ? ids.ofUpdate(row, this.#previous, this.#sequence) : ids.ofSnapshot(row, this.#sequence)))
      return false;
    this.writer.finishDepth(this.#timeUs, ids.first, ids.previous, this.#bidsCount, this.#asksCount, ids.last);
    ids.take(row, this.#previous, this.#sequence);
    return true;
  }

  /** One book or quote from after its brace to before its closing one; levels become slots when `isBook`. */
  #readSides(row: ListingRow, from: number, isBook: boolean): boolean {
    const { bytes } = this;
    let seen = 0;
    for (let at = from; ; ) {
      const bit = this.#sideField(row, at, isBook);
      if (bit < 0 || (seen & bit) !== 0) return false;
      seen |= bit;
      at = bytes.end;
      const next = bytes.u8[at];
      const needs = isBook ? BOOK_NEEDS : QUOTE_NEEDS;
      if (next === BRACE_CLOSE) return (seen & needs) === needs;
      if (next !== COMMA) return false;
      at++;
    }
  }

  #sideField(row: ListingRow, at: number, isBook: boolean): number {
    const { bytes } = this;
    if (bytes.match(at, this.#asks)) {
      this.#asksCount = this.#levels(row, SlotFlag.Sell, bytes.end, isBook);
      return this.#asksCount < 0 ? -1 : SEEN_ASKS;
    }
    if (bytes.match(at, this.#bids)) {
      this.#bidsCount = this.#levels(row, 0, bytes.end, isBook);
      return this.#bidsCount < 0 ? -1 : SEEN_BIDS;
    }
    if (bytes.match(at, this.#ts)) return this.#readTime() ? SEEN_TIME : -1;
    if (bytes.match(at, this.#seqId)) {
      this.#sequence = bytes.integer(bytes.end, this.#sequences);
      return this.#sequence < 0 ? -1 : SEEN_SEQUENCE;
    }
    if (bytes.match(at, this.#noneBefore)) {
      this.#previous = -1;
      return SEEN_PREVIOUS;
    }
    if (bytes.match(at, this.#prevSeqId)) {
      this.#previous = bytes.integer(bytes.end, this.#sequences);
      return this.#previous < 0 ? -1 : SEEN_PREVIOUS;
    }
    // Zero for every book of today: a real one is the correct path's to look at, as is whatever else comes.
    if (!bytes.match(at, this.#checksum) || bytes.integer(bytes.end, this.#ids) !== 0) return -1;
    return SEEN_CHECKSUM;
  }

  /** Levels `["px","sz","0","n"],…]` from after the list's bracket; their count, or -1. */
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
      if (qty < 0 || !this.#skipTexts()) return -1;
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

  /** The deprecated zero and the number of orders behind a level's size: exactly two texts. */
  #skipTexts(): boolean {
    const { bytes } = this;
    for (let n = 0; n < 2; n++) {
      if (bytes.view.getUint16(bytes.end, true) !== TEXT_NEXT) return false;
      if (bytes.skipString(bytes.end + 2) < 0) return false;
    }
    return true;
  }

  #readTime(): boolean {
    const ms = this.#textInteger(this.bytes.end, this.#times);
    this.#timeUs = ms * MS;
    return ms >= 0 && ms <= MS_MAX;
  }

  /** Digits up to a quote. */
  #textInteger(from: number, head: DigitsHead): number {
    const value = this.bytes.integer(from, head);
    if (value < 0 || this.bytes.u8[this.bytes.end] !== QUOTE) return -1;
    this.bytes.end++;
    return value;
  }
}
