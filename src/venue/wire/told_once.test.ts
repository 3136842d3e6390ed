/** What several lines tell counts once (told_once), in any order of arrival; a random check against a count by line. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { ToldOnce } from "./told_once.ts";

test("the second line's is dropped, whichever comes first; one line's own repetition counts", () => {
  const once = new ToldOnce();
  const taken = [
    once.takes("a", 1),
    once.takes("a", 2),
    once.takes("b", 2),
    once.takes("a", 2),
    once.takes("b", 1),
    once.takes("a", 1),
    once.takes("a", 3),
  ];
  expect(taken).toEqual([true, false, true, true, false, false, false]);
});

test("of any interleaving of two lines, as many are taken as the one that tells more has of each", () => {
  const words = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 15 });
  fc.assert(
    fc.property(words, words, fc.array(fc.boolean(), { maxLength: 40 }), (one, two, turns) => {
      const once = new ToldOnce();
      const taken: string[] = [];
      const tell = (line: readonly string[], at: number, epoch: number) => {
        const text = line[at];
        if (text !== undefined && once.takes(text, epoch)) taken.push(text);
      };
      let [i, j] = [0, 0];
      for (const isFirst of turns) isFirst ? tell(one, i++, 1) : tell(two, j++, 2);
      while (i < one.length) tell(one, i++, 1);
      while (j < two.length) tell(two, j++, 2);
      const count = (list: readonly string[], word: string) => list.filter((each) => each === word).length;
      for (const word of ["a", "b", "c"]) {
        expect(count(taken, word)).toBe(Math.max(count(one, word), count(two, word)));
      }
    }),
  );
});

test("it remembers no more than a few", () => {
  const once = new ToldOnce();
  for (let n = 0; n < 100; n++) once.takes(String(n), 1);
  expect([once.takes("99", 2), once.takes("0", 2)]).toEqual([false, true]);
});
