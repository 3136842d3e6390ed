/** Counts garbage collections of a bench's own side, in a child process of the same executable that logs each of them. */

import { writeSync } from "node:fs";
import type { Bench } from "./bench.ts";

export interface Collections {
  /** Finished cycles while the operations ran. */
  readonly cycles: number;
  readonly ops: number;
}

const OPS_WANTED = 20_000_000;
const OPS_WANTED_QUICK = 2_000_000;
/** A path that does not promise to be free of garbage is watched for this long at most. */
const WATCH_MS = 3_000;
const WARM_UP_MS = 300;
const CHILD_MS_MAX = 180_000;
const SAY_MS_MAX = 5_000;

const START = "meltica-bench: measured loop starts";
const END = "meltica-bench: measured loop ended after";

/** Runs `command` (this program, told to call `runWatched`) with the collector's log on, and counts between the marks. */
export async function countCollections(command: readonly string[]): Promise<Collections> {
  const child = Bun.spawn([...command], {
    env: { ...process.env, BUN_JSC_logGC: "1" },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    timeout: CHILD_MS_MAX,
  });
  const log = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`the counting process failed: ${log.slice(-500)}`);
  return collectionsInLog(log);
}

/** Cycles that ended (`END]`) between the two marks. A cycle that was under way at the first mark is counted too. */
export function collectionsInLog(log: string): Collections {
  const start = log.indexOf(START);
  const end = log.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error("the collector's log has no marks");
  const ops = Number.parseInt(log.slice(end + END.length).trim(), 10);
  return { cycles: log.slice(start, end).split("END]").length - 1, ops };
}

/** The child's work: set up, warm up, clean, then nothing but operations of ours between two marks on standard error. */
export async function runWatched(bench: Bench, quick: boolean): Promise<void> {
  const prepared = await bench.prepare();
  const warmUntil = performance.now() + WARM_UP_MS;
  while (performance.now() < warmUntil) prepared.run();
  Bun.gc(true);
  Bun.sleepSync(20); // The collector logs from a thread of its own; let it finish its line.
  const wanted = quick ? OPS_WANTED_QUICK : OPS_WANTED;
  const deadline = bench.allocationFree ? Number.POSITIVE_INFINITY : performance.now() + WATCH_MS;
  let ops = 0;
  say(`\n${START}\n`);
  while (ops < wanted && performance.now() < deadline) {
    prepared.run();
    ops += prepared.ops;
  }
  say(`\n${END} ${ops}\n`);
  prepared.dispose?.();
}

/** The collector's log may have filled the pipe for a moment: then it is tried again, since a lost mark spoils the count. */
function say(text: string): void {
  const untilMs = performance.now() + SAY_MS_MAX;
  for (;;) {
    try {
      writeSync(2, text);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN" || performance.now() > untilMs) throw error;
      Bun.sleepSync(1);
    }
  }
}
