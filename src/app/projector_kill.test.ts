/** The projector killed at any moment, and the history made anew: complete, nothing twice; store_rebuild.ts. KILLS=100 for more. */

import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Prng } from "../core/prng.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { postgresAbsent, startPostgres } from "../store/postgres.testing.ts";
import { PostgresStore } from "../store/postgres_store.ts";
import { isOfOrder } from "../store/projection.ts";
import { isAudited } from "../store/projection_control.ts";
import type { Store } from "../store/store.ts";
import { dumpStore, follow, journaled, NODE, projectorOf, SMALL, sqlite } from "./projector.testing.ts";
import { rebuildStore } from "./store_rebuild.ts";

const KILLS = Number.parseInt(process.env["KILLS"] ?? "6", 10);
const SEED = Number.parseInt(process.env["SEED"] ?? "77", 10);
const CHILD = join(import.meta.dir, "projector_child.testing.ts");
const STEPS_PER_KILL = 800;
/** Batches that are waited for before a kill, at most; 0: it comes while the projector begins. */
const BATCHES_MAX = 4;
/** And so long after that. */
const KILL_MS_MAX = 3;
const NAME = `kill -9 during projection, ${KILLS} times: no gap, nothing twice, rebuilt it is the same`;
const absent = postgresAbsent();

test(`sqlite: ${NAME}`, async () => {
  const session = sessionOf("sqlite");
  await killed(session, []);
  await compared(session, sqlite(session.dir));
}, 1_200_000);

test.skipIf(absent !== undefined)(
  `postgres: ${absent ?? NAME}`,
  async () => {
    const server = await startPostgres();
    try {
      const place = server.place();
      const session = sessionOf("postgres");
      await killed(session, [JSON.stringify({ ...place, password: server.password })]);
      await compared(session, new PostgresStore(place, () => server.password));
    } finally {
      await server.stop();
    }
  },
  1_200_000,
);

interface KilledSession {
  readonly name: string;
  readonly dir: string;
  readonly records: readonly TradingRecord[];
  readonly chance: Prng;
}

function sessionOf(name: string): KilledSession {
  return { name, ...journaled(SEED, Math.max(4_000, KILLS * STEPS_PER_KILL)) };
}

/** Until it has been killed so often and has then come to the end. */
async function killed({ name, dir, records, chance }: KilledSession, words: readonly string[]): Promise<void> {
  let [kills, within] = [0, 0];
  for (;;) {
    const child = Bun.spawn([process.execPath, CHILD, dir, String(records.length), ...words], {
      stdout: "pipe",
      stderr: "inherit",
    });
    if (kills === KILLS) {
      expect(await child.exited).toBe(0);
      break;
    }
    const batches = chance.nextBelow(BATCHES_MAX + 1);
    await linesOf(child.stdout, 1 + batches);
    await Bun.sleep(batches === 0 ? chance.nextBelow(200) : chance.nextBelow(KILL_MS_MAX + 1));
    // Of a session that is over before it was killed so often nothing is shown.
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await child.exited;
    kills++;
    if (batches > 0) within++;
  }
  process.stdout.write(
    `  ${name}, seed ${SEED}: ${kills} kills, ${within} between batches; ${records.length} records\n`,
  );
}

/** Until so many have come. */
async function linesOf(stream: ReadableStream<Uint8Array>, count: number): Promise<void> {
  const reader = stream.getReader();
  for (let lines = 0; lines < count; ) {
    const { value, done } = await reader.read();
    if (done) return;
    lines += value.filter((byte) => byte === 10).length;
  }
}

async function compared({ dir, records }: KilledSession, store: Store): Promise<void> {
  await follow(projectorOf(store, dir), records.length);

  // Record by record against the journal.
  const found = await dumpStore(store);
  const numbers = (table: "orderEvents" | "executions" | "controlAudit") =>
    (found[table] ?? []).map(({ record }) => record as number).sort((a, b) => a - b);
  const of = (fits: (record: TradingRecord) => boolean) => records.filter(fits).map(({ record }) => record);
  expect(numbers("orderEvents")).toEqual(of(isOfOrder));
  expect(numbers("executions")).toEqual(of(({ kind }) => kind === RecordKind.OrderFilled));
  expect(numbers("controlAudit")).toEqual(of(({ kind }) => isAudited(kind)));

  let last = 0;
  const onProgress = (record: number) => {
    last = record;
  };
  const rebuilt = await rebuildStore({
    ...{ store, journalDir: join(dir, "journal"), limits: SMALL, node: NODE, source: "test", onProblem: () => {} },
    ...{ nowMs: () => performance.now(), nowUs: () => 1, onProgress },
  });
  expect(rebuilt.records).toBe(records.length);
  expect(last).toBe(records.length);
  expect(await dumpStore(store)).toEqual(found);
  await store.close();
}
