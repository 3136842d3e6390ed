/** A gateway fed by the venue simulator over loopback sockets: captures end as the independent figures say, faults or not. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { syntheticFeed } from "../../src/app/simulate.ts";
import { readCapture } from "../../src/data/capture_reader.ts";
import { FAULT_KINDS, type FaultShares } from "../../src/exchange/faults.ts";
import { type Simulator, startSimulator } from "../../src/exchange/simulator.ts";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../support/fixtures.ts";
import { GatewayRig, type Trading } from "../support/gateway_rig.ts";

setDefaultTimeout(120_000);

const SPOT = ["marketdata/binance-spot/ethusdt_20240808.gz", "marketdata/binance-spot/ethusdt_20240809.gz"];
const rigs: GatewayRig[] = [];
const simulators: Simulator[] = [];
afterEach(async () => {
  for (const rig of rigs) await rig.stop();
  for (const simulator of simulators.splice(0)) await simulator.stop();
  for (const rig of rigs.splice(0)) rig.remove();
});

/** One paper account on the simulated venue; no strategy: the market data alone is looked at. */
function onVenue(simulator: Simulator, symbols: string[], adapter: "binance-spot" | "binance-usdm" = "binance-spot") {
  return (trading: Trading): Trading => {
    const { url: restUrl, wsUrl } = simulator;
    const urls = { environment: "production" as const, wsUrl, restUrl, privateUrl: wsUrl, walletUrl: "" };
    const common = {
      ...urls,
      symbols,
      trades: "trade" as const,
      depth: "100ms" as const,
      quotes: true,
      redundant: false,
    };
    return {
      ...trading,
      providers: { binance: { adapter, ...common } },
      accounts: { paper: { ...(trading.accounts["paper"] as Trading["accounts"][string]), provider: "binance" } },
      limits: [],
      instances: [],
    };
  };
}

async function gateway(simulator: Simulator, symbols: string[]): Promise<GatewayRig> {
  const rig = new GatewayRig(undefined, onVenue(simulator, symbols));
  rigs.push(rig);
  return rig.start();
}

interface Simulated {
  readonly simulator: Simulator;
  readonly done: Promise<void>;
}

/** Captured files, or the synthetic market when there are none. */
async function simulate(files: string[], speed: number, faults: Partial<FaultShares> = {}): Promise<Simulated> {
  const ended = Promise.withResolvers<void>();
  const venues = ["binance-spot"] as const;
  const isSynthetic = files.length === 0;
  const feed = isSynthetic ? syntheticFeed(venues, 7, Date.now() * 1_000) : files;
  const start = isSynthetic ? "now" : "on-subscribe";
  const onEnd = () => ended.resolve();
  const simulator = await startSimulator({ venues, feed, speed, port: 0, seed: 7, faults, start, onEnd });
  simulators.push(simulator);
  return { simulator, done: ended.promise };
}

