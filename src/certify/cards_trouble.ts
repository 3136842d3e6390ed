/** Cards of limits, clocks and answers that say no, or nothing. */

import { Code, codeName } from "../core/code.ts";
import { Reject } from "../model/denial.ts";
import { RecordKind as K, VenueOrderStatus } from "../model/record.ts";
import type { OrdersCardSpec } from "./card.ts";
import { holds, same, skip, within } from "./judge.ts";
import { kinds, type OrderCard, sum, taken } from "./order_card.ts";

const SKEW_MS = 30_000;
const CLOSE_TO_US = 150_000;

const LIMITS: readonly OrdersCardSpec[] = [
  {
    number: "V50",
    group: "rate limits",
    title: "too many requests: the order is refused as such, and nothing opens until the venue listens again",
    async run(card) {
      const { live, world } = card;
      await world.faults({ "http-429": 1 });
      const told = await card.told(card.place());
      await world.faults({ "http-429": 0 });
      same(
        told.map((r) => [K[r.kind], Reject[r.code]]),
        [["OrderRejected", "RateLimit"]],
        "reports (kind, why)",
      );
      holds(live.status().freezes > 0, "the refusal froze nothing");
      same(codeName(card.tryPlace()), "RequestBudgetSpent", "the next order");
      same((await card.openOrdersAfterThaw())?.length ?? 0, 0, "open orders");
    },
  },
  {
    number: "V51",
    group: "rate limits",
    title: "our own limit: opens stop before cancels do, and every order that left can be cancelled",
    conditions: { tightBudget: true },
    async run(card) {
      if (card.venue.isAlone !== true) skip("others ask from this address too, and their weight counts");
      const orders: number[] = [];
      for (let n = 0; n < 500; n++) {
        const order = ++card.numbers.order;
        const code = card.tryPlace({ order });
        if (code === Code.RequestBudgetSpent) break;
        taken(code, "handing over an order");
        orders.push(order);
      }
      holds(orders.length > 0 && orders.length < 500, `${orders.length} orders passed a small budget`);
      await card.settle();
      for (const order of orders) card.cancel(order);
      const told = kinds(await card.settle());
      same(told.filter((kind) => kind === "OrderCanceled").length, orders.length, "orders cancelled");
    },
  },
];

const CLOCK: readonly OrdersCardSpec[] = [
  ...[-SKEW_MS, SKEW_MS].map(
    (skewMs): OrdersCardSpec => ({
      number: skewMs < 0 ? "V60" : "V61",
      group: "clock",
      title: `a venue clock that jumps by ${skewMs / 1_000} s: what became of the order is known or can be asked; then measured anew`,
      async run(card) {
        const { live, world } = card;
        await world.faults({ "clock-skew-ms": skewMs });
        const order = card.place();
        const first = await card.told(order);
        // An answer that leaves it open is no fault as long as the question has an answer.
        if (kinds(first).includes("OrderUnknown"))
          same((await card.order(order)).order, order, "the order that is stated");
        // Where requests carry no time, a wrong clock is found at the next measurement, and hurts nothing until then.
        if (kinds(first).includes("OrderAccepted")) return;
        const isMeasured = () => Math.abs(live.status().clockOffsetUs - skewMs * 1_000) < CLOSE_TO_US;
        holds(await within(5_000, isMeasured), `the offset is ${live.status().clockOffsetUs} µs`);
        same(kinds(await card.told(card.place())), ["OrderAccepted"], "an order by the corrected clock");
      },
    }),
  ),
];

const ERRORS: readonly OrdersCardSpec[] = [
  {
    number: "V70",
    group: "errors",
    title: "too little money: a definite refusal, named so, and never an acceptance before it",
    async run(card) {
      const qty = card.venue.qtyTooMuch ?? skip("what the account cannot pay is not known here");
      await refused(card, { qty }, [Reject.InsufficientBalance]);
    },
  },
  {
    number: "V71",
    group: "errors",
    title: "a size below the venue's smallest: a definite refusal, named a filter",
    async run(card) {
      const qty = card.venue.qtyTooSmall ?? skip("the venue's smallest size is not known here");
      await refused(card, { qty }, [Reject.Filter]);
    },
  },
  {
    number: "V72",
    group: "errors",
    title: "an answer that never comes: unknown, and found by its id; never resent",
    async run(card) {
      await card.world.faults({ "lost-ack": 1, "report-drop": 1 });
      const order = card.place();
      const told = kinds(await card.told(order));
      await card.world.faults({ "lost-ack": 0, "report-drop": 0 });
      same(told, ["OrderUnknown"], "reports while nothing is answered");
      same(VenueOrderStatus[(await card.order(order)).code], "Open", "what the venue says of it");
      same((await card.openOrders()).length, 1, "live orders");
    },
  },
  {
    number: "V73",
    group: "errors",
    title: "a server error after the order was taken is no refusal",
    async run(card) {
      await card.world.faults({ "failed-ack": 1, "report-drop": 1 });
      const order = card.place();
      const told = kinds(await card.told(order));
      await card.world.faults({ "failed-ack": 0, "report-drop": 0 });
      same(told, ["OrderUnknown"], "reports of an order whose answer is a server error");
      same(VenueOrderStatus[(await card.order(order)).code], "Open", "what the venue says of it");
    },
  },
  {
    number: "V74",
    group: "errors",
    title: "a cancel whose answer and report are lost is sent again, and tells how the order ended",
    async run(card) {
      const order = card.place();
      await card.settle();
      await card.world.faults({ "lost-ack": 1, "report-drop": 1 });
      card.cancel(order);
      await Bun.sleep(150);
      await card.world.faults({ "lost-ack": 0, "report-drop": 0 });
      const told = await card.told(order);
      same(
        told.map((r) => [K[r.kind], r.cumQty]),
        [["OrderCanceled", 0]],
        "reports (kind, cumulative)",
      );
    },
  },
  {
    number: "V75",
    group: "errors",
    title: "what a key may do is known before it trades: it may trade, and may not withdraw",
    async run(card) {
      const { live } = card;
      const facts = await new Promise<Parameters<Parameters<typeof live.probe>[0]>[0]>((resolve) =>
        live.probe(resolve),
      );
      if ("detail" in facts) same(facts.detail, "", "asking what the key may do");
      else same([facts.mayTrade, facts.mayWithdraw, facts.isHedged], [true, false, false], "trade, withdraw, hedged");
    },
  },
];

export const TROUBLE_CARDS: readonly OrdersCardSpec[] = [...LIMITS, ...CLOCK, ...ERRORS];

/** Neither accepted, nor filled, nor unknown; and the account is open for the next order. */
async function refused(card: OrderCard, terms: { readonly qty: number }, reasons: readonly Reject[]): Promise<void> {
  const told = await card.told(card.place(terms));
  same(kinds(told), ["OrderRejected"], "reports of an order that must be refused");
  const why = told[0]?.code as Reject;
  holds(reasons.includes(why), `it was refused as ${Reject[why]}`);
  same((await card.openOrders()).length, 0, "open orders");
  same(sum(card.fillsOf(await card.told(card.take()))), card.venue.qty, "fills of the next order");
}
