/** Cash rows: a cause each, a total that is their sum, room asked before. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { Wide } from "../core/wide.ts";
import { CashCause } from "../model/order.ts";
import { CashTable } from "./cash.ts";
import { big } from "./test_kit.ts";

test("causes sum to the total, rows are apart, and posting back gives the hash of zeros back", () => {
  const hash = new RowHash();
  const cash = new CashTable(8, 16, hash, 1);
  const out = new Wide();
  cash.post(1, 2, CashCause.Fee, out.setInt(0));
  const zeros = hash.text();
  cash.post(1, 2, CashCause.Deposit, new Wide().setInt(70));
  cash.post(1, 2, CashCause.Fee, new Wide().setInt(-20));
  expect([big(cash.total(1, 2, out)), big(cash.total(2, 1, out)), big(cash.total(1, 3, out))]).toEqual([50n, 0n, 0n]);
  expect(big(cash.byCause(1, 2, CashCause.Fee, out))).toBe(-20n);
  cash.post(1, 2, CashCause.Deposit, new Wide().setInt(-70));
  expect(hash.text()).not.toBe(zeros);
  cash.post(1, 2, CashCause.Fee, new Wide().setInt(20));
  expect(hash.text()).toBe(zeros);
});

test("room ends before the sums leave their range; causes are a closed list", () => {
  const cash = new CashTable(8, 16, new RowHash(), 1);
  const huge = new Wide().setLimbs(2 ** 51, 0);
  expect(cash.hasRoom(0, 0, CashCause.Trade, huge)).toBe(true);
  cash.post(0, 0, CashCause.Trade, huge);
  expect(cash.hasRoom(0, 0, CashCause.Trade, huge)).toBe(false);
  expect(cash.hasRoom(0, 0, CashCause.Deposit, huge)).toBe(false); // The total would not fit.
  expect([0, 1, 14, 15, 1.5, Number.NaN].map(CashTable.knows)).toEqual([false, true, true, false, false, false]);
});
