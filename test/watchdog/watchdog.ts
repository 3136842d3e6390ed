/**
 * Show: the engine is frozen with open orders at four venues, and all are canceled within 3 s by the watchdog. `--runs N` of
 * each fault.
 */

import { ORDERS_ALL, slowest, VENUES, type Venue, VenuesProcess } from "./venues_process.testing.ts";
import { GuardedGateway } from "./watchdog_rig.testing.ts";

export const CANCELED_MS_MAX = 3_000;
const WAIT_MS = 15_000;

export const FAULTS = ["SIGSTOP", "loop", "SIGKILL"] as const;
export type Fault = (typeof FAULTS)[number];

export interface FreezeRun {
  readonly open: number;
  /** From the fault to the last cancel at each venue; -1 = never. */
  readonly took: Readonly<Record<Venue, number>>;
}

/** One gateway with its watchdog: orders rest, the fault comes, the venues are asked until nothing is open. */
export async function freeze(venues: VenuesProcess, fault: Fault): Promise<FreezeRun> {
  const guarded = await GuardedGateway.start(venues);
  try {
    await venues.placeOrders();
    const open = await venues.openCount();
    process.kill(guarded.gateway.child.pid, fault === "loop" ? "SIGUSR2" : fault);
    const took = await venues.untilNoneOpen(WAIT_MS);
    if (slowest(took) < 0) process.stderr.write(`${guarded.gateway.log.slice(-3_000)}\n`);
    return { open, took };
  } finally {
    await guarded.remove();
  }
}

/** Least, middle and most, for people. */
export function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  return `${sorted[0]} / ${sorted[sorted.length >> 1]} / ${sorted.at(-1)}`;
}

export function runsWanted(): number {
  const at = process.argv.indexOf("--runs");
  return at < 0 ? 20 : Number(process.argv[at + 1]);
}

export async function show(): Promise<number> {
  const runs = runsWanted();
  const venues = await VenuesProcess.start();
  let failed = 0;
  try {
    for (const fault of FAULTS) {
      const good: FreezeRun[] = [];
      for (let run = 0; run < runs; run++) {
        const result = await freeze(venues, fault);
        const ms = slowest(result.took);
        if (result.open === ORDERS_ALL && ms >= 0 && ms <= CANCELED_MS_MAX) good.push(result);
        else process.stdout.write(`${fault} run ${run}: ${JSON.stringify(result)}\n`);
      }
      failed += runs - good.length;
      const each = VENUES.map((venue) => `${venue} ${spread(good.map(({ took }) => took[venue]))}`).join("; ");
      process.stdout.write(`${fault}: ${good.length} of ${runs} within 3 s; ms ${each}\n`);
    }
  } finally {
    await venues.stop();
  }
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await show();
