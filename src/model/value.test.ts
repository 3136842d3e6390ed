/** Values of quantities against BigInt fractions, at every scale and contract size. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Wide } from "../core/wide.ts";
import { hasContract, type Instrument } from "./instrument.ts";
import { InstrumentKind } from "./order.ts";
import { contractValue, valueAt } from "./value.ts";

const BASE = {
  ...{ id: 0, revision: 1, name: "t:A-B", venue: "t", venueSymbol: "AB", base: "A", quote: "B", settle: "B" },
  ...{ priceDecimals: 2, qtyDecimals: 2, tick: 1, lot: 1, qtyMin: 1, qtyMax: 0, notionalMin: 0 },
};
const E18 = 10n ** 18n;
const big = (w: Wide) => BigInt(w.hi) * 2n ** 53n + BigInt(w.lo);
const scale = fc.nat(5);
const count = fc.oneof(fc.integer({ min: 1, max: 2 ** 20 }), fc.integer({ min: 1, max: 2 ** 40 }));

test("linear and inverse values are the exact fraction, cut at 10^-18; what does not fit is said", () => {
  const out = new Wide();
  let fitting = 0;
  const kinds = fc.constantFrom(InstrumentKind.LinearPerpetual, InstrumentKind.InversePerpetual);
  fc.assert(
    fc.property(
      kinds,
      scale,
      scale,
      scale,
      count,
      count,
      fc.integer({ min: 1, max: 1_000 }),
      fc.constantFrom(1, 2),
      (...[kind, priceScale, qtyScale, contractScale, qty, price, contractSize, divisor]) => {
        const instrument: Instrument = { ...BASE, kind, priceScale, qtyScale, contractSize, contractScale };
        const contracts = BigInt(qty) * BigInt(contractSize);
        const ten = (n: number) => 10n ** BigInt(n);
        const want =
          kind === InstrumentKind.InversePerpetual
            ? (contracts * E18 * ten(priceScale) * BigInt(divisor)) / (BigInt(price) * ten(qtyScale + contractScale))
            : (contracts * BigInt(price) * E18) / (ten(qtyScale + contractScale + priceScale) * BigInt(divisor));
        if (valueAt(out, instrument, -qty, price, divisor)) {
          expect(big(out)).toBe(want);
          fitting++;
        } else expect(contracts * E18 * BigInt(price) >= 2n ** 88n || want >= 2n ** 88n).toBe(true);
        if (contractValue(out, instrument, -qty))
          expect(big(out)).toBe((contracts * E18) / ten(qtyScale + contractScale));
      },
    ),
    { numRuns: 5_000 },
  );
  expect(fitting).toBeGreaterThan(2_000);
});

test("no price, no inverse value; contracts are positive integers with scales within 18", () => {
  const inverse: Instrument = { ...BASE, kind: InstrumentKind.InversePerpetual, priceScale: 2, qtyScale: 3 };
  expect(valueAt(new Wide(), inverse, 5, 0)).toBe(false);
  const sizes = [{}, { contractSize: 0 }, { contractSize: 1.5 }, { contractScale: 14 }, { contractScale: 13 }];
  expect(sizes.map((more) => hasContract({ ...inverse, ...more }))).toEqual([true, false, false, false, true]);
  expect(hasContract({ ...inverse, kind: InstrumentKind.Spot, contractSize: 10 })).toBe(false);
});
