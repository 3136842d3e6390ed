/** Quotes and trades exactly as Binance writes them today, field after field by constants; anything else is not usual. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { SlotFlag } from "../../model/market_slot.ts";
import { DigitsHead, type FrameBytes, Pattern } from "../wire/frame_bytes.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import { timeUs } from "../wire/time_us.ts";
import type { SymbolRow } from "./symbol_table.ts";

/** `,"` before a key, `"` after it in the highest byte of its word, `:"` before a text: little-endian. */
const KEY_FRAME = 0x2200222c;
const TEXT_BEGIN = 0x223a;
const FRAME_END = 0x7d7d;
/** `true` and `fals`. */
const TRUE = 0x65757274;
const FALS = 0x736c6166;

/** Answers false without having claimed anything as soon as one byte is not the usual one. */
export class UsualFrames {
  readonly #usdm: boolean;
  readonly #bytes: FrameBytes;
  readonly #writer: FrameWriter;
  readonly #ids = new DigitsHead();
  readonly #tradeIds = new DigitsHead();
  readonly #times = new DigitsHead();
  readonly #quoteStart: Pattern;
  readonly #tradeStart = new Pattern('e":"trade","E":');
  readonly #tradeTime = new Pattern(',"T":');
  readonly #eventTime = new Pattern(',"E":');
  readonly #maker: Pattern;
  readonly #ignored = new Pattern(',"M":');

  constructor(usdm: boolean, bytes: FrameBytes, writer: FrameWriter) {
    this.#usdm = usdm;
    this.#bytes = bytes;
    this.#writer = writer;
    this.#quoteStart = new Pattern(usdm ? 'e":"bookTicker","u":' : 'u":');
    this.#maker = new Pattern(usdm ? ',"X":"MARKET","m":' : ',"m":');
  }

  /** `u s b B a A`, on USD-M with `e` before and `T E` after. `at` is the first key of the data. */
  quote(row: SymbolRow, at: number, receiveUs: number): boolean {
    const bytes = this.#bytes;
    const { priceScale, qtyScale, quoteMiddle } = row;
    if (quoteMiddle === undefined || !bytes.match(at, this.#quoteStart)) return false;
    const updateId = bytes.integer(bytes.end, this.#ids);
    if (updateId < 0 || !bytes.match(bytes.end, quoteMiddle)) return false;
    const bid = bytes.decimal(bytes.end, priceScale);
    if (bid < 0 || !this.#textOf(66)) return false;
    const bidQty = bytes.decimal(bytes.end, qtyScale);
    if (bidQty < 0 || !this.#textOf(97)) return false;
    const ask = bytes.decimal(bytes.end, priceScale);
    if (ask < 0 || !this.#textOf(65)) return false;
    const askQty = bytes.decimal(bytes.end, qtyScale);
    if (askQty < 0) return false;
    let eventTime = 0;
    if (this.#usdm) {
      if (!bytes.match(bytes.end, this.#tradeTime) || bytes.integer(bytes.end, this.#times) < 0) return false;
      if (!bytes.match(bytes.end, this.#eventTime)) return false;
      eventTime = bytes.integer(bytes.end, this.#times);
    }
    const exchangeUs = timeUs(eventTime);
    if (exchangeUs < 0 || eventTime < 0 || !this.#ends()) return false;
    this.#writer.quote(row, exchangeUs, receiveUs, bid, bidQty, ask, askQty, updateId);
    return true;
  }

  /** `e E s t p q T m M`, on USD-M `e E T s t p q X m`. */
  trade(row: SymbolRow, at: number, receiveUs: number): boolean {
    const bytes = this.#bytes;
    const { tradeMiddle } = row;
    if (tradeMiddle === undefined || !bytes.match(at, this.#tradeStart)) return false;
    const eventTime = bytes.integer(bytes.end, this.#times);
    let tradeTime = 0;
    if (this.#usdm) {
      if (eventTime < 0 || !bytes.match(bytes.end, this.#tradeTime)) return false;
      tradeTime = bytes.integer(bytes.end, this.#times);
    }
    if (eventTime < 0 || tradeTime < 0 || !bytes.match(bytes.end, tradeMiddle)) return false;
    const id = bytes.integer(bytes.end, this.#tradeIds);
    if (id < 0 || !this.#textOf(112)) return false;
    const price = bytes.decimal(bytes.end, row.priceScale);
    if (price < 0 || !this.#textOf(113)) return false;
    const qty = bytes.decimal(bytes.end, row.qtyScale);
    if (qty < 0) return false;
    if (!this.#usdm) {
      if (!bytes.match(bytes.end, this.#tradeTime)) return false;
      tradeTime = bytes.integer(bytes.end, this.#times);
      if (tradeTime < 0) return false;
    }
    if (!bytes.match(bytes.end, this.#maker)) return false;
    const sell = this.#truth(bytes.end);
    if (sell < 0) return false;
    if (!this.#usdm && (!bytes.match(bytes.end, this.#ignored) || this.#truth(bytes.end) < 0)) return false;
    const exchangeUs = timeUs(eventTime);
    const tradeUs = timeUs(tradeTime);
    if (exchangeUs < 0 || tradeUs < 0 || !this.#ends()) return false;
    this.#writer.trade(row, sell * SlotFlag.Sell, exchangeUs, receiveUs, price, qty, tradeUs, id);
    return true;
  }

  /** True when `,"K":"` comes next, K the unit `key`; `end` is at the value's first byte. */
  #textOf(key: number): boolean {
    const { view, end } = this.#bytes;
    if (view.getInt32(end, true) !== (KEY_FRAME | (key << 16))) return false;
    if (view.getUint16(end + 4, true) !== TEXT_BEGIN) return false;
    this.#bytes.end = end + 6;
    return true;
  }

  /** 1 for `true`, 0 for `false`, else -1. */
  #truth(at: number): number {
    const { view } = this.#bytes;
    const word = view.getInt32(at, true);
    if (word === TRUE) {
      this.#bytes.end = at + 4;
      return 1;
    }
    if (word !== FALS || view.getUint8(at + 4) !== 101) return -1;
    this.#bytes.end = at + 5;
    return 0;
  }

  #ends(): boolean {
    const { view, end } = this.#bytes;
    assert(end > 0, Code.InvariantBroken);
    return view.getUint16(end, true) === FRAME_END && this.#bytes.endsAt(end + 2);
  }
}
