/** Holdings against BigInt: the floor and the dust together are always the exact amount. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Wide } from "../core/wide.ts";
import { Holding, HoldingScratch } from "./holding.ts";
import { big, limbs } from "./test_kit.ts";

test("qty · unit + dust = the sum of all that moved, at every scale, and after a rescale", () => {
  const scratch = new HoldingScratch();
  const amount = new Wide();
  const moves = fc.array(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }), { maxLength: 12 });
  fc.assert(
    fc.property(moves, fc.nat(9), fc.nat(5), (rows, scale, more) => {
      const holding = new Holding(scale);
      let truth = 0n;
      const check = () => {
        const unit = 10n ** BigInt(18 - holding.qtyScale);
        expect(BigInt(holding.qty) * unit + big(holding.dust)).toBe(truth);
        expect(big(holding.dust) >= 0n && big(holding.dust) < unit).toBe(true);
      };
      for (const row of rows) {
        amount.setLimbs(...limbs(row));
        expect(holding.hasRoom(0, amount)).toBe(true);
        holding.move(amount, scratch);
        truth += row;
        check();
      }
      expect(holding.rescale(scale + more, scratch)).toBe(true);
      check();
    }),
    { numRuns: 1_000 },
  );
});

test("a rescale that does not fit changes nothing", () => {
  const holding = new Holding(0);
  holding.add(2 ** 52);
  expect(holding.rescale(1, new HoldingScratch())).toBe(false);
  expect([holding.qty, holding.qtyScale]).toEqual([2 ** 52, 0]);
  expect(holding.hasRoom(1, new Wide())).toBe(false);
});
