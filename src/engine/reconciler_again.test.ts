/** Unknown orders and a venue that does not answer for long: once it does, nobody waits for more than a few seconds. */

import { expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { OrderState as S } from "../model/order.ts";
import { RecordKind, StreamState, VenueOrderStatus } from "../model/record.ts";
import { AskedDesk } from "./reconciler.testing.ts";

const ONE = 1_000_000;
const BID = 26_790_000;
const SECOND_US = 1_000_000;
const CANCELED = { code: VenueOrderStatus.Canceled, cumQty: 0 };

function unknownOrder(d: AskedDesk): number {
  const order = d.place(BID, ONE);
  d.report(RecordKind.OrderUnknown, order, { venueOrderId: "" });
  return order;
}

/** The venue answers each question about an order that `answers` names, and says of all others that it cannot. */
function serve(d: AskedDesk, us: number, answers: (order: number) => boolean): void {
  for (const untilUs = d.nowUs + us; d.nowUs < untilUs; d.pass(20_000)) {
    for (const query of d.asked.splice(0)) {
      const isTold = query.kind === "order" && answers(query.order);
      if (isTold) d.put(RecordKind.StatedOrder, query.id, d.stated(query.order, CANCELED));
      d.put(RecordKind.QueryEnded, query.id, { code: isTold ? Code.Ok : Code.QueryFailed });
    }
  }
}

test.each([
  ["has no weight left", Code.RequestBudgetSpent],
  ["does not know its venue's time", Code.SocketLost],
])("a gateway that %s for two minutes is asked again within three seconds", (_why, refusal) => {
  const d = new AskedDesk().ready();
  let code = refusal;
  d.queryCode = () => code;
  const order = unknownOrder(d);
  d.pass(120 * SECOND_US);
  expect(d.asked).toEqual([]);
  code = Code.Ok;
  serve(d, 3.1 * SECOND_US, () => true);
  expect(S[d.state.orders.state(order)]).toBe("Canceled");
});

test("a venue whose answers fail for two minutes, too; and it is not flooded meanwhile", () => {
  const d = new AskedDesk().ready();
  const order = unknownOrder(d);
  const before = d.engine.reconciler.counters.queries;
  serve(d, 120 * SECOND_US, () => false);
  expect(d.engine.reconciler.counters.queries - before).toBeLessThan(80);
  serve(d, 3.1 * SECOND_US, () => true);
  expect(S[d.state.orders.state(order)]).toBe("Canceled");
});

test("a stream that is back asks at once for what has been missing for long", () => {
  const d = new AskedDesk().ready();
  const order = unknownOrder(d);
  d.reply("order", [d.stated(order)]);
  d.report(RecordKind.OrderUnknown, order, { venueOrderId: "", attempt: 1 });
  // Nobody knows it any more, in no list: it is looked for less and less.
  for (let round = 0; round < 40; round++) {
    d.pass(2 * SECOND_US);
    for (const query of d.asked.splice(0)) {
      if (query.kind === "order") {
        d.put(RecordKind.StatedOrder, query.id, { order: query.order, code: VenueOrderStatus.NotFound });
      }
      d.put(RecordKind.QueryEnded, query.id, { code: Code.Ok });
    }
  }
  d.stream(StreamState.Down);
  d.stream(StreamState.Up);
  serve(d, SECOND_US, () => true);
  expect(S[d.state.orders.state(order)]).toBe("Canceled");
});

test("orders whose answers never come do not keep the others from being asked for", () => {
  const d = new AskedDesk().ready();
  const mute = Array.from({ length: 24 }, () => unknownOrder(d));
  const last = unknownOrder(d);
  // Four questions at one time, each given up after five seconds: seven rounds, and room for one.
  for (const untilUs = d.nowUs + 41 * SECOND_US; d.nowUs < untilUs; d.pass(20_000)) {
    for (const query of d.asked.splice(0)) {
      if (query.kind !== "order") d.put(RecordKind.QueryEnded, query.id, { code: Code.Ok });
      if (query.kind !== "order" || mute.includes(query.order)) continue;
      d.put(RecordKind.StatedOrder, query.id, d.stated(query.order, CANCELED));
      d.put(RecordKind.QueryEnded, query.id, { code: Code.Ok });
    }
  }
  expect(S[d.state.orders.state(last)]).toBe("Canceled");
});

test("a cancel that nobody answered for a minute leaves again as soon as the venue answers at all", () => {
  const d = new AskedDesk().ready();
  const order = d.place(BID, ONE);
  d.report(RecordKind.OrderAccepted, order);
  d.command(RecordKind.CommandCancel, { order });
  serve(d, 58 * SECOND_US, () => false);
  const before = d.gateway.closed.length;
  expect(before).toBeLessThan(9);
  for (const untilUs = d.nowUs + 3.1 * SECOND_US; d.nowUs < untilUs; d.pass(20_000)) {
    for (const query of d.asked.splice(0)) {
      if (query.kind === "order") d.put(RecordKind.StatedOrder, query.id, d.stated(query.order));
      d.put(RecordKind.QueryEnded, query.id, { code: Code.Ok });
    }
  }
  expect(d.gateway.closed.length - before).toBeGreaterThan(0);
  expect(d.gateway.closed.length - before).toBeLessThan(4);
});
