/** No bytes can hurt the decoder: mutated, cut and shuffled frames; both paths agree; a cut frame is never Ok. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Code } from "../../core/code.ts";
import { mantissaText } from "../../core/decimal.ts";
import { disguised, disguises } from "../wire/mutate.testing.ts";
import { RIG_LIMITS } from "../wire/slots.testing.ts";
import { expectMutationsHarmless } from "../wire/topic_rig.testing.ts";
import type { BinanceMarket } from "./decode.ts";
import { DecodeRig, SAMPLES, SNAPSHOTS } from "./decode_rig.testing.ts";

const MARKETS = ["spot", "usdm"] as const;
const MUTATIONS = process.env.MELTICA_FUZZ === "large" ? 10_000_000 : 1_000_000;
const SEED = Number(process.env.MELTICA_SEED ?? 20_261_121);
/** One symbol, so that raw snapshots are somebody's too. */
const SYMBOLS = ["ETHUSDT"];
const FRAMES = Object.fromEntries(
  MARKETS.map((market) => [
    market,
    [...Object.values(SAMPLES[market]), SNAPSHOTS[market]].map((text) => text.replaceAll(/btcusdt/gi, swapCase)),
  ]),
) as Record<BinanceMarket, string[]>;

function swapCase(found: string): string {
  return found === "BTCUSDT" ? "ETHUSDT" : "ethusdt";
}

describe("mutated frames", () => {
  for (const market of MARKETS) {
    const count = MUTATIONS / 2;
    test(`${market}: ${count} of them, seed ${SEED}: no throw, no value out of range, lane whole`, () => {
      const rigOf = () => new DecodeRig(market, SYMBOLS, RIG_LIMITS, 8);
      expectMutationsHarmless(rigOf, FRAMES[market], count, SEED, 16);
    }, 60_000);
  }
});

describe("cut frames", () => {
  for (const market of MARKETS) {
    test(`${market}: every frame at every unit`, () => {
      const rig = new DecodeRig(market, SYMBOLS, RIG_LIMITS, 8);
      let wrong = 0;
      for (const text of FRAMES[market]) {
        for (let to = 0; to < text.length; to++) {
          // A longer frame before it leaves its bytes behind: they must not be read.
          rig.decode(text);
          const { code, slots } = rig.decode(text.slice(0, to));
          const expected = to === 0 ? Code.FrameEmpty : Code.FrameTruncated;
          if (code !== expected || slots.length !== 1 || !slots[0]?.startsWith("SetAside")) wrong++;
          if (rig.snapshot(text.slice(0, to), "ETHUSDT").code !== expected) wrong++;
        }
      }
      expect(wrong).toBe(0);
    });
  }
});

describe("both paths give identical slots", () => {
  for (const market of MARKETS) {
    test(`${market}: fields shuffled, spaced, extended, escaped`, () => {
      const usual = new DecodeRig(market, SYMBOLS, RIG_LIMITS, 8);
      const other = new DecodeRig(market, SYMBOLS, RIG_LIMITS, 8);
      fc.assert(
        fc.property(fc.constantFrom(...FRAMES[market]), disguises, (text, how) => {
          expect(other.decode(disguised(text, how))).toEqual(usual.decode(text));
        }),
        { numRuns: 2_000 },
      );
    });

    test(`${market}: generated numbers, against arithmetic of text`, () => {
      const fast = new DecodeRig(market, SYMBOLS, RIG_LIMITS, 8);
      const slow = new DecodeRig(market, SYMBOLS, RIG_LIMITS, 8);
      slow.decoder.fastPathOn = false;
      const mantissa = fc.oneof(fc.maxSafeNat(), fc.nat(), fc.nat(100_000));
      const id = fc.oneof(fc.maxSafeNat(), fc.nat());
      fc.assert(
        fc.property(mantissa, mantissa, id, fc.nat(6), (price, qty, u, zeros) => {
          const p = mantissaText(price, 4) + "0".repeat(zeros);
          const q = mantissaText(qty, 8);
          const text = `{"stream":"ethusdt@bookTicker","data":{"u":${u},"s":"ETHUSDT","b":"${p}","B":"${q}","a":"${p}","A":"0"}}`;
          const expected = [`Quote LastOfFrame i0r0 @0 ${price} ${qty} ${price} 0 #${u}`];
          expect(fast.decode(text).slots).toEqual(expected);
          expect(slow.decode(text).slots).toEqual(expected);
        }),
        { numRuns: 5_000 },
      );
    });
  }
});
