/** The heartbeat page: shared by processes, made where it lacks, refused where it is something else, handed over by epochs. */

import { afterEach, describe, expect, test } from "bun:test";
import { cpSync, existsSync, lstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "../core/problem.ts";
import { removeDataDir } from "./heartbeat_page.testing.ts";
import { GatewayState, HEARTBEAT_FILE, HeartbeatPage, PAGE_BYTES, WatchdogState } from "./heartbeat_page.ts";

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) removeDataDir(dir);
});

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "meltica-page-"));
  dirs.push(dir);
  return dir;
}

describe("the file", () => {
  test("lies in memory where there is some, is the owner's alone, and stays the same one", () => {
    const dir = folder();
    const page = HeartbeatPage.open(dir);
    const stat = statSync(page.path);
    expect([stat.size, stat.mode & 0o777]).toEqual([PAGE_BYTES, 0o600]);
    expect(lstatSync(page.path).isSymbolicLink()).toBe(existsSync("/dev/shm"));
    page.beat(7);
    const again = HeartbeatPage.open(dir);
    expect([again.engineBeats, again.engineBeatUs]).toEqual([1, 7]);
  });

  test("of a directory that is gone is not the page of the one that got its number", () => {
    const dir = folder();
    HeartbeatPage.open(dir).beat(1);
    rmSync(join(dir, HEARTBEAT_FILE)); // As if the directory were new: nothing in it names the page.
    expect(HeartbeatPage.open(dir).engineBeats).toBe(0);
  });

  test("of a copied directory is not the page of the first", () => {
    const dir = folder();
    const page = HeartbeatPage.open(dir);
    const copy = folder();
    cpSync(dir, copy, { recursive: true, verbatimSymlinks: true });
    const other = HeartbeatPage.open(copy);
    other.beat(1);
    expect([page.engineBeats, other.engineBeats]).toEqual([0, 1]);
  });

  test("that is short, foreign or missing is replaced by the gateway and refused by everybody else", () => {
    for (const content of [new Uint8Array(10), new Uint8Array(PAGE_BYTES), undefined]) {
      const dir = folder();
      const path = join(dir, HEARTBEAT_FILE);
      if (content !== undefined) writeFileSync(path, content);
      let found: unknown;
      try {
        HeartbeatPage.map(path);
      } catch (error) {
        found = error;
      }
      expect((found as ProblemError).problem.code).toBe("HeartbeatUnusable");
      expect(found).toBeInstanceOf(ProblemError);
      expect(HeartbeatPage.open(dir).engineBeats).toBe(0);
    }
    expect(() => HeartbeatPage.open("/proc/no-such-place")).toThrow(ProblemError);
  });
});

describe("words", () => {
  test("a new gateway has a new epoch; behind a death the guard goes on, behind a polite end it does not", () => {
    const page = HeartbeatPage.open(folder());
    expect(page.takeOver(11)).toBe(1);
    expect([page.gatewayPid, page.gatewayState]).toEqual([11, GatewayState.None]);
    page.say(GatewayState.Guarded);
    expect(page.takeOver(12)).toBe(2);
    expect(page.gatewayState).toBe(GatewayState.Guarded);
    page.say(GatewayState.Ended);
    expect(page.takeOver(13)).toBe(3);
    expect(page.gatewayState).toBe(GatewayState.None);
  });

  test("a watchdog whose place was taken writes nothing more", () => {
    const page = HeartbeatPage.open(folder());
    page.guard(21, 1);
    page.watchdogBeat(21, WatchdogState.Watching, 5);
    page.guard(22, 2);
    page.watchdogBeat(21, WatchdogState.Canceling, 9);
    page.count(21, { alarms: 9, alarmsDone: 9, canceled: 9, failedPasses: 9, blind: 9 });
    page.count(22, { alarms: 1, alarmsDone: 2, canceled: 3, failedPasses: 4, blind: 5 });
    expect([page.watchdogBeats, page.guards]).toEqual([1, 2]);
    const figures = { pid: 22, state: WatchdogState.Watching, lastBeatUs: 5 };
    expect(page.watchdog()).toEqual({ ...figures, alarms: 1, alarmsDone: 2, canceled: 3, failedPasses: 4, blind: 5 });
  });

  test("two processes add to one word, and nothing is lost", async () => {
    const page = HeartbeatPage.open(folder());
    const program = `
      import { HeartbeatPage } from ${JSON.stringify(join(import.meta.dir, "heartbeat_page.ts"))};
      const page = HeartbeatPage.map(${JSON.stringify(page.path)});
      for (let i = 0; i < 200_000; i++) page.beat(i);
    `;
    const child = Bun.spawn([process.execPath, "-e", program], { stderr: "inherit" });
    for (let i = 0; i < 200_000; i++) page.beat(i);
    expect(await child.exited).toBe(0);
    expect(page.engineBeats).toBe(400_000);
  });
});
