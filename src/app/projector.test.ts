/** The projector over real files and a real SQLite: resumed, restarted, locked out, from snapshots; projector.ts, record_source.ts. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Prng } from "../core/prng.ts";
import { type Problem, ProblemError } from "../core/problem.ts";
import { DurableState } from "../engine/durable.ts";
import { RecordCursor } from "../journal/record_cursor.ts";
import type { TradingRecord } from "../model/record.ts";
import { TradingRing } from "../ring/trading_ring.ts";
import type { AnyRow } from "../store/columns.ts";
import { Projection } from "../store/projection.ts";
import { PROJECTION } from "../store/store.ts";
import { PlainTables } from "../store/tables.testing.ts";
import { type Row, type TableName, tableOf } from "../store/tables.ts";
import {
  dropBefore,
  dumpStore,
  follow,
  journaled,
  NODE,
  projectorOf,
  randomSession,
  SMALL,
  sqlite,
  tempDir,
  writeJournal,
} from "./projector.testing.ts";
import { takeSnapshot } from "./take_snapshot.ts";

/** What the tables must come to: all records in one go, in memory. */
function expected(records: readonly TradingRecord[]): Record<string, AnyRow[]> {
  const projection = new Projection(new DurableState(SMALL), NODE);
  for (const record of records) projection.take(record);
  const tables = new PlainTables();
  tables.apply(projection.drain().rows);
  const dump = tables.dump();
  for (const [name, rows] of Object.entries(dump)) rows.sort(byKey(name as TableName));
  delete dump["cursors"];
  return dump;
}

