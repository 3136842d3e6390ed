/** Batches for tests that cut a database off: record n makes order n and moves one balance, so half a batch would show. */

import { Prng } from "../core/prng.ts";
import { anyRow, change } from "./rows.testing.ts";
import type { Batch, Store } from "./store.ts";

const RECORDS = 20;

export function batchOf(from: number): Batch {
  const rows = Array.from({ length: RECORDS }, (_, n) => [
    change("orders", "put", anyRow("orders", from + n, new Prng(from + n))),
    change("orderEvents", "add", anyRow("orderEvents", from + n, new Prng(from + n))),
  ]).flat();
  const total = {
    account: 1,
    asset: "USDT",
    total: String(from + RECORDS - 1),
    byCause: "{}",
    record: from,
    timeUs: 1,
  };
  return { from, to: from + RECORDS - 1, rows: [...rows, change("balances", "put", total)] };
}

/** What stands must be exactly what the cursor says; undefined, or what is wrong. */
export async function brokenBy(store: Store): Promise<string | undefined> {
  const cursor = await store.cursor("projection");
  if (cursor % RECORDS !== 0) return `the cursor stands within a batch: ${cursor}`;
  const total = (await store.balances())[0]?.total ?? "0";
  if (total !== String(cursor)) return `balance ${total}, cursor ${cursor}`;
  for (const table of ["orders", "orderEvents"] as const) {
    const count = (await store.scan(table, 1_000_000)).length;
    if (count !== cursor) return `${count} ${table}, cursor ${cursor}`;
  }
  return undefined;
}
