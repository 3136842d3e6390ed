/** Reconciliation beside tables that let the old go: orders that ended, fills that were counted. */

import { expect, test } from "bun:test";
import { Side } from "../model/order.ts";
import { Evidence, RecordKind } from "../model/record.ts";
import { HeldDesk, PRICE, QTY } from "./held.testing.ts";

test("a trade that is listed again after its order has left D is no stranger's", () => {
  const desk = new HeldDesk();
  desk.price(2_000);
  desk.engine.recover(desk.nowUs);
  desk.answerQuestions();
  desk.position(3);
  const fillId = desk.records.findLast((r) => r.kind === RecordKind.OrderFilled)?.fillId ?? "";
  while (desk.orders.has(1)) desk.place({ qty: 1, price: 2_000.001 }); // Denied ones push it out.
  const trade = { fillId, qty: 3 * QTY, price: 2_000 * PRICE, side: Side.Buy, venueOrderId: "V1" };
  desk.report(RecordKind.OrderFilled, 0, { ...trade, evidence: Evidence.TradeHistory });
  for (let n = 0; n < 6; n++) desk.tick(1_000_000);
  expect(desk.positionQty()).toBe(3);
  expect(desk.records.at(-1)?.kind).toBe(RecordKind.ReportOrphaned);
});

test("real trades replace an inferred fill whose id was let go long ago", () => {
  const desk = new HeldDesk();
  desk.price(2_000);
  const order = desk.place({ qty: 10, price: 1_999 });
  desk.accept(order);
  desk.engine.reports.infer(order, 2 * QTY, 2_000 * PRICE, 0, desk.engine.recorder);
  const other = desk.place({ qty: 100, price: 1_998 });
  desk.accept(other);
  for (let n = 0; n < desk.state.limits.fillsMax; n++) desk.fill(other, 0.001);
  const before = desk.positionQty();
  desk.fill(order, 1);
  desk.fill(order, 1);
  expect([desk.orders.cumQty(order), desk.orders.inferred.count]).toEqual([2 * QTY, 0]);
  expect(desk.positionQty()).toBe(before);
  expect(desk.replicaHash()).toBe(desk.state.hash());
});
