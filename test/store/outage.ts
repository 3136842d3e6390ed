/** `npm run test:store -- --seconds 60 --rounds 6 --kills 100`: stores that are away under load, engines replaced, projectors killed. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { postgresAbsent } from "../../src/store/postgres.testing.ts";
import type { Dialect } from "../../src/store/store.ts";
import { faultsOf, type Outage, replacedFaults, runOutage, runReplaced, slowOf } from "./outage_run.testing.ts";

const USAGE = "usage: npm run test:store -- [--seconds N] [--rounds N] [--kills N] [--only sqlite|postgres]\n";
const KILL_TEST = join(import.meta.dir, "../../src/app/projector_kill.test.ts");
const LATENCY_SECONDS = 30;
const DIALECTS: readonly Dialect[] = ["sqlite", "postgres"];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      rounds: { type: "string", default: "6" },
      kills: { type: "string", default: "100" },
      only: { type: "string" },
    },
  });
  const [seconds, rounds, kills] = [values.seconds, values.rounds, values.kills].map(wholeNumber);
  if (seconds === undefined || rounds === undefined || kills === undefined || seconds === 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  let faults = 0;
  for (const dialect of DIALECTS.filter((name) => values.only === undefined || name === values.only)) {
    const absent = dialect === "postgres" ? postgresAbsent({}) : undefined;
    if (absent !== undefined) {
      say(absent);
      faults++;
      continue;
    }
    const outage = await runOutage({ dialect, seconds, rounds });
    tell(outage);
    faults += complain(faultsOf(outage));
    if (rounds > 0 && seconds >= LATENCY_SECONDS) faults += complain(slowOf(outage));
    else if (rounds > 0)
      say(`  latency is not judged below ${LATENCY_SECONDS} s: the worst of a hundred would be two orders`);
    const replaced = await runReplaced(dialect);
    const { truth, restarts } = replaced;
    const { gaps, duplicates, different, records, rows } = truth;
    const sums = `${gaps} gaps, ${duplicates} duplicates, ${different} different`;
    say(`${dialect}: ${restarts} engines replaced, ${records} records, ${rows} rows: ${sums}`);
    faults += complain(replacedFaults(replaced));
  }
  if (kills > 0) faults += await killed(kills, values.only);
  say(faults === 0 ? "whole" : `${faults} FAULTS`);
  return faults === 0 ? 0 : 1;
}

async function killed(kills: number, only: string | undefined): Promise<number> {
  const env = { ...process.env, KILLS: String(kills) };
  const which = only === undefined ? [] : ["-t", only];
  const child = Bun.spawn([process.execPath, "test", "--timeout", "1200000", ...which, KILL_TEST], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return (await child.exited) === 0 ? 0 : 1;
}

function tell({ dialect, sides, seen, after, truth }: Outage): void {
  say(`${dialect}: ms p50 / p99, order path (input to hand-over), HTTP acknowledgement`);
  for (const [name, side] of Object.entries(sides)) {
    const { seconds, orders, pathMs, acknowledged, acknowledgeMs, cores, burned } = side;
    const path = `${orders} orders ${pathMs.join(" / ")}`;
    const answers = `${acknowledged} answers ${acknowledgeMs.join(" / ")}`;
    say(
      `  ${name.padEnd(9)} ${seconds} s: ${path}; ${answers}; ${cores} cores${burned > 0 ? ` and ${burned} burned` : ""}`,
    );
  }
  const { state, lagRecords, problem, told, asked, askedMs } = seen;
  say(
    `  while away: ${state}, ${lagRecords} records behind, told ${told}; history asked: ${asked} in ${askedMs} ms; ${problem}`,
  );
  say(`  after: ${after.state}, ${after.lagRecords} behind, problem ${after.problem}; told in all: ${after.told}`);
  const { records, rows, gaps, duplicates, different } = truth;
  say(`  ${records} records, ${rows} rows: ${gaps} gaps, ${duplicates} duplicates, ${different} different`);
}

function complain(faults: readonly string[]): number {
  for (const fault of faults) say(`  FAULT ${fault}`);
  return faults.length;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number.parseInt(text, 10) : undefined;
}

process.exitCode = await main();
