/** Cards of order entry, amends, batches and cancels. */

import { ALL_INSTRUMENTS } from "../engine/ports.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind as K } from "../model/record.ts";
import type { OrdersCardSpec } from "./card.ts";
import { holds, same, skip } from "./judge.ts";
import { kinds, status, sum, taken } from "./order_card.ts";

const ENDS_UNFILLED: readonly string[] = ["OrderRejected", "OrderCanceled", "OrderExpired"];

const ENTRY: readonly OrdersCardSpec[] = [
  {
    number: "V01",
    group: "order entry",
    title: "a new order is accepted once, under our number and an id of the venue's",
    async run(card) {
      const told = await card.told(card.place());
      same(kinds(told), ["OrderAccepted"], "reports of a resting order");
      holds(told[0]?.venueOrderId !== "", "the acceptance carries no id of the venue's");
    },
  },
  {
    number: "V02",
    group: "order entry",
    title: "the same order twice is never two live orders",
    async run(card) {
      const order = card.place();
      card.place({ order });
      await card.settle();
      same((await card.openOrders()).length, 1, "live orders after the same one was sent twice");
      card.cancel(order);
      await card.settle();
      same((await card.openOrders()).length, 0, "live orders after its cancel");
    },
  },
  {
    number: "V04",
    group: "order entry",
    title: "fills carry ids of their own, add up, and say the cumulative quantity",
    async run(card) {
      const order = card.take();
      const fills = card.fillsOf(await card.told(order));
      same(sum(fills), card.venue.qty, "sum of the fills");
      same(new Set(fills.map((fill) => fill.fillId)).size, fills.length, "ids of fills");
      holds(
        fills.every((fill) => fill.fillId !== "" && fill.price > 0),
        "a fill without id or price",
      );
      same(status(await card.order(order)), ["Filled", card.venue.qty], "the order afterwards");
    },
  },
  {
    number: "V07",
    group: "order entry",
    title: "what rests at the venue is what was asked for: side, price and size, of both sides",
    async run(card) {
      const { bid, ask, tick, qty } = card.venue;
      const wanted = [
        [card.place({ price: bid - 7 * tick, qty: 2 * qty }), Side.Buy, bid - 7 * tick, 2 * qty],
        [card.place({ side: Side.Sell, price: ask + 9 * tick, qty: 3 * qty }), Side.Sell, ask + 9 * tick, 3 * qty],
      ];
      await card.settle();
      const open = await card.openOrders();
      same(
        open.map((r) => [r.order, r.side, r.price, r.qty]).sort(([a], [b]) => ascending(a as number, b as number)),
        wanted,
        "open orders (number, side, price, size)",
      );
    },
  },
  {
    number: "V08",
    group: "order entry",
    title: "a fill has the side of its order and a price no worse than its limit",
    async run(card) {
      const { bid, ask } = card.venue;
      const bought = card.fillsOf(await card.told(card.take()));
      const sold = card.fillsOf(await card.told(card.take({ side: Side.Sell, price: bid })));
      holds(bought.length > 0 && sold.length > 0, "nothing was filled");
      holds(
        bought.every((fill) => fill.side === Side.Buy && fill.price <= ask),
        "a fill of a buy has another side, or is dearer than its limit",
      );
      holds(
        sold.every((fill) => fill.side === Side.Sell && fill.price >= bid),
        "a fill of a sell has another side, or is cheaper than its limit",
      );
    },
  },
  {
    number: "V09",
    group: "order entry",
    title: "a market order fills",
    async run(card) {
      const told = await card.told(card.place({ orderType: OrderType.Market, price: 0 }));
      same(sum(card.fillsOf(told)), card.venue.qty, "sum of the fills");
    },
  },
  {
    number: "V10",
    group: "order entry",
    title: "post-only that would take ends without a fill; one that would not rests",
    async run(card) {
      card.needs("postOnly");
      const { ask } = card.venue;
      const taking = await card.told(card.place({ price: ask, flags: OrderFlag.PostOnly }));
      same(card.fillsOf(taking).length, 0, "fills of a post-only order");
      holds(kinds(taking).some(isUnfilledEnd), `a taking post-only order ended as ${kinds(taking)}`);
      same(kinds(await card.told(card.place({ flags: OrderFlag.PostOnly }))), ["OrderAccepted"], "one that rests");
    },
  },
  {
    number: "V11",
    group: "order entry",
    title: "fill-or-kill that cannot be filled whole ends without a fill",
    async run(card) {
      card.needs("fillOrKill");
      const sweep = card.venue.sweep ?? skip("it needs a market whose depth is known");
      const terms = { price: card.venue.ask, qty: sweep.qty, timeInForce: TimeInForce.Fok };
      const told = await card.told(card.place(terms));
      same(card.fillsOf(told).length, 0, "fills of a fill-or-kill order larger than the depth");
      holds(kinds(told).some(isUnfilledEnd), `it ended as ${kinds(told)}`);
    },
  },
  {
    number: "V12",
    group: "order entry",
    title: "reduce-only never opens",
    async run(card) {
      card.needs("reduceOnly");
      if (!card.venue.hasPositions) skip("spot has no positions");
      const told = await card.told(card.take({ flags: OrderFlag.ReduceOnly }));
      same(card.fillsOf(told).length, 0, "fills of a reduce-only order without a position");
      same(await card.ask({ kind: "positions" }), [], "positions");
    },
  },
];

