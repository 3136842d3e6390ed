/** One short session in this process: orders under faults, the engine killed at random, then calm: how long until both agree. */

import { parseMantissa } from "../../src/core/decimal.ts";
import { Prng } from "../../src/core/prng.ts";
import { until } from "../../src/exchange/book_client.testing.ts";
import { OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { Readiness, RecordKind } from "../../src/model/record.ts";
import { EngineHost, type HostVenue } from "../../src/venue/wire/engine_host.testing.ts";
import { ASK, BID } from "../../src/venue/wire/still_market.testing.ts";

export interface SessionPlan {
  readonly seed: number;
  /** Wishes in sum. */
  readonly steps: number;
  /** Until nothing may be open any more, once the faults have ended. */
  readonly calmMs: number;
}

export interface SessionStory {
  readonly orders: number;
  readonly fills: number;
  readonly lives: number;
  readonly faults: number;
  /** From the end of the faults until no order is open here and our fills are the venue's. */
  readonly endedMs: number;
  /** What was still wrong after `calmMs`. */
  readonly wrong: readonly string[];
}

/** As in the sessions of the executable, but more of each: these are shorter. */
const FAULTS: Readonly<Record<string, number>> = Object.freeze({
  "lost-ack": 0.06,
  "late-ack": 0.06,
  "failed-ack": 0.06,
  "report-drop": 0.08,
  "report-duplicate": 0.05,
  "report-reorder": 0.08,
  "report-delay": 0.08,
  "private-cut": 0.01,
  "http-5xx": 0.05,
  "late-ack-ms": 700,
});
const STEP_MS = 8;
/** An order of usual size. */
export const QTY = 1_000;

export async function calmSession(venue: HostVenue, { seed, steps, calmMs }: SessionPlan): Promise<SessionStory> {
  const simulator = await venue.start();
  const prng = new Prng(seed);
  let host = new EngineHost(venue, simulator, 1);
  try {
    await until(() => host.readiness === Readiness.Ready, 10_000);
    simulator.faults(FAULTS);
    for (let step = 0; step < steps; step++) {
      if (prng.nextFloat() < 2 / steps) {
        host.stop();
        // Sometimes the venue goes on alone for a moment.
        await Bun.sleep(prng.nextFloat() < 0.5 ? 0 : 300 * prng.nextFloat());
        host = new EngineHost(venue, simulator, host.epoch + 1, host.journal);
      }
      wish(host, prng);
      await Bun.sleep(STEP_MS * 2 * prng.nextFloat());
    }
    // The kill comes while everything still goes wrong.
    Atomics.store(host.killWord, 0, 1);
    host.turn();
    await Bun.sleep(1_000 * prng.nextFloat());
    const faults = Object.values(simulator.faults()).reduce((sum, count) => sum + count, 0);
    simulator.faults(Object.fromEntries(Object.keys(FAULTS).map((name) => [name, name.endsWith("-ms") ? 1_000 : 0])));
    const begunMs = performance.now();
    await until(() => differences(host).length === 0, calmMs).catch(() => undefined);
    return {
      orders: host.state.orders.nextOrder - 1,
      fills: host.truth.fills.length,
      lives: host.epoch,
      faults,
      endedMs: Math.round(performance.now() - begunMs),
      wrong: differences(host),
    };
  } finally {
    host.stop();
    await simulator.stop();
  }
}

function wish(host: EngineHost, prng: Prng): void {
  const { orders } = host.state;
  const draw = prng.nextFloat();
  const order = draw < 0.4 ? host.pick(prng) : undefined;
  if (order !== undefined) {
    const side = orders.side(order);
    const away = 100 + Math.floor(prng.nextFloat() * 300);
    if (draw < 0.3) host.command(RecordKind.CommandCancel, { order, side });
    else host.command(RecordKind.CommandAmend, { order, side, price: side === Side.Buy ? BID - away : ASK + away });
    return;
  }
  const side = prng.nextFloat() < 0.5 ? Side.Buy : Side.Sell;
  const isTaking = prng.nextFloat() < 0.4;
  const far = side === Side.Buy ? ASK : BID;
  const near = side === Side.Buy ? BID - 100 : ASK + 100;
  const timeInForce = prng.nextFloat() < 0.3 ? TimeInForce.Ioc : TimeInForce.Gtc;
  const terms = { orderType: OrderType.Limit, timeInForce, text: "test" };
  const size = QTY + Math.floor(prng.nextFloat() * QTY);
  host.command(RecordKind.CommandPlace, { side, qty: size, price: isTaking ? far : near, ...terms });
}

/** What has not ended here or there, and fills that differ. */
export function differences(host: EngineHost): string[] {
  const { truth, state, venue } = host;
  const found = host.open();
  if (truth.open > 0) found.push(`${truth.open} open at the venue`);
  const qtyScale = venue.instruments[0]?.qtyScale ?? 0;
  const ours = host.numbers().reduce((sum, order) => sum + state.orders.cumQty(order), 0);
  const theirs = truth.fills.reduce((sum, { qty }) => sum + parseMantissa(String(qty), qtyScale).mantissa, 0);
  if (ours !== theirs) found.push(`filled ${ours} here, ${theirs} there`);
  return found;
}
