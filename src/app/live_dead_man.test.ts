/** The dead-man switch of an account: armed with its first order, renewed while the engine turns, ended when it rests. */

import { expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { COUNTDOWN_MS, DeadMan, RENEW_US } from "./live_dead_man.ts";

const SECOND = 1_000_000;

function rig(code: () => Code = () => Code.Ok) {
  const asked: [number, number, number][] = [];
  const open = new Set<number>();
  let nowUs = 0;
  const armDeadMan = (instrument: number, countdownMs: number) => {
    const found = code();
    if (found === Code.Ok) asked.push([nowUs / SECOND, instrument, countdownMs]);
    return found;
  };
  const switches = new DeadMan({ armDeadMan }, (visit) => {
    for (const each of open) visit(each);
  });
  const pass = (seconds: number) => {
    for (const untilUs = nowUs + seconds * SECOND; nowUs < untilUs; nowUs += 100_000) switches.turn(nowUs);
  };
  return { asked, open, pass, switches };
}

test("armed at once with the first order, renewed in time for two to be lost, each instrument by itself", () => {
  const { asked, open, pass, switches } = rig();
  pass(10);
  expect([asked, switches.armed]).toEqual([[], 0]);
  open.add(3);
  pass(61);
  expect(asked).toEqual([10, 40, 70].map((at) => [at, 3, COUNTDOWN_MS]));
  expect(COUNTDOWN_MS * 1_000).toBeGreaterThan(3 * RENEW_US);
  open.add(5);
  pass(1);
  expect(asked.at(-1)).toEqual([71, 5, COUNTDOWN_MS]);
  expect(switches.armed).toBe(2);
});

test("an engine that hangs renews nothing; one that has no orders for long ends the switch, and begins anew", () => {
  const { asked, open, pass, switches } = rig();
  open.add(1);
  pass(1);
  open.clear();
  pass(299);
  expect(asked.every(([, , countdownMs]) => countdownMs === COUNTDOWN_MS)).toBe(true);
  pass(40);
  expect(asked.at(-1)?.[2]).toBe(0);
  expect(switches.armed).toBe(0);
  const before = asked.length;
  pass(600);
  expect(asked.length).toBe(before);
  open.add(1);
  pass(1);
  expect(asked.at(-1)).toEqual([940, 1, COUNTDOWN_MS]);
});

test("refused for want of budget: again a second later; a venue without one is asked once", () => {
  let left = 3;
  const busy = rig(() => (left-- > 0 ? Code.RequestBudgetSpent : Code.Ok));
  busy.open.add(1);
  busy.pass(5);
  expect(busy.asked).toEqual([[3, 1, COUNTDOWN_MS]]);
  let count = 0;
  const none = rig(() => {
    count++;
    return Code.MessageUnknown;
  });
  none.open.add(1);
  none.pass(60);
  expect([count, none.switches.armed]).toEqual([1, 0]);
});
