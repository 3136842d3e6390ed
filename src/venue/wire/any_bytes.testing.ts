/** No bytes can hurt a decoder: suites for all venues. Damaged and disguised frames, read fast and read by JSON.parse. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Code } from "../../core/code.ts";
import type { DecoderRig } from "./decoder_rig.testing.ts";
import { Chance, disguised, disguises, mutated } from "./mutate.testing.ts";
import { RECEIVED_US } from "./slots.testing.ts";

export interface MutationPlan {
  readonly name?: string;
  readonly count: number;
  readonly seed: number;
  readonly frames: readonly string[];
  rig(): DecoderRig;
  /** Of frames that are not taken, one in so many is compared with what JSON.parse makes of it: usually each. */
  readonly comparedOneIn?: number;
}

export function mutations({ name = "", count, seed, frames, rig: make, comparedOneIn = 1 }: MutationPlan): void {
  test(`${name}${count} mutated frames, seed ${seed}: no throw, no value out of range, both paths agree`, () => {
    const [rig, slow] = [make(), make()];
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
      if (code === Code.Ok || n % comparedOneIn === 0) {
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
    expect(accepted).toBeGreaterThan(count / 100); // Else the mutations would prove nothing.
    expect(rig.decoder.stats.frames).toBe(count);
  }, 120_000);
}

/** Of frames whose every prefix is broken JSON. */
export function cuts(frames: readonly string[], make: () => DecoderRig): void {
  test("every frame cut at every unit is set aside", () => {
    const rig = make();
    for (const text of frames) {
      for (let to = 1; to < text.length; to++) {
        // A longer frame before it leaves its bytes behind: they must not be read.
        rig.decode(text);
        const { code, slots } = rig.decode(text.slice(0, to));
        expect([Code[code], slots.length]).toEqual(["FrameTruncated", 1]);
      }
    }
  });
}

/** Each frame has a rig of its own: marks remember what came before. Fields in another order may tell levels in another one. */
export function costumes(frames: readonly string[], make: () => DecoderRig): void {
  test("fields shuffled, spaced, extended, escaped: the same slots", () => {
    fc.assert(
      fc.property(fc.constantFrom(...frames), disguises, (text, how) => {
        const usual = make().decode(text);
        const shuffled = make().decode(disguised(text, how));
        const plain = (slots: string[]) => slots.map((slot) => slot.replace("LastOfFrame", "").replace("|", "")).sort();
        expect([shuffled.code, plain(shuffled.slots)]).toEqual([usual.code, plain(usual.slots)]);
      }),
      { numRuns: 500 },
    );
  });
}

/** `what` with a JSON.parse that throws. */
export function withoutParser<T>(what: () => T): T {
  const parse = JSON.parse;
  JSON.parse = () => {
    throw new Error("parsed");
  };
  try {
    return what();
  } finally {
    JSON.parse = parse;
  }
}

export function fastFrames(frames: readonly string[], make: () => DecoderRig): void {
  test("usual frames take the fast path: JSON.parse is not needed for them", () => {
    const rig = make();
    withoutParser(() => {
      for (const text of frames) expect(rig.decode(text).code).toBe(Code.Ok);
    });
  });
}

/** Frames that are told by `code` alone, and change nothing. */
export function setAside(cases: readonly (readonly [text: string, code: Code])[], make: () => DecoderRig): void {
  test.each(cases.map(([text, code]) => [text, code] as const))("%s is set aside", (text, code) => {
    const found = make().decode(text);
    expect(Code[found.code]).toBe(Code[code]);
    expect(found.slots).toHaveLength(1);
    expect(found.slots[0]).toStartWith("SetAside LastOfFrame");
  });
}