const CHANGES: readonly OrdersCardSpec[] = [
  {
    number: "V05",
    group: "amend",
    title: "a replace keeps one order and answers with the terms and the attempt",
    async run(card) {
      card.needs("amend");
      const order = card.place();
      await card.settle();
      const price = card.venue.bid - 20 * card.venue.tick;
      card.replace(order, { price });
      const told = await card.told(order);
      same(kinds(told), ["OrderReplaced"], "reports of a replace");
      same([told[0]?.price, told[0]?.attempt], [price, 2], "price and attempt of the report");
      const open = (await card.openOrders()).map((r) => [r.price, r.venueOrderId]);
      same(open, [[price, told[0]?.venueOrderId]], "open orders (price, id)");
    },
  },
  {
    number: "V13",
    group: "amend",
    title: "a replace of what has ended is refused, and opens nothing",
    async run(card) {
      card.needs("amend");
      const order = card.place();
      await card.settle();
      card.cancel(order);
      await card.settle();
      card.replace(order, { price: card.venue.bid - 20 * card.venue.tick, attempt: 3 });
      same(
        (await card.told(order)).map((r) => [K[r.kind], r.attempt]),
        [["ReplaceRejected", 3]],
        "reports (kind, attempt)",
      );
      same((await card.openOrders()).length, 0, "open orders");
    },
  },
  {
    number: "V14",
    group: "batch",
    title: "eight orders handed over at once are eight orders, each accepted once",
    async run(card) {
      const { bid, tick } = card.venue;
      const orders = Array.from({ length: 8 }, (_, n) => card.place({ price: bid - (10 + n) * tick }));
      const told = await card.settle();
      for (const order of orders) {
        same(kinds(told.filter((r) => r.order === order)), ["OrderAccepted"], `reports of order ${order} of eight`);
      }
      same((await card.openOrders()).map((r) => r.order).sort(ascending), orders, "open orders");
    },
  },
  {
    number: "V15",
    group: "batch",
    title: "cancel-all reaches what is still under way",
    async run(card) {
      card.needs("cancelAll");
      for (let count = 0; count < 5; count++) card.place();
      taken(card.venue.gateway.closeAll(ALL_INSTRUMENTS), "handing over cancel-all");
      const told = kinds(await card.settle());
      same(told.filter((kind) => kind === "OrderCanceled").length, 5, "orders cancelled");
      same((await card.openOrders()).length, 0, "open orders");
    },
  },
];

const CANCELS: readonly OrdersCardSpec[] = [
  {
    number: "V03",
    group: "cancel",
    title: "a cancel ends the order; a second one is harmless",
    async run(card) {
      const order = card.place();
      await card.settle();
      card.cancel(order);
      same(kinds(await card.told(order)), ["OrderCanceled"], "reports of a cancel");
      card.cancel(order);
      const again = kinds(await card.told(order)).filter((kind) => kind !== "CancelRejected");
      same(again, [], "reports of a second cancel");
      same(status(await card.order(order)), ["Canceled", 0], "the order afterwards");
    },
  },
  {
    number: "V06",
    group: "cancel",
    title: "cancel-all leaves nothing open",
    async run(card) {
      card.needs("cancelAll");
      card.place();
      card.place();
      await card.settle();
      taken(card.venue.gateway.closeAll(ALL_INSTRUMENTS), "handing over cancel-all");
      same(kinds(await card.settle()), ["OrderCanceled", "OrderCanceled"], "reports of cancel-all");
      same((await card.openOrders()).length, 0, "open orders");
    },
  },
  {
    number: "V16",
    group: "cancel",
    title: "a cancel on the heels of its order ends it",
    async run(card) {
      const orders = Array.from({ length: 5 }, () => {
        const order = card.place();
        card.cancel(order);
        return order;
      });
      const told = await card.settle();
      for (const order of orders) {
        // In whatever order: reports may overtake each other, and the engine takes them as they come.
        const of = kinds(told.filter((r) => r.order === order)).sort();
        same(of, ["OrderAccepted", "OrderCanceled"], "reports of an order that was cancelled at once");
      }
      same((await card.openOrders()).length, 0, "open orders");
    },
  },
  {
    number: "V17",
    group: "cancel",
    title: "a cancel of what has filled takes no fill away",
    async run(card) {
      const order = card.take();
      await card.settle();
      card.cancel(order);
      const told = await card.told(order);
      const wrong = told.filter((r) => r.kind === K.OrderCanceled && r.cumQty !== card.venue.qty);
      same(wrong.length, 0, "cancels that say less than was filled");
      same(status(await card.order(order)), ["Filled", card.venue.qty], "the order afterwards");
    },
  },
];

export const ENTRY_CARDS: readonly OrdersCardSpec[] = [...ENTRY, ...CHANGES, ...CANCELS];

function isUnfilledEnd(kind: string | undefined): boolean {
  return kind !== undefined && ENDS_UNFILLED.includes(kind);
}

function ascending(a: number, b: number): number {
  return a - b;
}
