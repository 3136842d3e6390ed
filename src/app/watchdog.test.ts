/** When an alarm begins, what it does, and when it ends: a real page, a venue that is a list of orders, time by hand. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import { type CancelAllClient, CancelAllOutcome, type CancelAllReport } from "../venue/wire/cancel_all.ts";
import { removeDataDir } from "./heartbeat_page.testing.ts";
import { bitOf, GatewayState, HeartbeatPage } from "./heartbeat_page.ts";
import { Watchdog, type WatchdogEnd } from "./watchdog.ts";

/** Orders that a pass cancels, unless the venue is said to do otherwise. */
class Venue implements CancelAllClient {
  open = 0;
  passes = 0;
  checks = 0;
  trouble: Partial<CancelAllReport> | undefined;
  checkText = "";

  constructor(readonly account = "main") {}

  async check(): Promise<string> {
    this.checks++;
    return this.checkText;
  }

  async pass(): Promise<CancelAllReport> {
    this.passes++;
    const { open } = this;
    const none = { retryAfterMs: 0, text: "" };
    if (this.trouble !== undefined) {
      return { outcome: CancelAllOutcome.Unknown, open: -1, canceled: 0, ...none, ...this.trouble };
    }
    this.open = 0;
    const outcome = open === 0 ? CancelAllOutcome.NoneOpen : CancelAllOutcome.Canceled;
    return { outcome, open, canceled: open, ...none };
  }
}

const LOOK_MS = 50;
let dir = "";
let page: HeartbeatPage;
let nowMs = 0;
let isAlive = true;
let problems: Problem[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "meltica-dog-"));
  page = HeartbeatPage.open(dir);
  nowMs = 1_000;
  isAlive = true;
  problems = [];
});
afterEach(() => {
  removeDataDir(dir);
});

function dogOf(venues: readonly Venue[], pid = 42): Watchdog {
  return new Watchdog({
    page,
    pid,
    epoch: page.epoch,
    clients: venues,
    nowMs: () => nowMs,
    nowUs: () => nowMs * 1_000,
    isGatewayAlive: () => isAlive,
    onInfo: () => undefined,
    onProblem: (found) => void problems.push(found),
  });
}

/** Looks for so long; the engine beats or does not. Answers how it ended, if it did. */
async function pass(dog: Watchdog, forMs: number, beats: boolean): Promise<WatchdogEnd | undefined> {
  for (const endMs = nowMs + forMs; nowMs < endMs; ) {
    nowMs += LOOK_MS;
    if (beats) page.beat(nowMs * 1_000);
    const end = dog.poll();
    if (end !== undefined) return end;
    await Promise.resolve().then(() => undefined);
    await Bun.sleep(0);
  }
  return undefined;
}

function guarded(): void {
  page.takeOver(7);
  page.say(GatewayState.Guarded);
  page.beat(nowMs * 1_000);
}

