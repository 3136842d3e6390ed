/** Reconciliation beside a table that lets ended orders go: what was counted for them is not counted again. */

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
