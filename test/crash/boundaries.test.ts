/** A small version of `npm run test:crash`: the first sessions' journal writes × the crash points, and mistakes that must show. */

import { describe, expect, test } from "bun:test";
import { Boundaries } from "./boundaries.ts";
import { CrashPoint } from "./crash_points.ts";
import type { Planted } from "./crash_process.ts";
import { snapshotHook } from "./crash_snapshot.ts";

test("30 journal writes × the crash points, deaths in recovery among them: nothing lost, nothing twice", async () => {
  const snapshots = await snapshotHook();
  const report = new Boundaries({ seed: 1, boundaries: 30, snapshots }).run();
  const { breaks, ...figures } = report;
  process.stdout.write(`  ${JSON.stringify(figures)}\n`);
  expect(breaks).toEqual([]);
  expect(report.boundaries).toBe(30);
  expect(report.doubles).toBeGreaterThan(30);
  expect(report.triples).toBeGreaterThan(5);
  for (const [name, point] of Object.entries(CrashPoint)) {
    if (typeof point === "number" && (point !== CrashPoint.InSnapshot || snapshots !== undefined))
      expect(report.fired[name]).toBeGreaterThan(15);
  }
});

describe("mistakes on purpose are caught", () => {
  const mistakes: [string, Planted][] = [
    ["an order leaves before its record is durable", { releasesEarly: true }],
    ["what was not answered is sent again after a restart", { sendsAgain: true }],
    ["an answer is given before its record is durable", { answersEarly: true }],
    ["syncs that do nothing", { liesAboutSync: true }],
  ];
  for (const [name, planted] of mistakes) {
    test(name, () => {
      const { breaks, cases } = new Boundaries({ seed: 1, boundaries: 50, planted, breaksMax: 1 }).run();
      process.stdout.write(`  case ${cases}: ${breaks[0]?.slice(0, 150)}\n`);
      expect(breaks.length).toBeGreaterThan(0);
    });
  }
});
