/** accountsLeftAlone: an account with open orders cannot be taken out of the configuration. */

import { expect, test } from "bun:test";
import { Desk } from "../engine/engine.testing.ts";
import { HeldDesk } from "../engine/held.testing.ts";
import { OrderType, Side } from "../model/order.ts";
import { RecordKind } from "../model/record.ts";
import { accountsLeftAlone } from "./account_check.ts";

test("an account that has nothing open may go; one with an open order may not", () => {
  const desk = new Desk();
  desk.quote(26_800_000, 26_801_000);
  expect(accountsLeftAlone(desk.state, [])).toBeUndefined();
  const order = desk.place(26_700_000, 1_000_000);
  desk.report(RecordKind.OrderAccepted, order);
  const found = accountsLeftAlone(desk.state, ["other"]);
  expect(found).toMatchObject({ code: "ConfigMissing", hint: "put it back, cancel and close, then take it out" });
  expect(found?.detail).toContain("account desk is not in the configuration, and has 1 open orders");
  expect(accountsLeftAlone(desk.state, ["desk"])).toBeUndefined();
  desk.report(RecordKind.OrderCanceled, order);
  expect(accountsLeftAlone(desk.state, [])).toBeUndefined();
});

test("an account whose orders wait with us may not go either: nobody would send them", () => {
  const desk = new HeldDesk();
  desk.price(2_000);
  desk.place({ orderType: OrderType.StopMarket, side: Side.Buy, triggerPrice: 2_100, qty: 1 });
  expect(desk.state.orders.held.count).toBe(1);
  expect(accountsLeftAlone(desk.state, ["other"])?.detail).toContain("has 1 open orders");
  expect(accountsLeftAlone(desk.state, ["desk"])).toBeUndefined();
});
