/** The port of the watchdog: the numbers of its outcomes are told in logs and must not move. */

import { expect, test } from "bun:test";
import { CancelAllOutcome } from "./cancel_all.ts";

test("outcomes: one end, one step, three failures", () => {
  const names = ["NoneOpen", "Canceled", "Limited", "Refused", "Unknown"];
  expect(names.map((name) => CancelAllOutcome[name as keyof typeof CancelAllOutcome])).toEqual([0, 1, 2, 3, 4]);
});
