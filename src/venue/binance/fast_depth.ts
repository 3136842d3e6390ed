/** Fast path of depth: diffs, top pictures and snapshots, level by level from bytes to slots. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { SlotFlag, type SlotKind } from "../../model/market_slot.ts";
import { DigitsHead, type FrameBytes, Pattern } from "../wire/frame_bytes.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import { timeUs } from "../wire/time_us.ts";
import type { SymbolRow } from "./symbol_table.ts";

const KEY_END = 0x3a22;
const QUOTE = 34;
const NEXT_FIELD = 0x222c;
const FRAME_END = 0x7d7d;
/** `":[` behind a key of one letter. */
const LIST_BEGIN = 0x5b3a22;
/** `["`, `,"`, `],` and `]]`, as little-endian halves. */
const LEVEL_BEGIN = 0x225b;
const QTY_BEGIN = 0x222c;
const LEVEL_NEXT = 0x2c5d;
const LEVELS_END = 0x5d5d;
const LIST_CLOSE = 93;
const SEEN_SYMBOL = 1;
const SEEN_ID = 2;
const SEEN_EVENT_TIME = 4;
const SEEN_TRADE_TIME = 8;
const SEEN_FIRST_ID = 16;
const SEEN_PREVIOUS_ID = 32;
const SEEN_BIDS = 64;
const SEEN_ASKS = 128;
const UPDATE_NEEDS = SEEN_SYMBOL | SEEN_ID | SEEN_EVENT_TIME | SEEN_FIRST_ID | SEEN_BIDS | SEEN_ASKS;

/** Answers true when the message was wholly understood and its slots are claimed. */
export class FastDepth {
  readonly #usdm: boolean;
  readonly #bytes: FrameBytes;
  readonly #writer: FrameWriter;
  readonly #levelsMax: number;
  readonly #ids = new DigitsHead();
  readonly #times = new DigitsHead();
  readonly #eventTime = new Pattern(',"E":');
  readonly #tradeTime = new Pattern(',"T":');
  readonly #bids = new Pattern(',"bids":[');
  readonly #asks = new Pattern(',"asks":[');

  constructor(usdm: boolean, bytes: FrameBytes, writer: FrameWriter, levelsMax: number) {
    assert(levelsMax > 0, Code.LimitRelationBroken);
    this.#usdm = usdm;
    this.#bytes = bytes;
    this.#writer = writer;
    this.#levelsMax = levelsMax;
  }