describe("an engine that beats", () => {
  test("raises no alarm, however long; the way to the venue is tried meanwhile", async () => {
    guarded();
    const venue = new Venue();
    const dog = dogOf([venue]);
    expect(await pass(dog, 61_000, true)).toBeUndefined();
    expect([venue.passes, venue.checks, dog.isAlarm]).toEqual([0, 4, false]);
    expect(page.watchdogBeats).toBeGreaterThan(1_000);
  }, 20_000);

  test("an account that cannot be reached for a while is shown by its bit, and looked for again, soon at first", async () => {
    guarded();
    const [good, bad] = [new Venue("good"), new Venue("bad")];
    const dog = dogOf([good, bad]);
    expect(page.blind).toBe(bitOf(0) | bitOf(1)); // Nothing has been tried.
    await pass(dog, 100, true);
    expect(page.blind).toBe(0);
    bad.checkText = "no answer";
    await pass(dog, 22_500, true);
    expect(page.blind).toBe(0); // One lost answer is no reason.
    await pass(dog, 3_000, true);
    expect([page.blind, good.checks]).toEqual([bitOf(1), 4]);
    bad.checkText = "another answer";
    await pass(dog, 4_000, true);
    expect([problems.length, good.checks]).toEqual([1, 5]);
    bad.checkText = "";
    await pass(dog, 20_000, true);
    expect(page.blind).toBe(0);
  });

  test("a key that cannot be used from the start: its account is never taken for looked after", async () => {
    guarded();
    const [good, bad] = [new Venue("good"), new Venue("bad")];
    bad.checkText = "SecretMissing";
    const dog = dogOf([good, bad]);
    for (let n = 0; n < 100; n++) {
      await pass(dog, 50, true);
      expect(page.blind & bitOf(1)).toBe(bitOf(1));
    }
    expect([page.blind, problems.length]).toEqual([bitOf(1), 1]);
  });

  test("a key that the venue refuses is told once, and shown", async () => {
    guarded();
    const venue = new Venue();
    venue.checkText = "-2015 Invalid API-key";
    const dog = dogOf([venue]);
    await pass(dog, 45_000, true);
    expect(problems.map(({ code }) => code)).toEqual(["CancelAllFailed"]);
    expect(page.watchdog().blind).toBe(1);
    venue.checkText = "";
    await pass(dog, 25_000, true);
    expect(page.watchdog().blind).toBe(0);
  }, 20_000);
});

