/** The projector killed at any moment, and the history made anew: complete, nothing twice; store_rebuild.ts. KILLS=100 for more. */

import { expect, test } from "bun:test";
import { join } from "node:path";
import { Prng } from "../core/prng.ts";
import { RecordKind } from "../model/record.ts";
import { isOfOrder } from "../store/projection.ts";
import { isAudited } from "../store/projection_control.ts";
import {
  dumpStore,
  follow,
  NODE,
  projectorOf,
  randomSession,
  SMALL,
  sqlite,
  tempDir,
  writeJournal,
} from "./projector.testing.ts";
import { rebuildStore } from "./store_rebuild.ts";

const KILLS = Number.parseInt(process.env["KILLS"] ?? "6", 10);
const CHILD = join(import.meta.dir, "projector_child.testing.ts");

test(`kill -9 during projection, ${KILLS} times: no gap, nothing twice, rebuilt it is the same`, async () => {
  const seed = Number.parseInt(process.env["SEED"] ?? "77", 10);
  const chance = new Prng(seed);
  const dir = tempDir();
  const { records } = randomSession(seed, Math.max(4_000, KILLS * 150));
  const journalDir = join(dir, "journal");
  writeJournal(journalDir, records, chance, 20);
  let kills = 0;
  for (let hasEnded = false; !hasEnded; ) {
    const child = Bun.spawn([process.execPath, CHILD, dir, String(records.length)], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const reader = child.stdout.getReader();
    await reader.read();
    if (kills < KILLS) {
      await Bun.sleep(chance.nextBelow(60));
      hasEnded = child.exitCode !== null;
      if (!hasEnded) kills++;
      child.kill("SIGKILL");
    }
    const code = await child.exited;
    if (kills >= KILLS && code === 0) hasEnded = true;
  }
  process.stdout.write(`  seed ${seed}: ${kills} kills, ${records.length} records\n`);
  const store = sqlite(dir);
  await follow(projectorOf(store, dir), records.length);

  // Record by record against the journal.
  const numbers = async (table: "orderEvents" | "executions" | "controlAudit") =>
    (await store.scan(table, 1_000_000)).map(({ record }) => record).sort((a, b) => a - b);
  const of = (fits: (record: (typeof records)[number]) => boolean) => records.filter(fits).map(({ record }) => record);
  expect(await numbers("orderEvents")).toEqual(of(isOfOrder));
  expect(await numbers("executions")).toEqual(of(({ kind }) => kind === RecordKind.OrderFilled));
  expect(await numbers("controlAudit")).toEqual(of(({ kind }) => isAudited(kind)));

  const incremental = await dumpStore(store);
  let last = 0;
  const onProgress = (record: number) => {
    last = record;
  };
  const rebuilt = await rebuildStore({
    ...{ store, journalDir, limits: SMALL, node: NODE, source: "test", onProblem: () => {} },
    ...{ nowMs: () => performance.now(), nowUs: () => 1, onProgress },
  });
  expect(rebuilt.records).toBe(records.length);
  expect(last).toBe(records.length);
  expect(await dumpStore(store)).toEqual(incremental);
  await store.close();
}, 600_000);
