/**
 * The way of an order through a whole gateway — input to hand-over, journal and its sync in between — while the interface
 * is asked as fast as it answers, against the same gateway beside as much other work on the machine's cores.
 */

import type { Measured, MeasuredBench } from "./bench.ts";
import { Burners } from "./burners.ts";
import { type GatewayRig, type Histogram, startGatewayRig } from "./gateway_rig.ts";
import { HttpLoad, type LoadResult } from "./http_load.ts";
import { percentile } from "./percentile.ts";

const METRIC = "meltica_order_path_seconds";
const PATH = "/api/v1/orders/1";
const CONNECTIONS = 64;
const SPEED = 4;
const ROUNDS = 5;
const ROUND_MS = 4_000;
const ROUNDS_QUICK = 1;
const ROUND_MS_QUICK = 550;
/** Status comes twice a second: the first one of a round still holds what was before. */
const SETTLE_MS = 520;
const NO_DOOR = { readsPerSecondMax: 1e9 };

type Side = "flooded" | "burning" | "idle";

const bench: MeasuredBench = {
  name: "e2e.order_path_flooded",
  unit: "us",
  baseline: "the same gateway, as much work on the cores without the interface",
  async measure(quick: boolean): Promise<Measured> {
    const rig = await startGatewayRig(SPEED, NO_DOOR);
    const load = new HttpLoad();
    const burners = new Burners(2);
    const sides: Record<Side, Round[]> = { flooded: [], burning: [], idle: [] };
    const answers: LoadResult[] = [];
    const ms = quick ? ROUND_MS_QUICK : ROUND_MS;
    try {
      const flood = async () => {
        const { port, token } = rig;
        answers.push(await load.run({ port, token, path: PATH, connections: CONNECTIONS, ms: ms + SETTLE_MS }));
      };
      for (let round = 0; round < (quick ? ROUNDS_QUICK : ROUNDS); round++) {
        const flooded = await during(rig, ms, flood());
        const idle = quick ? undefined : await during(rig, ms, undefined);
        // The interface's thread always has work, so one burner never rests; the other takes what the flood took beside.
        const beside = Math.min(1, Math.max(0, flooded.cores - (idle?.cores ?? 0) - 1));
        const burning = await during(rig, ms, burners.run([1, beside], ms + SETTLE_MS));
        sides.flooded.push(flooded);
        if (idle !== undefined) sides.idle.push(idle);
        sides.burning.push(burning);
      }
      return result(sides, answers);
    } finally {
      load.stop();
      burners.stop();
      await rig.stop();
    }
  },
};

interface Round {
  readonly before: Histogram;
  readonly after: Histogram;
  /** CPU seconds a second of the whole process, the load's thread included. */
  readonly cores: number;
}

/** From half a second after the work began until `ms` later; then until the work has ended. */
async function during(rig: GatewayRig, ms: number, work: Promise<void> | undefined): Promise<Round> {
  await Bun.sleep(SETTLE_MS);
  const before = rig.histogram(METRIC);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  await Bun.sleep(ms);
  const { user, system } = process.cpuUsage(cpu);
  const cores = (user + system) / 1_000 / Math.max(1, performance.now() - startMs);
  const after = rig.histogram(METRIC);
  await work;
  return { before, after, cores };
}

function result(sides: Readonly<Record<Side, readonly Round[]>>, answers: readonly LoadResult[]): Measured {
  const flooded = quantileUs(sides.flooded, 0.99);
  const burning = quantileUs(sides.burning, 0.99);
  return {
    value: flooded,
    p50: quantileUs(sides.flooded, 0.5),
    p99: flooded,
    baselineValue: burning,
    figures: {
      burningP50Us: quantileUs(sides.burning, 0.5),
      idleP50Us: quantileUs(sides.idle, 0.5),
      idleP99Us: quantileUs(sides.idle, 0.99),
      ordersFlooded: ordersOf(sides.flooded),
      ordersBurning: ordersOf(sides.burning),
      requestsPerSecond: middle(answers.map(({ perSecond }) => perSecond)),
      refused: answers.reduce((sum, { refused }) => sum + refused, 0),
      coresFlooded: middle(sides.flooded.map(({ cores }) => cores)),
      coresBurning: middle(sides.burning.map(({ cores }) => cores)),
    },
  };
}

/** Median of the rounds' own: one round that another program disturbed does not decide. */
function quantileUs(rounds: readonly Round[], share: number): number {
  return rounds.length === 0 ? 0 : middle(rounds.map((round) => quantileOf(round, share)));
}

/** Straight between the bounds of its bucket. */
function quantileOf({ before, after }: Round, share: number): number {
  const wanted = ((after.count ?? 0) - (before.count ?? 0)) * share;
  let lower = 0;
  let below = 0;
  for (const [at, [bound]] of (after.buckets ?? []).entries()) {
    const upTo = countAt(after, at) - countAt(before, at);
    const upper = bound * 1e6;
    if (upTo >= wanted && upTo > below) return lower + ((upper - lower) * (wanted - below)) / (upTo - below);
    lower = upper;
    below = upTo;
  }
  return lower;
}

function countAt(histogram: Histogram, at: number): number {
  return histogram.buckets?.[at]?.[1] ?? 0;
}

function ordersOf(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { before, after }) => sum + (after.count ?? 0) - (before.count ?? 0), 0);
}

function middle(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 0.5);
}

export default bench;
