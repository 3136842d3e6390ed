/** One short session in this process: orders under faults, the engine killed at random, then calm: how long until both agree. */

import { Prng } from "../../src/core/prng.ts";
import { until } from "../../src/exchange/book_client.testing.ts";
import type { Simulator } from "../../src/exchange/simulator.ts";
import { OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { Readiness, RecordKind } from "../../src/model/record.ts";
import { CalmHost, type Venue } from "./calm_host.testing.ts";

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

interface Truth {
  readonly open: number;
  readonly fills: readonly { readonly clientId: string; readonly side?: string; readonly qty: string }[];
}

export async function calmSession(venue: Venue, { seed, steps, calmMs }: SessionPlan): Promise<SessionStory> {
  const simulator = await venue.start();
  const prng = new Prng(seed);
  let host = new CalmHost(venue, simulator, 1);
  try {
    await until(() => host.readiness === Readiness.Ready, 10_000);
    simulator.faults(FAULTS);
    for (let step = 0; step < steps; step++) {
      if (prng.nextFloat() < 2 / steps) {
        host.stop();
        // Sometimes the venue goes on alone for a moment.
        await Bun.sleep(prng.nextFloat() < 0.5 ? 0 : 300 * prng.nextFloat());
        host = new CalmHost(venue, simulator, host.epoch + 1, host.journal);
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
    await until(() => differences(host, simulator).length === 0, calmMs).catch(() => undefined);
    return {
      orders: host.state.orders.nextOrder - 1,
      fills: truthOf(simulator, venue).fills.length,
      lives: host.epoch,
      faults,
      endedMs: Math.round(performance.now() - begunMs),
      wrong: differences(host, simulator),
    };
  } finally {
    host.stop();
    await simulator.stop();
  }
}

function wish(host: CalmHost, prng: Prng): void {
  const { orders } = host.state;
  const { bid, ask, qty } = host.venue;
  const draw = prng.nextFloat();
  const open: number[] = [];
  for (let each = orders.firstOpenAll(); each !== 0; each = orders.nextOpenAll(each)) open.push(each);
  const order = draw < 0.4 ? open[Math.floor(prng.nextFloat() * open.length)] : undefined;
  if (order !== undefined) {
    const side = orders.side(order);
    const away = 100 + Math.floor(prng.nextFloat() * 300);
    if (draw < 0.3) host.command(RecordKind.CommandCancel, { order, side });
    else host.command(RecordKind.CommandAmend, { order, side, price: side === Side.Buy ? bid - away : ask + away });
    return;
  }
  const side = prng.nextFloat() < 0.5 ? Side.Buy : Side.Sell;
  const isTaking = prng.nextFloat() < 0.4;
  const far = side === Side.Buy ? ask : bid;
  const near = side === Side.Buy ? bid - 100 : ask + 100;
  const timeInForce = prng.nextFloat() < 0.3 ? TimeInForce.Ioc : TimeInForce.Gtc;
  const terms = { orderType: OrderType.Limit, timeInForce, text: "test" };
  const size = qty + Math.floor(prng.nextFloat() * qty);
  host.command(RecordKind.CommandPlace, { side, qty: size, price: isTaking ? far : near, ...terms });
}

/** What has not ended here or there, and fills that differ. */
export function differences(host: CalmHost, simulator: Simulator): string[] {
  const truth = truthOf(simulator, host.venue);
  const found = host.open();
  if (truth.open > 0) found.push(`${truth.open} open at the venue`);
  const theirs = new Map<string, number>();
  const { qtyScale } = host.venue.instrument;
  for (const { clientId, qty } of truth.fills) {
    const units = Math.round(Number(qty) * 10 ** qtyScale); // number-ok: a test's sum
    theirs.set(clientId, (theirs.get(clientId) ?? 0) + units);
  }
  const { orders } = host.state;
  let [ours, all] = [0, 0];
  for (let order = 1; order < orders.nextOrder; order++) if (orders.has(order)) ours += orders.cumQty(order);
  for (const units of theirs.values()) all += units;
  if (ours !== all) found.push(`filled ${ours} here, ${all} there`);
  return found;
}

export function truthOf(simulator: Simulator, { truthName }: Venue): Truth {
  return simulator.trading?.truth("ann")?.[truthName] as Truth;
}
