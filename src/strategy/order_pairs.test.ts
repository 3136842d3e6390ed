/** Stops, trails, brackets and pairs as strategies call them: order_terms.ts and order_pairs.ts over a real engine. */

import { describe, expect, test } from "bun:test";
import { Desk, ETH } from "../engine/engine.testing.ts";
import { OrderFlag, OrderState, OrderType, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { Bracket, Handlers, Market, Order, OrderOptions, Rejection } from "./api.ts";
import { strategy } from "./meltica.ts";

const USDT = 10_000;

/** A desk whose only strategy does `act` on each quote it is told to. */
function desk(act: (main: Market) => void) {
  const made = new Desk();
  const rejections: Rejection[] = [];
  const statuses: string[] = [];
  let armed = false;
  const module = strategy(
    { name: "test", markets: { main: {} } },
    ({ main }): Handlers => ({
      onQuote() {
        if (!armed) return;
        armed = false;
        act(main);
      },
      onReject: (rejection) => rejections.push(rejection),
      onOrder: (order) => statuses.push(`${order.id} ${order.status}`),
    }),
  );
  made.strategies.set("test", module);
  made.quote(1_999 * USDT, 2_001 * USDT);
  const markets = { main: { instrument: ETH.name, account: "desk" } };
  const fault = made.engine.launch(JSON.stringify({ name: "one", strategy: "test", params: {}, markets }), made.nowUs);
  if (fault !== undefined) throw new Error(fault.detail);
  const go = () => {
    armed = true;
    made.nowUs += 1_000;
    made.quote(1_999 * USDT, 2_001 * USDT);
  };
  return { made, rejections, statuses, go };
}

function terms(made: Desk, order: number): TradingRecord {
  const out = new TradingRecord();
  made.state.orders.copyTo(order, out);
  return out;
}

describe("order calls", () => {
  const cases: [string, OrderOptions, Partial<TradingRecord>][] = [
    ["stop", { why: "x", stop: "1900.005" }, { orderType: OrderType.StopMarket, triggerPrice: 19_000_100, price: 0 }],
    ["stop with limit", { why: "x", stop: 1_900, limit: 1_890 }, { orderType: OrderType.StopLimit, price: 18_900_000 }],
    [
      "takeProfit",
      { why: "x", takeProfit: 2_100 },
      { orderType: OrderType.TakeProfitMarket, triggerPrice: 21_000_000 },
    ],
    ["takeProfit with limit", { why: "x", takeProfit: 2_100, limit: 2_099 }, { orderType: OrderType.TakeProfitLimit }],
    ["trail by price", { why: "x", trail: { price: 25 } }, { orderType: OrderType.TrailingStop, trailOffset: 250_000 }],
    [
      "trail by bps, later",
      { why: "x", trail: { bps: 12.5, activate: 2_100 } },
      { trailOffset: 1_250, triggerPrice: 21_000_000 },
    ],
  ];
  for (const [name, options, columns] of cases) {
    test(name, () => {
      let order: Order | undefined;
      const { made, go, rejections } = desk((main) => {
        order = main.sell({ base: 1 }, { ...options, onOutage: "keep", triggerBy: "quote" });
      });
      go();
      expect(rejections).toEqual([]);
      expect([order?.status, order?.live, OrderState[made.state.orders.state(order?.id ?? 0)]]).toEqual([
        "held",
        true,
        "Held",
      ]);
      expect(terms(made, order?.id ?? 0)).toMatchObject({ ...columns, triggerBy: 1 });
      expect(terms(made, order?.id ?? 0).flags & OrderFlag.OnOutageKeep).toBe(OrderFlag.OnOutageKeep);
    });
  }

  const wrong: [OrderOptions, string][] = [
    [{ why: "x", stop: -1 }, "stop -1 is no positive number"],
    [{ why: "x", stop: 1, takeProfit: 2 }, "stop, takeProfit and trail are three kinds of order"],
    [{ why: "x", trail: {} as never }, "trail needs one of price and bps"],
    [{ why: "x", trail: 5 as never }, "trail is no object"],
    [{ why: "x", trail: { price: 5 }, limit: 3 }, "a trailing order has no limit"],
    [{ why: "x", stop: 5, triggerBy: "index" as never }, "triggerBy index is unknown"],
    [{ why: "x", stop: 5, onOutage: "pray" as never }, "onOutage pray is unknown"],
    [{ why: "x", limit: 5, expire: 1.5 }, "expire 1.5 is no time"],
    [{ why: "x", expire: 2e15 }, "expire is for orders that stay"],
    [{ why: "x", limit: 5, display: "0.00000001" }, "display 0.00000001 rounds to zero"],
  ];
  for (const [options, says] of wrong) {
    test(says, () => {
      const { go, rejections } = desk((main) => void main.buy({ base: 1 }, options));
      go();
      expect(rejections.map(({ reason }) => reason)).toEqual([says]);
    });
  }
});

describe("bracket and oco", () => {
  test("a bracket's handles follow their orders: held, pending, filled, canceled", () => {
    let bracket: Bracket | undefined;
    const { made, go } = desk((main) => {
      bracket = main.bracket("buy", { base: 2 }, { limit: 1_990, stop: 1_900, takeProfit: 2_200, why: "breakout" });
    });
    go();
    const { entry, stop, takeProfit } = bracket as Required<Bracket> & { stop: Order; takeProfit: Order };
    expect([entry.status, stop?.status, takeProfit?.status]).toEqual(["pending", "held", "held"]);
    expect([stop?.side, takeProfit?.price, stop?.size, stop?.why]).toEqual(["sell", 2_200, 2, "breakout"]);
    expect(made.gateway.opened.map((record) => record.order)).toEqual([entry.id]);
    made.report(RecordKind.OrderAccepted, entry.id);
    made.report(RecordKind.OrderFilled, entry.id, { qty: 500_000, fillId: "a" });
    expect([entry.status, stop?.status, stop?.size, takeProfit?.status, takeProfit?.size]).toEqual([
      "partial",
      "held",
      0.5,
      "pending",
      0.5,
    ]);
    made.report(RecordKind.OrderFilled, takeProfit?.id ?? 0, { qty: 500_000, fillId: "b" });
    expect([stop?.status, takeProfit?.status]).toEqual(["canceled", "filled"]);
  });

  test("a short bracket with a trailing stop; orders placed after it in one step have the right numbers", () => {
    const orders: (Order | undefined)[] = [];
    const { made, go, rejections } = desk((main) => {
      const { entry, stop, takeProfit } = main.bracket("sell", { base: 1 }, { trail: { bps: 50 }, why: "short" });
      orders.push(entry, stop, takeProfit, main.buy({ base: 1 }, { limit: 1_950, why: "after" }));
    });
    go();
    // Spot with no position: the entry is denied, and its exit with it, under their own numbers.
    expect(orders.map((order) => order?.status)).toEqual(["denied", "denied", undefined, "pending"]);
    expect(rejections.length).toBe(2);
    expect(terms(made, orders[3]?.id ?? 0)).toMatchObject({ price: 1_950 * USDT, side: Side.Buy });
  });

  test("oco: a limit and a stop; the stop's trigger can be moved, and both are cancelled together by cancelAll", () => {
    let step = 0;
    const handles: Order[] = [];
    const { made, go, rejections } = desk((main) => {
      if (step === 0) main.buy({ base: 1 }, { why: "in" });
      if (step === 1) {
        const { limit, stop } = main.oco("sell", { base: 1 }, { limit: 2_200, stop: 1_900, why: "out" });
        handles.push(limit, stop as Order);
      }
      if (step === 2) (handles[1] as Order).amend({ stop: 1_950 });
      if (step === 3) main.cancelAll({ why: "over" });
      step++;
    });
    go();
    made.report(RecordKind.OrderFilled, 1, { qty: 1_000_000, fillId: "a", price: 2_001 * USDT });
    go();
    expect([rejections, handles.map((order) => order.status)]).toEqual([[], ["pending", "held"]]);
    made.report(RecordKind.OrderAccepted, (handles[0] as Order).id);
    go();
    expect(terms(made, (handles[1] as Order).id).triggerPrice).toBe(1_950 * USDT);
    go();
    expect([handles[1]?.status, OrderState[made.state.orders.state(handles[0]?.id ?? 0)]]).toEqual([
      "canceled",
      "CancelSent",
    ]);
  });

  test("what makes no sense is refused by name", () => {
    const wrong: [(main: Market) => unknown, string][] = [
      [(main) => main.bracket("buy", { base: 1 }, { why: "x" }), "a bracket without exits"],
      [(main) => main.bracket("buy", { base: 1 }, { why: "x", stop: 1, trail: { bps: 1 } }), "a bracket has one stop"],
      [(main) => main.bracket("buy", { base: 1 }, { why: "x", takeProfit: "?" }), "takeProfit ? is no price"],
      [(main) => main.bracket("buy", { base: 1 }, { stop: 1 } as never), "`why` is missing"],
      [(main) => main.oco("buy", { base: 1 }, { why: "x" } as never), "oco needs a limit"],
      [(main) => main.oco("buy", { base: 1 }, { why: "x", limit: 1 }), "oco needs one of stop and trail"],
      [
        (main) => main.oco("buy", { base: 1 }, { why: "x", limit: 1, stop: 2, tif: "ioc" } as never),
        "tif is no option of oco",
      ],
    ];
    for (const [call, says] of wrong) {
      const { go, rejections, made } = desk((main) => void call(main));
      go();
      expect(rejections.map(({ reason }) => reason)).toEqual([says]);
      expect(made.gateway.opened).toEqual([]);
    }
  });
});
