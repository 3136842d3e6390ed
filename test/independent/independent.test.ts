/** Clients of others trade at the simulator: every client, one round. `npm run test:independent` does more of them. */

import { expect, test } from "bun:test";
import { equal, fits, refused } from "./check.ts";
import { Diary } from "./diary.ts";
import { failuresOf, tableOf, travelAll } from "./independent.ts";
import { JOURNEYS } from "./journeys.ts";

test("all independent clients do all their steps, and orders and fills come of it", async () => {
  const deeds = await travelAll(1);
  expect(failuresOf(deeds)).toEqual([]);
  expect(deeds.map(({ client, venue }) => `${client} ${venue}`)).toEqual(
    JOURNEYS.map(({ client, venue }) => `${client} ${venue}`),
  );
  for (const { client, steps, calls, messages, orders, fills } of deeds) {
    expect([client, steps.filter(({ outcome }) => outcome === "done").length > 3]).toEqual([client, true]);
    expect([client, calls > 10, messages > 20, orders > 3, fills > 1]).toEqual([client, true, true, true, true]);
  }
  expect(tableOf(deeds).split("\n")).toHaveLength(deeds.length + 1);
}, 60_000);

test("a step that fails is told with its reason, the next one runs; calls and messages are counted", async () => {
  const diary = new Diary();
  const client = diary.counting({
    ask: (what: string) =>
      what === "?" ? Promise.reject(new TypeError("no\n  such question")) : Promise.resolve(what),
    watch: () => Promise.resolve(1),
    limit: 7,
  });
  await diary.whole(async () => {
    await diary.step("good", async () => {
      equal(await client.ask("x"), "x");
      await client.watch();
    });
    await diary.step("refused", () => refused(client.ask("?"), "no such answer"));
    await diary.step("bad", async () => fits({ a: 1, list: [{ id: 1 }, { id: 2 }] }, { list: [{ id: 1 }] }));
    diary.skip("other", "cannot");
    throw { code: 7 };
  });
  expect(diary.steps.map(({ name, outcome, reason }) => [name, outcome, reason.slice(0, 40)])).toEqual([
    ["good", "done", ""],
    ["refused", "failed", "Error: refused otherwise: TypeError no such question".slice(0, 40)],
    ["bad", "failed", 'Error: answer: {"a":1,"list":[{"id":1},{'],
    ["other", "skipped", "cannot"],
    ["journey", "failed", '{"code":7}'],
  ]);
  expect([diary.calls, diary.streams]).toEqual([2, { watch: 1 }]);
  const deeds = { client: "c", version: "1", venue: "v", calls: 2, streams: {}, messages: 1, orders: 0, fills: 0 };
  expect(failuresOf([{ ...deeds, steps: diary.steps }])).toHaveLength(3);
});
