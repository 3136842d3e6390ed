/** The dead-man switch of an account: armed with its first order, renewed while the engine turns, ended when it rests. */

import { expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { AGAIN_US_MAX, ANSWER_US_MAX, COUNTDOWN_MS, DeadMan, RENEW_US } from "./live_dead_man.ts";

const SECOND = 1_000_000;

/** `code`: of the asking itself. `say`: the venue's answer to what was asked; undefined: none comes. */
function rig(code: () => Code = () => Code.Ok, say: () => Code | undefined = () => Code.Ok) {
  const asked: [number, number, number][] = [];
  const open = new Set<number>();
  let nowUs = 0;
  const armDeadMan = (instrument: number, countdownMs: number, done: (code: Code) => void) => {
    const found = code();
    if (found !== Code.Ok) return found;
    asked.push([nowUs / SECOND, instrument, countdownMs]);
    const answer = say();
    if (answer !== undefined) done(answer);
    return found;
  };
  const switches = new DeadMan({ armDeadMan }, (visit) => {
    for (const each of open) visit(each);
  });
  const pass = (seconds: number) => {
    for (const untilUs = nowUs + seconds * SECOND; nowUs < untilUs; nowUs += 100_000) switches.turn(nowUs);
  };
  return { asked, open, pass, switches, told: () => [switches.armed, switches.unarmed()] as const };
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

test("armed is what the venue has taken: not when it leaves, not when it is refused or unanswered", () => {
  let answer: Code | undefined;
  const { asked, open, pass, told } = rig(undefined, () => answer);
  open.add(1);
  pass(1);
  expect([asked.length, told()]).toEqual([1, [0, [{ instrument: 1, code: "", isArmed: false }]]]);
  answer = Code.AnswerRefused;
  pass(ANSWER_US_MAX / SECOND);
  expect(told()).toEqual([0, [{ instrument: 1, code: "AnswerMissing", isArmed: false }]]);
  pass(3);
  expect(told()).toEqual([0, [{ instrument: 1, code: "AnswerRefused", isArmed: false }]]);
  answer = Code.Ok;
  pass(AGAIN_US_MAX / SECOND);
  expect(told()).toEqual([1, []]);
});

test("what the venue does not take is tried again, later each time; a renewal is while the switch still runs", () => {
  let answer: Code | undefined = Code.AnswerRefused;
  const { asked, open, pass, told } = rig(undefined, () => answer);
  open.add(1);
  pass(60);
  const times = asked.map(([at]) => at);
  const waits = times.slice(1).map((at, n) => Math.floor(at - (times[n] as number)));
  expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 15, 15]);
  answer = Code.Ok;
  pass(20);
  expect(told()).toEqual([1, []]);
  const armedAt = asked.at(-1)?.[0] as number;
  answer = Code.AnswerRefused;
  pass(RENEW_US / SECOND + 5);
  expect(told()).toEqual([1, [{ instrument: 1, code: "AnswerRefused", isArmed: true }]]);
  pass(COUNTDOWN_MS / 1_000);
  expect(told()).toEqual([0, [{ instrument: 1, code: "AnswerRefused", isArmed: false }]]);
  const tries = asked.filter(([at]) => at > armedAt && at < armedAt + COUNTDOWN_MS / 1_000);
  expect(tries.length).toBeGreaterThan(7);
});

test("a switch that may run is ended when it rests, though nobody has answered; one that has run out is forgotten", () => {
  let answer: Code | undefined;
  const { asked, open, pass, told } = rig(undefined, () => answer);
  open.add(1);
  pass(20);
  open.clear();
  pass(340);
  const ends = asked.filter(([, , countdownMs]) => countdownMs === 0).length;
  expect(ends).toBeGreaterThan(1);
  expect(told()).toEqual([0, []]);
  pass(COUNTDOWN_MS / 1_000);
  const before = asked.length;
  pass(600);
  expect(asked.length).toBe(before);
  open.add(1);
  answer = Code.Ok;
  pass(1);
  expect(told()).toEqual([1, []]);
});

test("an end that nobody has answered may have been taken: from when it leaves, the switch is not told as armed", () => {
  const ends = () => asked.filter(([, , countdownMs]) => countdownMs === 0).length;
  const { asked, open, pass, told } = rig(undefined, () => (asked.at(-1)?.[2] === 0 ? undefined : Code.Ok));
  open.add(1);
  pass(20);
  open.clear();
  while (ends() === 0) pass(1);
  open.add(1);
  pass(1);
  expect(told()).toEqual([0, [{ instrument: 1, code: "", isArmed: false }]]);
  pass(ANSWER_US_MAX / SECOND);
  expect([ends(), told()]).toEqual([1, [0, [{ instrument: 1, code: "AnswerMissing", isArmed: false }]]]);
  pass(10);
  expect([ends(), told()]).toEqual([1, [1, []]]);
});

test("an answer that comes after it was given up arms nothing, and one of before ends nothing", () => {
  const late: ((code: Code) => void)[] = [];
  const switches = new DeadMan(
    {
      armDeadMan: (_instrument, _countdownMs, done) => {
        late.push(done);
        return Code.Ok;
      },
    },
    (visit) => visit(1),
  );
  switches.turn(0);
  switches.turn(ANSWER_US_MAX);
  late[0]?.(Code.Ok);
  switches.turn(ANSWER_US_MAX + SECOND);
  expect([late.length, switches.armed]).toEqual([2, 0]);
  late[1]?.(Code.Ok);
  switches.turn(ANSWER_US_MAX + 2 * SECOND);
  late[0]?.(Code.AnswerRefused);
  switches.turn(ANSWER_US_MAX + 3 * SECOND);
  expect([switches.armed, switches.unarmed()]).toEqual([1, []]);
});
