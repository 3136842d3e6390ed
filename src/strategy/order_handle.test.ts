/** An order's status through every record that can follow it, and target and flat over orders that are under way. */

import { describe, expect, test } from "bun:test";
import { InstrumentKind, OrderFlag, Side } from "../model/order.ts";
import { RecordKind } from "../model/record.ts";
import type { Market, Order, Rejection } from "./api.ts";
import { onMain, TestPort } from "./test_port.testing.ts";

const { OrderAccepted, OrderCanceled, OrderDenied, OrderExpired, OrderFilled, OrderRejected, OrderUnknown } =
  RecordKind;

function started(change = {}): { port: TestPort; main: Market; seen: string[]; rejections: Rejection[] } {
  const port = new TestPort(change);
  const seen: string[] = [];
  const rejections: Rejection[] = [];
  let market: Market | undefined;
  const module = onMain((main) => {
    market = main;
    return { onOrder: (order) => seen.push(order.status), onReject: (rejection) => rejections.push(rejection) };
  });
  expect(port.start(module)).toBe("");
  port.quote();
  return { port, main: market as Market, seen, rejections };
}

describe("status follows the records", () => {
  const life: [name: string, records: [RecordKind, number][], statuses: string[], live: boolean, filled: number][] = [
    ["accepted", [[OrderAccepted, 0]], ["open"], true, 0],
    [
      "partly filled, then whole",
      [
        [OrderAccepted, 0],
        [OrderFilled, 400_000],
        [OrderFilled, 600_000],
      ],
      ["open", "partial", "filled"],
      false,
      1,
    ],
    [
      "filled before it is accepted",
      [
        [OrderFilled, 400_000],
        [OrderAccepted, 0],
      ],
      ["partial"],
      true,
      0.4,
    ],
    [
      "canceled with a part",
      [
        [OrderAccepted, 0],
        [OrderFilled, 400_000],
        [OrderCanceled, 0],
      ],
      ["open", "partial", "canceled"],
      false,
      0.4,
    ],
    [
      "a fill after the cancel counts and revives nothing",
      [
        [OrderAccepted, 0],
        [OrderCanceled, 0],
        [OrderFilled, 400_000],
      ],
      ["open", "canceled"],
      false,
      0.4,
    ],
    ["denied", [[OrderDenied, 0]], ["denied"], false, 0],
    ["rejected", [[OrderRejected, 0]], ["rejected"], false, 0],
    ["expired", [[OrderExpired, 0]], ["expired"], false, 0],
    [
      "unknown, then found",
      [
        [OrderUnknown, 0],
        [OrderAccepted, 0],
      ],
      ["unknown", "open"],
      true,
      0,
    ],
    [
      "unknown, then filled",
      [
        [OrderUnknown, 0],
        [OrderFilled, 1_000_000],
      ],
      ["unknown", "filled"],
      false,
      1,
    ],
    [
      "never seen by the venue",
      [
        [OrderUnknown, 0],
        [RecordKind.OrderNotFound, 0],
      ],
      ["unknown", "rejected"],
      false,
      0,
    ],
  ];
  test.each(life)("%s", (_, records, statuses, live, filled) => {
    const { port, main, seen } = started();
    const order = main.buy({ base: 1 }, { limit: 2680, why: "x" });
    expect([order.status, order.live, main.orders.length]).toEqual(["pending", true, 1]);
    for (const [kind, qty] of records) port.report(kind, 1, { qty });
    expect(seen).toEqual(statuses);
    expect([order.live, order.filled, main.orders.length]).toEqual([live, filled, live ? 1 : 0]);
    const before = port.canceled.length + port.amended.length;
    order.cancel();
    order.amend({ price: 2679 });
    expect(port.canceled.length + port.amended.length - before).toBe(live ? 2 : 0);
    expect(port.host.problems).toEqual([]);
  });

  test("an amendment is rounded as an order is: a buy's price down, a sell's up, sizes down", () => {
    const { port, main, rejections } = started();
    const buy = main.buy({ base: 1 }, { limit: 2680, why: "x" });
    const sell = main.sell({ base: 1 }, { limit: 2690, why: "x" });
    buy.amend({ price: "2680.019", size: "0.99999" });
    sell.amend({ price: "2690.011" });
    expect(port.amended).toEqual([
      { order: 1, price: 26_800_100, qty: 999_900 },
      { order: 2, price: 26_900_200, qty: 0 },
    ]);
    for (const change of [{}, { price: Number.NaN }, { size: 0 }, { size: 1e-9 }, { price: -1 }]) buy.amend(change);
    expect(rejections.map((r) => r.code)).toEqual(Array.from({ length: 5 }, () => "StrategyOrderInvalid"));
    expect([port.amended.length, buy.status]).toEqual([2, "pending"]);
  });
});