interface Depth {
  readonly lastUpdateId: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

type Levels = readonly (readonly [string, string])[];

async function venueDepth(simulator: Simulator, symbol: string): Promise<Depth> {
  const answer = await fetch(`${simulator.url}/api/v3/depth?symbol=${symbol}&limit=5000`);
  return (await answer.json()) as Depth;
}

/** The market figures of the only instrument, once the book has come to where the venue's is. */
async function settled(rig: GatewayRig, simulator: Simulator, symbol: string) {
  const { lastUpdateId: last } = await venueDepth(simulator, symbol);
  const figures = () => rig.supervisor.status.markets[0];
  await rig.until(
    () => figures()?.bookValid === true && figures()?.bookUpdateId === last,
    `the book at ${last}`,
    40_000,
  );
  return figures();
}

/** Both sides as the engine has them against the venue's own book. */
async function compareBooks(rig: GatewayRig, simulator: Simulator, symbol: string): Promise<void> {
  const ours = await rig.commander.book(0, 5_000);
  const theirs = await venueDepth(simulator, symbol);
  const plain = (levels: Levels | undefined) => levels?.map(([price, qty]) => [trimmed(price), trimmed(qty)]);
  expect(ours?.updateId).toBe(theirs.lastUpdateId);
  // What lies outside the snapshot's depth is not known to a client.
  const depth = Math.min(ours?.bids.length ?? 0, ours?.asks.length ?? 0, 500);
  expect(depth).toBeGreaterThan(20);
  expect(plain(ours?.bids.slice(0, depth))).toEqual(plain(theirs.bids.slice(0, depth)));
  expect(plain(ours?.asks.slice(0, depth))).toEqual(plain(theirs.asks.slice(0, depth)));
}

interface Expected {
  readonly byStream: { readonly trade: number };
  readonly tradeVolume: string;
  readonly tradeQuoteVolume: string;
  readonly tradeHigh: string;
  readonly tradeLow: string;
  readonly final: { readonly updateId: number; readonly bestBid: string[]; readonly bestAsk: string[] };
}

async function expectedFigures(): Promise<Expected> {
  const [spot] = (await Bun.file(fixture("marketdata/expected.json")).json()) as Expected[];
  return spot as Expected;
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

describe.skipIf(!fixturesPresent)(`real captures (${FIXTURES_REASON})`, () => {
  test("spot at 50 times: final book, trades and volumes equal the independent figures", async () => {
    const expected = await expectedFigures();
    const files = SPOT.map((path) => fixture(path));
    const { simulator, done } = await simulate(files, 50);
    const rig = await gateway(simulator, ["ETHUSDT"]);
    await done;
    const figures = await settled(rig, simulator, "ETHUSDT");
    expect(figures).toMatchObject({ trades: expected.byStream.trade, tradeIdGaps: 0, bookGaps: 0 });
    expect(trimmed(figures?.volume ?? "")).toBe(trimmed(expected.tradeVolume));
    expect(trimmed(figures?.quoteVolume ?? "")).toBe(trimmed(expected.tradeQuoteVolume));
    expect(trimmed(figures?.high ?? "")).toBe(trimmed(expected.tradeHigh));
    expect(trimmed(figures?.low ?? "")).toBe(trimmed(expected.tradeLow));
    expect(figures?.bookUpdateId).toBe(expected.final.updateId);
    const book = await rig.commander.book(0, 1);
    expect(book?.bids[0]?.map(trimmed)).toEqual(expected.final.bestBid.map(trimmed));
    expect(book?.asks[0]?.map(trimmed)).toEqual(expected.final.bestAsk.map(trimmed));
    await compareBooks(rig, simulator, "ETHUSDT");
  });
});

/** Best levels of the venue's book after each diff of a capture, by update id: read plainly out of the file. */
function historyOf(files: readonly string[], levels: number): Map<number, string> {
  const bids = new Map<string, string>();
  const asks = new Map<string, string>();
  const history = new Map<number, string>();
  const events = readCapture(files).texts.map((text) => JSON.parse(text) as { data?: Diff } & Partial<Depth>);
  const first = events.find((event) => event.lastUpdateId !== undefined) as Depth;
  put(bids, first.bids);
  put(asks, first.asks);
  history.set(first.lastUpdateId, topText(top(bids, -1, levels), top(asks, 1, levels)));
  for (const { data } of events) {
    if (data?.e !== "depthUpdate" || data.u <= first.lastUpdateId) continue;
    put(bids, data.b);
    put(asks, data.a);
    history.set(data.u, topText(top(bids, -1, levels), top(asks, 1, levels)));
  }
  return history;
}

interface Diff {
  readonly e?: string;
  readonly u: number;
  readonly b: Levels;
  readonly a: Levels;
}

function put(side: Map<string, string>, levels: Levels): void {
  for (const [price, qty] of levels) {
    if (/^[0.]+$/.test(qty)) side.delete(price);
    else side.set(price, qty);
  }
}

function top(side: ReadonlyMap<string, string>, direction: 1 | -1, count: number): [string, string][] {
  const best: [string, string][] = [];
  for (const level of side) {
    const worst = best.at(-1);
    if (best.length === count && worst !== undefined && direction * (Number(level[0]) - Number(worst[0])) > 0) continue;
    best.push(level);
    best.sort(([a], [b]) => direction * (Number(a) - Number(b)));
    best.length = Math.min(best.length, count);
  }
  return best;
}

function topText(bids: Levels, asks: Levels): string {
  return [bids, asks].map((side) => side.map((level) => level.map(trimmed).join("@")).join(" ")).join(" | ");
}

/** Looks at the engine's book all the time: while it says that it is valid, it is the venue's at that update. */
async function watch(rig: GatewayRig, history: ReadonlyMap<number, string>, levels: number, until: Promise<void>) {
  let compared = 0;
  let over = false;
  void until.then(() => {
    over = true;
  });
  while (!over) {
    const book = await rig.commander.book(0, levels);
    if (book?.valid === true) {
      const theirs = history.get(book.updateId);
      if (theirs === undefined) throw new Error(`valid at ${book.updateId}, which the venue never was at`);
      expect(topText(book.bids, book.asks)).toBe(theirs);
      compared++;
    }
    await Bun.sleep(2);
  }
  return compared;
}

/** Rare enough that the session's back-off, which is in real seconds, does not outlast a feed that is 30 times as fast. */
const FAULTS: Partial<FaultShares> = {
  drop: 0.0004,
  duplicate: 0.001,
  delay: 0.002,
  close: 0.00002,
  cut: 0.00002,
  corrupt: 0.0005,
  "stale-snapshot": 0.3,
  "http-5xx": 0.1,
};
const NO_FAULTS = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0]));

