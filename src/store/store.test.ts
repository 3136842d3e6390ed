/** What the store promises, on SQLite and on a real PostgreSQL, over store_queries.ts and pnl_periods.ts: one suite over both. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "../core/prng.ts";
import { type Problem, ProblemError } from "../core/problem.ts";
import type { AnyRow } from "./columns.ts";
import { postgresAbsent, startPostgres, type TestPostgres } from "./postgres.testing.ts";
import { PostgresStore } from "./postgres_store.ts";
import { codeOf } from "./problem_code.testing.ts";
import { anyRow, change } from "./rows.testing.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { PROJECTION, type RowChange, type Store } from "./store.ts";
import { type Row, TABLE_NAMES, type TableName, tableOf } from "./tables.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-store-"));
const absent = postgresAbsent();
let server: TestPostgres | undefined;

beforeAll(async () => {
  if (absent === undefined) server = await startPostgres();
}, 60_000);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
const BACKENDS: readonly { readonly name: string; readonly skip: string | undefined; make(): Store }[] = [
  {
    name: "SQLite",
    skip: undefined,
    make: () => new SqliteStore({ file: join(folder, `${++files}.db`), busyTimeoutMs: 50 }),
  },
  {
    name: "PostgreSQL",
    skip: absent,
    make: () => new PostgresStore((server as TestPostgres).place(), () => server?.password),
  },
];

for (const { name, skip, make } of BACKENDS) {
  describe.skipIf(skip !== undefined)(`${name}${skip === undefined ? "" : `: ${skip}`}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = make();
      await store.prepare(1);
    });
    afterAll(() => store.close());

    test("any row of any table goes in and comes out as it was", async () => {
      const random = new Prng(11);
      for (const table of TABLE_NAMES) {
        if (table === "cursors") continue;
        const rows = Array.from({ length: 40 }, (_, n) => anyRow(table, n, random));
        await store.write(rows.map((row) => change(table, "put", row)));
        expect(sorted(table, await store.scan(table, 1_000))).toEqual(sorted(table, rows));
        await store.write(rows.map((row) => change(table, "delete", row)));
        expect(await store.scan(table, 1_000)).toEqual([]);
      }
    });

    test("a batch and its cursor are one; the same batch again changes nothing", async () => {
      const asset = (id: number, code: string) => change("assets", "put", { id, code, record: 1 });
      expect(await store.cursor(PROJECTION)).toBe(0);
      expect(await store.apply({ from: 1, to: 3, rows: [asset(1, "BTC"), asset(2, "ETH")] })).toBe("applied");
      expect(await store.apply({ from: 1, to: 3, rows: [asset(1, "other"), asset(9, "more")] })).toBe("skipped");
      expect(await store.cursor(PROJECTION)).toBe(3);
      expect((await store.scan("assets", 10)).map((row) => row.code)).toEqual(["BTC", "ETH"]);
    });

    test("a batch that leaves records out, or that begins behind the cursor, is refused whole", async () => {
      const rows = [change("assets", "put", { id: 7, code: "X", record: 1 })];
      for (const [from, to] of [
        [5, 6],
        [2, 4],
        [3, 9],
      ] as const) {
        const found = await problemOf(store.apply({ from, to, rows }));
        expect(found?.code).toBe("StoreGap");
        expect(found?.detail).toContain(`stands at record 3, the batch begins with ${from}`);
        expect(found?.hint).toContain("run `meltica store rebuild`");
        expect(found?.hint).toContain("give each its `database.schema`");
      }
      expect(await store.cursor(PROJECTION)).toBe(3);
      expect((await store.scan("assets", 10)).length).toBe(2);
    });

    test("a row that cannot be stored takes its batch with it, and nothing stays behind", async () => {
      const bad = change("assets", "put", { id: 1.5, code: "X", record: 1 });
      const good = change("assets", "put", { id: 8, code: "Y", record: 1 });
      expect(await codeOf(store.apply({ from: 4, to: 4, rows: [good, bad] }))).toBe("StoreRow");
      expect(await store.cursor(PROJECTION)).toBe(3);
      expect((await store.scan("assets", 10)).length).toBe(2);
    });

    test("put, add and delete of one key in one batch come to what they say in their order", async () => {
      const asset = (op: RowChange["op"], id: number, code: string) => change("assets", op, { id, code, record: 4 });
      const rows = [
        asset("put", 1, "BTC2"),
        asset("add", 1, "no"),
        asset("add", 2, "no"),
        asset("add", 3, "SOL"),
        asset("add", 3, "no"),
        asset("put", 4, "gone"),
        asset("delete", 4, ""),
        asset("delete", 2, ""),
        asset("add", 2, "ETH2"),
        asset("add", 5, "first"),
        asset("put", 5, "last"),
      ];
      await store.apply({ from: 4, to: 4, rows });
      expect((await store.scan("assets", 10)).map(({ id, code }) => `${id} ${code}`)).toEqual([
        "1 BTC2",
        "2 ETH2",
        "3 SOL",
        "5 last",
      ]);
    });

    test("a batch of thousands of rows", async () => {
      const random = new Prng(5);
      const events = Array.from({ length: 9_500 }, (_, n) => ({ ...anyRow("orderEvents", n, random), orderId: 77 }));
      await store.apply({ from: 5, to: 9_504, rows: events.map((row) => change("orderEvents", "add", row)) });
      let found = 0;
      let after: Row<"orderEvents"> | undefined;
      for (;;) {
        const page = await store.scan("orderEvents", 1_000, after);
        if (page.length === 0) break;
        expect(page).toEqual(events.slice(found, found + page.length) as unknown as typeof page);
        found += page.length;
        after = page.at(-1);
      }
      expect(found).toBe(9_500);
    });

    test("cursors of others stand for themselves; the projection's knows its journal; clear leaves what is beside", async () => {
      await store.moveCursor("outbox:hook", 12);
      expect(await store.source()).toBeUndefined();
      await store.setSource("journal-1");
      await store.setSource("journal-2"); // Who comes second finds out, and must not make it its own.
      expect([await store.source(), await store.cursor(PROJECTION)]).toEqual(["journal-1", 9_504]);
      await store.write([change("bars", "put", anyRow("bars", 1, new Prng(1)))]);
      await store.clear();
      expect(await store.source()).toBeUndefined();
      expect([await store.cursor("outbox:hook"), await store.cursor(PROJECTION)]).toEqual([12, 0]);
      expect((await store.scan("bars", 10)).length).toBe(1);
      expect(await store.scan("orderEvents", 10)).toEqual([]);
      await store.moveCursor("outbox:hook", 13);
      expect(await store.cursor("outbox:hook")).toBe(13);
    });

    test("text that no database takes as it is becomes text that both take", async () => {
      const row = { id: 1, code: "a\0b\ud800c", record: 1 };
      await store.write([change("assets", "put", row)]);
      expect((await store.scan("assets", 1))[0]?.code).toBe("a\ufffdb\ufffdc");
      await store.clear();
    });

    test("orders by filters and cursors: newest first, each once, as a plain filter finds them", async () => {
      const random = new Prng(3);
      const all = Array.from({ length: 300 }, (_, n) => ({
        ...(anyRow("orders", n, random) as unknown as Row<"orders">),
        account: n % 3,
        instrument: n % 5,
        instance: n % 2,
        terminal: n % 7 !== 0,
        createdUs: 1_000 + Math.floor(n / 2),
      }));
      await store.write(all.map((row) => change("orders", "put", row)));
      const asks = [
        {},
        { account: 1 },
        { instrument: 4, account: 2 },
        { instance: 0 },
        { state: "open" },
        { state: "ended", account: 0 },
        { state: "open", account: 1 },
        { fromUs: 1_010, toUs: 1_020 },
        { fromUs: 1_100 },
        { toUs: 1_003 },
        { fromUs: 9_999 },
        { toUs: 9_999, instance: 1 },
      ] as const;
      for (const ask of asks) {
        const wanted = all.filter((row) => fits(row, ask)).reverse();
        const got: Row<"orders">[] = [];
        let cursor: number | undefined;
        do {
          const page = await store.orders({ ...ask, limit: 7, cursor });
          got.push(...page.items);
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        expect(got.map((row) => row.id)).toEqual(wanted.map((row) => row.id));
        expect(got).toEqual(wanted);
      }
    });

    test("an order's timeline: its events and executions in the order of the records", async () => {
      const random = new Prng(4);
      const events = [3, 1, 2].map((n) => ({ ...anyRow("orderEvents", n, random), orderId: 5 }));
      const others = [1, 2].map((n) => ({ ...anyRow("orderEvents", n, random), orderId: 6 }));
      const fills = [2, 9].map((n) => ({ ...anyRow("executions", n, random), orderId: n === 2 ? 5 : 6 }));
      await store.write([
        ...[...events, ...others].map((row) => change("orderEvents", "add", row)),
        ...fills.map((row) => change("executions", "add", row)),
      ]);
      const found = await store.timeline(5);
      expect(found?.order).toEqual((await store.order(5)) as Row<"orders">);
      expect(found?.events.map((event) => event.record)).toEqual([1, 2, 3]);
      expect(found?.executions.map((fill) => fill.record)).toEqual([2]);
      expect(await store.timeline(5_000)).toBeUndefined();
      expect((await store.executions({ limit: 5 })).items.map((fill) => fill.record)).toEqual([9, 2]);
      expect((await store.executions({ limit: 5, order: 6 })).items.map((fill) => fill.record)).toEqual([9]);
    });

    test("positions of a day long ago; balances over time", async () => {
      const day = 86_400_000_000;
      const random = new Prng(6);
      const daily = [1, 2, 5].map((n) => ({
        ...(anyRow("positionsDaily", 0, random) as unknown as Row<"positionsDaily">),
        leg: "net",
        dayUs: n * day,
        qty: String(n),
      }));
      await store.write(daily.map((row) => change("positionsDaily", "put", row)));
      const { dayUs: _, ...position } = daily[2] as Row<"positionsDaily">;
      await store.write([change("positions", "put", position)]);
      const at = async (us: number) => (await store.positionsAt(us)).map((row) => row.qty);
      expect([await at(day - 1), await at(day), await at(4 * day), await at(9 * day)]).toEqual([
        [],
        ["1"],
        ["2"],
        ["5"],
      ]);
      expect(await store.positionsAt(9 * day, 12_345)).toEqual([]);
      const history = Array.from({ length: 20 }, (_, n) => ({
        account: n % 2,
        asset: "USDT",
        record: n,
        timeUs: 100 + n,
        change: "1",
        total: String(n + 1),
      }));
      await store.write(history.map((row) => change("balanceHistory", "add", row)));
      const ask = { account: 0, asset: "USDT", fromUs: 104, toUs: 114, limit: 3 };
      const first = await store.balanceHistory(ask);
      const second = await store.balanceHistory({ ...ask, cursor: first.next as number });
      expect([...first.items, ...second.items].map((row) => row.record)).toEqual([12, 10, 8, 6, 4]);
      expect(second.next).toBeNull();
    });

    test("profit by period is the difference of standings, exact, over pages", async () => {
      const minute = 60_000_000;
      const standing = (n: number, realizedPnl: string) => ({
        account: 1,
        instance: -1,
        asset: "USDT",
        periodUs: n * minute,
        equity: null,
        realizedPnl,
        unrealizedPnl: null,
        fees: "0.1",
        funding: "0",
        complete: true,
        record: n,
        timeUs: n,
      });
      const rows = [standing(1, "0.1"), standing(61, "0.3"), standing(62, "-0.000000000000000001"), standing(200, "5")];
      await store.write(rows.map((row) => change("pnlSnapshots", "put", row)));
      const ask = {
        account: 1,
        instance: -1,
        asset: "USDT",
        fromUs: 60 * minute,
        toUs: 600 * minute,
        stepUs: 60 * minute,
      };
      const page = await store.pnl({ ...ask, limit: 1 });
      expect(page.items).toEqual([
        { startUs: 60 * minute, realizedPnl: "-0.100000000000000001", fees: "0", funding: "0", equity: null },
      ]);
      const rest = await store.pnl({ ...ask, limit: 1, cursor: page.next as number });
      expect(rest.items.map((period) => [period.startUs / minute, period.realizedPnl])).toEqual([
        [180, "5.000000000000000001"],
      ]);
      expect(rest.next).toBeNull();
    });
  });
}

test("the file of the history is its owner's alone", async () => {
  const file = join(folder, "private.db");
  const store = new SqliteStore({ file, busyTimeoutMs: 50 });
  await store.prepare(1);
  for (const end of ["", "-wal"]) expect(statSync(`${file}${end}`).mode & 0o777).toBe(0o600);
  await store.close();
});

test("a file that is locked by another is away; one that is no database has failed", async () => {
  const file = join(folder, "locked.db");
  const store = new SqliteStore({ file, busyTimeoutMs: 20 });
  await store.prepare(1);
  const other = new SqliteStore({ file, busyTimeoutMs: 20 });
  const { database } = other.migrations;
  database.run("begin immediate");
  expect(await codeOf(store.apply({ from: 1, to: 1, rows: [] }))).toBe("StoreAway");
  database.run("rollback");
  expect(await store.apply({ from: 1, to: 1, rows: [] })).toBe("applied");
  await Promise.all([store.close(), other.close()]);
  await Bun.write(join(folder, "text.db"), "this is no database, ".repeat(100));
  expect(() => new SqliteStore({ file: join(folder, "text.db"), busyTimeoutMs: 20 })).toThrow("StoreFailed");
});

test("a schema that was never made is told as such", async () => {
  const store = new SqliteStore({ file: join(folder, "empty.db"), busyTimeoutMs: 20 });
  expect(await codeOf(store.orders({ limit: 1 }))).toBe("SchemaBehind");
  await store.close();
});

function fits(
  row: Row<"orders">,
  ask: { account?: number; instrument?: number; instance?: number; state?: string; fromUs?: number; toUs?: number },
): boolean {
  return (
    (ask.account ?? row.account) === row.account &&
    (ask.instrument ?? row.instrument) === row.instrument &&
    (ask.instance ?? row.instance) === row.instance &&
    (ask.state === undefined || (ask.state === "ended") === row.terminal) &&
    row.createdUs >= (ask.fromUs ?? 0) &&
    row.createdUs < (ask.toUs ?? Number.POSITIVE_INFINITY)
  );
}

function sorted(table: TableName, rows: readonly object[]): AnyRow[] {
  const key = (row: AnyRow) => JSON.stringify(tableOf(table).key.map((name) => row[name]));
  return (rows as AnyRow[]).toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function problemOf(promise: Promise<unknown>): Promise<Problem | undefined> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  return undefined;
}
