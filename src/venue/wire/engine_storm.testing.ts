/** An engine trades through a live gateway under faults and over a restart; afterwards both sides must agree to the last unit. */

import { expect } from "bun:test";
import type { Prng } from "../../core/prng.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { type CashCause, InstrumentKind, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { Readiness, RecordKind, TradingRecord } from "../../model/record.ts";
import { EngineHost, type HostVenue } from "./engine_host.testing.ts";
import { ASK, BID } from "./still_market.testing.ts";

/** Shares of answers and reports; of time, milliseconds. */
const FAULTS = {
  ...{ "lost-ack": 0.05, "failed-ack": 0.05, "late-ack": 0.05, "late-ack-ms": 100, "report-drop": 0.03 },
  ...{ "report-duplicate": 0.1, "report-reorder": 0.1, "report-delay": 0.1, "report-delay-ms": 50 },
  "private-cut": 0.01,
};

export interface StormPlan {
  readonly prng: Prng;
  /** Wishes on each side of the restart, and the time between two of them. */
  readonly steps: number;
  readonly paceMs: number;
  /** Of the venue's instruments, by number. */
  readonly traded: readonly number[];
  /** Shares of the wishes; an amend may change the price alone, or price and size. */
  readonly cancels: number;
  readonly amends: number;
  readonly amended?: "price" | "price-and-qty";
  readonly takes: number;
  /** Between two wishes the account must be ready again. */
  readonly waitsReady?: boolean;
  /** In the middle of each side. */
  readonly middle?: () => void;
}

/** A simulator and the engine's lives at it: `await using` ends them all. */
export class Storm {
  readonly #hosts: EngineHost[] = [];

  private constructor(
    readonly simulator: Simulator,
    readonly venue: HostVenue,
    readonly plan: StormPlan,
  ) {}

  static async at(venue: HostVenue, plan: StormPlan): Promise<Storm> {
    return new Storm(await venue.start(), venue, plan);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#hosts) host.stop();
    await this.simulator.stop();
  }

  /** Two lives under faults, then calm: answers the second one, when its orders have ended and it has asked for the rest. */
  async run(): Promise<EngineHost> {
    const first = this.#live(1);
    expect(await until(() => first.readiness === Readiness.Ready, 10_000)).toBe(true);
    this.simulator.faults(FAULTS);
    await this.#trade(first);
    first.stop();
    const host = this.#live(2, first);
    await this.#trade(host);
    this.simulator.faults(Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0])));
    host.command(RecordKind.CommandCancelAll, {});
    expect(await until(() => host.state.orders.firstOpenAll() === 0, 30_000)).toBe(true);
    // What was told to nobody is found by asking.
    host.command(RecordKind.CommandReconcile, { text: JSON.stringify({ why: "test", by: "test" }) });
    return host;
  }

  #live(epoch: number, before?: EngineHost): EngineHost {
    const host = new EngineHost(this.venue, this.simulator, epoch, before?.journal);
    this.#hosts.push(host);
    return host;
  }

  async #trade(host: EngineHost): Promise<void> {
    const { steps, paceMs, waitsReady, middle } = this.plan;
    for (let count = 0; count < steps; count++) {
      if (waitsReady === true) await until(() => host.readiness === Readiness.Ready, 10_000);
      wish(host, this.plan);
      if (count === Math.floor(steps / 2)) middle?.();
      await Bun.sleep(paceMs);
    }
  }
}

/** A cancel or an amend of an order that is open; a new one otherwise. */
function wish(host: EngineHost, { prng, cancels, amends, amended, takes, traded }: StormPlan): void {
  const { orders } = host.state;
  const draw = prng.nextFloat();
  const order = draw < cancels + amends ? host.pick(prng) : undefined;
  if (order !== undefined) {
    const about = { order, instrument: orders.instrument(order), side: orders.side(order) };
    if (draw < cancels) return host.command(RecordKind.CommandCancel, about);
    const away = 100 + Math.floor(prng.nextFloat() * 300);
    const price = about.side === Side.Buy ? BID - away : ASK + away;
    const more = amended === "price-and-qty" ? { qty: orders.qty(order) + 1 + Math.floor(away / 2) } : {};
    return host.command(RecordKind.CommandAmend, { ...about, price, ...more });
  }
  const instrument = traded[Math.floor(prng.nextFloat() * traded.length)] as number;
  const side = prng.nextFloat() < 0.5 ? Side.Buy : Side.Sell;
  const qty = 500 + Math.floor(prng.nextFloat() * 1_000);
  const isTaking = draw < cancels + amends + takes;
  const price = side === Side.Buy ? (isTaking ? ASK : BID - 100) : isTaking ? BID : ASK + 100;
  const timeInForce = isTaking ? TimeInForce.Ioc : TimeInForce.Gtc;
  const terms = { instrument, side, qty, price, orderType: OrderType.Limit, timeInForce, text: "test" };
  host.command(RecordKind.CommandPlace, terms);
}

/** Fills, positions, cash of `assets` and orders are here what they are there; waits for what is still being asked. */
export async function expectAgreement(
  host: EngineHost,
  { traded }: StormPlan,
  assets: readonly string[],
): Promise<void> {
  const pairs = () => [...traded.map((id) => host.filled(id)), ...assets.map((code) => host.cash(code))];
  await until(() => pairs().every(([ours, theirs]) => ours === theirs), 20_000);
  for (const id of traded) expect([id, host.filled(id)[0]]).toEqual([id, host.filled(id)[1]]);
  for (const id of traded) {
    if (host.venue.instruments[id]?.kind === InstrumentKind.Spot) continue;
    expect([id, host.filled(id)[0]]).toEqual([id, host.heldThere(id)]);
  }
  for (const code of assets) expect([code, host.cash(code)[0]]).toEqual([code, host.cash(code)[1]]);
  expect(await until(() => host.readiness === Readiness.Ready, 20_000)).toBe(true);
  expect(host.truth.open).toBe(0);
  expect(host.open()).toEqual([]);
}

/** How often a kind stands in the journal. */
export function counted(host: EngineHost, wanted: RecordKind): number {
  let found = 0;
  host.journal.replay(new TradingRecord(), ({ kind }) => {
    if (kind === wanted) found++;
  });
  return found;
}

/** How often cash moved for each cause. What was read again after a restart stands in the journal twice, and counts once. */
export function cashMoves(host: EngineHost, causes: readonly CashCause[]): number[] {
  const moves = new Map<number, Set<string>>();
  host.journal.replay(new TradingRecord(), (record) => {
    if (record.kind !== RecordKind.CashMoved) return;
    moves.set(record.code, (moves.get(record.code) ?? new Set()).add(record.fillId));
  });
  return causes.map((cause) => moves.get(cause)?.size ?? 0);
}
