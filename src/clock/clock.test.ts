/** Clocks and timers against a plain sorted list. */

import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { MonotonicClock, VirtualClock } from "./clock.ts";
import { TimerWheel } from "./wheel.ts";

describe("clocks", () => {
  test("a source that steps backward is held and counted", () => {
    const times = [5, 7.9, 3, 4, 8];
    const clock = new MonotonicClock(() => times.shift() as number);
    expect([clock.nowUs(), clock.nowUs(), clock.nowUs(), clock.nowUs(), clock.nowUs()]).toEqual([5, 7, 7, 7, 8]);
    expect(clock.backwardSteps).toBe(1);
  });

  test("virtual time moves forward only", () => {
    const clock = new VirtualClock(10);
    clock.advanceTo(12);
    expect(clock.nowUs()).toBe(12);
    expect(() => clock.advanceTo(11)).toThrow(/TimeWentBack/);
  });
});

describe("TimerWheel", () => {
  test("100,000 random operations: fires what a sorted list fires, in (due, id) order, also what handlers add", () => {
    const seed = 99;
    const prng = new Prng(seed);
    const wheel = new TimerWheel(DEFAULT_LIMITS);
    let model: { id: number; due: number; payload: number }[] = [];
    let nowUs = 0;
    const fired: number[] = [];
    const schedule = (due: number, payload: number) => model.push({ id: wheel.schedule(due, payload), due, payload });
    const listener = {
      onTimer(payload: number) {
        fired.push(payload);
        if (payload % 10 === 0) schedule(nowUs - 1, payload + 1);
      },
    };
    const expected: number[] = [];
    const advance = () => {
      for (;;) {
        model.sort((a, b) => a.due - b.due || a.id - b.id);
        const head = model[0];
        if (head === undefined || head.due > nowUs) return;
        model.shift();
        expected.push(head.payload);
        if (head.payload % 10 === 0) model.push({ id: 1e9, due: nowUs - 1, payload: head.payload + 1 });
      }
    };
    for (let i = 0; i < 100_000; i++) {
      const draw = prng.nextBelow(10);
      if (draw < 5 && wheel.count < 200) schedule(nowUs + prng.nextBelow(1_000), i * 2);
      else if (draw < 6 && model.length > 0) {
        const victim = model[prng.nextBelow(model.length)] as { id: number };
        expect(wheel.cancel(victim.id)).toBe(true);
        model = model.filter((t) => t !== victim);
      } else {
        nowUs += prng.nextBelow(100);
        const before = [...model];
        wheel.advance(nowUs, listener);
        const after = model;
        model = before;
        advance();
        model = after.filter((t) => t.due > nowUs);
      }
      expect(wheel.nextDueUs()).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.map((t) => t.due)));
    }
    expect(fired).toEqual(expected);
    expect(fired.length, `seed ${seed}`).toBeGreaterThan(10_000);
  });

  test("full stops; cancelling what is gone is false", () => {
    const wheel = new TimerWheel({ ...DEFAULT_LIMITS, timersMax: 2 });
    const id = wheel.schedule(1, 1);
    wheel.schedule(2, 2);
    expect(() => wheel.schedule(3, 3)).toThrow(/TableFull/);
    expect(wheel.cancel(id)).toBe(true);
    expect(wheel.cancel(id)).toBe(false);
    expect(wheel.nextDueUs()).toBe(2);
  });
});
