/** Storms over a whole session in virtual time: lost, late, doubled and broken frames, cut sockets, bad snapshots. */

import { describe, expect, test } from "bun:test";
import type { Prng } from "../../core/prng.ts";
import { FakeTime } from "../wire/fake_time.testing.ts";
import { SessionRig } from "./session_rig.testing.ts";
import { FakeNetwork } from "./session_time.testing.ts";
import { TestVenue } from "./session_venue.testing.ts";

const RUNS = process.env["MELTICA_FUZZ"] === "large" ? 2_000 : 200;
const SEED = Number(process.env["MELTICA_SEED"] ?? 4_200);
const STORM_US = 30_000_000;
/** Two windows of the request budget: a storm may have spent it all. */
const CALM_US = 150_000_000;
const STEP_US = 100_000;
const WEIGHT_MAX = 700;

interface Storm {
  readonly rig: SessionRig;
  readonly venue: TestVenue;
  readonly network: FakeNetwork;
  readonly time: FakeTime;
}

function storm(seed: number): Storm {
  const venue = new TestVenue(seed % 2 === 0 ? "spot" : "usdm", ["ETHUSDT", "BTCUSDT"], seed);
  const time = new FakeTime();
  const network = new FakeNetwork(time, venue);
  const { setTimer, clearTimer } = time;
  const rig = new SessionRig({
    venue,
    time: { nowUs: () => time.nowUs, setTimer, clearTimer },
    rest: network.rest,
    openSocket: network.openSocket,
    seed,
    session: {
      tickMs: 50,
      redundant: seed % 3 === 0,
      requests: { weightMax: WEIGHT_MAX, windowUs: 65_000_000, requestsMax: 64 },
    },
  });
  venue.faulty = true;
  rig.session.start();
  for (let passedUs = 0; passedUs < STORM_US; passedUs += STEP_US) {
    weather(network, venue.prng, time);
    venue.step();
    time.run(STEP_US);
  }
  return { rig, venue, network, time };
}

/** Now and then the cable is out, or nobody answers at the door. */
function weather(network: FakeNetwork, prng: Prng, time: FakeTime): void {
  const dice = prng.nextBelow(600);
  if (dice > 2) return;
  const fault = (["dead", "refusing", "hanging"] as const)[dice] as "dead" | "refusing" | "hanging";
  network[fault] = true;
  time.at(time.nowUs + prng.nextBelow(20_000_000), () => {
    network[fault] = false;
  });
}

/** No more faults: the market goes on, then stops with its last word said. */
function calm({ rig, venue, network, time }: Storm): void {
  venue.faulty = false;
  network.dead = false;
  network.refusing = false;
  network.hanging = false;
  const whole = () => rig.allValid && rig.session.status().connected && !network.live.some(({ halfOpen }) => halfOpen);
  const healed = (passedUs: number) => passedUs > 5_000_000 && whole();
  for (let passedUs = 0; passedUs < CALM_US && !healed(passedUs); passedUs += STEP_US) {
    venue.step();
    time.run(STEP_US);
  }
  venue.rest();
  time.run(STEP_US);
}

describe("a session in a storm", () => {
  test(`${RUNS} seeds: a valid book is the venue's, the budget holds, and calm heals all`, () => {
    let compared = 0;
    let reconnects = 0;
    let served = 0;
    let failed = 0;
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      const run = storm(seed);
      const { rig, venue } = run;
      calm(run);
      const state = { seed, wrong: rig.wrong.slice(0, 3), valid: rig.allValid, current: rig.allCurrent };
      expect(state).toEqual({ seed, wrong: [], valid: true, current: true });
      expect(venue.weightPerMinuteSeen).toBeLessThanOrEqual(WEIGHT_MAX);
      expect(venue.sameBookInFlightSeen).toBeLessThanOrEqual(1);
      expect(venue.controlPerSecondSeen).toBeLessThanOrEqual(5);
      const status = rig.session.status();
      expect(status.connected).toBe(true);
      compared += rig.compared;
      reconnects += status.reconnects;
      served += status.snapshotsServed;
      failed += status.snapshotsFailed;
      rig.session.stop();
      expect(rig.allValid).toBe(false);
    }
    // The storm was one: otherwise nothing was proven.
    expect(compared).toBeGreaterThan(RUNS * 100);
    expect(reconnects).toBeGreaterThan(RUNS / 2);
    expect(served).toBeGreaterThan(RUNS * 2);
    expect(failed).toBeGreaterThan(RUNS / 2);
    process.stdout.write(`  ${compared} compared, ${reconnects} reconnects, ${served} snapshots, ${failed} failed\n`);
  }, 600_000);

  test("the same seed gives the same run", () => {
    const once = storm(SEED);
    const again = storm(SEED);
    expect(again.rig.session.status()).toEqual(once.rig.session.status());
    expect(again.rig.market.hash()).toBe(once.rig.market.hash());
    expect(again.rig.problems).toEqual(once.rig.problems);
  });
});
