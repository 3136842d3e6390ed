/** The pool hands out each record once. */

import { expect, test } from "bun:test";
import { TradingRecord } from "../model/record.ts";
import { RecordPool } from "./pool.ts";

test("take, own, give back; never twice, never a stranger", () => {
  const pool = new RecordPool(2);
  const [a, b] = [pool.take(), pool.take()];
  expect([a === b, pool.hasRoom(), pool.owns(a), pool.owns(new TradingRecord())]).toEqual([false, false, true, false]);
  expect(() => pool.take()).toThrow();
  pool.giveBack(a);
  expect([pool.owns(a), pool.take()]).toEqual([false, a]);
  pool.giveBack(b);
  expect(() => pool.giveBack(b)).toThrow();
  expect(() => pool.giveBack(new TradingRecord())).toThrow();
});
