/** Cards of the private stream and of what happens when connections end. */

import { codeName } from "../core/code.ts";
import { Side } from "../model/order.ts";
import { RecordKind as K, StreamState } from "../model/record.ts";
import type { OrdersCardSpec } from "./card.ts";
import { holds, same, skip, within } from "./judge.ts";
import { kinds, sum } from "./order_card.ts";

const BACK_MS_MAX = 8_000;
/** Longer than a stream may be without a sign of life here, so that only answers to pings can have kept it. */
const QUIET_MS = 1_000;
const SILENCE_MS = 30_000;

const STREAM: readonly OrdersCardSpec[] = [
  {
    number: "V30",
    group: "private stream",
    title: "an order filled in parts: each fill has its own quantity, never the cumulative one",
    async run(card) {
      const sweep = card.venue.sweep ?? skip("it needs a market whose depth is known");
      const order = card.take({ price: sweep.price, qty: sweep.qty });
      const fills = card.fillsOf(await card.told(order));
      holds(fills.length >= sweep.parts, `${fills.length} fills where ${sweep.parts} levels were taken`);
      same(sum(fills), sweep.qty, "sum of the fills");
      same(new Set(fills.map((fill) => fill.fillId)).size, fills.length, "ids of the fills");
      let filled = 0;
      for (const fill of fills) {
        filled += fill.qty;
        // Not every venue says it with the fill.
        if (fill.cumQty > 0) same(fill.cumQty, filled, "cumulative quantity of a fill");
      }
      if (!card.venue.hasPositions) return;
      const held = (await card.ask({ kind: "positions" })).map((r) => [r.side, r.qty]);
      same(held, [[Side.Buy, sweep.qty]], "the position");
    },
  },
  {
    number: "V31",
    group: "private stream",
    title: "what the venue tells twice is told once",
    async run(card) {
      await card.world.faults({ "report-duplicate": 1 });
      const order = card.take();
      const told = await card.told(order);
      same(kinds(told).filter((kind) => kind === "OrderAccepted").length, 1, "acceptances");
      same(sum(card.fillsOf(told)), card.venue.qty, "sum of the fills");
    },
  },
  {
    number: "V32",
    group: "private stream",
    title: "a fill whose report was lost is in the trade history, and told once",
    async run(card) {
      await card.world.faults({ "report-drop": 1 });
      const order = card.take();
      const live = card.fillsOf(await card.settle());
      await card.world.faults({ "report-drop": 0 });
      const found = await card.ask({ kind: "fills", instrument: card.venue.instrument, order, sinceUs: 0 });
      same(sum(found), card.venue.qty, "sum of the fills in the history");
      holds(sum(live) <= card.venue.qty, "more was told than filled");
    },
  },
  {
    number: "V33",
    group: "private stream",
    title: "reports late and out of order: each fill once, and the end agrees with the venue",
    async run(card) {
      await card.world.faults({ "report-reorder": 0.5, "report-delay": 0.5, "report-delay-ms": 60 });
      const orders = [card.take(), card.take(), card.take()];
      await Bun.sleep(200);
      const told = await card.settle();
      await card.world.faults({ "report-reorder": 0, "report-delay": 0 });
      for (const order of orders) {
        same(sum(card.fillsOf(told.filter((r) => r.order === order))), card.venue.qty, "sum of the fills of one order");
      }
    },
  },
];

const SILENT: readonly OrdersCardSpec[] = [
  {
    number: "V34",
    group: "private stream",
    title:
      "a stream that falls silent is told so, opens nothing, and is replaced; one that is merely quiet is let alone",
    conditions: { silence: true },
    async run(card) {
      const { live, world } = card;
      const order = card.place();
      await card.settle();
      await Bun.sleep(QUIET_MS);
      await card.settle();
      same([card.streamStates, live.status().reconnects], [[], 0], "states that a quiet stream told, reconnects");
      await world.faults({ "silence-ms": SILENCE_MS });
      await world.befall("private-silence");
      card.cancel(order);
      holds(await within(BACK_MS_MAX, () => !live.status().isUp), "the silence was not noticed");
      same(codeName(card.tryPlace()), "SocketLost", "an order while the stream is silent");
      holds(await within(BACK_MS_MAX, () => live.status().isUp), "the stream did not come back");
      const told = await card.settle();
      holds(kinds(told).includes("OrderCanceled"), "what happened in the silence was never told");
      const states = card.streamStates.map((state) => StreamState[state]);
      same(states, ["Silent", "Down", "Up"], "states that were told");
      same((await card.openOrders()).length, 0, "open orders");
      same(sum(card.fillsOf(await card.told(card.take()))), card.venue.qty, "fills of an order after that");
    },
  },
];

