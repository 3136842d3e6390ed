/** For tests of decoders: one with a small lane of its own, and frames that are damaged, cut or dressed up. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Code } from "../../core/code.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { Chance, disguised, disguises, mutated } from "./mutate.testing.ts";
import { RECEIVED_US, RIG_LIMITS, SlotRig } from "./slots.testing.ts";
import type { TopicDecoder } from "./topic_decoder.ts";

/** Two symbols, 0 and 1 (revision 3), prices with 4 decimals, sizes with 9. */
export class TopicRig<Decoder extends TopicDecoder> extends SlotRig {
  readonly decoder: Decoder;
  readonly receivedUs = RECEIVED_US;

  constructor(symbols: readonly [string, string], decoderOf: (lane: MarketLane) => Decoder, limits = RIG_LIMITS) {
    super(limits);
    this.decoder = decoderOf(this.lane);
    for (const [instrument, symbol] of symbols.entries()) {
      this.decoder.define({ symbol, instrument, revision: instrument * 3, priceScale: 4, qtyScale: 9 });
    }
  }

  /** Code and slots of one frame; the lane is empty afterwards. */
  decode(text: string): { code: Code; slots: string[] } {
    const code = this.decoder.decode(text, RECEIVED_US);
    return { code, slots: this.take() };
  }
}

/** A decoder with its lane. */
interface AnyRig extends SlotRig {
  readonly decoder: Pick<TopicDecoder, "stats" | "decode" | "fastPathOn">;
}

/**
 * Expects of `count` damaged frames that none throws or tells a value out of range, and that both paths agree: on all that
 * is accepted, and on one of `every` that are not.
 */
export function expectMutationsHarmless(
  rigOf: () => AnyRig,
  frames: readonly string[],
  count: number,
  seed: number,
  every = 1,
): void {
  const rig = rigOf();
  const slow = rigOf();
  slow.decoder.fastPathOn = false;
  const chance = new Chance(seed);
  let faults = 0;
  let differences = 0;
  let accepted = 0;
  let first = "";
  for (let n = 0; n < count; n++) {
    let text = frames[n % frames.length] as string;
    for (let times = 1 + chance.below(2); times > 0; times--) {
      text = mutated(text, frames[chance.below(frames.length)] as string, chance);
    }
    const code = rig.decoder.decode(text, RECEIVED_US);
    if (code === Code.Ok || n % every === 0) {
      const same = slow.decoder.decode(text, RECEIVED_US);
      if (same !== code || slow.take().join() !== rig.peek().join()) {
        differences++;
        if (first === "") first = text;
      }
    }
    if (code === Code.Ok) accepted++;
    const found = rig.faults(code);
    if (found > 0 && first === "") first = text;
    faults += found;
  }
  expect({ faults, differences, first }).toEqual({ faults: 0, differences: 0, first: "" });
  expect(rig.decoder.stats.frames).toBe(count);
  expect(accepted).toBeGreaterThan(count / 100); // Else the mutations would prove nothing.
}

/** Tests that no bytes can hurt a decoder of topics, begun with these frames. */
export function testAnyBytes(
  rigOf: () => TopicRig<TopicDecoder>,
  frames: readonly string[],
  mutations: number,
  seed: number,
): void {
  describe("any bytes", () => {
    test(`${mutations} mutated frames, seed ${seed}: no throw, no value out of range, both paths agree`, () => {
      expectMutationsHarmless(rigOf, frames, mutations, seed);
    }, 120_000);

    test("every frame cut at every unit is set aside", () => {
      const rig = rigOf();
      for (const text of frames) {
        for (let to = 1; to < text.length; to++) {
          rig.decode(text);
          const { code, slots } = rig.decode(text.slice(0, to));
          expect([Code[code], slots.length]).toEqual(["FrameTruncated", 1]);
        }
      }
    });

    test("fields shuffled, spaced, extended, escaped: the same slots", () => {
      // Marks remember what came before: a rig of its own for each frame.
      fc.assert(
        fc.property(fc.constantFrom(...frames), disguises, (text, how) => {
          const usual = rigOf().decode(text);
          const shuffled = rigOf().decode(disguised(text, how));
          const plain = (slots: string[]) =>
            slots.map((slot) => slot.replace("LastOfFrame", "").replace("|", "")).sort();
          expect([shuffled.code, plain(shuffled.slots)]).toEqual([usual.code, plain(usual.slots)]);
        }),
        { numRuns: 500 },
      );
    });
  });
}
