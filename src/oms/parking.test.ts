/** Parking: first in first out, copies, nothing lost from the middle. */

import { expect, test } from "bun:test";
import { RecordKind } from "../model/record.ts";
import { Parking } from "./parking.ts";
import { make } from "./test_desk.ts";

test("keeps copies in order, gives from anywhere, and says when it is full", () => {
  const parking = new Parking(3);
  const report = make(RecordKind.OrderFilled, 1);
  for (const order of [1, 2, 3]) {
    report.order = order;
    parking.add(report);
  }
  expect(parking.isFull).toBe(true);
  expect(() => parking.add(report)).toThrow("TableFull");
  expect(parking.take(1).order).toBe(2);
  report.order = 4;
  parking.add(report);
  report.order = 9;
  expect([parking.count, parking.peek(0).order, parking.peek(1).order, parking.peek(2).order]).toEqual([3, 1, 3, 4]);
  expect(() => parking.peek(3)).toThrow("ValueOutOfRange");
});
