/** The ring of rows, saved and loaded at every fill level: positions, order and what is forgotten next stay the same. */

import { describe, expect, test } from "bun:test";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { RowRing } from "./row_ring.ts";

describe("a ring of rows", () => {
  test("saved and loaded after any number of rows, it goes on as before", () => {
    const ring = new RowRing<{ readonly n: number }>(5);
    for (let n = 0; n < 23; n++) {
      const out = new StateWriter();
      ring.save(out);
      const copy = new RowRing<{ readonly n: number }>(5);
      copy.load(new StateReader(out.bytes()));
      for (const one of [ring, copy]) one.push({ n });
      expect(copy.count).toBe(ring.count);
      expect(copy.first).toBe(ring.first);
      expect(copy.last(9)).toEqual(ring.last(9));
      for (let at = -1; at <= n + 1; at++) expect(copy.at(at)).toEqual(ring.at(at));
    }
  });
});
