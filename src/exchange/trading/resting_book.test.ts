/** The parts of the core by themselves: resting_book, market_view, wallets, order_store, trigger, symbols, instrument. */

import { describe, expect, test } from "bun:test";
import { LevelBook } from "../level_book.ts";
import { amount, plain, ZERO } from "./amount.ts";
import { checkFilters } from "./instrument.ts";
import { BookView } from "./market_view.ts";
import { Symbols } from "./symbols.ts";
import { instrument, Rig } from "./trading.testing.ts";
import { followTrail, hasFired } from "./trigger.ts";
import { FEES, MARKET, OUTSIDE, Wallets } from "./wallets.ts";

describe("market_view", () => {
  const book = new LevelBook();
  book.seed(
    1,
    [
      ["99.90000000", "2"],
      ["99.80", "1"],
    ],
    [["100.1", "3"]],
  );
  const view = new BookView(
    book,
    () => undefined,
    () => undefined,
  );

  test("levels, quantity at a price, and what lies deeper than what shows", () => {
    expect(view.levels("buy", 1).map(({ price }) => plain(price))).toEqual(["99.9"]);
    expect(view.qtyAt("buy", amount("99.9"))).toBe(amount("2"));
    expect(view.qtyAt("buy", amount("99.85"))).toBe(ZERO);
    expect(view.qtyAt("buy", amount("99"))).toBeUndefined();
    expect(view.last()).toBe(amount("99.9"));
    expect(
      new BookView(
        new LevelBook(),
        () => undefined,
        () => undefined,
      ).last(),
    ).toBeUndefined();
  });
});

describe("wallets", () => {
  test("an account cannot give what it has not, holders behind it can; the sum is nothing", () => {
    const wallets = new Wallets();
    wallets.move(OUTSIDE, "ann", "BTC", amount("1"));
    expect(wallets.lock("ann", "BTC", amount("2"))).toBe(false);
    expect(wallets.lock("ann", "BTC", amount("0.4"))).toBe(true);
    expect(() => wallets.move("ann", FEES, "BTC", amount("0.7"))).toThrow();
    expect(() => wallets.unlock("ann", "BTC", amount("0.5"))).toThrow();
    wallets.move(MARKET, "ann", "BTC", amount("3"));
    expect([wallets.sum("BTC"), wallets.sum("ETH")]).toEqual([ZERO, ZERO]);
    expect(wallets.holders.sort()).toEqual([MARKET, OUTSIDE, "ann"].sort());
  });
});

describe("resting_book and taker_run", () => {
  test("a deep ladder is read to its end when it takes so much", () => {
    const rig = new Rig();
    const asks = Array.from({ length: 300 }, (_, at): [string, string] => [(101 + at / 100).toFixed(2), "0.1"]);
    rig.show("spot", [], asks);
    const order = rig.venue.place(rig.ann, rig.spec("buy", "25"));
    expect(order.status).toBe("filled");
    expect(rig.venue.orders.fills("ann")).toHaveLength(250);
  });

  test("an order deeper than what shows has no place in the queue until it can be seen", () => {
    const rig = new Rig();
    const order = rig.venue.place(rig.ann, rig.spec("buy", "1", "90"));
    rig.venue.onTrade("SPOT", amount("90"), amount("3"), "sell");
    expect(order.filledQty).toBe(ZERO);
    rig.show("spot", [["90", "0.5"]], [["100.1", "1"]]);
    rig.venue.onTrade("SPOT", amount("90"), amount("0.7"), "sell");
    expect(plain(order.filledQty)).toBe("0.2");
  });
});

test("order_store: found by either id, renamed, never another's", () => {
  const rig = new Rig();
  const order = rig.venue.place(rig.ann, rig.spec("buy", "1", "99", { clientId: "one" }));
  const { orders } = rig.venue;
  orders.rename(order, "two");
  expect(["one", "two"].map((clientId) => orders.find("ann", "SPOT", { clientId }))).toEqual([order, order]);
  expect(orders.find("ann", "SPOT", { id: order.id, clientId: "three" })).toBeUndefined();
  expect(orders.find("ann", "PERP", { id: order.id })).toBeUndefined();
  expect(orders.find("bob", undefined, { id: order.id })).toBeUndefined();
  expect([orders.openCount("ann", "SPOT"), orders.all("ann", "PERP").length]).toEqual([1, 0]);
});

test("trigger: fires at or beyond; a trailing one starts at its price, and follows the best only", () => {
  const trigger = { price: amount("10"), rises: true, source: "last" as const };
  expect([hasFired(trigger, amount("9.99")), hasFired(trigger, amount("10"))]).toEqual([false, true]);
  const trailing = {
    price: ZERO,
    rises: true,
    source: "last" as const,
    trail: { rate: amount("0.1"), from: amount("90") },
  };
  for (const [price, at] of [
    ["100", "0"],
    ["90", "99"],
    ["95", "99"],
    ["80", "88"],
  ] as const) {
    followTrail(trailing, amount(price));
    expect(plain(trailing.price)).toBe(at);
  }
  expect(hasFired(trailing, amount("88"))).toBe(true);
});

test("symbols and instrument: unknown ones are refused; filters name what is broken", () => {
  const symbols = new Symbols();
  expect(() => symbols.instrument("X")).toThrow("unknown-symbol");
  const banded = { ...instrument("X", "linear"), bandUp: amount("1.05"), bandDown: amount("0.95") };
  const spec = new Rig().spec("buy", "1", "106", { symbol: "X" });
  expect(() => checkFilters(banded, spec, amount("100"))).toThrow("price-band");
  expect(() => checkFilters(banded, { ...spec, side: "sell" }, amount("100"))).not.toThrow();
  expect(() => checkFilters(banded, { ...spec, price: amount("100"), displayQty: amount("2") }, undefined)).toThrow(
    "display-qty",
  );
});
