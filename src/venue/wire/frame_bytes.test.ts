/** Numbers read four bytes a step against the shared reader and JSON.parse; symbols found among many. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { AssertionFailed } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { DecimalReader } from "../../core/decimal.ts";
import { SymbolTable } from "../binance/symbol_table.ts";
import { DigitsHead, FrameBytes, Pattern } from "./frame_bytes.ts";

const digits = (max: number) => fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: max });
const decimal = fc
  .tuple(digits(17), fc.boolean(), digits(17))
  .map(([whole, point, fraction]) => whole + (point ? "." : "") + fraction);
const broken = fc.string({ unit: fc.constantFrom(...'0019.-e" ,'), maxLength: 12 });

test("decimals as DecimalReader reads them, at every scale", () => {
  const bytes = new FrameBytes(1_000);
  const reader = new DecimalReader();
  fc.assert(
    fc.property(fc.oneof(decimal, broken), fc.nat(15), fc.nat(3), (text, scale, before) => {
      const frame = `${"7".repeat(before)}${text}"`;
      expect(bytes.load(frame)).toBe(true);
      const read = reader.read(frame, before, scale);
      const good = reader.code === Code.Ok && frame[reader.end] === '"';
      expect(bytes.decimal(before, scale)).toBe(good ? read : -1);
      if (good) expect(bytes.end).toBe(reader.end + 1);
    }),
    { numRuns: 20_000 },
  );
});

test("integers as JSON.parse reads them", () => {
  const head = new DigitsHead();
  const bytes = new FrameBytes(1_000);
  fc.assert(
    fc.property(fc.oneof(digits(18), fc.maxSafeNat().map(String)), fc.constantFrom(",", "}", ""), (text, after) => {
      expect(bytes.load(text + after)).toBe(true);
      const good = /^(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text));
      expect(bytes.integer(0, head)).toBe(good ? JSON.parse(text) : -1);
    }),
    { numRuns: 20_000 },
  );
});

test("signed decimals, scalars to step over, patterns", () => {
  const bytes = new FrameBytes(1_000);
  const load = (text: string) => expect(bytes.load(text)).toBe(true);
  load('-0.5"');
  expect(bytes.decimalSigned(0, 2)).toBe(-50);
  load('-x"');
  expect(bytes.decimalSigned(0, 2)).toBeNaN();
  for (const [text, end] of [
    ...([
      ['"abc",', 5],
      ["true,", 4],
      ["false}", 5],
      ["null", 4],
      ["12,", 2],
    ] as const),
    ...([
      ['"a\\b"', -1],
      ['"open', -1],
      ["tru", -1],
      ["-1", -1],
      ["{}", -1],
      ["", -1],
    ] as const),
  ]) {
    load(text);
    const result = bytes.skip(0);
    expect(result < 0 ? -1 : bytes.end).toBe(end);
  }
  load("abcdefgh");
  for (const part of ["a", "abc", "abcd", "abcde", "abcdefgh"]) {
    expect(bytes.match(0, new Pattern(part))).toBe(true);
    expect(bytes.end).toBe(part.length);
    expect(bytes.match(1, new Pattern(part))).toBe(false);
  }
  expect(bytes.match(0, new Pattern("abcdefghi"))).toBe(false);
});

test("only ASCII that fits is taken in", () => {
  const bytes = new FrameBytes(100);
  expect(bytes.load("x".repeat(100))).toBe(true);
  for (const text of ["x".repeat(101), "é", "a\ufffd", "\ud800", "币".repeat(40), `${"x".repeat(99)}é`]) {
    expect(bytes.load(text)).toBe(false);
  }
});

test("each of many symbols is found, none else", () => {
  const bytes = new FrameBytes(100);
  const table = new SymbolTable(1_000);
  const names = Array.from({ length: 1_000 }, (_, n) => `S${(n * 7_919).toString(36).toUpperCase()}USDT`);
  names.forEach((symbol, instrument) => {
    table.define({ symbol, instrument, revision: 0, priceScale: 2, qtyScale: 2 });
  });
  names.forEach((symbol, instrument) => {
    expect(bytes.load(`{"stream":"${symbol.toLowerCase()}@trade"`)).toBe(true);
    expect(table.streamAt(bytes, 11)?.instrument).toBe(instrument);
    expect(bytes.load(`{"stream":"${symbol.toLowerCase()}x@trade"`)).toBe(true);
    expect(table.streamAt(bytes, 11)).toBeUndefined();
    expect(table.bySymbol(symbol)?.instrument).toBe(instrument);
  });
  const more = { symbol: "MORE", instrument: 9, revision: 0, priceScale: 2, qtyScale: 2 };
  expect(() => table.define(more)).toThrow(AssertionFailed);
});
