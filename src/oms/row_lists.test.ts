/** Row lists against plain arrays. */

import { expect, test } from "bun:test";
import { RowLists } from "./row_lists.ts";
import { TestChance } from "./test_venue.ts";

test("agrees with arrays over random inserts and removes in several lists", () => {
  for (let seed = 0; seed < 100; seed++) {
    const chance = new TestChance(seed);
    const rows = 12;
    const keys = Uint32Array.from({ length: rows }, () => chance.below(1_000_000));
    const lists = new RowLists(3, rows);
    const reference: number[][] = [[], [], []];
    for (let i = 0; i < 200; i++) {
      const row = chance.below(rows);
      const holder = reference.findIndex((list) => list.includes(row));
      if (holder >= 0) {
        lists.remove(holder, row);
        reference[holder] = (reference[holder] ?? []).filter((r) => r !== row);
      } else {
        const list = chance.below(3); // Lists 0 and 1 are sorted, list 2 is first in, last.
        if (list === 2) lists.append(list, row);
        else lists.insertSorted(list, row, keys);
        reference[list]?.push(row);
        if (list !== 2) reference[list]?.sort((a, b) => (keys[a] as number) - (keys[b] as number));
      }
      for (let list = 0; list < 3; list++) {
        const walked: number[] = [];
        for (let r = lists.first(list); r >= 0; r = lists.next(r)) walked.push(r);
        expect(walked).toEqual(reference[list] ?? []);
        expect(lists.count(list)).toBe(walked.length);
      }
    }
  }
});
