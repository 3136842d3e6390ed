/** Breaks of cash: opened by a difference, closed by an equal statement or an adjustment. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide } from "../core/wide.ts";
import { CashBreaks } from "./cash_breaks.ts";
import { big } from "./test_kit.ts";

const wide = (n: number) => new Wide().setInt(n);

test("a difference opens, an equal statement closes, and the hash forgets", () => {
  const hash = new RowHash();
  const empty = hash.text();
  const breaks = new CashBreaks(16, hash, 1);
  breaks.state(1, 2, wide(5), wide(5), 9);
  expect([breaks.count, hash.text()]).toEqual([0, empty]);
  breaks.state(1, 2, wide(5), wide(-7), 9);
  breaks.state(1, 2, wide(6), wide(-7), 9);
  expect([breaks.count, big(breaks.get(1, 2)?.theirs as Wide)]).toEqual([1, 6n]);
  const writer = new StateWriter();
  breaks.save(writer);
  const again = new RowHash();
  const loaded = new CashBreaks(16, again, 1);
  loaded.load(new StateReader(writer.bytes()));
  expect([again.text(), loaded.all().map((row) => row.timeUs)]).toEqual([hash.text(), [9]]);
  breaks.state(1, 2, wide(8), wide(8), 9);
  expect([breaks.count, hash.text(), breaks.get(1, 2)]).toEqual([0, empty, undefined]);
  breaks.close(3, 3);
});
