/** When frames are taken: spacing times speed by a clock of the test's own, full speed by leave, the loop, the end. */

import { describe, expect, test } from "bun:test";
import { until } from "./book_client.testing.ts";
import type { Feed, FeedFrame } from "./feed.ts";
import { Pacer, type PacerEnds } from "./pacer.ts";

/** Frames at 0, 10, 20 … ms of feed time. */
class StepFeed implements Feed {
  readonly listings = [];
  readonly streams = [];
  readonly problems = [];
  at = 0;
  constructor(readonly frameCount: number) {}
  nextTimeUs = () => (this.at < this.frameCount ? this.at * 10_000 : undefined);
  take(): FeedFrame {
    const timeUs = this.at++ * 10_000;
    return { timeUs, venue: "binance-spot", symbol: "A", stream: "a@trade", data: "{}", envelope: undefined };
  }
  rewind(): boolean {
    this.at = 0;
    return true;
  }
  upcomingBook = () => undefined;
}

function rig(frames: number, ends: Partial<PacerEnds>) {
  const log: string[] = [];
  const clock = { ms: 0 };
  const pacer = new Pacer(new StepFeed(frames), {
    speed: 1,
    loop: false,
    nowMs: () => clock.ms,
    mayGoOn: () => true,
    onFrame: ({ timeUs }) => void log.push(`${timeUs / 1_000}`),
    onRewind: () => void log.push("rewind"),
    onEnd: () => void log.push("end"),
    ...ends,
  });
  return { pacer, log, clock };
}

describe("Pacer", () => {
  test("takes what is due by the clock times the speed, and catches up after a pause", async () => {
    const { pacer, log, clock } = rig(10, { speed: 2 });
    pacer.start();
    expect(await until(() => log.length === 1, 500)).toBe(true);
    clock.ms = 14; // 28 ms of the feed.
    expect(await until(() => log.length === 3, 500)).toBe(true);
    await Bun.sleep(15);
    expect(log).toEqual(["0", "10", "20"]);
    clock.ms = 1_000;
    expect(await until(() => pacer.isDone, 500)).toBe(true);
    expect(log.slice(3)).toEqual(["30", "40", "50", "60", "70", "80", "90", "end"]);
    pacer.start();
    await Bun.sleep(5);
    expect(log).toHaveLength(11);
  });

  test("at full speed it asks before each frame", async () => {
    let leave = 3;
    const { pacer, log } = rig(5, { speed: 0, mayGoOn: () => leave-- > 0 });
    pacer.start();
    await Bun.sleep(15);
    expect(log).toEqual(["0", "10", "20"]);
    leave = 100;
    expect(await until(() => pacer.isDone, 500)).toBe(true);
    expect(pacer.taken).toBe(5);
  });

  test("a loop begins again until it is stopped", async () => {
    const { pacer, log } = rig(2, { speed: 0, loop: true });
    pacer.start();
    expect(await until(() => pacer.turns > 3, 500)).toBe(true);
    pacer.stop();
    const { length } = log;
    await Bun.sleep(10);
    expect(log).toHaveLength(length);
    expect(log.slice(0, 5)).toEqual(["0", "10", "rewind", "0", "10"]);
  });
});
