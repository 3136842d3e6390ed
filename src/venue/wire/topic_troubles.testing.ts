/** What every session of topics must come through at its small venue, in virtual time. Called inside a `describe`. */

import { expect, test } from "bun:test";
import type { FakeTime } from "./fake_time.testing.ts";
import type { MarketRig } from "./market_rig.testing.ts";
import type { TopicSession } from "./topic_session.ts";

const SECOND_US = 1_000_000;

interface TroubledWorld {
  readonly time: FakeTime;
  readonly venue: {
    readonly peers: readonly { readonly pings: number }[];
    readonly faults: { drop: number };
    isSilent: boolean;
    step(): void;
    textOf(symbol: string): string;
  };
  readonly rig: MarketRig & { readonly session: TopicSession; textOf(instrument: number): string };
}

/** After a storm: `wrong` says where a valid book was not the venue's, of so many that were compared. */
export function expectHealed(
  rig: MarketRig & { readonly session: TopicSession },
  symbols: readonly string[],
  { wrong, compared }: { readonly wrong: readonly string[]; readonly compared: number },
): void {
  expect(wrong).toEqual([]);
  expect(symbols.map((_, n) => rig.book(n)?.valid)).toEqual(symbols.map(() => true));
  expect(compared).toBeGreaterThan(50);
  expect(rig.session.status().repairs).toBeGreaterThan(3);
  expect(rig.session.status().reconnects).toBeGreaterThan(0);
}

export function pings(virtual: (symbols: readonly string[]) => TroubledWorld, symbol: string): void {
  test("our ping goes each 20 s though data comes; without any answer the connection is replaced", () => {
    const { time, venue, rig } = virtual([symbol]);
    rig.session.start();
    for (let second = 0; second < 130; second++) {
      venue.step();
      time.run(SECOND_US);
    }
    expect(venue.peers.map((peer) => peer.pings)).toEqual([6]);
    expect(rig.problems).toEqual([]);
    venue.isSilent = true;
    time.run(40 * SECOND_US);
    expect(rig.codes()).toContain("HeartbeatLost");
    venue.isSilent = false;
    time.run(20 * SECOND_US);
    expect([rig.book(0)?.valid, rig.textOf(0)]).toEqual([true, venue.textOf(symbol)]);
    rig.session.stop();
    expect(rig.book(0)?.valid).toBe(false);
  });
}

/** `repairs`: how often it is asked for in two minutes, more than and less than. */
export function lostSnapshots(
  virtual: (symbols: readonly string[]) => TroubledWorld,
  symbol: string,
  [more, less]: readonly [number, number],
): void {
  test("a snapshot that never comes is asked for by subscribing again, less and less often", () => {
    const { time, venue, rig } = virtual([symbol]);
    venue.faults.drop = 1;
    rig.session.start();
    time.run(120 * SECOND_US);
    const { repairs } = rig.session.status();
    expect([repairs > more, repairs < less]).toEqual([true, true]);
    venue.faults.drop = 0;
    time.run(120 * SECOND_US);
    expect(rig.book(0)?.valid).toBe(true);
  });
}
