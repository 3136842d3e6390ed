/** Cards of what ends many orders at once: cancels in batches, and the venue's own dead-man switch. */

import { Code, codeName } from "../core/code.ts";
import { ALL_INSTRUMENTS } from "../engine/ports.ts";
import type { OrdersCardSpec } from "./card.ts";
import { same, skip, within } from "./judge.ts";
import { kinds, type OrderCard, taken } from "./order_card.ts";

/** A venue that looks at its countdowns now and then only, and the way of the report. */
const LATE_MS_MAX = 3_000;

export const DUTY_CARDS: readonly OrdersCardSpec[] = [
  {
    number: "V19",
    group: "batch",
    title: "cancel-all of more orders than a batch takes ends every one of them, told once each",
    async run(card) {
      card.needs("cancelAll");
      const { batchMax } = card.live;
      if (batchMax === 0) skip("no batches are sent: one request ends all orders of an instrument");
      const { bid, tick } = card.venue;
      const count = 2 * batchMax + 3;
      const orders = Array.from({ length: count }, (_, n) => card.place({ price: bid - (10 + n) * tick }));
      same(kinds(await card.settle()).filter((kind) => kind === "OrderAccepted").length, count, "orders accepted");
      // One is gone by the time that its batch is read.
      card.cancel(orders[batchMax] as number);
      taken(card.venue.gateway.closeAll(ALL_INSTRUMENTS), "handing over cancel-all");
      const told = await card.settle();
      const ends = orders.map((order) => kinds(told.filter((r) => r.order === order)));
      same(
        ends.filter((of) => !Bun.deepEquals(of, ["OrderCanceled"])),
        [],
        `reports of ${count} orders that were to end once`,
      );
      same((await card.openOrders()).length, 0, "open orders");
    },
  },
  {
    number: "V18",
    group: "cancel",
    title: "the dead-man switch: armed and not renewed, the venue ends every order and tells it; then it is over",
    async run(card) {
      const countdownMs = countdownOf(card);
      const orders = [card.place(far(card)), card.place(far(card))];
      await card.settle();
      arm(card, countdownMs);
      await Bun.sleep(countdownMs * EARLY);
      same((await card.openOrders()).length, 2, "open orders before the countdown has ended");
      const { reportsTold } = card.live.status();
      const areTold = () => card.live.status().reportsTold >= reportsTold + orders.length;
      await within(countdownMs * (1 - EARLY) + LATE_MS_MAX, areTold);
      const told = await card.settle();
      for (const order of orders) {
        same(kinds(told.filter((r) => r.order === order)), ["OrderCanceled"], "reports of an order of a dead man");
      }
      same((await card.openOrders()).length, 0, "open orders after the countdown");
      same(kinds(await card.told(card.place())), ["OrderAccepted"], "reports of a new order");
      same((await card.openOrders()).length, 1, "open orders after that");
    },
  },
  {
    number: "V29",
    group: "cancel",
    title: "the dead-man switch: renewed in time it ends nothing, and neither once it is ended",
    async run(card) {
      const countdownMs = countdownOf(card);
      card.place(far(card));
      await card.settle();
      arm(card, countdownMs);
      await Bun.sleep(countdownMs * EARLY);
      arm(card, countdownMs);
      await Bun.sleep(countdownMs * (1.1 - EARLY));
      same((await card.openOrders()).length, 1, "open orders when the first countdown would have ended");
      arm(card, 0);
      await Bun.sleep(countdownMs * (EARLY + 0.1));
      same((await card.openOrders()).length, 1, "open orders when the second one would have ended");
    },
  },
];

/** A share of the countdown. */
const EARLY = 0.5;

/** A market moves while a countdown runs. */
function far({ venue }: OrderCard): { readonly price: number } {
  return { price: Math.round((venue.bid * 0.97) / venue.tick) * venue.tick };
}

function countdownOf({ live, venue }: OrderCard): number {
  const { deadManMsMin, instrument, gateway } = venue;
  const has = deadManMsMin !== undefined;
  same(gateway.capabilities.deadMan, has, "the capability of a dead-man switch");
  if (has) return deadManMsMin;
  same(codeName(live.armDeadMan(instrument, 10_000)), codeName(Code.MessageUnknown), "arming what there is not");
  return skip("the venue has no switch that a healthy client renews: the watchdog stands in for it");
}

function arm({ live, venue }: OrderCard, countdownMs: number): void {
  taken(live.armDeadMan(venue.instrument, countdownMs), "handing over a countdown");
}
