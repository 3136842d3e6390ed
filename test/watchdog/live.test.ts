/** The executable trading live, with its watchdog: frozen engines, a polite stop, a watchdog that has no key for one account. */

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { VenueProcess } from "../e2e/live_venue.testing.ts";
import { freezeLive, isGood } from "./live.ts";
import { LIVE_ORDERS, LiveGuarded, ordersOf } from "./live_rig.testing.ts";

setDefaultTimeout(120_000);
const RUNS = 2;

describe("an engine that trades live is frozen: all its orders are canceled within 3 s, and it learns of it", () => {
  for (const fault of ["SIGSTOP", "loop"] as const) {
    for (let run = 1; run <= RUNS; run++) {
      test(`${fault}, run ${run}`, async () => {
        const result = await freezeLive(run, fault);
        expect([isGood(result), result]).toEqual([true, result]);
      });
    }
  }
});

describe("with a venue", () => {
  let venue: VenueProcess;
  let guarded: LiveGuarded | undefined;
  beforeEach(async () => {
    venue = await VenueProcess.start(1);
  });
  afterEach(async () => {
    await guarded?.remove();
    guarded = undefined;
    await venue.stop();
  });

  test("a polite stop leaves the orders where they are, and no watchdog behind", async () => {
    guarded = await LiveGuarded.start(venue);
    const open = await guarded.openThere();
    const { watchdogPid } = guarded.page;
    expect(await guarded.gateway.terminate()).toBe(0);
    await Bun.sleep(1_500);
    expect(await guarded.openThere()).toEqual(open);
    expect(() => process.kill(watchdogPid, 0)).toThrow();
  });

  test("orders that are cancelled on the way to rest are asked for again", async () => {
    let canceled: readonly string[] = [];
    guarded = await LiveGuarded.start(venue, LIVE_ORDERS, undefined, async (rig) => {
      const isThere = async () => (await rig.openThere())["spot"]?.length === ordersOf("spot");
      await rig.gateway.until("one account's orders rest", isThere);
      canceled = (await rig.openThere())["spot"] ?? [];
      const answer = await rig.gateway.ask("POST", "/api/v1/orders/cancel-all", { account: "spot", why: "test" });
      expect([answer.status, answer.text]).toEqual([200, answer.text]);
    });
    const open = (await guarded.openThere())["spot"] ?? [];
    expect(open.filter((id) => canceled.includes(id))).toEqual([]);
    expect(open.length).toBe(ordersOf("spot"));
  });

  test("a watchdog without a key for one account: that one opens nothing, the others trade", async () => {
    guarded = await LiveGuarded.start(venue, LIVE_ORDERS - ordersOf("perp"), (config) => {
      config.accounts.perp.watchdog = { apiKey: { env: "NOT_SET" }, secret: { env: "NOT_SET" } };
    });
    const { gateway } = guarded;
    await gateway.until("its orders are denied", async () => {
      const denied = (await gateway.all("/api/v1/orders")).filter(({ state }) => state === "denied");
      return denied.some(({ account, reason }) => account === "perp" && reason.startsWith("WatchdogSilent:"));
    });
    expect((await guarded.openThere())["perp"]).toEqual([]);
    const { notReady } = (await gateway.ask("GET", "/readyz")).json;
    expect(notReady.join()).toContain("could not cancel at 1 accounts");
    expect(await gateway.metric("meltica_watchdog_blind_accounts")).toBe(1);
    expect(gateway.log).toContain("NOT_SET");
  });
});
