/** Slots of one frame as decoders fill them: the one place that knows which column holds what. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import {
  F64_A,
  F64_B,
  F64_C,
  F64_D,
  F64_EXCHANGE_TIME,
  F64_SEQUENCE,
  SLOT_F64,
  SlotFlag,
  SlotKind,
} from "../../model/market_slot.ts";
import type { MarketLane } from "../../ring/market_lane.ts";

/** What a slot says of its listing. */
export interface Listing {
  readonly instrument: number;
  readonly revision: number;
}

/** `instrument` of a SetAside slot whose frame names no symbol that we know. */
export const NO_INSTRUMENT = 0xffff_ffff;
/** Claims slots of the lane; publishing is the decoder's. */
export class FrameWriter {
  readonly #lane: MarketLane;
  /** Of the depth message being written: its levels carry it too, so that every slot is whole. */
  #receiveUs = 0;

  constructor(lane: MarketLane) {
    this.#lane = lane;
  }

  quote(
    e: Listing,
    exchangeUs: number,
    receiveUs: number,
    bidPrice: number,
    bidQty: number,
    askPrice: number,
    askQty: number,
    updateId: number,
  ): void {
    assert(bidPrice >= 0 && askPrice >= 0, Code.ValueOutOfRange);
    this.#lane.put(
      SlotKind.Quote,
      0,
      e.revision,
      e.instrument,
      exchangeUs,
      receiveUs,
      bidPrice,
      bidQty,
      askPrice,
      askQty,
      updateId,
    );
  }

  trade(
    e: Listing,
    flags: number,
    exchangeUs: number,
    receiveUs: number,
    price: number,
    qty: number,
    tradeUs: number,
    id: number,
    firstId = 0,
  ): void {
    assert(price >= 0 && qty >= 0, Code.ValueOutOfRange);
    const { revision, instrument } = e;
    const kind = SlotKind.Trade;
    this.#lane.put(kind, flags, revision, instrument, exchangeUs, receiveUs, price, qty, tradeUs, firstId, id);
  }

  /** Head of a diff, snapshot or top; `finishDepth` completes it. */
  depthHead(e: Listing, kind: SlotKind, receiveUs: number, flags = 0): void {
    assert(this.#lane.claimedCount() === 0, Code.SlotIncomplete);
    this.#receiveUs = receiveUs;
    this.#lane.put(kind, flags, e.revision, e.instrument, 0, receiveUs, 0, -1, 0, 0, 0);
  }

  level(e: Listing, flags: number, price: number, qty: number): void {
    this.#lane.put(SlotKind.Level, flags, e.revision, e.instrument, 0, this.#receiveUs, price, qty, 0, 0, 0);
  }

  /** Writes into the head what is only known once the levels are read. */
  finishDepth(exchangeUs: number, first: number, previous: number, bids: number, asks: number, last: number): void {
    assert(this.#lane.claimedCount() === bids + asks + 1, Code.SlotIncomplete);
    const f64 = this.#lane.f64;
    const at = this.#lane.slotOfFrame(0) * SLOT_F64;
    f64[at + F64_EXCHANGE_TIME] = exchangeUs;
    f64[at + F64_A] = first;
    f64[at + F64_B] = previous;
    f64[at + F64_C] = bids;
    f64[at + F64_D] = asks;
    f64[at + F64_SEQUENCE] = last;
  }

  bar(
    e: Listing,
    closed: boolean,
    exchangeUs: number,
    receiveUs: number,
    open: number,
    high: number,
    low: number,
    close: number,
  ): void {
    assert(low >= 0 && open >= 0, Code.ValueOutOfRange);
    const flags = closed ? SlotFlag.Closed : 0;
    this.#lane.put(SlotKind.Bar, flags, e.revision, e.instrument, exchangeUs, receiveUs, open, high, low, close, 0);
  }

  barVolume(
    e: Listing,
    closed: boolean,
    exchangeUs: number,
    receiveUs: number,
    volume: number,
    trades: number,
    startUs: number,
    intervalUs: number,
  ): void {
    assert(intervalUs > 0, Code.ValueOutOfRange);
    const kind = SlotKind.BarVolume;
    const flags = closed ? SlotFlag.Closed : 0;
    this.#lane.put(
      kind,
      flags,
      e.revision,
      e.instrument,
      exchangeUs,
      receiveUs,
      volume,
      trades,
      startUs,
      intervalUs,
      0,
    );
  }

  mark(
    e: Listing,
    exchangeUs: number,
    receiveUs: number,
    mark: number,
    index: number,
    rate: number,
    nextUs: number,
  ): void {
    assert(mark >= 0 && index >= 0, Code.ValueOutOfRange);
    this.#lane.put(SlotKind.Mark, 0, e.revision, e.instrument, exchangeUs, receiveUs, mark, index, rate, nextUs, 0);
  }

  /** `flags`: SlotFlag.Sell when the forced order sold. `ownUs`: when it happened, by the venue. */
  liquidation(
    e: Listing,
    flags: number,
    exchangeUs: number,
    receiveUs: number,
    price: number,
    qty: number,
    ownUs: number,
  ): void {
    assert(price >= 0 && qty >= 0, Code.ValueOutOfRange);
    const { revision, instrument } = e;
    const kind = SlotKind.Liquidation;
    this.#lane.put(kind, flags, revision, instrument, exchangeUs, receiveUs, price, qty, ownUs, 0, 0);
  }

  /**
   * What came of nothing. `a` the code, `b` the SlotKind that the frame would have had (0 unknown), `c` its first update
   * id, `sequence` its last, `instrument` NO_INSTRUMENT when unknown: enough for the engine to mark a book invalid.
   */
  setAside(
    e: Listing | undefined,
    code: Code,
    exchangeUs: number,
    receiveUs: number,
    meant: number,
    first: number,
    sequence: number,
  ): void {
    assert(code !== Code.Ok, Code.InvariantBroken);
    const revision = e === undefined ? 0 : e.revision;
    const instrument = e === undefined ? NO_INSTRUMENT : e.instrument;
    this.#lane.put(SlotKind.SetAside, 0, revision, instrument, exchangeUs, receiveUs, code, meant, first, 0, sequence);
  }
}
