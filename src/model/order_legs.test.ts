/** Legs of an order as text (order_legs.ts), and which exits are held again (held_rules.ts). */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Denial } from "./denial.ts";
import { isPassing, isReheld } from "./held_rules.ts";
import { hasLimitPrice, isConditional, isStop, isToHold, OrderFlag, OrderType } from "./order.ts";
import { LegLink, legCount, legsText, ORDER_LEGS_MAX, type OrderLeg, readLegs } from "./order_legs.ts";

const LEG: OrderLeg = {
  link: LegLink.Child,
  side: 2,
  orderType: OrderType.StopMarket,
  timeInForce: 1,
  flags: OrderFlag.ReduceOnly,
  qty: 5,
  price: 0,
  triggerPrice: 1_900,
  triggerBy: 1,
  trailOffset: 0,
  expireUs: 7,
};

describe("legs", () => {
  test("what is written is read", () => {
    const legs = [LEG, { ...LEG, link: LegLink.Sibling, price: 2 ** 53 - 1 }];
    expect(readLegs(legsText(legs))).toEqual(legs);
    expect([legCount(legsText(legs)), legCount(""), legsText([])]).toEqual([2, 0, ""]);
    expect(readLegs("")).toEqual([]);
  });

  test("anything else is refused, and counts as none", () => {
    const many = legsText(Array.from({ length: ORDER_LEGS_MAX + 1 }, () => LEG));
    for (const text of [
      "[]",
      "{",
      "null",
      "[[1]]",
      "[1]",
      many,
      legsText([{ ...LEG, link: 3 as LegLink }]),
      '[["1"]]',
    ]) {
      expect([text, readLegs(text), legCount(text)]).toEqual([text, undefined, 0]);
    }
    fc.assert(fc.property(fc.string(), (text) => text === "" || readLegs(text) === undefined));
    fc.assert(fc.property(fc.json(), (text) => readLegs(text) === undefined));
  });
});

describe("rules", () => {
  test("an exit that could not leave for a passing reason is held again, nothing else is", () => {
    const exit = OrderFlag.Emulated | OrderFlag.Triggered | OrderFlag.ReduceOnly;
    expect(isReheld(Denial.StaleIntent, exit)).toBe(true);
    expect(isReheld(Denial.RateLimited, exit)).toBe(true);
    expect(isReheld(Denial.None, exit)).toBe(false); // Cancelled.
    expect(isReheld(Denial.KillSwitch, exit)).toBe(false);
    expect(isReheld(Denial.StaleIntent, exit & ~OrderFlag.ReduceOnly)).toBe(false);
    expect(isReheld(Denial.StaleIntent, OrderFlag.ReduceOnly)).toBe(false);
    expect(isPassing(Denial.PriceCollar)).toBe(false);
  });

  test("which types wait, which have a price, which are stops", () => {
    const types = [1, 2, 3, 4, 5, 6, 7];
    expect(types.filter(isConditional)).toEqual([3, 4, 5, 6, 7]);
    expect(types.filter(hasLimitPrice)).toEqual([2, 4, 6]);
    expect(types.filter(isStop)).toEqual([3, 4, 7]);
    expect([isToHold(OrderFlag.Emulated), isToHold(OrderFlag.Emulated | OrderFlag.Triggered), isToHold(0)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
