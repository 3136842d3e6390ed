/** `npm run test:crash -- --seed N`: crash points in process, power cuts, damaged media, and kill -9 of the executable. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SOURCE_COMMAND } from "../e2e/gateway_process.testing.ts";
import { Boundaries } from "./boundaries.ts";
import { CrashRun } from "./crash_run.ts";
import { snapshotHook } from "./crash_snapshot.ts";
import { cutPower, DAMAGES, damageMedia } from "./power_loss.ts";

const ROOT = join(import.meta.dir, "../..");
const EXECUTABLE = join(ROOT, "dist/meltica");
const USAGE = `usage: npm run test:crash -- [--seed N] [--boundaries N] [--cuts N] [--places N] [--kills N] [--source] [--verbose]
  --boundaries  journal writes, each with every crash point; 0 = leave this part out, as for the others
  --cuts        power cuts of random journals
  --places      places that each kind of damage hits
  --kills       kill -9 of the executable (--source: of the program's source)
`;
const PROGRESS_MS = 1_000;
const MUTANT_CUTS = 50;
const MUTANT_BOUNDARIES = 50;

type Numbers = Record<"seed" | "boundaries" | "cuts" | "places" | "kills", number>;

interface Part {
  readonly name: string;
  /** What repeats it alone. */
  readonly again: string;
  readonly run: () => Promise<Result> | Result;
}

interface Result {
  readonly figures: object;
  readonly breaks: readonly string[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: String(Math.floor(Date.now() / 1_000) % 1_000_000) },
      boundaries: { type: "string", default: "2000" },
      cuts: { type: "string", default: "20000" },
      places: { type: "string", default: "20000" },
      kills: { type: "string", default: "200" },
      source: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  const numbers: Partial<Numbers> = {};
  for (const name of ["seed", "boundaries", "cuts", "places", "kills"] as const) {
    if (!/^\d{1,9}$/.test(values[name])) {
      process.stderr.write(USAGE);
      return 2;
    }
    numbers[name] = Number.parseInt(values[name], 10);
  }
  const parts = partsOf(numbers as Numbers, values.source, values.verbose);
  process.stdout.write(`seed ${numbers.seed}\n`);
  let broken = 0;
  for (const { name, again, run } of parts) {
    const begunMs = performance.now();
    const { figures, breaks } = await run();
    const seconds = ((performance.now() - begunMs) / 1_000).toFixed(1);
    process.stdout.write(
      `${name}: ${breaks.length === 0 ? "ok" : "BROKEN"} in ${seconds} s ${JSON.stringify(figures)}\n`,
    );
    for (const text of breaks) process.stdout.write(`  BREAK ${text}\n`);
    if (breaks.length === 0) continue;
    broken++;
    process.stdout.write(`  repeat with: npm run test:crash -- --seed ${numbers.seed} ${again}\n`);
  }
  process.stdout.write(broken === 0 ? "nothing lost, nothing twice\n" : `${broken} parts are BROKEN\n`);
  return broken === 0 ? 0 : 1;
}

function partsOf({ seed, boundaries, cuts, places, kills }: Numbers, source: boolean, verbose: boolean): Part[] {
  const none = "--boundaries 0 --cuts 0 --places 0 --kills 0";
  const only = (name: string, count: number) => none.replace(`--${name} 0`, `--${name} ${count}`);
  const parts: Part[] = [];
  if (boundaries > 0) {
    const again = only("boundaries", boundaries);
    parts.push({ name: "crash points", again, run: () => crashPoints(seed, boundaries) });
    parts.push({ name: "mistakes on purpose", again, run: () => mistakes(seed) });
  }
  if (cuts > 0) parts.push({ name: "power cuts", again: only("cuts", cuts), run: () => powerCuts(seed, cuts) });
  for (const damage of places > 0 ? DAMAGES : []) {
    const run = () => {
      const { breaks, ...figures } = damageMedia(damage, seed, places);
      return { figures, breaks };
    };
    parts.push({ name: `damage, ${damage}`, again: only("places", places), run });
  }
  if (kills > 0) {
    const run = () => killRun(seed, kills, source, verbose);
    parts.push({ name: "kills", again: `${only("kills", kills)}${source ? " --source" : ""}`, run });
  }
  return parts;
}

async function crashPoints(seed: number, boundaries: number): Promise<Result> {
  const snapshots = await snapshotHook();
  if (snapshots === undefined) process.stdout.write("the point in a snapshot is left out: none are taken yet\n");
  const report = new Boundaries({ seed, boundaries, snapshots, onSession: progressLine() }).run();
  const { breaks, ...figures } = report;
  return { figures, breaks };
}

/** The test must be able to fail: each of these must be found. */
function mistakes(seed: number): Result {
  const found: Record<string, number> = {};
  const breaks: string[] = [];
  for (const name of ["releasesEarly", "sendsAgain", "answersEarly", "liesAboutSync"] as const) {
    const planted = { [name]: true };
    const report = new Boundaries({ seed, boundaries: MUTANT_BOUNDARIES, planted, breaksMax: 1 }).run();
    found[name] = report.cases;
    if (report.breaks.length === 0) breaks.push(`${name} was not found in ${report.cases} cases`);
  }
  return { figures: { foundAtCase: found }, breaks };
}

function powerCuts(seed: number, cuts: number): Result {
  const { breaks, ...figures } = cutPower(seed, cuts);
  const mutant = cutPower(seed, MUTANT_CUTS, true, 1);
  const missed = mutant.breaks.length > 0 ? [] : [`syncs that do nothing were not found in ${mutant.cuts} cuts`];
  return { figures: { ...figures, noSyncFoundAtCut: mutant.cuts }, breaks: [...breaks, ...missed] };
}

async function killRun(seed: number, kills: number, source: boolean, verbose: boolean): Promise<Result> {
  if (!source && !existsSync(EXECUTABLE)) {
    const built = Bun.spawnSync(["sh", "config/dev/build.sh"], { cwd: ROOT, stdout: "ignore", stderr: "inherit" });
    if (!built.success) return { figures: {}, breaks: ["the executable cannot be built"] };
  }
  const command = source ? SOURCE_COMMAND : [EXECUTABLE];
  const version = Bun.spawnSync([...command, "version"])
    .stdout.toString()
    .trim()
    .replace(/\s+/g, " ");
  process.stdout.write(`${kills} kills of ${command.join(" ")}: ${version}\n`);
  const progress = progressLine();
  const onKill = (text: string) => (verbose ? process.stdout.write(`  ${text}\n`) : progress(text));
  const { breaks, ...figures } = await new CrashRun({ seed, kills, command, onKill }).run();
  return { figures, breaks };
}

/** A line a second at most, for a person who waits; none for a file. */
function progressLine(): (text: string) => void {
  let dueMs = 0;
  return (text) => {
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs < dueMs) return;
    dueMs = nowMs + PROGRESS_MS;
    process.stderr.write(`  ${text}\n`);
  };
}

process.exitCode = await main();
