/** StateWriter and StateReader: what was written is what is read, and nothing else passes. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { StateReader, StateWriter } from "./state_bytes.ts";
import { Wide } from "./wide.ts";

describe("state bytes", () => {
  test("values, texts and columns of any content come back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true })),
        fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
        fc.nat(0xffff_ffff),
        fc.boolean(),
        (numbers, text, whole, truth) => {
          const out = new StateWriter();
          const column = Float64Array.from(numbers);
          out.part("p", 3).column(column, column.length).text(text).u32(whole).bool(truth).wide(new Wide().setInt(5));
          const from = new StateReader(out.bytes());
          from.part("p", 3);
          const back = new Float64Array(numbers.length);
          expect(from.column(back)).toBe(numbers.length);
          expect([...back]).toEqual([...column]);
          expect([from.text(), from.u32(), from.bool(), from.wide().toNumber()]).toEqual([text, whole, truth, 5]);
          expect(from.isAtEnd).toBe(true);
        },
      ),
    );
  });

  test("grows, and is written anew after clear", () => {
    const out = new StateWriter();
    out.column(new Uint32Array(100_000).fill(7), 100_000);
    expect(out.length).toBe(400_004);
    expect(out.clear().f64(1).length).toBe(8);
  });

  test("another part, another version, a cut end stop the reader", () => {
    const bytes = new StateWriter().part("orders", 1).text("abc").bytes().slice();
    expect(() => new StateReader(bytes).part("ledger", 1)).toThrow();
    expect(() => new StateReader(bytes).part("orders", 2)).toThrow();
    const cut = new StateReader(bytes.slice(0, -1));
    cut.part("orders", 1);
    expect(() => cut.text()).toThrow();
    const short = new StateReader(new StateWriter().column(new Uint32Array(3), 3).bytes());
    expect(() => short.column(new Uint32Array(2))).toThrow();
  });
});
