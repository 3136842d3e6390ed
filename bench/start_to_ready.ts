/**
 * From the start of the process to /readyz, in an empty folder and again over what it left; resident memory after a while.
 * From source it is the source that starts, from the executable the executable. Time to be ready is the second start's.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Measured, MeasuredBench } from "./bench.ts";
import { percentile } from "./percentile.ts";

const IDLE_MS = 4_000;
const IDLE_MS_QUICK = 500;
const US_PER_MS = 1_000;

const bench: MeasuredBench = {
  name: "start.to_ready",
  unit: "us",
  baseline: "Bun.serve alone, to its first answer",
  async measure(quick: boolean): Promise<Measured> {
    const folder = mkdtempSync(join(tmpdir(), "meltica-start-"));
    try {
      const fresh = await start(folder, quick ? IDLE_MS_QUICK : IDLE_MS);
      const again: number[] = [];
      let residentMb = fresh.residentMb;
      for (let n = 0; n < (quick ? 1 : 9); n++) {
        const run = await start(folder, quick ? 0 : IDLE_MS_QUICK);
        again.push(run.readyMs);
        residentMb = Math.max(residentMb, run.residentMb);
      }
      const sorted = Float64Array.from(again, (ms) => ms * US_PER_MS).sort();
      return {
        value: percentile(sorted, 0.5),
        p50: percentile(sorted, 0.5),
        p99: percentile(sorted, 0.99),
        baselineValue: (await plainStart()) * US_PER_MS,
        figures: { firstStartMs: fresh.readyMs, residentMb, residentFreshMb: fresh.residentMb },
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Starts a gateway, asks until it is ready, waits, looks at its memory and kills it. */
async function start(folder: string, idleMs: number): Promise<{ readyMs: number; residentMb: number }> {
  const port = freePort();
  const begunMs = performance.now();
  const gateway = Bun.spawn([...self(), "up", "--json", "--port", String(port), "--data-dir", folder], {
    cwd: folder,
    stdout: "ignore",
    stderr: "ignore",
  });
  try {
    await answers(`http://127.0.0.1:${port}/readyz`);
    const readyMs = performance.now() - begunMs;
    await Bun.sleep(idleMs);
    const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1] ?? "0";
    return { readyMs, residentMb: Number(resident) / 1024 }; // number-ok: a size
  } finally {
    gateway.kill("SIGKILL");
    await gateway.exited;
  }
}

async function plainStart(): Promise<number> {
  const port = freePort();
  const begunMs = performance.now();
  const code = `Bun.serve({ port: ${port}, hostname: "127.0.0.1", fetch: () => new Response("ready") })`;
  const env = { ...process.env, BUN_BE_BUN: "1" };
  const server = Bun.spawn([process.execPath, "-e", code], { env, stdout: "ignore", stderr: "ignore" });
  await answers(`http://127.0.0.1:${port}/`);
  const readyMs = performance.now() - begunMs;
  server.kill("SIGKILL");
  await server.exited;
  return readyMs;
}

/** Until it answers 200; gives up after half a minute. */
async function answers(url: string): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (performance.now() < endMs) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) return;
    await Bun.sleep(1);
  }
  throw new Error(`no answer from ${url}`);
}

function self(): readonly string[] {
  return Bun.main.startsWith("/$bunfs") ? [process.execPath] : [process.execPath, Bun.main];
}

function freePort(): number {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", reusePort: false, fetch: () => new Response() });
  const { port = 0 } = probe;
  probe.stop(true);
  return port;
}

export default bench;