function byKey(name: TableName): (a: AnyRow, b: AnyRow) => number {
  const { key } = tableOf(name);
  return (a, b) => {
    for (const column of key) {
      const [x, y] = [a[column] as number | string, b[column] as number | string];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  };
}

describe("Projector", () => {
  test("resumed again and again, the store holds what all records in one go come to", async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const { dir, records, chance } = journaled(seed, 1_500);
      for (let at = 0; at < records.length; ) {
        const store = sqlite(dir);
        const projector = projectorOf(store, dir, { batchRecords: 1 + chance.nextBelow(200) });
        const until = Math.min(records.length, at + 1 + chance.nextBelow(700));
        // Journal batches are whole: the durable record is always the end of one, here it may lie within.
        for (let n = 0; n < 5 && projector.figures.record < until; n++) await projector.step(records.length);
        at = await store.cursor(PROJECTION);
        expect(projector.figures.record).toBe(at);
        await store.close();
        if (chance.nextBelow(3) === 0) {
          takeSnapshot({
            ...{
              journalDir: join(dir, "journal"),
              limits: SMALL,
              version: "t",
              durableRecord: records.length,
              nowUs: 1,
            },
            retention: { archiveDays: 0, archiveMiB: 0 } as never,
          });
        }
      }
      const store = sqlite(dir);
      expect(await dumpStore(store)).toEqual(expected(records));
      await store.close();
    }
  });

  test("a ring that is near is read, one that has lapped is caught up from the files", async () => {
    const dir = tempDir();
    const { records } = randomSession(9, 1_200);
    const buffer = new SharedArrayBuffer(TradingRing.bytes(1 << 16));
    const limits = { ...SMALL, tradingRingBytes: 1 << 16 };
    const ring = new TradingRing(buffer, limits);
    const cursors = new Int32Array(buffer, 0, 48);
    const store = sqlite(dir);
    const projector = projectorOf(store, dir, { limits });
    projector.follow(buffer);
    const chance = new Prng(9);
    for (let at = 0; at < records.length; ) {
      const until = Math.min(records.length, at + 1 + chance.nextBelow(chance.nextBelow(24) === 0 ? 900 : 20));
      const part = records.slice(at, until);
      writeJournal(join(dir, "journal"), part, chance, 20);
      for (const record of part) {
        if (!ring.append(record)) throw new Error("full");
        Atomics.store(cursors, 32, Atomics.load(cursors, 16)); // As if the journal had it: the writer is free.
      }
      at = until;
      await follow(projector, at);
    }
    const { fromFiles, lapped } = projector.figures;
    expect(lapped).toBeGreaterThan(0);
    expect(fromFiles).toBeGreaterThan(0);
    expect(fromFiles).toBeLessThan(records.length);
    expect(await dumpStore(store)).toEqual(expected(records));
    await store.close();
  });

  test("a locked database is waited for, told, and nothing is lost or twice", async () => {
    const { dir, records } = journaled(4, 600);
    const store = sqlite(dir);
    const told: string[] = [];
    const projector = projectorOf(store, dir, { batchRecords: 50, onProblem: ({ code }) => void told.push(code) });
    await projector.step(records.length);
    const other = new Database(join(dir, "store.sqlite"));
    other.run("begin immediate");
    await projector.step(records.length);
    const { record, awaySinceMs } = projector.figures;
    expect(told).toEqual(["StoreAway"]);
    expect(awaySinceMs).toBeGreaterThan(0);
    expect(await projector.step(records.length)).toBeGreaterThan(0);
    expect(projector.figures.record).toBe(record);
    other.run("rollback");
    other.close();
    await follow(projector, records.length);
    expect(projector.figures.problem).toBeUndefined();
    expect(await dumpStore(store)).toEqual(expected(records));
    await store.close();
  });

  test("a lag is told when it has lasted a minute, not when the store is tried again; and once", async () => {
    const { dir, records } = journaled(8, 2_600);
    expect(records.length).toBeGreaterThan(1_100);
    const store = sqlite(dir, 1);
    let nowMs = 1_000;
    const told: string[] = [];
    const onProblem = ({ code }: { code: string }) => void (code === "StoreAway" || told.push(`${code} ${nowMs}`));
    const projector = projectorOf(store, dir, { nowMs: () => nowMs, onProblem, batchRecords: 10 });
    await projector.step(10);
    const other = new Database(join(dir, "store.sqlite"));
    other.run("begin immediate");
    for (; nowMs < 80_000; nowMs += 1_000) await projector.step(records.length);
    expect(told).toEqual(["ProjectionBehind 61000"]);
    other.run("rollback");
    other.close();
    for (; projector.figures.record < records.length; nowMs += 1_000) await projector.step(records.length);
    expect(told.length).toBe(1);
    await store.close();
  });

  test("a store that came back without its last batches is not waited for as one that is away", async () => {
    const { dir, records } = journaled(6, 600);
    const store = sqlite(dir, 1);
    let nowMs = 1_000;
    const projector = projectorOf(store, dir, { nowMs: () => nowMs, batchRecords: 50 });
    await projector.step(records.length);
    const apply = store.apply.bind(store);
    store.apply = async () => "applied"; // Until a crash of the server takes it, not written yet.
    await projector.step(records.length);
    store.apply = apply;
    const other = new Database(join(dir, "store.sqlite"));
    other.run("begin immediate");
    for (; nowMs < 60_000; nowMs += 1_000) await projector.step(records.length);
    other.run("rollback");
    other.close();
    let waitMs = 0;
    for (; projector.problem?.code !== "StoreGap"; nowMs += waitMs) waitMs = await projector.step(records.length);
    expect(waitMs).toBeLessThan(200);
    for (; projector.figures.record < records.length; nowMs += 200) await projector.step(records.length);
    expect(await dumpStore(store)).toEqual(expected(records));
    await store.close();
  });

  test("where retention has dropped the beginning, the history begins at a snapshot, and says so", async () => {
    const dir = tempDir();
    const journalDir = join(dir, "journal");
    const { records } = randomSession(12, 2_400);
    const chance = new Prng(12);
    const retention = { archiveDays: 0, archiveMiB: 0 } as never;
    const snapshot = (durableRecord: number) =>
      takeSnapshot({ ...{ journalDir, limits: SMALL, version: "t", durableRecord, nowUs: 1 }, retention });
    const cut = [800, 1_600, records.length];
    cut.forEach((until, n) => {
      writeJournal(journalDir, records.slice(cut[n - 1] ?? 0, until), chance, 20);
      if (n < 2) snapshot(until);
    });
    const before = new RecordCursor(journalDir).firstRecord();
    expect(before).toBe(1);
    // As retention does it: the floor says what stood before, then the files go.
    dropBefore(journalDir, 700);
    expect(new RecordCursor(journalDir).firstRecord()).toBeGreaterThan(1);
    const store = sqlite(dir);
    const told: string[] = [];
    const projector = projectorOf(store, dir, { onProblem: ({ code, detail }) => void told.push(`${code} ${detail}`) });
    await follow(projector, records.length);
    expect(told).toEqual(["JournalDropped records 1 to 800 are not in the history"]);
    const all = expected(records);
    const found = await dumpStore(store);
    for (const table of ["accounts", "instruments", "assets"] as const) {
      expect(found[table]?.map(({ id, name, code }) => [id, name, code])).toEqual(
        all[table]?.map(({ id, name, code }) => [id, name, code]),
      );
    }
    for (const table of ["orderEvents", "executions", "controlAudit"] as const) {
      expect(found[table]).toEqual(all[table]?.filter(({ record }) => (record as number) > 800));
    }
    expect(found["balances"]?.map(({ total }) => total)).toEqual(all["balances"]?.map(({ total }) => total));
    expect(found["positions"]?.map(({ qty, realizedPnl }) => [qty, realizedPnl])).toEqual(
      all["positions"]?.map(({ qty, realizedPnl }) => [qty, realizedPnl]),
    );
    await store.close();
  });

  test("to begin again it reads the rows of what lives, not all that came since", async () => {
    const { records } = randomSession(16, 600);
    const dir = tempDir();
    writeJournal(join(dir, "journal"), records, new Prng(16), 20);
    const store = sqlite(dir);
    await follow(projectorOf(store, dir), records.length);
    const [order] = await store.scan("orders", 1);
    const later = Array.from({ length: 3_000 }, (_, n) => ({ ...(order as Row<"orders">), id: 10_000 + n }));
    await store.write(later.map((row) => ({ table: "orders", op: "put", row }) as const));
    let read = 0;
    const scan = store.scan.bind(store);
    store.scan = async (table, limit, after) => {
      const rows = await scan(table, limit, after);
      if (table === "orders") read += rows.length;
      return rows;
    };
    await projectorOf(store, dir).step(records.length);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(1_000);
    await store.close();
  });

  test("a cursor that stands inside a batch of the journal is gone on from", async () => {
    const { records } = randomSession(14, 300);
    for (let at = 101; at <= 104; at++) {
      const dir = tempDir();
      writeJournal(join(dir, "journal"), records.slice(0, 60), new Prng(14), 20);
      // One batch from 61 to 110.
      writeJournal(join(dir, "journal"), records.slice(60, 110), { nextBelow: () => 49 } as unknown as Prng, 50);
      writeJournal(join(dir, "journal"), records.slice(110), new Prng(14), 20);
      const store = sqlite(dir);
      await store.prepare(1);
      await store.setSource("test");
      const projection = new Projection(new DurableState(SMALL), NODE);
      for (const record of records.slice(0, at)) projection.take(record);
      await store.apply({ from: 1, to: at, rows: projection.drain().rows });
      await follow(projectorOf(store, dir), records.length);
      expect(await dumpStore(store)).toEqual(expected(records));
      await store.close();
    }
  }, 10_000);

  test("a cursor inside a batch that is not whole is refused with the cure, and not waited for without end", async () => {
    const { records } = randomSession(14, 300);
    const dir = tempDir();
    writeJournal(join(dir, "journal"), records, { nextBelow: () => 49 } as unknown as Prng, 50);
    const store = sqlite(dir);
    await store.prepare(1);
    await store.setSource("test");
    await store.apply({ from: 1, to: 70, rows: [] });
    const found = await problemOf(projectorOf(store, dir).step(80));
    expect(found?.code).toBe("StoreAhead");
    expect(found?.hint).toContain("meltica store rebuild");
    await store.close();
  }, 10_000);

  test("a store of another journal, or beyond this one's end, is refused", async () => {
    const { dir, records } = journaled(5, 300);
    const store = sqlite(dir);
    await follow(projectorOf(store, dir), records.length);
    const codeOf = async (work: Promise<unknown>) => (await problemOf(work))?.code;
    expect(await codeOf(projectorOf(store, dir, { source: "another" }).step(records.length))).toBe("StoreAhead");
    expect(await codeOf(projectorOf(store, dir).step(records.length - 50))).toBe("StoreAhead");
    await store.close();
  });

  test("two that begin on an empty store at one time: one has it, the other is refused", async () => {
    const [one, two] = [journaled(5, 300), journaled(6, 300)];
    const store = sqlite(one.dir);
    const begun = [one, two].map(({ dir, records }, n) =>
      problemOf(projectorOf(store, dir, { source: `journal-${n}` }).step(records.length)),
    );
    const codes = (await Promise.all(begun)).map((found) => found?.code);
    expect(codes.sort()).toEqual(["StoreAhead", undefined]);
    await store.close();
  });
});

async function problemOf(work: Promise<unknown>): Promise<Problem | undefined> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  return undefined;
}