  /** Fields of a `depthUpdate` from the first key after its `e`, in any order that has bids before asks. */
  update(row: SymbolRow, kind: SlotKind, from: number, receiveUs: number): boolean {
    const bytes = this.#bytes;
    this.#writer.depthHead(row, kind, receiveUs);
    let seen = 0;
    let first = 0;
    let last = 0;
    let previous = -1;
    let eventTime = 0;
    let bids = 0;
    let asks = 0;
    let at = from;
    for (;;) {
      const word = bytes.view.getInt32(at, true);
      let value = 0;
      let bit = 0;
      if (((word >>> 8) & 0xffff) !== KEY_END) {
        if (word >>> 16 !== KEY_END) return false;
        const key = word & 0xffff;
        if (key === 0x7570) {
          bit = SEEN_PREVIOUS_ID; // pu
          value = bytes.integer(at + 4, this.#ids);
          if (this.#usdm) previous = value;
        } else if (key === 0x7473 || key === 0x7370) value = bytes.skip(at + 4);
        else return false; // st, ps are known and unneeded.
      } else {
        const key = word & 0xff;
        if (key === 98 && word >>> 8 === LIST_BEGIN) {
          bit = SEEN_BIDS;
          if ((seen & SEEN_ASKS) !== 0) return false;
          bids = value = this.#levels(row, 0, at + 4);
        } else if (key === 97 && word >>> 8 === LIST_BEGIN) {
          bit = SEEN_ASKS;
          if ((seen & SEEN_BIDS) === 0) return false;
          asks = value = this.#levels(row, SlotFlag.Sell, at + 4);
        } else if (key === 85) {
          bit = SEEN_FIRST_ID;
          first = value = bytes.integer(at + 3, this.#ids);
        } else if (key === 117) {
          bit = SEEN_ID;
          last = value = bytes.integer(at + 3, this.#ids);
        } else if (key === 69) {
          bit = SEEN_EVENT_TIME;
          eventTime = value = bytes.integer(at + 3, this.#times);
        } else if (key === 84) {
          bit = SEEN_TRADE_TIME;
          value = bytes.integer(at + 3, this.#times);
        } else if (key === 115 && word >>> 24 === QUOTE) {
          bit = SEEN_SYMBOL;
          if (!bytes.match(at + 4, row.inMessage as Pattern)) return false;
        } else return false;
      }
      if (value < 0 || (seen & bit) !== 0) return false;
      seen |= bit;
      at = bytes.end;
      const next = bytes.view.getUint16(at, true);
      if (next === NEXT_FIELD) at += 2;
      else if (next === FRAME_END && bytes.endsAt(at + 2)) break;
      else return false;
    }
    const needs = this.#usdm ? UPDATE_NEEDS | SEEN_PREVIOUS_ID : UPDATE_NEEDS;
    const exchangeUs = timeUs(eventTime);
    if ((seen & needs) !== needs || exchangeUs < 0 || first > last) return false;
    this.#writer.finishDepth(exchangeUs, first, previous, bids, asks, last);
    return true;
  }

  /** `{"lastUpdateId":N[,"E":…,"T":…],"bids":[…],"asks":[…]}` from N on; `close` is what ends the frame. */
  picture(row: SymbolRow, kind: SlotKind, from: number, receiveUs: number, close: number): boolean {
    const bytes = this.#bytes;
    const last = bytes.integer(from, this.#ids);
    if (last < 0) return false;
    let eventTime = 0;
    if (bytes.match(bytes.end, this.#eventTime)) {
      eventTime = bytes.integer(bytes.end, this.#times);
      if (eventTime < 0 || !bytes.match(bytes.end, this.#tradeTime)) return false;
      if (bytes.integer(bytes.end, this.#times) < 0) return false;
    }
    const exchangeUs = timeUs(eventTime);
    if (exchangeUs < 0 || !bytes.match(bytes.end, this.#bids)) return false;
    this.#writer.depthHead(row, kind, receiveUs);
    const bids = this.#levels(row, 0, bytes.end);
    if (bids < 0 || !bytes.match(bytes.end, this.#asks)) return false;
    const asks = this.#levels(row, SlotFlag.Sell, bytes.end);
    if (asks < 0 || bytes.view.getUint16(bytes.end, true) !== close) return false;
    if (!bytes.endsAt(bytes.end + (close === FRAME_END ? 2 : 1))) return false;
    this.#writer.finishDepth(exchangeUs, last, -1, bids, asks, last);
    return true;
  }

  /** Levels `["p","q"],…]` from after the list's bracket; their count, or -1. */
  #levels(row: SymbolRow, flags: number, from: number): number {
    const bytes = this.#bytes;
    const { priceScale, qtyScale } = row;
    let at = from;
    if (bytes.u8[at] === LIST_CLOSE) {
      bytes.end = at + 1;
      return 0;
    }
    for (let count = 1; count <= this.#levelsMax; count++) {
      if (bytes.view.getUint16(at, true) !== LEVEL_BEGIN) return -1;
      const price = bytes.decimal(at + 2, priceScale);
      if (price < 0 || bytes.view.getUint16(bytes.end, true) !== QTY_BEGIN) return -1;
      const qty = bytes.decimal(bytes.end + 2, qtyScale);
      if (qty < 0) return -1;
      this.#writer.level(row, flags, price, qty);
      const next = bytes.view.getUint16(bytes.end, true);
      at = bytes.end + 2;
      if (next === LEVEL_NEXT) continue;
      bytes.end = at;
      return next === LEVELS_END ? count : -1;
    }
    return -1;
  }
}
