/** Which index answers what is asked, in SQLite, which has no statistics of its own: store_queries.ts. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SQL, sql } from "drizzle-orm";
import { SqliteStore } from "./sqlite_store.ts";
import type { ExecutionAsk, OrderAsk } from "./store.ts";
import type { RawRow } from "./store_queries.ts";

class Explained extends SqliteStore {
  plan = "";

  protected override async select(query: SQL): Promise<readonly RawRow[]> {
    const steps = await super.select(sql`explain query plan ${query}`);
    this.plan = steps.map((step) => step["detail"]).join("; ");
    return super.select(query);
  }
}

const folder = mkdtempSync(join(tmpdir(), "meltica-plans-"));
const store = new Explained({ file: join(folder, "store.db"), busyTimeoutMs: 50 });
beforeAll(() => store.prepare(1));
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

type Asked = readonly [Omit<OrderAsk, "limit">, string];

test.each<Asked>([
  [{}, "SCAN orders"],
  [{ account: 1 }, "orders_account_id (account=?)"],
  [{ state: "open" }, "orders_terminal_id (terminal=?)"],
  [{ state: "open", account: 1, instrument: 2 }, "orders_terminal_id (terminal=?)"],
  // Nearly all have ended: that says nothing about whom they are of.
  [{ state: "ended", account: 1 }, "orders_account_id (account=?)"],
  [{ state: "ended", instrument: 1 }, "orders_instrument_id (instrument=?)"],
  [{ state: "ended", instance: 1 }, "orders_instance_id (instance=?)"],
  [{ state: "ended", instance: 1, cursor: 7 }, "orders_instance_id (instance=? AND id<?)"],
])("orders %j", async (ask, index) => {
  await store.orders({ ...ask, limit: 10 });
  expect(store.plan).toContain(index);
  expect(store.plan).not.toContain("TEMP B-TREE");
});

test.each<readonly [Omit<ExecutionAsk, "limit">, string]>([
  [{ account: 1 }, "executions_account_record (account=?)"],
  [{ order: 1, account: 1, instrument: 1, instance: 1 }, "executions_order_id_record (order_id=?)"],
])("executions %j", async (ask, index) => {
  await store.executions({ ...ask, limit: 10 });
  expect(store.plan).toContain(index);
  expect(store.plan).not.toContain("TEMP B-TREE");
});

test("balances of a time long ago are found by their time, not counted down from now", async () => {
  await store.balanceHistory({ account: 1, asset: "USDT", fromUs: 5, toUs: 9, limit: 10 });
  expect(store.plan).toContain("balance_history_account_asset_time_us (account=? AND asset=? AND time_us>?)");
  expect(store.plan).toContain("balance_history_account_asset_time_us (account=? AND asset=? AND time_us=?)");
  expect(store.plan).toContain("(account=? AND asset=? AND record>? AND record<?)");
  expect(store.plan).not.toContain("TEMP B-TREE");
});
