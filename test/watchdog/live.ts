/**
 * Show 7: the executable trades live, its engine is frozen with open orders, and all are canceled at each venue within 3 s; the
 * engine that goes on knows. `--runs N` of each fault, `--exe PATH` for the built executable.
 */

import { VenueProcess } from "../e2e/live_venue.testing.ts";
import { countOf, LIVE_ACCOUNTS, LIVE_ORDERS, LiveGuarded } from "./live_rig.testing.ts";
import { CANCELED_MS_MAX, runsWanted, spread } from "./watchdog.ts";

const WAIT_MS = 15_000;
const KNOWN_MS_MAX = 30_000;

export type LiveFault = "SIGSTOP" | "loop";
const FAULTS: readonly LiveFault[] = ["SIGSTOP", "loop"];

export interface LiveRun {
  readonly open: number;
  /** From the fault to the last cancel at each account's venue; -1 = never. */
  readonly took: Readonly<Record<string, number>>;
  /** From then until the engine that goes on knows of each cancel. */
  readonly knownMs: number;
}

export async function freezeLive(seed: number, fault: LiveFault): Promise<LiveRun> {
  const venue = await VenueProcess.start(seed);
  try {
    const guarded = await LiveGuarded.start(venue);
    try {
      const open = await guarded.openThere();
      if (fault === "loop") guarded.loop();
      else guarded.stop();
      const took = await guarded.untilGone(open, WAIT_MS);
      guarded.go();
      const begunMs = performance.now();
      try {
        await guarded.untilKnown(open, KNOWN_MS_MAX);
      } catch (error) {
        process.stderr.write(`${guarded.gateway.log.slice(-6_000)}\n`);
        throw error;
      }
      return { open: countOf(open), took, knownMs: Math.round(performance.now() - begunMs) };
    } finally {
      await guarded.remove();
    }
  } finally {
    await venue.stop();
  }
}

export function isGood({ open, took }: LiveRun): boolean {
  const times = LIVE_ACCOUNTS.map((name) => took[name] as number);
  return open === LIVE_ORDERS && times.every((ms) => ms >= 0 && ms <= CANCELED_MS_MAX);
}

export async function showLive(): Promise<number> {
  const runs = runsWanted();
  let failed = 0;
  for (const fault of FAULTS) {
    const good: LiveRun[] = [];
    for (let run = 0; run < runs; run++) {
      const result = await freezeLive(run + 1, fault);
      if (isGood(result)) good.push(result);
      else process.stdout.write(`${fault} run ${run}: ${JSON.stringify(result)}\n`);
    }
    failed += runs - good.length;
    const each = LIVE_ACCOUNTS.map((name) => `${name} ${spread(good.map(({ took }) => took[name] as number))}`).join(
      "; ",
    );
    const known = spread(good.map(({ knownMs }) => knownMs));
    process.stdout.write(
      `${fault}: ${good.length} of ${runs} within 3 s; ms ${each}; known to the engine after ${known}\n`,
    );
  }
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await showLive();
