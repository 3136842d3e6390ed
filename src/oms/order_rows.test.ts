/** Order rows: every column is part of the hash, and quantities follow from the columns. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { OrderFlag, OrderState } from "../model/order.ts";
import { RecordKind } from "../model/record.ts";
import { Mark, OrderRows } from "./order_rows.ts";
import { make, SMALL_LIMITS } from "./test_desk.ts";

function hashOf(rows: OrderRows): string {
  const hash = new RowHash();
  rows.addTo(hash, 0).putIn();
  return hash.text();
}

test("a change of any column changes the hash", () => {
  const rows = new OrderRows(SMALL_LIMITS);
  rows.create(0, make(RecordKind.OrderIntent, 1, { qty: 10, price: 5, text: "why" }), OrderState.Intent);
  const columns = Object.entries(rows).filter((pair): pair is [string, Uint8Array] => ArrayBuffer.isView(pair[1]));
  expect(columns.length).toBeGreaterThanOrEqual(22);
  const seen = new Set([hashOf(rows)]);
  for (const [, column] of columns) {
    const before = column[0] as number;
    column[0] = before + 1;
    seen.add(hashOf(rows));
    column[0] = before;
  }
  rows.learnVenueId(0, "v1");
  seen.add(hashOf(rows));
  rows.learnVenueId(0, "v2");
  seen.add(hashOf(rows));
  rows.create(0, make(RecordKind.OrderIntent, 1, { qty: 10, price: 5, text: "other" }), OrderState.Intent);
  seen.add(hashOf(rows));
  expect(seen.size).toBe(columns.length + 4);
});

test("resting state by quantities and pending requests", () => {
  const rows = new OrderRows(SMALL_LIMITS);
  rows.create(0, make(RecordKind.OrderIntent, 1, { qty: 10, price: 5 }), OrderState.Sent);
  const seen: string[] = [];
  const see = () => seen.push(`${OrderState[rows.restingState(0)]} ${rows.leavesQty(0)}`);
  see();
  rows.setMark(0, Mark.Accepted, true);
  see();
  rows.addFill(0, 4);
  see();
  rows.askReplace(0, make(RecordKind.ReplaceIntent, 1, { qty: 15 }));
  see();
  rows.setFlag(0, OrderFlag.CancelPending, true);
  see();
  rows.addFill(0, 6);
  see();
  rows.setMark(0, Mark.ReplaceReleased, true);
  see();
  rows.dropReplace(0);
  see();
  rows.voidFill(0, 4);
  see();
  expect(seen).toEqual([
    "Sent 10",
    "Open 10",
    "PartiallyFilled 6",
    "ReplaceSent 11",
    "CancelSent 11",
    "Filled 5",
    "CancelSent 5",
    "Filled 0",
    "Filled 4",
  ]);
  expect(() => rows.voidFill(0, 7)).toThrow("ValueOutOfRange");
});
