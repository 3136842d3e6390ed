/** Runs the journeys in a process of its own, which trusts the simulator's certificate; tells its parent what was done. */

import manifest from "../../package.json";
import { type Deeds, Diary } from "./diary.ts";
import { JOURNEYS, type Journey } from "./journeys.ts";
import { Stage } from "./stage.ts";

const VERSIONS: Readonly<Record<string, string>> = manifest.devDependencies;

if (import.meta.main) {
  const [folder = "", seed = "1", wanted = ""] = process.argv.slice(2);
  const journeys = JOURNEYS.filter(({ client, venue }) => `${client} ${venue}`.includes(wanted));
  const accounts = journeys.map(({ account }) => account);
  const stage = await Stage.open(accounts, Number(seed), folder); // number-ok: a seed
  const deeds = await Promise.all(journeys.map((journey) => travel(stage, journey)));
  await stage.simulator.stop();
  // The parent ends this process then: timers of the clients would keep it for a day.
  process.send?.(deeds);
}

async function travel(stage: Stage, journey: Journey): Promise<Deeds> {
  const { client, venue, account, run } = journey;
  const diary = new Diary();
  await diary.whole(() => run(stage, diary));
  const { steps, streams, calls } = diary;
  const messages = Object.values(streams).reduce((sum, each) => sum + each, 0);
  return { client, version: VERSIONS[client] ?? "", venue, calls, streams, messages, ...stage.counts(account), steps };
}
