/** `meltica bench`: measures the hot paths against stated baselines and counts garbage collections. */

import { appendFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { LazyBench } from "../../bench/bench.ts";
import { runWatched } from "../../bench/collections.ts";
import { BENCHES } from "../../bench/index.ts";
import { type BenchLine, runBench } from "../../bench/run.ts";
import { nearestHint } from "../core/nearest.ts";
import { usage } from "./arguments.ts";
import { buildInfo, isCompiled } from "./build_info.ts";
import { Exit } from "./exit.ts";
import { table } from "./output.ts";
import { Progress } from "./progress.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

export const verb: Verb = {
  name: "bench",
  description: "Measure the hot paths against stated baselines",
  definitions: {
    only: { type: "string", valueHint: "NAME", repeatable: true, description: "One bench, or a room's: decode" },
    quick: { type: "boolean", description: "Short runs: shows that the benches work, the figures are rough" },
    history: {
      type: "boolean",
      default: true,
      description: "Append to bench/history.jsonl (from source only)",
      negativeDescription: "Do not append to bench/history.jsonl",
    },
    collections: { type: "string", hidden: true, description: "Run one bench with marks on standard error" },
  },
  examples: ["meltica bench --only decode --json", "meltica bench --quick"],
  run: runBenchVerb,
};

async function runBenchVerb(call: Call): Promise<Exit> {
  const watched = call.given.text("collections");
  const quick = call.given.flag("quick");
  if (watched !== undefined) {
    const [lazy] = find([watched]);
    const bench = (await lazy?.load())?.default;
    if (bench !== undefined && "prepare" in bench) await runWatched(bench, quick);
    return Exit.Ok;
  }
  const chosen = find(call.given.all("only"));
  const progress = new Progress(call);
  const lines: BenchLine[] = [];
  let failed = 0;
  for (const [index, lazy] of chosen.entries()) {
    progress.update(`bench ${lazy.name}`, index, chosen.length);
    try {
      const line = await runBench(lazy, { quick, self: selfCommand() });
      lines.push(line);
      if (call.json) call.terminal.out(`${JSON.stringify(line)}\n`);
      if (call.given.flag("history") && lazy.hidden !== true && !isCompiled()) remember(line, quick);
    } catch (error) {
      failed++;
      progress.clear();
      call.terminal.err(`bench ${lazy.name} failed: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  progress.clear();
  if (!call.json) call.terminal.out(benchTable(lines, call));
  if (failed > 0) return Exit.Error;
  sayNext(call, "meltica bench --json   (one line for each bench)");
  return Exit.Ok;
}

/** All benches, or those named: a whole name, or a room's name for all of its benches. */
function find(names: readonly string[]): readonly LazyBench[] {
  if (names.length === 0) return BENCHES.filter((bench) => bench.hidden !== true);
  return names.flatMap((name) => {
    const found = BENCHES.filter((bench) => bench.name === name || bench.name.startsWith(`${name}.`));
    const known = BENCHES.filter((bench) => bench.hidden !== true).map((bench) => bench.name);
    if (found.length === 0) throw usage(`unknown bench "${name}"`, nearestHint(name, known));
    return found;
  });
}

/** How to start this very program again. */
function selfCommand(): readonly string[] {
  return isCompiled() ? [process.execPath] : [process.execPath, Bun.main];
}

function benchTable(lines: readonly BenchLine[], call: Call): string {
  const rows = lines.map((line) => [
    line.name,
    figure(line.value),
    line.unit,
    line.ratio.toFixed(2),
    line.baseline,
    figure(line.p50),
    figure(line.p99),
    line.collections,
  ]);
  return table(call.terminal, ["bench", "value", "unit", "ratio", "to baseline", "p50", "p99", "collections"], rows);
}

function figure(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 1_000 ? String(Math.round(value)) : String(value);
}

/** One line for each bench of each run: a record to compare with, not a brag. */
function remember(line: BenchLine, quick: boolean): void {
  const file = join(import.meta.dir, "../../bench/history.jsonl");
  const { commit, version, bun } = buildInfo();
  const cpu = cpus()[0]?.model.trim() ?? "unknown";
  const record = { date: new Date().toISOString(), commit, version, bun, cpu, cores: cpus().length, quick, ...line };
  appendFileSync(file, `${JSON.stringify(record)}\n`);
}
