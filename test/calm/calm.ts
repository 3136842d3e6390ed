/** `npm run test:calm -- --venue binance-usdm --sessions 50`: short sessions under faults and kills, until one does not come to rest. */

import { parseArgs } from "node:util";
import { calmSession } from "./calm_session.testing.ts";
import { VENUES } from "./calm_venues.testing.ts";

const USAGE = `usage: npm run test:calm -- [--venue NAME] [--sessions N] [--seed N] [--steps N] [--calm MS]
venues: ${VENUES.map(({ name }) => name).join(", ")}; all when none is named\n`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      venue: { type: "string", default: "" },
      sessions: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      steps: { type: "string", default: "200" },
      calm: { type: "string", default: "10000" },
    },
  });
  const { seed, calm } = values;
  const [sessions, first, steps, calmMs] = [values.sessions, seed, values.steps, calm].map(wholeNumber);
  const venues = VENUES.filter(({ name }) => values.venue === "" || name === values.venue);
  const isUnread = sessions === undefined || first === undefined || steps === undefined || calmMs === undefined;
  if (isUnread || venues.length === 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  let broken = 0;
  for (const venue of venues) {
    for (let seed = first; seed < first + sessions; seed++) {
      const story = await calmSession(venue, { seed, steps, calmMs });
      process.stdout.write(`${venue.name} seed ${seed}: ${JSON.stringify(story)}\n`);
      if (story.wrong.length > 0) broken++;
    }
  }
  process.stdout.write(broken === 0 ? "all came to rest\n" : `BROKEN: ${broken}\n`);
  return broken === 0 ? 0 : 1;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number.parseInt(text, 10) : undefined;
}

process.exitCode = await main();
