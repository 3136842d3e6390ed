/** For tests: a lane of its own, its slots as plain values, and what may never be wrong with them. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { checkLimits, DEFAULT_LIMITS, type Limits } from "../../core/limits.ts";
import {
  F64_A,
  F64_B,
  F64_C,
  F64_D,
  F64_EXCHANGE_TIME,
  F64_RECEIVE_TIME,
  F64_SEQUENCE,
  SLOT_BYTES,
  SLOT_F64,
  SLOT_U16,
  SLOT_U32,
  SlotFlag,
  SlotKind,
  U8_FLAGS,
  U8_KIND,
  U16_REVISION,
  U32_INSTRUMENT,
} from "../../model/market_slot.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { NO_INSTRUMENT } from "./frame_writer.ts";

/** Frames of these rigs are received at this time. */
export const RECEIVED_US = 1_700_000_000_000_000;

/** Short frames, so that limits are reached in tests. */
export const RIG_LIMITS: Limits = checkLimits({
  ...DEFAULT_LIMITS,
  marketLaneSlots: 4_096,
  frameUnitsMax: 100_000,
  frameLevelsMax: 1_000,
  unknownNamesMax: 16,
});

export class SlotRig {
  readonly lane: MarketLane;

  constructor(limits: Limits) {
    const slots = limits.marketLaneSlots;
    this.lane = new MarketLane(new SharedArrayBuffer(MarketLane.bytes(slots)), slots);
  }

  take(): string[] {
    const slots = this.peek();
    this.lane.release(slots.length);
    return slots;
  }

  /** The slots that wait, left waiting. */
  peek(): string[] {
    return Array.from({ length: this.lane.pending() }, (_, n) => this.#text(this.lane.peek(n)));
  }

  /** Counts what is wrong with the slots that wait; releases them. `Ok` frames and set-aside ones are told by `code`. */
  faults(code: Code): number {
    const { lane } = this;
    const count = lane.pending();
    let faults = count === 0 ? 1 : 0;
    for (let n = 0; n < count; n++) {
      const slot = lane.peek(n);
      const flags = lane.u8[slot * SLOT_BYTES + U8_FLAGS] as number;
      if (((flags & SlotFlag.LastOfFrame) !== 0) !== (n === count - 1)) faults++;
      for (let column = F64_EXCHANGE_TIME; column <= F64_SEQUENCE; column++) {
        const value = lane.f64[slot * SLOT_F64 + column] as number;
        const signed = column === F64_B || column === F64_C; // Previous id -1, funding rate.
        if (!Number.isSafeInteger(value) || (value < 0 && !signed) || Object.is(value, -0)) faults++;
      }
    }
    faults += this.#shapeFaults(code, count);
    lane.release(count);
    return faults;
  }

  #shapeFaults(code: Code, count: number): number {
    const { lane } = this;
    const head = lane.peek(0);
    const kind = lane.u8[head * SLOT_BYTES + U8_KIND] as SlotKind;
    if ((kind === SlotKind.SetAside) !== (code !== Code.Ok)) return 1;
    if (kind === SlotKind.SetAside) return count === 1 && lane.f64[head * SLOT_F64 + F64_A] === code ? 0 : 1;
    if (kind === SlotKind.Bar) return count === 2 ? 0 : 1;
    if (kind === SlotKind.Trade) return this.#allOf(SlotKind.Trade, count);
    if (kind === SlotKind.Liquidation) return this.#allOf(SlotKind.Liquidation, count);
    if (kind === SlotKind.Quote || kind === SlotKind.Mark) return count === 1 ? 0 : 1;
    const bids = lane.f64[head * SLOT_F64 + F64_C] as number;
    const asks = lane.f64[head * SLOT_F64 + F64_D] as number;
    if (count !== bids + asks + 1) return 1;
    let asksSeen = 0;
    for (let n = 1; n < count; n++) {
      const slot = lane.peek(n) * SLOT_BYTES;
      if (lane.u8[slot + U8_KIND] !== SlotKind.Level) return 1;
      if (((lane.u8[slot + U8_FLAGS] as number) & SlotFlag.Sell) !== 0) asksSeen++;
    }
    return asksSeen === asks ? 0 : 1;
  }

  #allOf(kind: SlotKind, count: number): number {
    for (let n = 0; n < count; n++) if (this.lane.u8[this.lane.peek(n) * SLOT_BYTES + U8_KIND] !== kind) return 1;
    return 0;
  }

  /** `Kind flags i<instrument>r<revision> <exchange time> a b c d #sequence`. */
  #text(slot: number): string {
    const { u8, u16, u32, f64 } = this.lane;
    const flags = u8[slot * SLOT_BYTES + U8_FLAGS] as number;
    const names = [
      SlotFlag.LastOfFrame,
      SlotFlag.Sell,
      SlotFlag.Closed,
      SlotFlag.NotMarket,
      SlotFlag.Aggregate,
      SlotFlag.Window,
    ]
      .filter((flag) => (flags & flag) !== 0)
      .map((flag) => SlotFlag[flag]);
    const instrument = u32[slot * SLOT_U32 + U32_INSTRUMENT] as number;
    const who = instrument === NO_INSTRUMENT ? "none" : `i${instrument}r${u16[slot * SLOT_U16 + U16_REVISION]}`;
    const f = (column: number) => f64[slot * SLOT_F64 + column];
    assert(f(F64_RECEIVE_TIME) === RECEIVED_US, Code.InvariantBroken);
    const kind = SlotKind[u8[slot * SLOT_BYTES + U8_KIND] as number];
    const values = [f(F64_A), f(F64_B), f(F64_C), f(F64_D)].join(" ");
    return `${kind} ${names.join("|")} ${who} @${f(F64_EXCHANGE_TIME)} ${values} #${f(F64_SEQUENCE)}`;
  }
}
