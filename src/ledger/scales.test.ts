/** Scales by revision: noted once, the newest from the instrument table. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { InstrumentTable } from "../model/instrument.ts";
import { ScaleTable } from "./scales.ts";
import { INSTRUMENTS } from "./test_kit.ts";

test("known revisions answer, unknown ones say so, a contradiction is refused", () => {
  const instruments = new InstrumentTable();
  instruments.define(INSTRUMENTS[0]!);
  const scales = new ScaleTable(instruments, new RowHash(), 1);
  expect([scales.priceScale(0, 1), scales.qtyScale(0, 1), scales.qtyScale(0, 2), scales.qtyScale(9, 1)]).toEqual([
    2, 3, -1, -1,
  ]);
  expect(scales.note(0, 2, 4, 5)).toBe(true);
  expect(scales.note(0, 2, 4, 5)).toBe(true);
  expect(scales.note(0, 2, 4, 6)).toBe(false);
  expect([scales.priceScale(0, 2), scales.qtyScale(0, 2)]).toEqual([4, 5]);
  for (const [p, q] of [
    [-1, 0],
    [0, 1.5],
    [10, 9],
    [19, 0],
  ] as const)
    expect(scales.note(0, 3, p, q)).toBe(false);
});
