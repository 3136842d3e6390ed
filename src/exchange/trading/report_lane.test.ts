/** The way of private messages (report_lane) under each fault, and the truth that checkers read (truth). */

import { expect, test } from "bun:test";
import { Faults } from "../faults.ts";
import { Refusal } from "./refusal.ts";
import { ReportLane } from "./report_lane.ts";
import { Rig } from "./trading.testing.ts";
import { truthOf } from "./truth.ts";

function lane(shares: Record<string, number>, messages: number) {
  const faults = new Faults();
  faults.change(shares);
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  let cuts = 0;
  const ends = {
    faults,
    seed: 5,
    say: (text: string) => void said.push(text),
    cut: () => void cuts++,
    later: (run: () => void) => void waiting.push(run),
  };
  const it = new ReportLane(ends);
  for (let n = 0; n < messages; n++) it.send(String(n));
  for (const run of waiting) run();
  return { said, cuts, counts: faults.counts };
}

test("without faults all messages in order", () => {
  expect(lane({}, 5).said).toEqual(["0", "1", "2", "3", "4"]);
});

test("each fault does what it says, and no message is lost but by drop and cut", () => {
  expect(lane({ "report-drop": 1 }, 3).said).toEqual([]);
  expect(lane({ "report-duplicate": 1 }, 2).said).toEqual(["0", "0", "1", "1"]);
  expect(lane({ "report-reorder": 1 }, 4).said).toEqual(["1", "0", "3", "2"]);
  expect(lane({ "private-cut": 1 }, 2)).toMatchObject({ said: [], cuts: 2 });
  const mixed = lane({ "report-delay": 0.3, "report-reorder": 0.3, "report-duplicate": 0.2 }, 200);
  expect(new Set(mixed.said).size).toBe(200);
  expect(mixed.said.length).toBe(200 + mixed.counts["report-duplicate"]);
  expect(mixed.said).not.toEqual([...mixed.said].sort((a, b) => Number(a) - Number(b)));
});

test("the truth names balances, positions, orders and fills as plain texts", () => {
  const rig = new Rig();
  rig.venue.place(rig.ann, rig.spec("buy", "1", undefined, { symbol: "PERP" }));
  rig.venue.place(rig.ann, rig.spec("buy", "1", "99", { clientId: "rests" }));
  const truth = truthOf(rig.venue, "ann");
  expect(truth.positions).toEqual([{ symbol: "PERP", side: "both", qty: "1", entry: "100.1", realised: "0" }]);
  expect(truth.balances["USDT"]).toEqual({ free: "99900.7998", locked: "99" });
  expect(truth.orders.map(({ clientId, status }) => [clientId, status])).toEqual([
    ["auto-1", "filled"],
    ["rests", "open"],
  ]);
  expect([truth.open, truth.fills.length, truth.countdownsFired, truth.repeats]).toEqual([1, 1, 0, 0]);
  for (const id of ["rests", "other", "other"]) {
    try {
      rig.venue.place(rig.ann, rig.spec("buy", "1000000", "99", { clientId: id }));
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal); // Refused or not: the id has come.
    }
  }
  expect([truthOf(rig.venue, "ann").repeats, truthOf(rig.venue, "bob").repeats]).toEqual([2, 0]);
});
