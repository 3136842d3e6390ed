/** Fees against their definition in BigInt, rounded once from the exact product. */

import { expect, test } from "bun:test";
import { Prng } from "../core/prng.ts";
import { Wide } from "../core/wide.ts";
import { fee, RATE_UNIT } from "./fees.ts";

const STEP = 10n ** 10n;
const LIMB = 1n << 53n;

/** |amount| · |rate| / 10^8, half up to 10^-8, with the rate's sign: one division, nothing is lost before it. */
function exactFee(amount: bigint, rate: number): bigint {
  const magnitude = (amount < 0n ? -amount : amount) * BigInt(Math.abs(rate));
  const unit = STEP * BigInt(RATE_UNIT);
  const rounded = ((2n * magnitude + unit) / (2n * unit)) * STEP;
  return rate < 0 ? -rounded : rounded;
}

function feeOf(amount: bigint, rate: number): bigint {
  const from = new Wide().setLimbs(Number(amount >> 53n), Number(amount & (LIMB - 1n)));
  const out = fee(from, from, rate); // In place, as the gateway does it.
  return BigInt(out.hi) * LIMB + BigInt(out.lo);
}

test("halves go up in magnitude, also of a rebate; nothing costs nothing", () => {
  // 0.00000005 of 10^-8 steps: an amount of 5 · 10^-6 at 0.1 % is half a step.
  const half = 5n * 10n ** 12n;
  expect([feeOf(half, 100_000), feeOf(half - 1n, 100_000), feeOf(half, -100_000)]).toEqual([STEP, 0n, -STEP]);
  expect([feeOf(-half, 100_000), feeOf(0n, 100_000), feeOf(half, 0)]).toEqual([STEP, 0n, 0n]);
  expect(() => fee(new Wide(), new Wide(), RATE_UNIT + 1)).toThrow();
  expect(() => fee(new Wide(), new Wide(), 0.5)).toThrow();
});

test("exact for 50,000 amounts of all sizes and near halves, rates and rebates", () => {
  const prng = new Prng(7);
  for (let n = 0; n < 50_000; n++) {
    const bits = BigInt(prng.nextBelow(104));
    const random = (BigInt(prng.nextU32()) << 72n) | (BigInt(prng.nextU32()) << 40n) | BigInt(prng.nextU32());
    let amount = random & ((1n << bits) - 1n);
    const rate = prng.nextBelow(2 * RATE_UNIT + 1) - RATE_UNIT;
    // Every second one stands at the edge of a half: the smallest amount that rounds up, or one less.
    if (n % 2 === 0 && rate !== 0) {
      const unit = STEP * BigInt(RATE_UNIT);
      const odd = 2n * (amount / STEP / 2n) + 1n;
      const edge = (odd * unit + 2n * BigInt(Math.abs(rate)) - 1n) / (2n * BigInt(Math.abs(rate)));
      amount = edge < 1n << 104n ? edge - BigInt(prng.nextBelow(2)) : amount;
    }
    if (prng.nextBelow(3) === 0) amount = -amount;
    if (feeOf(amount, rate) !== exactFee(amount, rate)) throw new Error(`fee of ${amount} at ${rate}`);
  }
});
