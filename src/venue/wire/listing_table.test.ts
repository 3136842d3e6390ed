/** ListingTable: symbols by the bytes of a frame up to a quote, whatever hashes alike. */

import { expect, test } from "bun:test";
import { FrameBytes } from "./frame_bytes.ts";
import { ListingTable } from "./listing_table.ts";

const scales = { priceScale: 2, qtyScale: 3 };

test("finds what is defined, byte by byte, and nothing else", () => {
  const table = new ListingTable(5_000);
  for (let n = 0; n < 5_000; n++) table.define({ symbol: `A${n}-USDT`, instrument: n, revision: 1, ...scales });
  const bytes = new FrameBytes(1_000);
  for (const n of [0, 1, 77, 4_999]) {
    bytes.load(`xx"A${n}-USDT","more`);
    expect(table.at(bytes, 3)?.instrument).toBe(n);
    expect(bytes.end).toBe(3 + `A${n}-USDT"`.length);
  }
  for (const text of ['A5000-USDT"', "A1-USDT", 'A1-USD"', '"', "", 'a1-usdt"', `${"x".repeat(200)}"`]) {
    bytes.load(text);
    expect(table.at(bytes, 0)).toBeUndefined();
  }
  expect(table.count).toBe(5_000);
});

test("a newer revision takes the place of the old one; odd symbols are known by text alone", () => {
  const table = new ListingTable(4);
  table.define({ symbol: "BTC-USDT", instrument: 1, revision: 1, ...scales });
  table.define({ symbol: "BTC-USDT", instrument: 1, revision: 2, ...scales, priceScale: 4 });
  table.define({ symbol: "币安-USDT", instrument: 2, revision: 1, ...scales });
  expect([table.count, table.bySymbol("BTC-USDT")?.revision, table.bySymbol("BTC-USDT")?.priceScale]).toEqual([
    2, 2, 4,
  ]);
  expect(table.bySymbol("币安-USDT")?.inFrame).toBeUndefined();
  expect(() => table.define({ symbol: "", instrument: 3, revision: 1, ...scales })).toThrow();
  expect(() => table.define({ symbol: "X", instrument: 3, revision: 1, ...scales, qtyScale: 16 })).toThrow();
});
