/** `npm run test:restart -- --records 10000000`: how long a start takes with a long journal, with snapshots and without. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeLoad } from "../../bench/journal_load.ts";
import { JournalImage, restoreImage } from "../../src/app/journal_image.ts";
import { restore } from "../../src/app/restore.ts";
import { takeSnapshot } from "../../src/app/take_snapshot.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { apply } from "../../src/engine/apply.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { fileSystemOf } from "../../src/journal/file_system.ts";
import { readRecords } from "../../src/journal/reader.ts";
import { recoverJournal } from "../../src/journal/recover.ts";

const USAGE = "usage: npm run test:restart -- [--records N] [--every N] [--dir PATH] [--whole]\n";
const RESTART_MS_MAX = 5_000;

interface Start {
  readonly controlMs: number;
  readonly engineMs: number;
  readonly from: number;
  readonly hash: string;
}

/** As a gateway starts: the control thread recovers, and then the engine for itself. */
function start(dir: string, withSnapshots: boolean): Start {
  const begunMs = performance.now();
  const image = withSnapshots ? restoreImage(dir, DEFAULT_LIMITS) : new JournalImage(DEFAULT_LIMITS);
  const from = image.record;
  const take = (record: Parameters<JournalImage["take"]>[0]) =>
    void (record.record > image.record && image.take(record));
  const { lastRecord } = recoverJournal(dir, take, undefined, from + 1);
  const controlMs = performance.now() - begunMs;
  const engineBegunMs = performance.now();
  const make = () => new DurableState(DEFAULT_LIMITS);
  const state = withSnapshots ? restore(dir, DEFAULT_LIMITS, make, { record: lastRecord }) : make();
  readRecords(dir, state.record + 1, (record) => apply(state, record), lastRecord);
  if (state.hash() !== image.hash()) throw new Error(`${state.hash()} is not ${image.hash()}`);
  return { controlMs, engineMs: performance.now() - engineBegunMs, from, hash: image.hash() };
}

function main(): number {
  const { values } = parseArgs({
    options: {
      records: { type: "string", default: "10000000" },
      every: { type: "string", default: "100000" },
      dir: { type: "string", default: process.env["TMPDIR"] ?? "/tmp" },
      whole: { type: "boolean", default: false },
    },
  });
  const [records, every] = [values.records, values.every].map((text) => Number.parseInt(text, 10));
  if (!Number.isSafeInteger(records) || !Number.isSafeInteger(every) || records === undefined || every === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const root = mkdtempSync(join(values.dir, "meltica-restart-"));
  try {
    return measure(join(root, "journal"), records, every, values.whole);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function measure(dir: string, records: number, every: number, whole: boolean): number {
  let snapshots = 0;
  let [last, worstMs, totalMs, packed] = [0, 0, 0, 0];
  const onDurable = (durableRecord: number) => {
    // The last stretch stays without: a start that comes just before the next snapshot is the slowest.
    if (durableRecord - last < every || durableRecord > records - every * 0.99) return;
    const begunMs = performance.now();
    const retention = { archiveDays: 0, archiveMiB: 0 };
    const done = takeSnapshot({
      journalDir: dir,
      limits: DEFAULT_LIMITS,
      version: "test",
      durableRecord,
      retention,
      nowUs: 0,
    });
    const spentMs = performance.now() - begunMs;
    snapshots++;
    packed = done?.bytes ?? packed;
    last = durableRecord;
    totalMs += spentMs;
    worstMs = Math.max(worstMs, spentMs);
  };
  const { hash, seconds } = writeLoad(dir, records, onDurable);
  say(`disk: ${diskOf(dir)}`);
  say(`written: ${records} records, ${mib(dir)} MiB, in ${seconds.toFixed(1)} s; ${archives(dir)}`);
  say(
    `snapshots: ${snapshots}, ${mean(totalMs, snapshots)} ms each, ${Math.round(worstMs)} at most, newest ${packed} bytes`,
  );
  let isGood = true;
  for (const withSnapshots of whole ? [true, true, false] : [true, true]) {
    const { controlMs, engineMs, from, hash: ended } = start(dir, withSnapshots);
    const totalMs = controlMs + engineMs;
    const what = withSnapshots ? `from the snapshot of record ${from}` : "from the whole journal";
    say(
      `start ${what}: control ${Math.round(controlMs)} ms + engine ${Math.round(engineMs)} ms = ${Math.round(totalMs)} ms`,
    );
    if (ended !== hash) isGood = false;
    if (withSnapshots && totalMs > RESTART_MS_MAX) isGood = false;
  }
  say(isGood ? "the same state, in time" : "BROKEN: too slow, or another state");
  return isGood ? 0 : 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function mean(total: number, count: number): number {
  return count === 0 ? 0 : Math.round(total / count);
}

function archives(dir: string): string {
  const folder = join(dir, "archive");
  const found = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".zst")) : [];
  return `${found.length} archives`;
}

function mib(dir: string): number {
  const names = readdirSync(dir, { recursive: true }) as string[];
  const bytes = names.reduce(
    (sum, name) => sum + (statSync(join(dir, name)).isFile() ? statSync(join(dir, name)).size : 0),
    0,
  );
  return Math.round(bytes / (1 << 20));
}

/** Device, file system and free space, as the report must name them. */
function diskOf(dir: string): string {
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const holding = mounts
    .filter(([, point = "-"]) => dir.startsWith(point))
    .sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0));
  const { bavail, bsize } = statfsSync(dir);
  return `${holding[0]?.[0] ?? "?"} (${fileSystemOf(dir).name}), ${Math.round((bavail * bsize) / 2 ** 30)} GiB free`;
}

process.exitCode = main();
