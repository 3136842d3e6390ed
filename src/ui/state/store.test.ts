/** What the stream writes into the store, and how rows are merged, dropped and sorted. */

import { describe, expect, test } from "bun:test";
import type { ExecutionView, OrderView, PnlView } from "../../control/views.ts";
import { BOUNDS } from "./bounds.ts";
import { KeyedRows } from "./keyed_rows.ts";
import { comparePrices, endedOrders, latestFills, openOrders } from "./order_lists.ts";
import { Store } from "./store.ts";

function order(id: number, fields: Partial<OrderView> = {}): OrderView {
  const base = { id, instrument: "sim:A-B", side: "buy", price: "10", state: "open", terminal: false };
  return { ...base, updated: { iso: "", us: id }, ...fields } as OrderView;
}

const fill = (record: number) => ({ record }) as ExecutionView;
const point = (us: number, equity: string, account = "paper") =>
  ({
    account,
    asset: "USDT",
    equity,
    realizedPnl: "0",
    unrealizedPnl: "0",
    fees: "0",
    time: { iso: "", us },
  }) as PnlView;

describe("store", () => {
  test("a row replaces the row of its key; a snapshot takes away what it does not name", () => {
    const store = new Store();
    store.snapshot("orders", [order(1), order(2)]);
    store.update("orders", [order(1, { state: "filled", terminal: true })]);
    expect(store.orders.value.map((row) => [row.id, row.state])).toEqual([
      [2, "open"],
      [1, "filled"],
    ]);
    store.snapshot("orders", [order(3)]);
    expect(store.orders.value.map((row) => row.id)).toEqual([3]);
  });

  test("fills are appended, once each, also over a snapshot that holds fewer", () => {
    const store = new Store();
    store.snapshot("fills", [fill(1), fill(2)]);
    store.update("fills", [fill(3)]);
    store.snapshot("fills", [fill(3), fill(4)]);
    expect(latestFills(store.fills.value).map((row) => row.record)).toEqual([4, 3, 2, 1]);
  });

  test("says what was loaded, and takes status, quotes and points", () => {
    const store = new Store();
    expect(store.loaded.value.has("quotes")).toBe(false);
    store.snapshot("quotes", [{ instrument: "b:X" }, { instrument: "a:X" }]);
    store.update("status", [{ killed: true }]);
    store.update("pnl", [point(1, "10"), point(2, "12")]);
    expect(store.loaded.value.has("quotes")).toBe(true);
    expect(store.quotes.value.map((quote) => quote.instrument)).toEqual(["a:X", "b:X"]);
    expect(store.manyVenues.value).toBe(true);
    expect(store.killed.value).toBe(true);
    expect(store.shownAsset.value).toBe("USDT");
  });

  test("keeps a bounded number of notices", () => {
    const store = new Store();
    const ids = Array.from({ length: 9 }, (_, i) => store.notice("bad", `n${i}`));
    expect(store.notices.value).toHaveLength(BOUNDS.noticesMax);
    store.dismiss(ids[8] as number);
    expect(store.notices.value.at(-1)?.title).toBe("n7");
  });
});

describe("rows", () => {
  test("of ended orders only the latest are kept, of open ones all", () => {
    const store = new Store();
    const count = BOUNDS.ordersEndedMax + 50;
    store.update("orders", [order(0)]);
    for (let id = 1; id <= count; id++) store.update("orders", [order(id, { terminal: true })]);
    expect(store.orders.value).toHaveLength(BOUNDS.ordersEndedMax + 1);
    expect(openOrders(store.orders.value).map((row) => row.id)).toEqual([0]);
    expect(endedOrders(store.orders.value)[0]?.id).toBe(count);
    expect(endedOrders(store.orders.value).at(-1)?.id).toBe(51);
  });

  test("an older row does not overwrite a newer one where the table knows how to tell", () => {
    const rows = new KeyedRows<{ id: number; at: number }>({ key: (row) => row.id, older: (a, b) => a.at < b.at });
    rows.put([{ id: 1, at: 5 }]);
    rows.put([{ id: 1, at: 4 }]);
    expect([rows.size, rows.get(1)?.at]).toEqual([1, 5]);
  });
});

describe("order of orders", () => {
  test("unknown first, then by instrument, asks above bids, high prices above low", () => {
    const rows = [
      order(1, { price: "9.5" }),
      order(2, { price: "10.25", side: "sell" }),
      order(3, { price: "10.3", side: "sell" }),
      order(4, { price: "10.0" }),
      order(5, { instrument: "sim:0" }),
      order(6, { state: "unknown", price: "1" }),
    ];
    expect(openOrders(rows).map((row) => row.id)).toEqual([6, 5, 3, 2, 4, 1]);
  });

  test("prices compare by value", () => {
    expect(comparePrices("9.99", "10")).toBeLessThan(0);
    expect(comparePrices("10.10", "10.1")).toBe(0);
    expect(comparePrices("10.2", "10.11")).toBeGreaterThan(0);
    expect(comparePrices(null, "1")).toBeLessThan(0);
    expect(comparePrices("1", null)).toBeGreaterThan(0);
  });
});
