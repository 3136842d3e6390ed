/** Fast path: reads Binance's usual frames straight from their bytes, and steps back from everything unusual. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import type { DecodeStats } from "../wire/decode_stats.ts";
import { DigitsHead, type FrameBytes, Pattern } from "../wire/frame_bytes.ts";
import type { FrameWriter } from "../wire/frame_writer.ts";
import { timeUs } from "../wire/time_us.ts";
import { FastDepth } from "./fast_depth.ts";
import { StreamClass } from "./stream_class.ts";
import type { SymbolRow, SymbolTable } from "./symbol_table.ts";
import { UsualFrames } from "./usual_frames.ts";

/** Binance's two markets whose messages we read; they differ in small ways. */
export type BinanceMarket = "spot" | "usdm";

/** A key of one letter and the colon: `X":` in the upper three bytes of a word whose lowest byte is the letter. */
const KEY_END = 0x3a22;
const QUOTE = 34;
/** `,"` between fields and `}}` at the end, as little-endian halves. */
const NEXT_FIELD = 0x222c;
const FRAME_END = 0x7d7d;
/** Bits of `seen`: a key that comes twice is the correct path's (there the last one counts). */
const SEEN_ID = 2;
const SEEN_EVENT_TIME = 4;
const SEEN_SYMBOL = 1;
const SEEN_TRADE_TIME = 8;
const SEEN_PRICE = 16;
const SEEN_QTY = 32;
const SEEN_MAKER = 64;
const SEEN_TYPE = 128;
const SEEN_ASK = 256;
const SEEN_ASK_QTY = 512;
const QUOTE_NEEDS = SEEN_SYMBOL | SEEN_ID | SEEN_PRICE | SEEN_QTY | SEEN_ASK | SEEN_ASK_QTY;
const TRADE_NEEDS = SEEN_SYMBOL | SEEN_ID | SEEN_EVENT_TIME | SEEN_TRADE_TIME | SEEN_PRICE | SEEN_QTY | SEEN_MAKER;

const ROUTES = 4_096;
const ROUTE_SHIFT = 20; // 32 bits to 12.

/** A symbol's stream: everything before the first key of its data, compared at once. */
interface Route {
  readonly prefix: Pattern;
  readonly row: SymbolRow;
  readonly stream: number;
}

/**
 * `decode` answers true when the frame was wholly understood: its slots are claimed and `stream` is the stream's index.
 * False means nothing: the caller abandons what was claimed and takes the correct path.
 */
export class FastPath {
  stream = 0;
  /** Stream index under which REST depth answers are counted. */
  readonly restSnapshot: number;
  readonly #bytes: FrameBytes;
  readonly #writer: FrameWriter;
  readonly #symbols: SymbolTable;
  readonly #stats: DecodeStats;
  readonly #depth: FastDepth;
  readonly #usdm: boolean;
  readonly #usual: UsualFrames;
  readonly #routes: (Route | undefined)[];
  readonly #ids = new DigitsHead();
  readonly #times = new DigitsHead();
  readonly #start = new Pattern('{"stream":"');
  readonly #event = new Pattern('e":"');
  readonly #bookTicker = new Pattern('bookTicker","');
  readonly #trade = new Pattern('trade","');
  readonly #aggTrade = new Pattern('aggTrade","');
  readonly #depthUpdate = new Pattern('depthUpdate","');
  readonly #lastUpdateId = new Pattern('lastUpdateId":');
  readonly #market = new Pattern('MARKET"');
  readonly #true = new Pattern("true");
  readonly #false = new Pattern("false");

  constructor(
    market: BinanceMarket,
    bytes: FrameBytes,
    writer: FrameWriter,
    symbols: SymbolTable,
    stats: DecodeStats,
    limits: Limits,
  ) {
    this.#bytes = bytes;
    this.#writer = writer;
    this.#symbols = symbols;
    this.#stats = stats;
    this.#usdm = market === "usdm";
    this.#usual = new UsualFrames(market === "usdm", bytes, writer);
    this.#routes = new Array<Route | undefined>(ROUTES).fill(undefined);
    this.restSnapshot = stats.internStream("restSnapshot");
    this.#depth = new FastDepth(market === "usdm", bytes, writer, limits.frameLevelsMax);
  }

