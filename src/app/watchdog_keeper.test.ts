/** The gateway's side of the watchdog with real processes: started, started again, ended when it hangs, ended with the gateway. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patient } from "../../test/support/patience.ts";
import type { Problem } from "../core/problem.ts";
import { isThere, removeDataDir } from "./heartbeat_page.testing.ts";
import { GatewayState, HEARTBEAT_FILE, HeartbeatPage } from "./heartbeat_page.ts";
import { WatchdogKeeper } from "./watchdog_keeper.ts";

/** Beats for the gateway that started it, until the gateway says that it has ended. */
function standIn(dir: string, how: "beats" | "fails"): string[] {
  const program = `
    import { HeartbeatPage } from ${JSON.stringify(join(import.meta.dir, "heartbeat_page.ts"))};
    const page = HeartbeatPage.map(${JSON.stringify(join(dir, HEARTBEAT_FILE))});
    if (${how === "fails"}) throw "as it was told";
    page.guard(process.pid, Number(process.argv.at(-1)));
    page.watchdogBeat(process.pid, 1, 1);
    while (page.gatewayState !== ${GatewayState.Ended}) {
      page.watchdogBeat(process.pid, 1, 1);
      await Bun.sleep(20);
    }`;
  return [process.execPath, "-e", program];
}

let dir = "";
let problems: Problem[] = [];
let keeper: WatchdogKeeper | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "meltica-keeper-"));
  problems = [];
});
afterEach(async () => {
  keeper?.guard();
  await keeper?.end();
  removeDataDir(dir);
});

function keep(how: "beats" | "fails"): WatchdogKeeper {
  keeper = new WatchdogKeeper({
    dataDir: dir,
    command: standIn(dir, how),
    onProblem: (found) => void problems.push(found),
  });
  keeper.start();
  return keeper;
}

async function until(what: string, holds: () => boolean, mostMs = 10_000): Promise<void> {
  for (const endMs = performance.now() + patient(mostMs); !holds(); ) {
    if (performance.now() > endMs) throw new Error(`not in ${mostMs} ms: ${what}`);
    await Bun.sleep(10);
  }
}

describe("the keeper", () => {
  test("starts it, hears it, and ends it with the gateway; a polite stop is said first", async () => {
    const kept = keep("beats");
    expect(kept.health().isSilent).toBe(true);
    await until("it beats", () => !kept.health().isSilent);
    kept.guard();
    expect(kept.page.gatewayState).toBe(GatewayState.Guarded);
    const { pid } = kept.health();
    kept.stopping();
    expect(kept.page.gatewayState).toBe(GatewayState.Stopping);
    await kept.end();
    expect([kept.page.gatewayState, isThere(pid)]).toEqual([GatewayState.Ended, false]);
    expect(problems).toEqual([]);
  });

  test("starts it again when it dies, and tells", async () => {
    const kept = keep("beats");
    await until("it beats", () => !kept.health().isSilent);
    const { pid } = kept.health();
    process.kill(pid, "SIGKILL");
    await until("another", () => kept.health().pid !== pid);
    expect(problems.map(({ code }) => code)).toEqual(["WatchdogDied"]);
    expect(problems[0]?.detail).toContain("SIGKILL");
    expect(kept.health().restarts).toBe(1);
  });

  test("one that cannot start is tried less and less often", async () => {
    const kept = keep("fails");
    await Bun.sleep(2_500);
    expect(kept.health().isSilent).toBe(true);
    const { length } = problems;
    expect(length).toBeGreaterThanOrEqual(2);
    expect(length).toBeLessThanOrEqual(5);
  });

  test("a start that fails behind a death leaves the orders to the watchdog; behind a polite end it ends it", async () => {
    const before = HeartbeatPage.open(dir);
    before.takeOver(1);
    before.say(GatewayState.Guarded);
    const kept = keep("beats");
    await until("it beats", () => !kept.health().isSilent);
    const { pid } = kept.health();
    kept.stopping();
    await kept.end();
    expect([before.gatewayState, isThere(pid)]).toEqual([GatewayState.Guarded, true]);
    process.kill(pid, "SIGKILL");
  });
});
