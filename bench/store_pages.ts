/**
 * Pages of orders among millions, on both databases: `npm run bench:store -- 5000000 [folder]`. Not part of `npm run bench`:
 * filling takes minutes. A folder keeps the SQLite file for the next run; PostgreSQL is one of its own in a temporary folder.
 */

import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresAbsent, startPostgres } from "../src/store/postgres.testing.ts";
import { PostgresStore } from "../src/store/postgres_store.ts";
import { SqliteStore } from "../src/store/sqlite_store.ts";
import type { OrderAsk, Store } from "../src/store/store.ts";
import { percentile } from "./percentile.ts";
import { ACCOUNTS, fillOrders, INSTRUMENTS, timeOfOrder } from "./store_rows.ts";

const ASKS = 1_000;
const ASK_MS_MAX = 8_000;
const PAGE = 100;

const orders = Number.parseInt(process.argv[2] ?? "1000000", 10);
const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), "meltica-pages-"));
mkdirSync(folder, { recursive: true });
await measure(new SqliteStore({ file: join(folder, `orders-${orders}.sqlite`), busyTimeoutMs: 100 }));
const absent = postgresAbsent();
if (absent !== undefined) say(absent);
else {
  const server = await startPostgres();
  try {
    await measure(new PostgresStore(server.place(), () => server.password));
  } finally {
    await server.stop();
  }
}

async function measure(store: Store): Promise<void> {
  await store.prepare(0);
  const sinceMs = performance.now();
  const before = await store.cursor("projection");
  await fillOrders(store, orders);
  const seconds = (performance.now() - sinceMs) / 1_000;
  if (before < orders) say(`${store.dialect}: ${Math.round((orders - before) / seconds)} orders/s written`);
  const asks: Readonly<Record<string, (n: number) => Omit<OrderAsk, "limit">>> = {
    "newest first, from a cursor": (n) => ({ cursor: any(n) }),
    "of an account": (n) => ({ account: n % ACCOUNTS, cursor: any(n) }),
    "of an instrument and account": (n) => ({ instrument: n % INSTRUMENTS, account: n % ACCOUNTS, cursor: any(n) }),
    "of a time": (n) => ({ fromUs: timeOfOrder(any(n)), toUs: timeOfOrder(any(n) + 10_000) }),
    "of an account in a time": (n) => ({ account: 1, fromUs: timeOfOrder(any(n)), toUs: timeOfOrder(any(n) + 10_000) }),
    "ended, of an account": (n) => ({ state: "ended", account: n % ACCOUNTS, cursor: any(n) }),
    "ended, of nobody": () => ({ state: "ended", account: ACCOUNTS }),
    // Accounts of even numbers have traded instruments of even numbers alone: whole indexes are read for nothing.
    "of an instrument and account that never met": () => ({ instrument: 1, account: 0 }),
    open: () => ({ state: "open" }),
    "open, of an account": (n) => ({ state: "open", account: n % ACCOUNTS }),
  };
  for (const [name, ask] of Object.entries(asks)) {
    const samples: number[] = [];
    const untilMs = performance.now() + ASK_MS_MAX;
    for (let n = 0; n < ASKS && performance.now() < untilMs; n++) {
      const fromMs = performance.now();
      await store.orders({ ...ask(n), limit: PAGE });
      samples.push(performance.now() - fromMs);
    }
    const sorted = Float64Array.from(samples).sort();
    const [p50, p99, most] = [0.5, 0.99, 1].map((share) => percentile(sorted, share).toFixed(2));
    say(`${store.dialect} ${orders} orders, ${name}: p50 ${p50} ms, p99 ${p99} ms, max ${most} ms`);
  }
  await store.close();
}

function any(n: number): number {
  return 1 + ((n * 7_919_317) % orders);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
