/** Test support: a venue's decoder with a small lane of its own, and the same frames without its fast path. */

import type { Code } from "../../core/code.ts";
import { checkLimits, DEFAULT_LIMITS, type Limits } from "../../core/limits.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { RECEIVED_US, SlotRig } from "./slots.testing.ts";

/** Short frames, so that limits are reached in tests. */
export const RIG_LIMITS: Limits = checkLimits({
  ...DEFAULT_LIMITS,
  marketLaneSlots: 4_096,
  frameUnitsMax: 100_000,
  frameLevelsMax: 1_000,
  unknownNamesMax: 16,
});

export interface RiggedDecoder {
  fastPathOn: boolean;
  readonly stats: { readonly frames: number };
  define(listing: { symbol: string; instrument: number; revision: number; priceScale: number; qtyScale: number }): void;
  decode(text: string, receiveUs: number): Code;
}

/** Symbols by number: the first is revision 0, the second 3, and so on; prices with 4 decimals. */
export class DecoderRig<Decoder extends RiggedDecoder = RiggedDecoder> extends SlotRig {
  readonly decoder: Decoder;

  constructor(make: (lane: MarketLane) => Decoder, symbols: readonly string[], qtyScale: number, limits = RIG_LIMITS) {
    super(limits);
    this.decoder = make(this.lane);
    symbols.forEach((symbol, instrument) => {
      this.decoder.define({ symbol, instrument, revision: instrument * 3, priceScale: 4, qtyScale });
    });
  }

  /** Code and slots of one frame; the lane is empty afterwards. */
  decode(text: string): { code: Code; slots: string[] } {
    const code = this.decoder.decode(text, RECEIVED_US);
    return { code, slots: this.take() };
  }
}
