/** Once a venue answers again, what was unknown ends within ten seconds: at each venue, whatever has been spent before. */

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../../src/exchange/book_client.testing.ts";
import { OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { Readiness, RecordKind } from "../../src/model/record.ts";
import { EngineHost, type HostVenue } from "../../src/venue/wire/engine_host.testing.ts";
import { ASK, BID } from "../../src/venue/wire/still_market.testing.ts";
import { calmSession, differences, QTY } from "./calm_session.testing.ts";
import { binanceVenue, VENUES } from "./calm_venues.testing.ts";

setDefaultTimeout(120_000);

const CALM_MS = 10_000;
/** Of an outage: questions that were asked ever more rarely would then wait for longer than `AFTER_MS`. */
const OUTAGE_MS = 8_200;
const AFTER_MS = 6_000;

const running: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function hostAt(venue: HostVenue): Promise<EngineHost> {
  const simulator = await venue.start();
  running.push(() => simulator.stop());
  const host = new EngineHost(venue, simulator, 1);
  running.push(() => host.stop());
  await until(() => host.readiness === Readiness.Ready, 10_000);
  return host;
}

/** A limit order that stays until it is cancelled, at `price`; its number. */
function place(host: EngineHost, side: Side, price: number): number {
  const order = host.state.orders.nextOrder;
  const terms = { orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc, text: "test" };
  host.command(RecordKind.CommandPlace, { side, price, qty: QTY, ...terms });
  return order;
}

test.each(["spot", "usdm"] as const)(
  "%s: an account that has spent its weight on orders still learns what became of one",
  async (market) => {
    const requests = { weightMax: 300, windowUs: 70_000_000, requestsMax: 4_096 };
    const limits = { requests, cancelReserve: 40, orderReserve: 160, questionReserve: 60 };
    const host = await hostAt(binanceVenue(market, limits));
    const { orders } = host.state;
    host.simulator.faults({ "report-drop": 1 });
    const filled = place(host, Side.Buy, ASK);
    await until(() => orders.venueOrderId(filled) !== "", 5_000);
    expect(orders.filledQty(filled)).toBe(0); // Nobody has told.
    for (let count = 0; count < 400 && host.gateway.status().weightUsed <= requests.weightMax - 160; count++) {
      place(host, Side.Buy, BID - 1_000);
      await Bun.sleep(1);
    }
    await Bun.sleep(200);
    expect(host.gateway.query({ id: 1_000_000, kind: "balances" })).not.toBe(0);
    host.simulator.faults({ "report-drop": 0 });
    host.command(RecordKind.CommandCancel, { order: filled, side: Side.Buy });
    const begunMs = performance.now();
    await until(() => orders.filledQty(filled) === QTY, CALM_MS).catch(() => undefined);
    process.stdout.write(`  ${Math.round(performance.now() - begunMs)} ms, ${JSON.stringify(host.gateway.status())}\n`);
    expect(host.open().filter((line) => line.startsWith(`${filled} `))).toEqual([]);
  },
);

/** How long after an outage nothing is unknown any more; for ever when something still is. */
async function outage(venue: HostVenue): Promise<number> {
  const host = await hostAt(venue);
  const { simulator } = host;
  simulator.faults({ "lost-ack": 1, "report-drop": 1 });
  place(host, Side.Buy, ASK);
  place(host, Side.Sell, BID);
  place(host, Side.Buy, BID - 1_000);
  // They are there, and before anybody could ask for them nothing is answered any more.
  for (let turns = 0; turns < 2_000 && (host.truth.open < 1 || host.truth.fills.length < 2); turns++)
    await Bun.sleep(0);
  simulator.faults({ "http-5xx": 1 });
  await Bun.sleep(OUTAGE_MS);
  const unknown = host.open().filter((line) => line.includes("Unknown"));
  expect([venue.name, unknown.length > 0]).toEqual([venue.name, true]);
  simulator.faults({ "lost-ack": 0, "report-drop": 0, "http-5xx": 0 });
  const begunMs = performance.now();
  const isSettled = () => {
    return (
      !host.open().some((line) => line.includes("Unknown")) &&
      !differences(host).some((line) => line.startsWith("filled"))
    );
  };
  await until(isSettled, AFTER_MS).catch(() => undefined);
  return isSettled() ? Math.round(performance.now() - begunMs) : Number.POSITIVE_INFINITY;
}

test("after an outage of answers, reports and questions, every venue's orders are known within six seconds", async () => {
  const waits = await Promise.all(VENUES.map(async (venue) => [venue.name, await outage(venue)] as const));
  process.stdout.write(`  ${waits.map(([name, ms]) => `${name} ${ms} ms`).join(", ")}\n`);
  for (const [name, ms] of waits) expect([name, ms < AFTER_MS]).toEqual([name, true]);
});

test("short sessions under faults and kills come to rest at every venue", async () => {
  const plan = { seed: 1, steps: 60, calmMs: CALM_MS };
  const stories = await Promise.all(VENUES.map(async (venue) => [venue.name, await calmSession(venue, plan)] as const));
  for (const [name, { faults, wrong, ...story }] of stories) {
    process.stdout.write(`  ${name}: ${faults} faults, ${JSON.stringify(story)}\n`);
    expect([name, wrong]).toEqual([name, []]);
    expect(faults).toBeGreaterThan(0);
  }
});
