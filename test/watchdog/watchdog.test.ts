/** The watchdog with real processes: frozen engines, deaths, polite ends, its own death, a venue in trouble, hidden verb. */

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isThere } from "../../src/app/heartbeat_page.testing.ts";
import { GatewayState, HEARTBEAT_FILE } from "../../src/app/heartbeat_page.ts";
import { SOURCE_COMMAND } from "../e2e/gateway_process.testing.ts";
import { ORDERS, ORDERS_ALL, slowest, VenuesProcess } from "./venues_process.testing.ts";
import { CANCELED_MS_MAX, freeze } from "./watchdog.ts";
import { GuardedGateway } from "./watchdog_rig.testing.ts";

setDefaultTimeout(120_000);
const RUNS = 2;

let venue: VenuesProcess;
const running: GuardedGateway[] = [];
beforeAll(async () => {
  venue = await VenuesProcess.start();
});
afterEach(async () => {
  for (const guarded of running.splice(0)) await guarded.remove();
});
afterAll(() => venue.stop());

async function start(dataDir?: string, at = venue): Promise<GuardedGateway> {
  const guarded = await GuardedGateway.start(at, dataDir);
  running.push(guarded);
  return guarded;
}

describe("a frozen engine with open orders at four venues: all are canceled within 3 s", () => {
  for (const fault of ["SIGSTOP", "loop"] as const) {
    for (let run = 1; run <= RUNS; run++) {
      test(`${fault}, run ${run}`, async () => {
        const { open, took } = await freeze(venue, fault);
        const ms = slowest(took);
        expect(open).toBe(ORDERS_ALL);
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThan(CANCELED_MS_MAX);
      });
    }
  }

  test("SIGSTOP while the venues lose answers, fail and are slow", async () => {
    // Of its own: a countdown that is set at OKX in the dark may fire ten seconds later.
    const dark = await VenuesProcess.start();
    try {
      const guarded = await start(undefined, dark);
      await dark.placeOrders();
      await dark.faults({ "lost-ack": 0.3, "http-5xx": 0.3, "slow-rest": 0.2, "slow-rest-ms": 400 });
      process.kill(guarded.gateway.child.pid, "SIGSTOP");
      await Bun.sleep(3_500);
      await dark.faults({ "lost-ack": 0, "http-5xx": 0, "slow-rest": 0 });
      expect(slowest(await dark.untilNoneOpen(8_000))).toBeGreaterThanOrEqual(0);
      process.kill(guarded.gateway.child.pid, "SIGCONT");
      await guarded.gateway.until("the alarm is over", async () => guarded.page.watchdog().alarmsDone > 0, 15_000);
      expect(await guarded.gateway.metric("meltica_watchdog_alarms_total")).toBeGreaterThanOrEqual(1);
    } finally {
      await dark.stop();
    }
  });
});

