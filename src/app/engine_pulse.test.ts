/** The engine's beat: one turn for both who watch it; and when it takes the watchdog for lost. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnginePulse } from "./engine_pulse.ts";
import { removeDataDir } from "./heartbeat_page.testing.ts";
import { bitOf, HeartbeatPage, WatchdogState } from "./heartbeat_page.ts";
import { Beat } from "./thread_memory.ts";

let dir = "";
let page: HeartbeatPage;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "meltica-pulse-"));
  page = HeartbeatPage.open(dir);
  page.takeOver(1);
});
afterEach(() => {
  removeDataDir(dir);
});

const MS = 1_000;

describe("a turn", () => {
  test("beats in the word of the supervisor and on the page of the watchdog", () => {
    const words = new Int32Array(16);
    const pulse = new EnginePulse(words, page.path, ["main", "other"], 9, 0);
    for (let turn = 1; turn <= 3; turn++) pulse.turn(turn * MS);
    expect([words[Beat.Turns], page.engineBeats, page.engineBeatUs, page.engineEpoch]).toEqual([3, 3, 3 * MS, 9]);
  });

  test("without live accounts beats for the supervisor alone, and needs no guard", () => {
    const words = new Int32Array(16);
    const pulse = new EnginePulse(words, undefined, [], 9, 0);
    pulse.turn(MS);
    expect([words[Beat.Turns], page.engineBeats, pulse.isGuarded("main")]).toEqual([1, 0, true]);
  });
});

describe("the watchdog", () => {
  test("is not there before its first beat, is lost after five silent seconds, and is back with one beat", () => {
    const pulse = new EnginePulse(new Int32Array(16), page.path, ["main", "other"], 1, 0);
    let us = 0;
    const turn = (forMs: number) => {
      for (const end = us + forMs * MS; us < end; pulse.turn(us)) us += 10 * MS;
    };
    turn(100);
    expect(pulse.isGuarded("main")).toBe(false);
    page.guard(5, page.epoch);
    const beat = () => page.watchdogBeat(5, WatchdogState.Watching, us);
    beat();
    turn(10);
    expect(pulse.isGuarded("main")).toBe(true);
    turn(4_980);
    expect(pulse.isGuarded("main")).toBe(true);
    turn(20);
    expect(pulse.isGuarded("main")).toBe(false);
    beat();
    turn(10);
    expect(pulse.isGuarded("main")).toBe(true);
  });

  test("that cannot cancel at one account leaves the others guarded", () => {
    const pulse = new EnginePulse(new Int32Array(16), page.path, ["main", "other"], 1, 0);
    page.guard(5, page.epoch);
    page.watchdogBeat(5, WatchdogState.Watching, 1);
    pulse.turn(MS);
    const of = () => [pulse.isGuarded("main"), pulse.isGuarded("other")];
    const figures = { alarms: 0, alarmsDone: 0, canceled: 0, failedPasses: 0 };
    expect(of()).toEqual([true, true]);
    page.count(5, { ...figures, blind: bitOf(1) });
    expect(of()).toEqual([true, false]);
    page.count(5, { ...figures, blind: bitOf(0) | bitOf(40) });
    expect(of()).toEqual([false, true]);
    page.count(5, { ...figures, blind: 0 });
    expect(of()).toEqual([true, true]);
  });

  test("of another gateway does not count, however it beats", () => {
    const pulse = new EnginePulse(new Int32Array(16), page.path, ["main", "other"], 1, 0);
    page.guard(5, page.epoch + 1);
    for (let us = 0; us < 1_000 * MS; us += 10 * MS) {
      page.watchdogBeat(5, WatchdogState.Watching, us);
      pulse.turn(us);
    }
    expect(pulse.isGuarded("main")).toBe(false);
  });
});
