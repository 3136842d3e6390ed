/** Show: the engine is frozen with open orders, and all are canceled within 3 s by the watchdog. `--runs N` of each fault. */

import { GuardedGateway, VenueProcess } from "./watchdog_rig.testing.ts";

export const CANCELED_MS_MAX = 3_000;
const WAIT_MS = 15_000;

export const FAULTS = ["SIGSTOP", "loop", "SIGKILL"] as const;
export type Fault = (typeof FAULTS)[number];

export interface FreezeRun {
  readonly fault: Fault;
  readonly open: number;
  /** From the fault to the last cancel; -1 = never. */
  readonly ms: number;
}

/** One gateway with its watchdog: orders rest, the fault comes, the venue is asked until nothing is open. */
export async function freeze(venue: VenueProcess, fault: Fault): Promise<FreezeRun> {
  const guarded = await GuardedGateway.start(venue);
  try {
    await venue.placeOrders();
    const open = await venue.openCount();
    process.kill(guarded.gateway.child.pid, fault === "loop" ? "SIGUSR2" : fault);
    const ms = await venue.untilNoneOpen(WAIT_MS);
    if (ms < 0) process.stderr.write(`${guarded.gateway.log.slice(-3_000)}\n`);
    return { fault, open, ms };
  } finally {
    await guarded.remove();
  }
}

async function main(): Promise<number> {
  const at = process.argv.indexOf("--runs");
  const runs = at < 0 ? 20 : Number(process.argv[at + 1]);
  const venue = await VenueProcess.start();
  let failed = 0;
  try {
    for (const fault of FAULTS) {
      const times: number[] = [];
      for (let run = 0; run < runs; run++) {
        const { open, ms } = await freeze(venue, fault);
        if (open === 10 && ms >= 0 && ms <= CANCELED_MS_MAX) times.push(Math.round(ms));
        else {
          failed++;
          process.stdout.write(`${fault} run ${run}: ${open} orders, ${ms} ms\n`);
        }
      }
      times.sort((a, b) => a - b);
      const [least, middle, most] = [times[0], times[times.length >> 1], times.at(-1)];
      process.stdout.write(`${fault}: ${times.length} of ${runs} within 3 s; ms ${least} / ${middle} / ${most}\n`);
    }
  } finally {
    await venue.stop();
  }
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
