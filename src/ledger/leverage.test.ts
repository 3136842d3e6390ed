/** Leverage: 1× until set, bounded, one row each. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { LEVERAGE_ONE, LeverageTable } from "./leverage.ts";

test("set, set again and set back: the hash shows what is set and no history; bytes and back", () => {
  const hash = new RowHash();
  const table = new LeverageTable(DEFAULT_LIMITS, hash, 1);
  expect(table.get(1, 2)).toBe(LEVERAGE_ONE);
  table.set(1, 2, 500);
  const five = hash.text();
  table.set(1, 2, 1_000);
  expect([table.get(1, 2), table.get(2, 1), hash.text() === five]).toEqual([1_000, LEVERAGE_ONE, false]);
  table.set(1, 2, 500);
  expect(hash.text()).toBe(five);
  const writer = new StateWriter();
  table.save(writer);
  const again = new RowHash();
  const loaded = new LeverageTable(DEFAULT_LIMITS, again, 1);
  loaded.load(new StateReader(writer.bytes()));
  expect([loaded.get(1, 2), again.text()]).toEqual([500, five]);
});

test("whole hundredths from 1× to the limit", () => {
  const wanted = [0, 99, 100, 100.5, 20_000, 20_001, Number.NaN];
  expect(wanted.map((cents) => LeverageTable.allows(cents, DEFAULT_LIMITS))).toEqual([
    false,
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
});
