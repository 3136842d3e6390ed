/** For tests of this room: writes market slots by hand, and captured Binance messages by plain JSON.parse. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { mantissaText, parseMantissa } from "../core/decimal.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import type { Instrument } from "../model/instrument.ts";
import { SLOT_BYTES, SlotFlag, SlotKind, U8_FLAGS } from "../model/market_slot.ts";
import { InstrumentKind } from "../model/order.ts";
import { MarketLane } from "../ring/market_lane.ts";
import { MarketState } from "./market.ts";
import type { MarketOptions } from "./market_options.ts";

export const PRICE_SCALE = 4;
export const QTY_SCALE = 6;

export function instrumentOf(change: Partial<Instrument> = {}): Instrument {
  return {
    id: 0,
    revision: 1,
    name: "binance:ETH-USDT",
    venue: "binance-spot",
    venueSymbol: "ETHUSDT",
    kind: InstrumentKind.Spot,
    base: "ETH",
    quote: "USDT",
    settle: "USDT",
    priceScale: PRICE_SCALE,
    qtyScale: QTY_SCALE,
    priceDecimals: 2,
    qtyDecimals: 4,
    tick: 100,
    lot: 100,
    qtyMin: 0,
    qtyMax: 0,
    notionalMin: 0,
    ...change,
  };
}

export type Levels = readonly (readonly [price: number, qty: number])[];

/** Fields of several messages: each test reads those of the kind it fed. */
interface MessageData {
  readonly E?: number;
  readonly T: number;
  readonly U: number;
  readonly u: number;
  readonly pu?: number;
  readonly t: number;
  readonly m?: boolean;
  readonly X?: string;
  readonly p: string;
  readonly q: string;
  readonly B: string;
  readonly A: string;
  /** Levels of a diff; a price in a best quote. */
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

/** One message of Binance's market streams, as far as the tests need it. */
interface Message {
  readonly stream?: string;
  readonly lastUpdateId?: number;
  readonly bids?: readonly (readonly [string, string])[];
  readonly asks?: readonly (readonly [string, string])[];
  readonly data?: MessageData;
}

/** A lane with a market behind it: each call writes one whole frame and takes it at once. */
export class Feed {
  readonly market: MarketState;
  readonly #lane: MarketLane;
  nowUs = 1_000_000_000;
  instrument = 0;
  revision = 1;
  /** Venue clock less ours. */
  aheadUs = 0;

  constructor(options: Partial<MarketOptions> = {}, limits: Limits = DEFAULT_LIMITS) {
    const buffer = new SharedArrayBuffer(MarketLane.bytes(limits.marketLaneSlots));
    this.#lane = new MarketLane(buffer, limits.marketLaneSlots);
    this.market = new MarketState(limits, options);
    this.market.define(instrumentOf());
  }

  put(kind: SlotKind, flags: number, a: number, b: number, c: number, d: number, sequence: number, timeUs = 0): void {
    assert(this.#lane.hasRoom(1), Code.RingOverrun);
    const time = timeUs === 0 ? this.nowUs + this.aheadUs : timeUs;
    this.#lane.put(kind, flags, this.revision, this.instrument, time, this.nowUs, a, b, c, d, sequence);
  }

  /** Ends the frame and gives it to the market; answers the bits of all its slots. */
  take(): number {
    this.#lane.publish();
    let events = 0;
    for (;;) {
      const slot = this.#lane.peek(0);
      const last = ((this.#lane.u8[slot * SLOT_BYTES + U8_FLAGS] as number) & SlotFlag.LastOfFrame) !== 0;
      events |= this.market.onSlot(this.#lane, slot);
      this.#lane.release(1);
      if (last) return events;
    }
  }

  quote(bid: number, bidQty: number, ask: number, askQty: number, id: number): number {
    this.put(SlotKind.Quote, 0, bid, bidQty, ask, askQty, id);
    return this.take();
  }

  trade(id: number, price: number, qty: number, tradeUs = this.nowUs + this.aheadUs, flags = 0): number {
    this.put(SlotKind.Trade, flags, price, qty, tradeUs, 0, id, tradeUs);
    return this.take();
  }

  diff(first: number, prev: number, last: number, bids: Levels, asks: Levels): number {
    this.put(SlotKind.DepthDiff, 0, first, prev, bids.length, asks.length, last);
    return this.#levels(bids, asks);
  }

  snapshot(id: number, bids: Levels, asks: Levels): number {
    this.put(SlotKind.DepthSnapshot, 0, 0, -1, bids.length, asks.length, id);
    return this.#levels(bids, asks);
  }

  top(id: number, bids: Levels, asks: Levels): number {
    this.put(SlotKind.DepthTop, 0, 0, -1, bids.length, asks.length, id);
    return this.#levels(bids, asks);
  }

  setAside(code: number, meant: number, last: number): number {
    this.put(SlotKind.SetAside, 0, code, meant, 0, 0, last);
    return this.take();
  }

  /** One line of a capture, `<receive ns> <JSON>`. */
  line(line: string): number {
    const space = line.indexOf(" ");
    this.nowUs = Number(line.slice(0, space - 3));
    const message = JSON.parse(line.slice(space + 1)) as Message;
    if (message.lastUpdateId !== undefined) {
      return this.snapshot(message.lastUpdateId, levelsOf(message.bids ?? []), levelsOf(message.asks ?? []));
    }
    const data = message.data as MessageData;
    const eventUs = (data.E ?? 0) * 1_000;
    if (message.stream?.includes("bookTicker") === true) {
      const [bid, ask] = [data.b as unknown as string, data.a as unknown as string];
      const [b, B, a, A] = [priceOf(bid), qtyOf(data.B), priceOf(ask), qtyOf(data.A)];
      assert(this.#lane.hasRoom(1), Code.RingOverrun);
      this.#lane.put(SlotKind.Quote, 0, this.revision, 0, eventUs, this.nowUs, b, B, a, A, data.u);
      return this.take();
    }
    if (message.stream?.includes("trade") === true) {
      const flags = (data.m ? SlotFlag.Sell : 0) | ((data.X ?? "MARKET") === "MARKET" ? 0 : SlotFlag.NotMarket);
      this.put(SlotKind.Trade, flags, priceOf(data.p), qtyOf(data.q), data.T * 1_000, 0, data.t, eventUs);
      return this.take();
    }
    const [bids, asks] = [levelsOf(data.b), levelsOf(data.a)];
    this.put(SlotKind.DepthDiff, 0, data.U, data.pu ?? -1, bids.length, asks.length, data.u, eventUs);
    return this.#levels(bids, asks);
  }

  #levels(bids: Levels, asks: Levels): number {
    for (const [price, qty] of bids) this.put(SlotKind.Level, 0, price, qty, 0, 0, 0);
    for (const [price, qty] of asks) this.put(SlotKind.Level, SlotFlag.Sell, price, qty, 0, 0, 0);
    return this.take();
  }
}

export function priceText(mantissa: number, decimals: number): string {
  return mantissaText(mantissa, PRICE_SCALE, decimals);
}

export function qtyText(mantissa: number, decimals: number): string {
  return mantissaText(mantissa, QTY_SCALE, decimals);
}

function priceOf(text: string): number {
  return parseMantissa(text, PRICE_SCALE).mantissa;
}

function qtyOf(text: string): number {
  return parseMantissa(text, QTY_SCALE).mantissa;
}

function levelsOf(texts: readonly (readonly [string, string])[]): Levels {
  return texts.map(([price, qty]) => [priceOf(price), qtyOf(qty)] as const);
}
