/**
 * No question reads a whole table, on either database: store_queries.ts. Rows are skewed as in life: an account that is
 * silent since long ago, filters that never met, an instance with a market that it never traded.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SQL, sql } from "drizzle-orm";
import { Prng } from "../core/prng.ts";
import type { AnyRow } from "./columns.ts";
import { postgresAbsent, startPostgres, type TestPostgres } from "./postgres.testing.ts";
import { PostgresStore } from "./postgres_store.ts";
import { anyRow, change } from "./rows.testing.ts";
import { SqliteStore } from "./sqlite_store.ts";
import type { ExecutionAsk, OrderAsk, Store } from "./store.ts";
import type { RawRow } from "./store_queries.ts";
import type { TableName } from "./tables.ts";

const ROWS = 6_000;
const LIMIT = 10;
/** Entries of indexes and rows that a question for ten rows may look at. */
const LOOKED_AT_MAX = 200;

/** Tells of each question what it looks at. */
interface Explained extends Store {
  readonly plans: string[];
}

class ExplainedSqlite extends SqliteStore implements Explained {
  readonly plans: string[] = [];

  protected override async select(query: SQL): Promise<readonly RawRow[]> {
    const steps = await super.select(sql`explain query plan ${query}`);
    this.plans.push(steps.map((step) => step["detail"]).join("; "));
    return super.select(query);
  }
}

/** Of PostgreSQL, what it did look at: its planner has a choice. */
class ExplainedPostgres extends PostgresStore implements Explained {
  readonly plans: string[] = [];

  protected override async select(query: SQL): Promise<readonly RawRow[]> {
    const steps = await super.select(sql`explain (analyze, costs off, timing off, summary off) ${query}`);
    this.plans.push(steps.map((step) => step["QUERY PLAN"]).join("\n"));
    return super.select(query);
  }

  async analyze(): Promise<void> {
    await super.select(sql`analyze orders, executions, balance_history, pnl_snapshots, positions, positions_daily`);
  }
}

const folder = mkdtempSync(join(tmpdir(), "meltica-plans-"));
const absent = postgresAbsent();
let server: TestPostgres | undefined;
beforeAll(async () => {
  if (absent === undefined) server = await startPostgres();
}, 60_000);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const ORDERS: readonly Omit<OrderAsk, "limit">[] = [
  {},
  { cursor: 3_000 },
  { account: 1 },
  { account: 3 },
  { account: 1, cursor: 3_000 },
  { instrument: 1 },
  { instance: 1 },
  { instance: 0 },
  { account: 0, instrument: 1 },
  { account: 0, instance: 1 },
  { instrument: 0, instance: 3 },
  { account: 1, instrument: 1, instance: 2 },
  { account: 1, instrument: 1, instance: 1, cursor: 4_000 },
  { state: "open" },
  { state: "open", account: 1, instrument: 2 },
  { state: "ended" },
  { state: "ended", account: 1 },
  { state: "ended", account: 3 },
  { state: "ended", account: 0, instrument: 1 },
  { fromUs: 3_000_000, toUs: 3_001_000 },
  { fromUs: 3_000_000, toUs: 3_500_000, account: 3 },
  { toUs: 3_500_000, account: 0, instrument: 1 },
  { fromUs: 9_000_000, account: 1 },
];

const EXECUTIONS: readonly Omit<ExecutionAsk, "limit">[] = [
  { order: 1_000 },
  { order: 1_000, account: 1, instrument: 1, instance: 1 },
  ...ORDERS.filter(({ state }) => state === undefined),
];

const BACKENDS: readonly { readonly name: string; readonly skip: string | undefined; make(): Explained }[] = [
  {
    name: "SQLite",
    skip: undefined,
    make: () => new ExplainedSqlite({ file: join(folder, "store.db"), busyTimeoutMs: 50 }),
  },
  {
    name: "PostgreSQL",
    skip: absent,
    make: () => new ExplainedPostgres((server as TestPostgres).place(), () => server?.password),
  },
];

