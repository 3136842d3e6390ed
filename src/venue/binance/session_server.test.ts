/** The session over real WebSockets, real HTTP on its thread, and a cable that is cut in mid-frame. (socket) */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RestThread } from "../../app/rest_client.ts";
import { QUICK_MARKET } from "../../certify/quick.ts";
import { Prng } from "../../core/prng.ts";
import { openWebSocket } from "../wire/socket.ts";
import type { SessionLimits } from "./session.ts";
import { SessionRig } from "./session_rig.testing.ts";
import { Cable, VenueServer, wallUs } from "./session_server.testing.ts";
import { TestVenue } from "./session_venue.testing.ts";

const SEEDS = process.env["MELTICA_FUZZ"] === "large" ? 64 : 24;
const FIRST_SEED = Number(process.env["MELTICA_SEED"] ?? 900);
/** A storm is so many moves of the market, however slow the machine is. */
const STORM_STEPS = 180;
const STORM_MS_MAX = 20_000;
const CALM_MS_MAX = 20_000;
const STEP_MS = 5;

const time = {
  nowUs: wallUs,
  setTimer: (delayMs: number, fn: () => void): unknown => setTimeout(fn, delayMs),
  clearTimer: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
const server = new VenueServer();
const cable = new Cable(server.port);
let rest: RestThread;
let cablePort: number;

beforeAll(async () => {
  cablePort = await cable.listen();
  rest = new RestThread({ baseUrls: [`http://127.0.0.1:${server.port}`], limits: { inFlightMax: 64 } });
});

afterAll(async () => {
  rest.close();
  cable.close();
  await server.stop();
});

function rigOf(seed: number, port: number, session: Partial<SessionLimits> = QUICK_MARKET): SessionRig {
  const venue = new TestVenue(seed % 2 === 0 ? "spot" : "usdm", ["ETHUSDT", "BTCUSDT"], seed);
  server.venues.set(`v${seed}`, venue);
  const url = `ws://127.0.0.1:${port}/v${seed}`;
  return new SessionRig({ venue, time, rest, url, restUrl: `http://127.0.0.1:${server.port}/v${seed}`, seed, session });
}

function venueOf(seed: number): TestVenue {
  return server.venues.get(`v${seed}`) as TestVenue;
}

/** Lets venues move until `done`, or for `ms` at most; true when it was done. */
async function move(venues: readonly TestVenue[], ms: number, done: () => boolean = () => false): Promise<boolean> {
  const untilUs = wallUs() + ms * 1_000;
  while (wallUs() < untilUs) {
    for (const venue of venues) venue.step();
    await Bun.sleep(STEP_MS);
    if (done()) return true;
  }
  return done();
}

test(`${SEEDS} storms over real sockets: a valid book is the venue's, and calm heals all`, async () => {
  const prng = new Prng(FIRST_SEED);
  cable.cutAfterBytes = () => (venues.some(({ faulty }) => faulty) ? 5_000 + prng.nextBelow(60_000) : 1e12);
  const seeds = Array.from({ length: SEEDS }, (_, n) => FIRST_SEED + n);
  const rigs = seeds.map((seed, n) => rigOf(seed, n % 3 === 0 ? server.port : cablePort));
  const venues = seeds.map(venueOf);
  for (const venue of venues) {
    venue.faulty = true;
    venue.retryAfterSeconds = 1;
  }
  for (const rig of rigs) rig.session.start();
  let steps = 0;
  await move(venues, STORM_MS_MAX, () => ++steps >= STORM_STEPS);
  for (const venue of venues) venue.faulty = false;
  const healed = () => rigs.every((rig) => rig.allValid && rig.session.status().connected);
  const calm = await move(venues, CALM_MS_MAX, healed);
  for (const venue of venues) venue.rest();
  const current = await move([], 10_000, () => rigs.every((rig) => rig.allCurrent && rig.allValid));
  const wrong = rigs.flatMap((rig, n) => rig.wrong.map((text) => `seed ${seeds[n]}: ${text}`));
  for (const rig of rigs) rig.session.stop();
  expect({ wrong: wrong.slice(0, 5), calm, current }).toEqual({ wrong: [], calm: true, current: true });
  for (const venue of venues) expect(venue.sameBookInFlightSeen).toBeLessThanOrEqual(1);
  expect(cable.cuts).toBeGreaterThan(SEEDS / 4);
  const compared = rigs.reduce((sum, rig) => sum + rig.compared, 0);
  const reconnects = rigs.reduce((sum, rig) => sum + rig.session.status().reconnects, 0);
  process.stdout.write(`  ${compared} compared, ${reconnects} reconnects, ${cable.cuts} cuts in mid-stream\n`);
  expect(reconnects).toBeGreaterThan(SEEDS / 2);
}, 60_000);

describe("one connection", () => {
  test("the venue's pings are answered with their payload", async () => {
    const rig = rigOf(11, server.port);
    rig.session.start();
    expect(await move([venueOf(11)], 10_000, () => rig.allValid)).toBe(true);
    server.pongs.length = 0;
    server.ping("are you there"); // To all that are open.
    expect(await move([venueOf(11)], 10_000, () => server.pongs.length > 0)).toBe(true);
    expect([...new Set(server.pongs)]).toEqual(["are you there"]);
    rig.session.stop();
  }, 60_000);

  test("a frozen cable is noticed by the missing pong; a quiet one is not cut", async () => {
    cable.cutAfterBytes = () => 1e12;
    const rig = rigOf(12, cablePort);
    const venue = venueOf(12);
    rig.session.start();
    expect(await move([venue], 10_000, () => rig.allValid)).toBe(true);
    await Bun.sleep(900); // No data at all, but pongs.
    expect(rig.codes()).toEqual([]);
    cable.frozen = true;
    expect(await move([venue], 10_000, () => rig.codes().length > 0)).toBe(true);
    cable.frozen = false;
    expect(rig.codes()).toEqual(["HeartbeatLost"]);
    expect(rig.allValid).toBe(false);
    expect(await move([venue], 10_000, () => rig.allValid)).toBe(true);
    rig.session.stop();
    expect(rig.wrong).toEqual([]);
  }, 60_000);

  test("is handed over to a new one while books stay valid", async () => {
    const rig = rigOf(14, server.port, { ...QUICK_MARKET, rolloverUs: 600_000 });
    const venue = venueOf(14);
    rig.session.start();
    expect(await move([venue], 10_000, () => rig.allValid)).toBe(true);
    let invalid = 0;
    const handed = await move([venue], 10_000, () => {
      if (!rig.allValid) invalid++;
      return rig.session.status().handovers >= 2;
    });
    expect({ handed, reconnects: rig.session.status().reconnects }).toEqual({ handed: true, reconnects: 0 });
    expect(invalid).toBe(0);
    rig.session.stop();
  }, 60_000);

  test("stop closes the venue's side too", async () => {
    const rig = rigOf(16, server.port);
    const venue = venueOf(16);
    rig.session.start();
    await move([venue], 10_000, () => rig.allValid);
    expect(venue.peers.size).toBe(1);
    rig.session.stop();
    expect(await move([venue], 10_000, () => venue.peers.size === 0)).toBe(true);
  }, 60_000);
});

test("after our own close a socket is silent, though the venue goes on", async () => {
  server.venues.set("v17", new TestVenue("spot", ["ETHUSDT"], 17));
  const told: string[] = [];
  const socket = openWebSocket(`ws://127.0.0.1:${server.port}/v17/stream`, {
    opened: () => told.push("opened"),
    text: () => told.push("text"),
    binary: () => told.push("binary"),
    alive: () => told.push("alive"),
    closed: () => told.push("closed"),
  });
  await move([], 10_000, () => told.length > 0);
  expect(socket.send('{"method":"SUBSCRIBE","params":["ethusdt@trade"],"id":1}')).toBe(true);
  await move([], 10_000, () => told.length > 1);
  socket.close();
  expect(socket.send("x")).toBe(false);
  await move([venueOf(17)], 60);
  expect(told).toEqual(["opened", "text"]);
}, 60_000);

describe("an address that nobody answers at", () => {
  test.each(["ws://127.0.0.1:1/stream", "not an address"])("%s: told by closed, never thrown", async (url) => {
    const told: string[] = [];
    const socket = openWebSocket(url, {
      opened: () => told.push("opened"),
      text: () => told.push("text"),
      binary: () => told.push("binary"),
      alive: () => told.push("alive"),
      closed: () => told.push("closed"),
    });
    expect([socket.send("x"), told.length]).toEqual([false, 0]);
    socket.ping();
    await Bun.sleep(100);
    expect(told).toEqual(["closed"]);
    socket.close();
  });
});