describe("a gateway that ends", () => {
  test("by kill -9: its orders are canceled, and then the watchdog goes by itself", async () => {
    const guarded = await start();
    const { watchdogPid } = guarded;
    await venue.placeOrders();
    await guarded.gateway.kill();
    const ms = slowest(await venue.untilNoneOpen(10_000));
    expect([ms >= 0, ms < CANCELED_MS_MAX]).toEqual([true, true]);
    expect(await guarded.watchdogEnds(watchdogPid, 5_000)).toBe(true);
    expect(guarded.gateway.log).toContain('"why":"orphaned"');
  });

  test("politely: its orders stay, and the watchdog ends with it, deaf to signals before", async () => {
    const guarded = await start();
    const { watchdogPid } = guarded;
    await venue.placeOrders();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(watchdogPid, signal);
    await Bun.sleep(200);
    expect(isThere(watchdogPid)).toBe(true);
    expect(await guarded.gateway.terminate()).toBe(0);
    expect(await guarded.watchdogEnds(watchdogPid, 1_000)).toBe(true);
    expect([guarded.page.gatewayState, guarded.page.watchdog().alarms]).toEqual([GatewayState.Ended, 0]);
    await Bun.sleep(1_500);
    expect(await venue.open()).toEqual(ORDERS);
  });

  for (const gapMs of [0, 1_200]) {
    test(`by kill -9 and starts again after ${gapMs} ms: one watchdog is left, and no order is without a guard`, async () => {
      const guarded = await start();
      const { watchdogPid, dataDir } = guarded;
      await venue.placeOrders();
      await guarded.gateway.kill();
      await Bun.sleep(gapMs);
      const again = await start(dataDir);
      expect(again.page.epoch).toBe(2);
      expect(await again.watchdogEnds(watchdogPid, 5_000)).toBe(true);
      expect(again.watchdogPid === watchdogPid).toBe(false);
      // One that is back within the second finds its orders as they were; they are guarded again.
      if (gapMs === 0) process.kill(again.gateway.child.pid, "SIGSTOP");
      const ms = slowest(await venue.untilNoneOpen(5_000));
      expect([ms >= 0, ms < CANCELED_MS_MAX]).toEqual([true, true]);
      process.kill(again.gateway.child.pid, "SIGCONT");
      expect(await again.gateway.terminate()).toBe(0);
    });
  }
});

describe("a watchdog", () => {
  test("that dies is started again; one that hangs makes the gateway not ready, and is replaced", async () => {
    const guarded = await start();
    const { gateway } = guarded;
    const first = guarded.watchdogPid;
    process.kill(first, "SIGKILL");
    await gateway.until("another watchdog", async () => guarded.watchdogPid !== first && guarded.isWatched, 10_000);
    const second = guarded.watchdogPid;
    expect(await gateway.metric("meltica_watchdog_restarts_total")).toBe(1);
    process.kill(second, "SIGSTOP");
    await gateway.until("it says so", async () => (await gateway.metric("meltica_watchdog_silent")) === 1, 8_000);
    const { notReady } = (await gateway.ask("GET", "/readyz")).json;
    expect(notReady.join()).toContain("watchdog process is silent");
    await gateway.until("a third", async () => guarded.watchdogPid !== second && guarded.isWatched, 15_000);
    await gateway.until("all is well", async () => (await gateway.metric("meltica_watchdog_silent")) === 0, 2_000);
    expect(gateway.log).toContain("WatchdogDied");
  });

  test("shares the page of the gateway that the data directory names, with its owner alone", async () => {
    const guarded = await start();
    const stat = statSync(join(guarded.dataDir, HEARTBEAT_FILE));
    expect([stat.size, stat.mode & 0o777]).toEqual([4_096, 0o600]);
    const { log } = guarded.gateway;
    expect(log).toContain('"name":"watchdog"');
    expect(log).not.toContain(venue.secret);
  });
});

describe("the verb", () => {
  const run = (...words: string[]) => {
    const dir = mkdtempSync(join(tmpdir(), "meltica-verb-"));
    const ended = Bun.spawnSync(
      [...SOURCE_COMMAND, ...words, ...(words.includes("--help") ? [] : ["--data-dir", dir])],
      {
        cwd: dir,
      },
    );
    rmSync(dir, { recursive: true });
    return { code: ended.exitCode, out: ended.stdout.toString(), err: ended.stderr.toString() };
  };

  test("has help of its own, and is not in the overview", () => {
    expect(run("--help").out).not.toContain("watchdog");
    const { code, out } = run("watchdog", "--help");
    expect([code, out.includes("--epoch"), out.includes("EXAMPLES")]).toEqual([0, true, true]);
  });

  test("without a live account says so and ends", () => {
    const { code, err } = run("watchdog");
    expect(code).not.toBe(0);
    expect(err).toContain("no account is live");
    expect(run("watchdog", "--account", "main").err).toContain("not live in this configuration: main");
    expect(run("watchdog", "--epoch", "x").err).toContain("--epoch");
  });
});