for (const { name, skip, make } of BACKENDS) {
  describe.skipIf(skip !== undefined)(`${name}${skip === undefined ? "" : `: ${skip}`}`, () => {
    let store: Explained;
    beforeAll(async () => {
      store = make();
      await store.prepare(1);
      await fill(store);
      // As its own servant does after a while; without it there is nothing to be wrong about.
      if (store instanceof ExplainedPostgres) await store.analyze();
    }, 60_000);
    afterAll(() => store.close());

    const asked = async (ask: () => Promise<unknown>) => {
      store.plans.length = 0;
      await ask();
      for (const plan of store.plans) {
        const found = name === "SQLite" ? isWhole(plan) || isUnbound(plan) : lookedAt(plan) > LOOKED_AT_MAX;
        if (found) throw new Error(plan);
      }
      expect(store.plans.length).toBeGreaterThan(0);
    };

    test.each(ORDERS.map((ask) => [ask] as const))("orders %j", (ask) =>
      asked(() => store.orders({ ...ask, limit: LIMIT })),
    );
    test.each(EXECUTIONS.map((ask) => [ask] as const))("executions %j", (ask) =>
      asked(() => store.executions({ ...ask, limit: LIMIT })),
    );
    const onSqlite = name === "SQLite" ? test : () => {};
    onSqlite("filters that never met are an index's first columns, and the cursor its last", async () => {
      const plan = async (ask: Omit<OrderAsk, "limit">) => {
        await store.orders({ ...ask, limit: LIMIT });
        return store.plans.at(-1) ?? "";
      };
      const three = { account: 1, instrument: 1, instance: 1 };
      expect(await plan({ account: 0, instrument: 1 })).toContain("(account=? AND instrument=? AND id>? AND id<?)");
      expect(await plan({ account: 0, instance: 1 })).toContain("(account=? AND instance=? AND id>? AND id<?)");
      expect(await plan({ instrument: 0, instance: 1 })).toContain("(instrument=? AND instance=? AND id>? AND id<?)");
      expect(await plan(three)).toContain("(account=? AND instrument=? AND instance=? AND id>? AND id<?)");
      expect(await plan({ state: "open", account: 1 })).toContain("(terminal=? AND id>? AND id<?)");
    });

    test("the timeline of an order", () => asked(() => store.timeline(1_000)));
    test("balances over time", async () => {
      const of = { account: 1, asset: "USDT", limit: LIMIT };
      await asked(() => store.balanceHistory(of));
      await asked(() => store.balanceHistory({ ...of, cursor: 3_000 }));
      await asked(() => store.balanceHistory({ ...of, fromUs: 3_000_000, toUs: 3_100_000 }));
      await asked(() => store.balanceHistory({ ...of, asset: "none", fromUs: 3_000_000, toUs: 3_100_000 }));
    });
    test("positions of a day long ago, of each the last day only", async () => {
      await asked(() => store.positionsAt(500 * DAY_US, 1));
      await asked(() => store.positionsAt(500 * DAY_US));
    });
    test("profit of short periods in a long time: those of the page only", async () => {
      const of = { account: 1, instance: -1, asset: "USDT", fromUs: 0, toUs: ROWS * MINUTE_US };
      await asked(() => store.pnl({ ...of, stepUs: MINUTE_US, limit: LIMIT }));
      await asked(() => store.pnl({ ...of, stepUs: 1_000 * MINUTE_US, limit: 3 }));
      await asked(() => store.pnl({ ...of, stepUs: MINUTE_US, limit: LIMIT, cursor: 5_000 * MINUTE_US }));
    });
    test("a table by its key", () =>
      asked(() => store.scan("balanceHistory", LIMIT, { account: 1, asset: "USDT", record: 3_000 })));
  });
}

const DAY_US = 86_400_000_000;
const MINUTE_US = 60_000_000;

async function fill(store: Store): Promise<void> {
  const random = new Prng(1);
  const write = async (table: TableName, count: number, row: (n: number) => AnyRow) => {
    const rows = Array.from({ length: count }, (_, n) => ({ ...anyRow(table, n, random), ...row(n) }));
    await store.write(rows.map((one) => change(table, "put", one)));
  };
  const whose = (n: number) => ({
    // Account 3 has traded in the beginning only; 0 even instruments alone; instance 2 has never traded instrument 1.
    ...(n < 500 ? { account: 3, instrument: 0, instance: 3 } : { account: n % 2, instrument: n % 4, instance: n % 2 }),
    ...(n % 10 === 3 && n > 500 ? { account: 1, instrument: 2, instance: 2 } : {}),
    ...(n > 500 && n < 530 ? { account: 1, instrument: 1, instance: 1 } : {}),
  });
  await write("orders", ROWS, (n) => ({ ...whose(n), createdUs: n * 1_000, terminal: n % 1_000 !== 7 }));
  await write("executions", ROWS, (n) => ({ ...whose(n), timeUs: n * 1_000, orderId: n }));
  await write("orderEvents", 20, (n) => ({ orderId: 1_000, record: n }));
  const cash = (n: number) => ({ account: 1, asset: "USDT", record: n, timeUs: n * 1_000 });
  await write("balanceHistory", ROWS, cash);
  await write("pnlSnapshots", ROWS, (n) => ({ ...cash(n), instance: -1, periodUs: n * MINUTE_US }));
  await write("positions", 3, (n) => ({ account: 1, instrument: n, leg: "net", instance: -1 }));
  const daily = (n: number) => ({ account: 1, instrument: n % 3, leg: "net", instance: -1, dayUs: n * DAY_US });
  await write("positionsDaily", 3_000, daily);
}

/** Reads or sorts a table from end to end; `p` are the positions, few, and `periods` those of the page. */
function isWhole(plan: string): boolean {
  return plan.split("; ").some((step) => /^SCAN (?!p\b|periods\b|CONSTANT ROW)|TEMP B-TREE|AUTOMATIC/.test(step));
}

/** A page is entered at its cursor, not counted down to from the newest. */
function isUnbound(plan: string): boolean {
  return /^SEARCH (orders|executions|balance_history) (?!.*(id|record|rowid|_us)\)?[<>=])/.test(plan);
}

/** The most that one step of the plan has looked at: what it kept, and what it threw away. */
function lookedAt(plan: string): number {
  let most = 0;
  for (const step of plan.split("->")) {
    const [, rows = "0", loops = "1"] = /actual rows=([\d.]+) loops=(\d+)/.exec(step) ?? [];
    const removed = [...step.matchAll(/Rows Removed by [\w ]+: (\d+)/g)].map(([, count]) =>
      Number.parseInt(count as string, 10),
    );
    const each = Number.parseFloat(rows) + removed.reduce((sum, count) => sum + count, 0);
    most = Math.max(most, each * Number.parseInt(loops, 10));
  }
  return most;
}
