/** Exact decimals: shortest texts, differences, and values of columns, against arithmetic of another kind. */

import { expect, test } from "bun:test";
import { wideText } from "../core/decimal.ts";
import { Prng } from "../core/prng.ts";
import { Wide } from "../core/wide.ts";
import { compact } from "./compact.ts";
import { decimalMinus, isShortest, shortest } from "./decimal_text.ts";
import { rowOut, valueIn } from "./row_values.ts";
import { anyDecimal, change } from "./rows.testing.ts";
import { tableOf } from "./tables.ts";

test("one number has one text", () => {
  const cases = {
    "0": "0",
    "-0": "0",
    "0.000": "0",
    "-0.0": "0",
    "007": "7",
    "1.50": "1.5",
    "-00.10": "-0.1",
    "10": "10",
  };
  for (const [text, wanted] of Object.entries(cases)) expect(shortest(text)).toBe(wanted);
  for (const text of ["", "1e5", "NaN", "Infinity", ".5", "1.", "+1", "0x1", " 1", "1,0", "0.0000000000000000001"]) {
    expect(isShortest(text)).toBe(false);
    if (text !== "1.") expect(() => shortest(text)).toThrow("NumberMalformed");
  }
});

test("every amount that the ledger can hold is a text that both databases keep", () => {
  const random = new Prng(17);
  for (let n = 0; n < 20_000; n++) {
    const hi = Math.trunc((random.nextFloat() - 0.5) * 2 ** random.nextBelow(54)) + 0;
    const lo = Math.trunc(random.nextFloat() * 2 ** random.nextBelow(54));
    const text = wideText(new Wide().setLimbs(hi, lo), 18);
    expect(isShortest(text)).toBe(true);
  }
  expect(isShortest(wideText(new Wide().setLimbs(-9_007_199_254_740_991, 0), 18))).toBe(true);
});

test("a difference is exact: taken away again, what was is there", () => {
  const random = new Prng(23);
  for (let n = 0; n < 5_000; n++) {
    const [a, b] = [anyDecimal(random), anyDecimal(random)];
    const difference = decimalMinus(a, b);
    expect(decimalMinus(a, difference)).toBe(b);
    expect(decimalMinus(b, a)).toBe(decimalMinus("0", difference));
  }
  expect(decimalMinus("0.3", "0.1")).toBe("0.2");
});

test("a value that its column cannot hold is refused, with its table and column", () => {
  const table = tableOf("executions");
  const bad = { record: [1.5, "1", null, 2 ** 53], price: [1, null], busted: [0, "true"], fillId: [7, null] };
  for (const [name, values] of Object.entries(bad))
    for (const value of values) expect(() => valueIn(table, name, value)).toThrow("StoreRow");
  expect(() => valueIn(table, "price", "1e5")).toThrow("NumberMalformed");
  expect(() => valueIn(table, "price", undefined)).toThrow("executions.price cannot be nothing");
  expect(Object.is(valueIn(table, "record", -0), 0)).toBe(true);
  expect(valueIn(table, "bustedRecord", null)).toBeNull();
});

test("rows come out of either database's words as the same row", () => {
  const table = tableOf("cursors");
  expect(rowOut(table, { name: "a", record: "12", source: "" })).toEqual({ name: "a", record: 12, source: "" });
  expect(rowOut(tableOf("bars"), { start_us: 5, volume: "1.500" })).toMatchObject({ startUs: 5, volume: "1.5" });
});

test("a batch is one last change for each key", () => {
  const row = (id: number, code: string) => ({ id, code, record: 1 });
  const changes = compact([
    change("assets", "put", row(1, "a")),
    change("assets", "put", row(1, "b")),
    change("assets", "delete", row(2, "")),
    change("assets", "add", row(2, "c")),
    change("assets", "delete", row(3, "")),
  ]);
  expect(changes).toEqual([
    {
      table: "assets",
      puts: [
        [1, "b", 1],
        [2, "c", 1],
      ],
      adds: [],
      deletes: [[3]],
    },
  ]);
});