describe("a simulated market", () => {
  test("synthetic: trades come, the book is the venue's, nothing is set aside", async () => {
    const { simulator } = await simulate([], 5);
    const rig = await gateway(simulator, ["BTCUSDT", "ETHUSDT"]);
    const market = () => rig.supervisor.status.markets[0];
    await rig.until(() => (market()?.trades ?? 0) > 20 && market()?.bookValid === true, "trades and a book");
    // The second market's subscription may be answered later.
    await rig.until(() => rig.supervisor.status.feeds[0]?.connected === true, "all subscriptions");
    expect(rig.supervisor.status.feeds[0]).toMatchObject({ setAside: 0 });
    await rig.until(() => (market()?.bookApplied ?? 0) > 50, "diffs");
    expect(market()).toMatchObject({ bookGaps: 0, tradeIdGaps: 0 });
  });
});

describe.skipIf(!fixturesPresent)(`faults on captures (${FIXTURES_REASON})`, () => {
  test("dropped, doubled, delayed, damaged and cut frames, old snapshots: never wrong while valid, ends equal", async () => {
    const files = [fixture(SPOT[0] as string)];
    const history = historyOf(files, 5);
    const { simulator, done } = await simulate(files, 30, FAULTS);
    const rig = await gateway(simulator, ["ETHUSDT"]);
    // Nothing goes wrong at the very end: who follows the feed can then end where it ended.
    const calm = setInterval(() => {
      const { position, frames } = simulator.status();
      if (position > 0.96 * frames) simulator.faults(NO_FAULTS);
    }, 20);
    const compared = await watch(rig, history, 5, done);
    clearInterval(calm);
    await settled(rig, simulator, "ETHUSDT");
    await compareBooks(rig, simulator, "ETHUSDT");
    const { faults } = simulator.status();
    const [market] = rig.supervisor.status.markets;
    process.stdout.write(`  faults ${JSON.stringify(faults)}, ${compared} books compared, ${JSON.stringify(market)}\n`);
    for (const kind of ["drop", "delay", "corrupt"] as const) expect(faults[kind]).toBeGreaterThan(0);
    expect(rig.supervisor.restarts).toBe(0);
    expect(compared).toBeGreaterThan(100);
  });
});