describe("a silent engine", () => {
  test("is an alarm after a second, not before; it ends when the engine beats again and all was canceled", async () => {
    guarded();
    const venues = [new Venue("spot"), new Venue("perp")];
    for (const venue of venues) venue.open = 5;
    const dog = dogOf(venues);
    await pass(dog, 500, true);
    await pass(dog, 950, false);
    expect(venues.map((venue) => venue.passes)).toEqual([0, 0]);
    await pass(dog, 100, false);
    expect(venues.map((venue) => [venue.passes, venue.open])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(problems.map(({ code }) => code)).toEqual(["EngineSilent"]);
    await pass(dog, 100, true);
    expect(dog.isAlarm).toBe(false);
    expect(page.watchdog()).toMatchObject({ alarms: 1, alarmsDone: 1, canceled: 10 });
    venues[0]!.open = 3; // What the new engine places is its own.
    await pass(dog, 2_000, true);
    expect(venues[0]?.open).toBe(3);
  });

  test("while it stays silent the venue is looked at again: an order that was on its way is canceled too", async () => {
    guarded();
    const venue = new Venue();
    venue.open = 2;
    const dog = dogOf([venue]);
    await pass(dog, 1_300, false);
    venue.open = 1;
    await pass(dog, 500, false);
    expect(venue.open).toBe(0);
    await pass(dog, 60_000, false);
    expect(venue.passes).toBeLessThan(15); // Not so often as to be shut out.
    expect(page.watchdog()).toMatchObject({ alarms: 1, alarmsDone: 0, canceled: 3 });
  }, 20_000);

  test("that came back before the venue did: the alarm goes on until what was open is canceled", async () => {
    guarded();
    const venue = new Venue();
    venue.open = 4;
    venue.trouble = { text: "no answer" };
    const dog = dogOf([venue]);
    await pass(dog, 1_200, false);
    await pass(dog, 2_000, true);
    expect([dog.isAlarm, venue.open, page.watchdog().failedPasses > 2]).toEqual([true, 4, true]);
    venue.trouble = undefined;
    await pass(dog, 3_000, true);
    expect([dog.isAlarm, venue.open]).toEqual([false, 0]);
  });

  test("a venue that limits requests is left alone for as long as it says", async () => {
    guarded();
    const venue = new Venue();
    venue.trouble = { outcome: CancelAllOutcome.Limited, retryAfterMs: 10_000 };
    const dog = dogOf([venue]);
    await pass(dog, 10_500, false);
    expect(venue.passes).toBe(1);
    await pass(dog, 1_000, false);
    expect(venue.passes).toBe(2);
  });

  test("a stall that control has found is an alarm at once, though the new engine beats already", async () => {
    guarded();
    const venue = new Venue();
    venue.open = 3;
    const dog = dogOf([venue]);
    await pass(dog, 200, true);
    page.tellStall();
    await pass(dog, 100, true);
    expect([venue.open, page.watchdog().alarms, dog.isAlarm]).toEqual([0, 1, false]);
  });

  test("a watchdog that did not run itself gives the engine its chance", async () => {
    guarded();
    const venue = new Venue();
    const dog = dogOf([venue]);
    await pass(dog, 200, true);
    nowMs += 60_000; // The host slept: neither has run.
    expect(dog.poll()).toBeUndefined();
    await pass(dog, 300, true);
    expect(page.watchdog().alarms).toBe(0);
  });
});

describe("a gateway that ends", () => {
  test("politely: silence is no death, its orders stay, and the watchdog ends when it says so", async () => {
    guarded();
    const venue = new Venue();
    venue.open = 3;
    const dog = dogOf([venue]);
    await pass(dog, 200, true);
    page.say(GatewayState.Stopping);
    expect(await pass(dog, 8_000, false)).toBeUndefined();
    page.say(GatewayState.Ended);
    expect(await pass(dog, 100, false)).toBe("ended");
    expect([venue.open, venue.passes]).toEqual([3, 0]);
  });

  test("and dies while it stops: what stayed was left on purpose", async () => {
    guarded();
    const venue = new Venue();
    const dog = dogOf([venue]);
    page.say(GatewayState.Stopping);
    isAlive = false;
    expect(await pass(dog, 100, false)).toBe("ended");
    expect(venue.passes).toBe(0);
  });

  test("while an alarm is under way: what it began it finishes", async () => {
    guarded();
    const venue = new Venue();
    venue.open = 3;
    venue.trouble = { text: "no answer" };
    const dog = dogOf([venue]);
    await pass(dog, 1_200, false);
    page.say(GatewayState.Ended);
    expect(await pass(dog, 1_000, false)).toBeUndefined();
    venue.trouble = undefined;
    expect(await pass(dog, 6_000, false)).toBe("ended");
    expect(venue.open).toBe(0);
  });

  test("by a kill -9: all is canceled, and only when the venue has said twice that nothing is open it goes", async () => {
    guarded();
    const venue = new Venue();
    venue.open = 3;
    const dog = dogOf([venue]);
    isAlive = false;
    expect(await pass(dog, 950, false)).toBeUndefined();
    expect(await pass(dog, 2_000, false)).toBe("orphaned");
    expect([venue.open, venue.passes]).toEqual([0, 3]);
  });

  test("by a kill -9, and the venue cannot be asked for an hour: it gives up and says so", async () => {
    guarded();
    const venue = new Venue();
    venue.trouble = { outcome: CancelAllOutcome.Refused, text: "-2015" };
    const dog = dogOf([venue]);
    isAlive = false;
    await pass(dog, 1_200, false);
    nowMs += 3_600_000;
    expect(await pass(dog, 200, false)).toBe("gave up");
    expect(problems.some(({ detail }) => detail.startsWith("main: given up"))).toBe(true);
  });
});

describe("a gateway that starts again", () => {
  test("behind a death: the old watchdog stays until the next is there, and that one counts on", async () => {
    guarded();
    const [old, next] = [new Venue(), new Venue()];
    const dog = dogOf([old], 1);
    await pass(dog, 500, false);
    page.takeOver(8);
    expect(await pass(dog, 100, false)).toBeUndefined();
    const heir = dogOf([next], 2);
    expect(await pass(dog, 100, false)).toBe("superseded");
    next.open = 2;
    await pass(heir, 500, false);
    expect([old.passes, next.open]).toEqual([0, 0]);
  });

  test("behind a polite end: the old one goes at once, and the new engine may take its time", async () => {
    guarded();
    const venue = new Venue();
    const dog = dogOf([new Venue()], 1);
    page.say(GatewayState.Ended);
    page.takeOver(8);
    expect(await pass(dog, 100, false)).toBe("superseded");
    const heir = dogOf([venue], 2);
    expect(await pass(heir, 10_000, false)).toBeUndefined();
    expect(venue.passes).toBe(0);
  });
});
