/** `npm run test:live -- --minutes 10`: a desk with real orders at four simulated venues, for longer and with more kills. */

import { parseArgs } from "node:util";
import { liveSession, storyOf } from "./live_session.testing.ts";

const USAGE = "usage: npm run test:live -- [--minutes N] [--kills N] [--seed N]\n";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "2" },
      kills: { type: "string", default: "2" },
      seed: { type: "string", default: "1" },
    },
  });
  const [minutes, kills, seed] = [values.minutes, values.kills, values.seed].map(wholeNumber);
  if (minutes === undefined || kills === undefined || seed === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const result = await liveSession({ seed, seconds: minutes * 60, kills });
  process.stdout.write(storyOf(result));
  const wrong = [...result.differences, ...result.leaks.map((where) => `a key stands in ${where}`)];
  // After a kill nobody renews the switch of an instrument that has no orders any more: it runs out, and ends nothing.
  if (kills === 0 && result.countdownsFired > 0)
    wrong.push(`the dead-man switch fired ${result.countdownsFired} times`);
  process.stdout.write(wrong.length === 0 ? "equal to the venues\n" : `BROKEN, seed ${seed}:\n${wrong.join("\n")}\n`);
  return wrong.length === 0 ? 0 : 1;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number.parseInt(text, 10) : undefined;
}

process.exitCode = await main();
