/** A page of 100 orders out of the history, in SQLite: of an account, by a cursor in the middle, beside reading one row by its key. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteStore } from "../src/store/sqlite_store.ts";
import type { Measured, MeasuredBench } from "./bench.ts";
import { percentile } from "./percentile.ts";
import { ACCOUNTS, fillOrders, INSTRUMENTS } from "./store_rows.ts";

const ORDERS = 100_000;
const ORDERS_QUICK = 5_000;
const ASKS = 2_000;
const ASKS_QUICK = 100;
const PAGE = 100;

const bench: MeasuredBench = {
  name: "store.query.orders",
  unit: "us",
  baseline: "one order by its number",
  async measure(quick: boolean): Promise<Measured> {
    const folder = mkdtempSync(join(tmpdir(), "meltica-bench-"));
    const store = new SqliteStore({ file: join(folder, "history.sqlite"), busyTimeoutMs: 100 });
    const orders = quick ? ORDERS_QUICK : ORDERS;
    try {
      await store.prepare(0);
      await fillOrders(store, orders);
      const ours: number[] = [];
      const plain: number[] = [];
      for (let n = 0; n < (quick ? ASKS_QUICK : ASKS); n++) {
        const cursor = 1 + ((n * 7_919) % orders);
        const asks = [{ account: n % ACCOUNTS }, { instrument: n % INSTRUMENTS }, {}] as const;
        let sinceMs = performance.now();
        await store.orders({ ...asks[n % asks.length], limit: PAGE, cursor });
        ours.push((performance.now() - sinceMs) * 1_000);
        sinceMs = performance.now();
        await store.order(cursor);
        plain.push((performance.now() - sinceMs) * 1_000);
      }
      const sorted = Float64Array.from(ours).sort();
      const value = percentile(sorted, 0.5);
      const p99 = percentile(sorted, 0.99);
      const baselineValue = percentile(Float64Array.from(plain).sort(), 0.5);
      return { value, p50: value, p99, baselineValue, figures: { orders, rowsPerPage: PAGE } };
    } finally {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

export default bench;