describe("target and flat", () => {
  const last = (port: TestPort) => port.placed.at(-1);

  test("target buys the difference on the lot, counts what is under way, and asks for nothing when it is there", () => {
    const { port, main } = started();
    const order = main.target(0.5, { why: "half" }) as Order;
    // 5000 of 10000 at the middle 2680.05: 1.86563…, lots of 0.0001.
    expect(last(port)).toMatchObject({ side: Side.Buy, qty: 1_865_600, price: 0, why: "half" });
    expect(main.target(0.5, { why: "again" })).toBeUndefined();
    expect(port.placed.length).toBe(1);
    port.fill(1, 1_865_600);
    expect(order.status).toBe("filled");
    expect(main.target(0.5, { why: "there" })).toBeUndefined();
    main.target(0, { why: "out" });
    expect(last(port)).toMatchObject({ side: Side.Sell, qty: 1_865_600 });
    expect(port.placed.length).toBe(2);
  });

  test("a target the other way cancels the earlier one first, and is sent once that has ended, by what it filled", () => {
    const { port, main } = started();
    main.target(0.5, { why: "in" });
    port.fill(1, 600_000);
    expect(main.target(0, { why: "out" })).toBeUndefined();
    expect([port.canceled, port.placed.length]).toEqual([[{ order: 1, why: "out" }], 1]);
    port.fill(1, 200_000); // The cancel was on its way.
    port.report(OrderCanceled, 1);
    expect(last(port)).toMatchObject({ side: Side.Sell, qty: 800_000, why: "out" });
    expect(port.placed.length).toBe(2);
  });

  test("spot cannot be short: refused by name, nothing is sent; a perpetual sells", () => {
    const spot = started();
    expect(spot.main.target(-0.5, { why: "short" })?.live).toBe(false);
    expect(spot.rejections[0]).toMatchObject({ code: "StrategyOrderInvalid" });
    expect(spot.rejections[0]?.reason).toContain("short");
    expect(spot.port.placed).toEqual([]);
    const perpetual = started({ kind: InstrumentKind.LinearPerpetual });
    perpetual.main.target(-0.5, { why: "short" });
    expect(last(perpetual.port)).toMatchObject({ side: Side.Sell, qty: 1_865_600 });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, "0.5", undefined, null, 1e300])(
    "target(%p) is refused, nothing is sent",
    (fraction) => {
      const { port, main, rejections } = started();
      expect(main.target(fraction as number, { why: "x" })?.status).toBe("denied");
      expect([rejections[0]?.code, rejections.length, port.placed.length]).toEqual(["StrategyOrderInvalid", 1, 0]);
    },
  );

  test("flat cancels, closes what is free at once, and the rest when the cancel is answered", () => {
    const { port, main } = started();
    main.buy({ base: 1 }, { why: "in" });
    port.fill(1, 1_000_000);
    main.sell({ base: 0.4 }, { limit: 2700, why: "take" });
    main.flat({ why: "out" });
    expect(port.canceled.map((c) => c.order)).toEqual([2]);
    expect(last(port)).toMatchObject({ side: Side.Sell, qty: 600_000, flags: OrderFlag.ReduceOnly, price: 0 });
    port.fill(3, 600_000);
    expect(port.placed.length).toBe(3);
    port.fill(2, 100_000);
    port.report(OrderCanceled, 2);
    expect(last(port)).toMatchObject({ side: Side.Sell, qty: 300_000, why: "out" });
    port.fill(4, 300_000);
    expect([main.position.side, port.placed.length, main.orders.length]).toEqual(["flat", 4, 0]);
    expect(main.flat({ why: "again" })).toBeUndefined();
  });
});
