/** Databases that are cut off in the middle: `kill -9` of the process that writes, of the server, and a server that is frozen. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batchOf, brokenBy } from "./crash_batches.testing.ts";
import { postgresAbsent, startPostgres, type TestPostgres } from "./postgres.testing.ts";
import { PostgresStore } from "./postgres_store.ts";
import { codeOf } from "./problem_code.testing.ts";
import { SqliteStore } from "./sqlite_store.ts";
import type { Store } from "./store.ts";

const KILLS = Number.parseInt(process.env["STORE_KILLS"] ?? "6", 10);
// One of our own: nobody kills the one of DATABASE_URL.
const absent = postgresAbsent({});

test("SQLite: the process that writes is killed; what stands is what the cursor says, and it goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "meltica-crash-"));
  const file = join(folder, "store.db");
  let before = 0;
  for (let n = 0; n < KILLS; n++) {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "crash_child.testing.ts"), file], {
      stderr: "inherit",
    });
    await child.stdout.getReader().read();
    await Bun.sleep(5 + n * 7);
    child.kill("SIGKILL");
    await child.exited;
    const store = new SqliteStore({ file, busyTimeoutMs: 1_000 });
    expect(await brokenBy(store)).toBeUndefined();
    const cursor = await store.cursor("projection");
    expect(cursor).toBeGreaterThanOrEqual(before);
    before = cursor;
    await store.close();
  }
  expect(before).toBeGreaterThan(0);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe.skipIf(absent !== undefined)(`PostgreSQL${absent === undefined ? "" : `: ${absent}`}`, () => {
  test("the server is killed, then frozen: away, then complete", async () => {
    const server = await startPostgres({});
    const timeouts = { connectTimeoutMs: 1_000, statementTimeoutMs: 500 };
    const store = new PostgresStore(server.place(timeouts), () => server.password);
    try {
      await store.prepare(1);
      for (let n = 0; n < Math.max(2, KILLS / 3); n++) {
        await project(store, 5);
        const fault = untilAway(store);
        await Bun.sleep(3 + n * 5);
        server.kill();
        expect(await fault).toBe("StoreAway");
        expect(await codeOf(store.orders({ limit: 1 }))).toBe("StoreAway");
        await server.restart();
        await again(store);
        expect(await brokenBy(store)).toBeUndefined();
      }
      await frozen(server, store);
    } finally {
      await store.close();
      await server.stop();
    }
  }, 60_000);
});

async function frozen(server: TestPostgres, store: Store): Promise<void> {
  await project(store, 1);
  server.freeze();
  const sinceMs = performance.now();
  expect(await codeOf(project(store, 1))).toBe("StoreAway");
  expect(performance.now() - sinceMs).toBeLessThan(10_000);
  server.thaw();
  await again(store);
  expect(await brokenBy(store)).toBeUndefined();
}

async function project(store: Store, batches: number): Promise<void> {
  for (let n = 0; n < batches; n++) await store.apply(batchOf((await store.cursor("projection")) + 1));
}

async function untilAway(store: Store): Promise<string> {
  for (;;) {
    const code = await codeOf(project(store, 1));
    if (code !== "Ok") return code;
  }
}

/** As the projection does: tries until it is there again. */
async function again(store: Store): Promise<void> {
  const untilMs = performance.now() + 15_000;
  while ((await codeOf(project(store, 1))) !== "Ok") {
    if (performance.now() > untilMs) throw new Error("it does not come back");
    await Bun.sleep(50);
  }
}
