/** Runs benches: ours and its baseline take turns in one process, so that a noisy machine disturbs both alike. */

import { measure } from "mitata";
import type { Bench, LazyBench, MeasuredBench, PreparedBench } from "./bench.ts";
import { countCollections } from "./collections.ts";
import { percentile } from "./percentile.ts";

/** One line of output and of bench/history.jsonl. */
export interface BenchLine {
  readonly name: string;
  readonly unit: Bench["unit"];
  /** Ours, median of the rounds. */
  readonly value: number;
  /** Latency of single operations in `unit`, where the bench measures them; the timer's own ~30 ns included. */
  readonly p50?: number;
  readonly p99?: number;
  readonly p999?: number;
  readonly baseline: string;
  readonly baselineValue: number;
  /** Over 1: faster than the baseline. Median of the rounds' own ratios. */
  readonly ratio: number;
  /** Finished garbage collections while `collectionsOps` operations of ours ran. */
  readonly collections: number;
  readonly collectionsOps: number;
  readonly figures?: Readonly<Record<string, number>>;
}

export interface BenchOptions {
  /** Short runs for a smoke test; the figures are rough. */
  readonly quick: boolean;
  /** This program's own command, to which `bench --collections NAME` is added. */
  readonly self: readonly string[];
}

const ROUNDS = 5;
const ROUNDS_QUICK = 2;
const ROUND_NS = 250e6;
const ROUND_NS_QUICK = 20e6;
const SINGLES = 200_000;
const SINGLES_QUICK = 20_000;

/** Measures one bench. */
export async function runBench(lazy: LazyBench, options: BenchOptions): Promise<BenchLine> {
  const bench = (await lazy.load()).default;
  if (bench.name !== lazy.name) throw new Error(`bench ${lazy.name} calls itself ${bench.name}`);
  if ("measure" in bench) return runMeasured(bench, options.quick);
  const prepared = await bench.prepare();
  const speeds = await alternate(prepared, options.quick);
  const latencies = isLatency(bench) ? singleLatencies(prepared, options.quick) : undefined;
  prepared.dispose?.();
  const quick = options.quick ? ["--quick"] : [];
  const watched = await countCollections([...options.self, "bench", "--collections", bench.name, ...quick]);
  return {
    name: bench.name,
    unit: bench.unit,
    value: inUnit(median(speeds.map((round) => round.oursNs)), bench),
    ...(latencies === undefined
      ? {}
      : { p50: inUnit(percentile(latencies, 0.5), bench), p99: inUnit(percentile(latencies, 0.99), bench) }),
    baseline: bench.baseline,
    baselineValue: inUnit(median(speeds.map((round) => round.baselineNs)), bench),
    ratio: round4(median(speeds.map((round) => round.baselineNs / round.oursNs))),
    collections: watched.cycles,
    collectionsOps: watched.ops,
  };
}

/** Threads, sockets and disks: no collections are promised, and none are counted. */
async function runMeasured(bench: MeasuredBench, quick: boolean): Promise<BenchLine> {
  const { value, p50, p99, p999, baselineValue, figures } = await bench.measure(quick);
  const isRate = bench.unit.endsWith("/s");
  return {
    name: bench.name,
    unit: bench.unit,
    value: round4(value),
    ...(p50 === undefined ? {} : { p50: round4(p50) }),
    ...(p99 === undefined ? {} : { p99: round4(p99) }),
    ...(p999 === undefined ? {} : { p999: round4(p999) }),
    baseline: bench.baseline,
    baselineValue: round4(baselineValue),
    ratio: round4(isRate ? value / baselineValue : baselineValue / value),
    collections: 0,
    collectionsOps: 0,
    ...(figures === undefined ? {} : { figures: rounded(figures) }),
  };
}

function rounded(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round4(value)]));
}

/** Nanoseconds per operation of both sides, round by round. */
async function alternate(prepared: PreparedBench, quick: boolean) {
  const options = () => ({ min_cpu_time: quick ? ROUND_NS_QUICK : ROUND_NS, min_samples: quick ? 3 : 8 });
  const rounds: { oursNs: number; baselineNs: number }[] = [];
  for (let round = 0; round < (quick ? ROUNDS_QUICK : ROUNDS); round++) {
    const ours = await measure(() => prepared.run(), options());
    const baseline = await measure(() => prepared.baselineRun(), options());
    rounds.push({ oursNs: ours.p50 / prepared.ops, baselineNs: baseline.p50 / prepared.baselineOps });
  }
  return rounds;
}

/** Sorted nanoseconds of single calls, or undefined when the bench has none. */
function singleLatencies(prepared: PreparedBench, quick: boolean): Float64Array | undefined {
  if (prepared.single === undefined) return undefined;
  const samples = new Float64Array(Math.min(quick ? SINGLES_QUICK : SINGLES, prepared.singles ?? SINGLES));
  for (let pass = 0; pass < 2; pass++) {
    // The first pass warms up.
    for (let i = 0; i < samples.length; i++) {
      prepared.betweenSingles?.();
      const start = Bun.nanoseconds();
      prepared.single();
      samples[i] = Bun.nanoseconds() - start;
    }
  }
  return samples.sort();
}

function isLatency(bench: Bench): boolean {
  return bench.unit === "ns" || bench.unit === "us";
}

function inUnit(nsPerOp: number, bench: Bench): number {
  if (bench.unit === "ns") return round4(nsPerOp);
  return round4(bench.unit === "us" ? nsPerOp / 1_000 : 1e9 / nsPerOp);
}

/** Four significant digits: the machine is not more exact than that. */
function round4(value: number): number {
  return Number(value.toPrecision(4));
}

function median(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 0.5);
}
