/** `npm run test:snapshots -- --seed N --cuts 1000`: one recorded hour, replayed, and cut at random records. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Prng } from "../../src/core/prng.ts";
import { cutSession, recordMarket, runSession } from "./recorded_session.ts";

const USAGE = "usage: npm run test:snapshots -- [--seed N] [--cuts N] [--seconds N]\n";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      cuts: { type: "string", default: "1000" },
      seconds: { type: "string", default: "3600" },
    },
  });
  const [seed, cuts, seconds] = [values.seed, values.cuts, values.seconds].map(wholeNumber);
  if (seed === undefined || cuts === undefined || seconds === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const dir = mkdtempSync(join(tmpdir(), "meltica-session-"));
  try {
    const file = join(dir, "market.jsonl");
    const begunMs = performance.now();
    const frames = recordMarket(file, seconds, seed);
    process.stdout.write(`seed ${seed}: ${frames} frames of ${seconds} s recorded in ${since(begunMs)} s\n`);
    const { journal, replaysEqual, ...session } = await runSession(file);
    process.stdout.write(`${JSON.stringify(session)}: replay ${replaysEqual ? "equal" : "DIFFERS"}\n`);
    const { breaks, ...figures } = cutSession(journal, cuts, new Prng(seed));
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    for (const text of breaks) process.stdout.write(`  BREAK ${text}\n`);
    const isGood = breaks.length === 0 && replaysEqual;
    const verdict = isGood ? "the same state from every cut" : `BROKEN, repeat with --seed ${seed}`;
    process.stdout.write(`${figures.cuts} cuts in ${since(begunMs)} s: ${verdict}\n`);
    return isGood ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function since(begunMs: number): number {
  return Math.round((performance.now() - begunMs) / 100) / 10;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number.parseInt(text, 10) : undefined;
}

process.exitCode = await main();
