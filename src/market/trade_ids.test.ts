/** Trade ids: next, gap, late, twice; against a plain set. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { TradeIds, TradeIdVerdict } from "./trade_ids.ts";

test("verdicts agree with a plain set of seen ids", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -6, max: 4 }), { maxLength: 60 }), (moves) => {
      const ids = new TradeIds();
      const seen = new Set<number>();
      let first = 0;
      let highest = 2 ** 31 - 5;
      for (const move of moves) {
        const id = highest + move;
        if (first === 0) first = id;
        let expected = TradeIdVerdict.Next;
        // What lies before the first id was never missing: it counts as seen.
        if (seen.has(id) || id < first) expected = TradeIdVerdict.Duplicate;
        else if (seen.size > 0 && id < highest) expected = TradeIdVerdict.Late;
        else if (seen.size > 0 && id > highest + 1) expected = TradeIdVerdict.AfterGap;
        expect(ids.see(id)).toBe(expected);
        seen.add(id);
        if (id >= first) highest = seen.size === 1 ? id : Math.max(highest, id);
        const counted = [...seen].filter((n) => n >= first).length;
        expect(ids.missing).toBe(highest - first + 1 - counted);
      }
    }),
    { numRuns: 500 },
  );
});

test("a venue without ids (0) is never judged; a reset forgets the past", () => {
  const ids = new TradeIds();
  expect([ids.see(0), ids.see(0)]).toEqual([TradeIdVerdict.Next, TradeIdVerdict.Next]);
  ids.see(10);
  ids.reset();
  expect(ids.see(3)).toBe(TradeIdVerdict.Next);
});

test("more gaps than are remembered: the oldest is forgotten, the newest still fill", () => {
  const ids = new TradeIds();
  for (let id = 1; id < 200; id += 2) ids.see(id);
  expect(ids.gaps).toBe(99);
  expect(ids.see(2)).toBe(TradeIdVerdict.Duplicate);
  expect(ids.see(198)).toBe(TradeIdVerdict.Late);
  expect(ids.see(198)).toBe(TradeIdVerdict.Duplicate);
});

test("one trade that stands for several ids: missing is what lies before the first of them", () => {
  const ids = new TradeIds();
  ids.see(100);
  expect(ids.see(103, 101)).toBe(TradeIdVerdict.Next);
  expect([ids.last, ids.missing]).toEqual([103, 0]);
  expect(ids.see(103, 101)).toBe(TradeIdVerdict.Duplicate);
  expect(ids.see(110, 107)).toBe(TradeIdVerdict.AfterGap);
  expect([ids.last, ids.gaps, ids.missing]).toEqual([110, 1, 3]);
  expect(ids.see(105)).toBe(TradeIdVerdict.Late);
  expect(() => ids.see(5, 6)).toThrow();
});

test("an id that is absurdly far makes nothing missing, and what follows it is not passed over as old", () => {
  const ids = new TradeIds();
  const verdicts = [5, 6, 2 ** 52, 7, 8, 8].map((id) => TradeIdVerdict[ids.see(id)]);
  expect(verdicts).toEqual(["Next", "Next", "AfterGap", "AfterGap", "Next", "Duplicate"]);
  expect([ids.missing, ids.last]).toEqual([0, 8]);
});