  /** One combined-stream frame `{"stream":…,"data":{…}}` that `bytes` has loaded. */
  decode(receiveUs: number): boolean {
    const bytes = this.#bytes;
    const slot = this.#routeSlot();
    const route = this.#routes[slot];
    let row: SymbolRow | undefined;
    if (route !== undefined && bytes.match(0, route.prefix)) {
      row = route.row;
      this.stream = route.stream;
    } else {
      if (!bytes.match(0, this.#start)) return this.#decodeRaw(receiveUs);
      row = this.#symbols.streamAt(bytes, bytes.end);
      if (row === undefined) return false;
      this.stream = this.#stats.streamAt(bytes, bytes.end);
      if (this.stream < 0) return false;
      // Of two that share a slot the first keeps it; the other is found this longer way, without garbage either.
      if (route === undefined) this.#routes[slot] = this.#routeOf(row, this.stream);
    }
    const at = bytes.end;
    switch (bytes.view.getUint8(at)) {
      case 117:
        return this.#usual.quote(row, at, receiveUs) || this.#readQuote(row, at, receiveUs);
      case 101: {
        const event = bytes.view.getUint8(at + 4);
        if (event === 116 && this.#usual.trade(row, at, receiveUs)) return true;
        if (event === 98 && this.#usdm && this.#usual.quote(row, at, receiveUs)) return true;
        return bytes.match(at, this.#event) && this.#readEvent(row, bytes.end, receiveUs);
      }
      case 108: {
        const kind = pictureKind(this.#stats.streamClass(this.stream));
        if (kind === 0 || !bytes.match(at, this.#lastUpdateId)) return false;
        return this.#depth.picture(row, kind, bytes.end, receiveUs, FRAME_END);
      }
      default:
        return false;
    }
  }

  /** Mixes sixteen bytes behind `{"stream":"`: the shortest names end with the constant that follows them. */
  #routeSlot(): number {
    const { view } = this.#bytes;
    let hash = Math.imul(view.getInt32(11, true), 0x01000193) ^ view.getInt32(15, true);
    hash = Math.imul(hash, 0x01000193) ^ view.getInt32(19, true);
    hash = Math.imul(hash, 0x01000193) ^ view.getInt32(23, true);
    return Math.imul(hash, 0x9e3779b1) >>> ROUTE_SHIFT;
  }

  #routeOf(row: SymbolRow, stream: number): Route {
    const name = this.#stats.streamName(stream);
    return { prefix: new Pattern(`{"stream":"${row.symbol.toLowerCase()}@${name}","data":{"`), row, stream };
  }

  /** Of raw frames only a REST depth answer is taken, and only when it cannot be another symbol's. */
  #decodeRaw(receiveUs: number): boolean {
    const only = this.#symbols.only();
    this.stream = this.restSnapshot;
    return only !== undefined && this.decodeSnapshot(only, receiveUs);
  }

  /** A REST depth answer `{"lastUpdateId":…,"bids":…,"asks":…}` that `bytes` has loaded. */
  decodeSnapshot(row: SymbolRow, receiveUs: number): boolean {
    const bytes = this.#bytes;
    if ((bytes.view.getInt32(0, true) & 0xffff) !== 0x227b || !bytes.match(2, this.#lastUpdateId)) return false;
    return this.#depth.picture(row, SlotKind.DepthSnapshot, bytes.end, receiveUs, 0x7d);
  }

  #readEvent(row: SymbolRow, at: number, receiveUs: number): boolean {
    const bytes = this.#bytes;
    switch (bytes.u8[at]) {
      case 98:
        return bytes.match(at, this.#bookTicker) && this.#readQuote(row, bytes.end, receiveUs);
      case 116:
        return bytes.match(at, this.#trade) && this.#readTrade(row, bytes.end, receiveUs, 116, 0);
      case 97:
        return bytes.match(at, this.#aggTrade) && this.#readTrade(row, bytes.end, receiveUs, 97, SlotFlag.Aggregate);
      case 100: {
        const kind = updateKind(this.#stats.streamClass(this.stream));
        return kind !== 0 && bytes.match(at, this.#depthUpdate) && this.#depth.update(row, kind, bytes.end, receiveUs);
      }
      default:
        return false;
    }
  }

  #readQuote(row: SymbolRow, from: number, receiveUs: number): boolean {
    const bytes = this.#bytes;
    let seen = 0;
    let updateId = 0;
    let eventTime = 0;
    let bid = 0;
    let bidQty = 0;
    let ask = 0;
    let askQty = 0;
    let at = from;
    for (;;) {
      const word = bytes.view.getInt32(at, true);
      let value = 0;
      let bit = 0;
      if (((word >>> 8) & 0xffff) !== KEY_END) {
        if (!skipTwoLetters(bytes, at)) return false;
      } else {
        const key = word & 0xff;
        const inText = word >>> 24 === QUOTE;
        if (inText && key === 98) {
          bit = SEEN_PRICE;
          bid = value = bytes.decimal(at + 4, row.priceScale);
        } else if (inText && key === 66) {
          bit = SEEN_QTY;
          bidQty = value = bytes.decimal(at + 4, row.qtyScale);
        } else if (inText && key === 97) {
          bit = SEEN_ASK;
          ask = value = bytes.decimal(at + 4, row.priceScale);
        } else if (inText && key === 65) {
          bit = SEEN_ASK_QTY;
          askQty = value = bytes.decimal(at + 4, row.qtyScale);
        } else if (inText && key === 115) {
          bit = SEEN_SYMBOL;
          if (!bytes.match(at + 4, row.inMessage as Pattern)) return false;
        } else if (key === 117) {
          bit = SEEN_ID;
          updateId = value = bytes.integer(at + 3, this.#ids);
        } else if (key === 69) {
          bit = SEEN_EVENT_TIME;
          eventTime = value = bytes.integer(at + 3, this.#times);
        } else if (key === 84) {
          bit = SEEN_TRADE_TIME;
          value = bytes.integer(at + 3, this.#times);
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
    const exchangeUs = timeUs(eventTime);
    if ((seen & QUOTE_NEEDS) !== QUOTE_NEEDS || exchangeUs < 0) return false;
    this.#writer.quote(row, exchangeUs, receiveUs, bid, bidQty, ask, askQty, updateId);
    return true;
  }

  /** `trade` (id in `t`) and `aggTrade` (id in `a`). */
  #readTrade(row: SymbolRow, from: number, receiveUs: number, idKey: number, flagsFrom: number): boolean {
    const bytes = this.#bytes;
    let seen = 0;
    let flags = flagsFrom;
    let id = 0;
    let eventTime = 0;
    let tradeTime = 0;
    let price = 0;
    let qty = 0;
    let at = from;
    for (;;) {
      const word = bytes.view.getInt32(at, true);
      let value = 0;
      let bit = 0;
      if (((word >>> 8) & 0xffff) !== KEY_END) {
        if (!skipTwoLetters(bytes, at)) return false;
      } else {
        const key = word & 0xff;
        const inText = word >>> 24 === QUOTE;
        if (key === idKey) {
          bit = SEEN_ID;
          id = value = bytes.integer(at + 3, this.#ids);
        } else if (key === 69) {
          bit = SEEN_EVENT_TIME;
          eventTime = value = bytes.integer(at + 3, this.#times);
        } else if (key === 84) {
          bit = SEEN_TRADE_TIME;
          tradeTime = value = bytes.integer(at + 3, this.#times);
        } else if (inText && key === 115) {
          bit = SEEN_SYMBOL;
          if (!bytes.match(at + 4, row.inMessage as Pattern)) return false;
        } else if (inText && key === 112) {
          bit = SEEN_PRICE;
          price = value = bytes.decimal(at + 4, row.priceScale);
        } else if (inText && key === 113) {
          bit = SEEN_QTY;
          qty = value = bytes.decimal(at + 4, row.qtyScale);
        } else if (key === 109) {
          bit = SEEN_MAKER;
          if (bytes.match(at + 3, this.#true)) flags |= SlotFlag.Sell;
          else if (!bytes.match(at + 3, this.#false)) return false;
        } else if (inText && key === 88) {
          bit = SEEN_TYPE;
          if (!bytes.match(at + 4, this.#market)) {
            flags |= SlotFlag.NotMarket;
            value = bytes.skipString(at + 4);
          }
        } else if (isUnneeded(key)) value = bytes.skip(at + 3);
        else return false;
      }
      if (value < 0 || (seen & bit) !== 0) return false;
      seen |= bit;
      at = bytes.end;
      const next = bytes.view.getUint16(at, true);
      if (next === NEXT_FIELD) at += 2;
      else if (next === FRAME_END && bytes.endsAt(at + 2)) break;
      else return false;
    }
    const exchangeUs = timeUs(eventTime);
    const tradeUs = timeUs(tradeTime);
    if ((seen & TRADE_NEEDS) !== TRADE_NEEDS || exchangeUs < 0 || tradeUs < 0) return false;
    this.#writer.trade(row, flags, exchangeUs, receiveUs, price, qty, tradeUs, id);
    return true;
  }
}

/** What a `depthUpdate` of a stream is; 0 when it is another book or nothing we know. */
export function updateKind(streamClass: StreamClass): SlotKind | 0 {
  if (streamClass === StreamClass.DepthDiff || streamClass === StreamClass.Raw) return SlotKind.DepthDiff;
  return streamClass === StreamClass.DepthTop ? SlotKind.DepthTop : 0;
}

/** What a `{lastUpdateId, bids, asks}` of a stream is. */
export function pictureKind(streamClass: StreamClass): SlotKind | 0 {
  if (streamClass === StreamClass.DepthSnapshot || streamClass === StreamClass.Raw) return SlotKind.DepthSnapshot;
  return streamClass === StreamClass.DepthTop ? SlotKind.DepthTop : 0;
}

/** Steps over a field whose key has two letters (`st`, `ps`, `nq`): nobody needs one in quotes and trades. */
function skipTwoLetters(bytes: FrameBytes, at: number): boolean {
  const word = bytes.view.getInt32(at, true);
  assert(at >= 0, Code.ValueOutOfRange);
  if (word >>> 16 !== KEY_END || !isLetter(word & 0xff) || !isLetter((word >>> 8) & 0xff)) return false;
  return bytes.skip(at + 4) >= 0;
}

/** M (ignore), b and a (order ids), f and l (first and last trade of an aggregate). */
function isUnneeded(key: number): boolean {
  return key === 77 || key === 98 || key === 97 || key === 102 || key === 108;
}

function isLetter(unit: number): boolean {
  const lower = unit | 32;
  return lower >= 97 && lower <= 122;
}