const RECONNECT: readonly OrdersCardSpec[] = [
  {
    number: "V27",
    group: "reconnect",
    title: "a lost connection loses nothing that happened meanwhile",
    async run(card) {
      const { disconnect } = card.venue;
      if (disconnect === undefined) skip("no connection can be cut here");
      const order = card.place();
      await card.settle();
      card.cancel(order);
      await disconnect.call(card.venue);
      const id = card.send({ kind: "openOrders", instrument: "all" });
      const told = await card.settle();
      holds(
        told.some((r) => r.kind === K.OrderCanceled && r.order === order),
        "the cancel was never told",
      );
      const ends = told.filter((r) => r.kind === K.QueryEnded).map((r) => r.attempt);
      same(ends, [id], "questions that ended");
    },
  },
  {
    number: "V40",
    group: "reconnect",
    title: "the stream ends: it is told, nothing opens, cancels still pass, and it comes back",
    async run(card) {
      const { live, world } = card;
      const order = card.place();
      await card.settle();
      await world.befall("private-close");
      holds(await within(BACK_MS_MAX, () => !live.status().isUp), "the end of the stream was not noticed");
      same(codeName(card.tryPlace()), "SocketLost", "an order while the stream is down");
      card.cancel(order);
      holds(await within(BACK_MS_MAX, () => live.status().isUp), "the stream did not come back");
      const told = await card.settle();
      holds(kinds(told).includes("OrderCanceled"), "the cancel was never told");
      same(card.streamStates.slice(-2), [StreamState.Down, StreamState.Up], "states that were told");
      same(live.status().reconnects, 1, "reconnects");
      same(sum(card.fillsOf(await card.told(card.take()))), card.venue.qty, "fills of an order after that");
    },
  },
  {
    number: "V41",
    group: "reconnect",
    title: "a connection that has reached its age is replaced without a gap: every fill once, never down",
    conditions: { rollover: true },
    async run(card) {
      const { live } = card;
      if (card.venue.world === undefined) skip("it would take a day");
      holds(await within(BACK_MS_MAX, () => live.status().handovers > 0), "no connection was replaced");
      const before = live.status().handovers;
      let filled = 0;
      for (let n = 0; n < 20 || live.status().handovers === before; n++) {
        if (n >= 200) break;
        card.take(n % 2 === 0 ? {} : { side: Side.Sell, price: card.venue.bid });
        filled++;
        await Bun.sleep(20);
      }
      const told = await card.settle();
      same(sum(card.fillsOf(told)), filled * card.venue.qty, "sum of the fills over the hand-over");
      same([live.status().reconnects, card.streamStates.includes(StreamState.Down)], [0, false], "reconnects, down");
      holds(live.status().handovers > before, "no connection was replaced while orders were under way");
    },
  },
  {
    number: "V42",
    group: "reconnect",
    title: "after a restart, what the old one left is found under our numbers, and can be cancelled",
    async run(card) {
      const { restart } = card.venue;
      if (restart === undefined) skip("no other gateway can take over here");
      const order = card.place({ instance: 5 });
      const filled = card.take({ instance: 5 });
      const fills = card.fillsOf(await card.told(filled));
      card.venue = await restart.call(card.venue);
      const [found] = await card.openOrders();
      same([found?.order, found?.qty], [order, card.venue.qty], "the open order (number, size)");
      const { instrument } = card.venue;
      const venueOrderId = fills[0]?.venueOrderId ?? "";
      const trades = await card.ask({ kind: "fills", instrument, order: filled, venueOrderId, sinceUs: 0 });
      same(
        trades.map((r) => [r.fillId, r.feeHi, r.feeLo, r.feeAsset]),
        fills.map((r) => [r.fillId, r.feeHi, r.feeLo, r.feeAsset]),
        "fills of before (id, fee)",
      );
      card.cancel(order, { instance: 5, venueOrderId: found?.venueOrderId ?? "" });
      same(kinds(await card.told(order)), ["OrderCanceled"], "reports of its cancel");
    },
  },
];

export const STREAM_CARDS: readonly OrdersCardSpec[] = [...STREAM, ...SILENT, ...RECONNECT];
