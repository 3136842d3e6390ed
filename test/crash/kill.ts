/** `npm run test:crash -- --seed N --kills 100`: the executable under load, killed at random moments, and checked. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SOURCE_COMMAND } from "../e2e/gateway_process.testing.ts";
import { CrashRun } from "./crash_run.ts";

const ROOT = join(import.meta.dir, "../..");
const EXECUTABLE = join(ROOT, "dist/meltica");
const USAGE = "usage: npm run test:crash -- [--seed N] [--kills N] [--source] [--verbose]\n";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: String(Math.floor(Date.now() / 1_000) % 1_000_000) },
      kills: { type: "string", default: "100" },
      source: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  const seed = wholeNumber(values.seed);
  const kills = wholeNumber(values.kills);
  if (seed === undefined || kills === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (!values.source && !existsSync(EXECUTABLE)) {
    const built = Bun.spawnSync(["sh", "config/dev/build.sh"], { cwd: ROOT, stdout: "ignore", stderr: "inherit" });
    if (!built.success) return 1;
  }
  const begunMs = performance.now();
  const command = values.source ? SOURCE_COMMAND : [EXECUTABLE];
  const version = Bun.spawnSync([...command, "version"])
    .stdout.toString()
    .trim()
    .replace(/\s+/g, " ");
  process.stdout.write(`seed ${seed}: ${kills} kills of ${command.join(" ")}: ${version}\n`);
  const run = new CrashRun({
    seed,
    kills,
    command,
    onKill: (text) => {
      if (values.verbose) process.stdout.write(`  ${text}\n`);
    },
  });
  const { breaks, ...figures } = await run.run();
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  for (const text of breaks) process.stdout.write(`  BREAK ${text}\n`);
  const seconds = Math.round((performance.now() - begunMs) / 1_000);
  const verdict = breaks.length === 0 ? "nothing lost, nothing twice" : `BROKEN, repeat with --seed ${seed}`;
  process.stdout.write(
    `${kills} kills in ${seconds} s, ${figures.orders} orders, ${figures.fills} fills: ${verdict}\n`,
  );
  return breaks.length === 0 ? 0 : 1;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number.parseInt(text, 10) : undefined;
}

process.exitCode = await main();
