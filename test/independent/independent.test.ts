/** Clients of others trade at the simulator: every client, one round. `npm run test:independent` does more of them. */

import { expect, test } from "bun:test";
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
