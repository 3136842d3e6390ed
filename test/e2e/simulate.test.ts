/** A gateway fed by the venue simulator over loopback sockets: captures end as the independent figures say, faults or not. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type FaultShares, NO_FAULTS } from "../../src/exchange/binance/faults.ts";
import { type Simulator, startSimulator } from "../../src/exchange/binance/simulator.ts";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../support/fixtures.ts";
import { GatewayRig, type Trading } from "../support/gateway_rig.ts";

setDefaultTimeout(90_000);

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
    const common = { wsUrl, restUrl, symbols, trades: "trade" as const, depth: "100ms" as const, quotes: true };
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

function simulate(files: string[], speed: number, faults: FaultShares = NO_FAULTS): Simulator {
  const market = "spot" as const;
  const simulator = startSimulator({
    market,
    host: "127.0.0.1",
    port: 0,
    files,
    speed,
    seed: 7,
    faults,
    start: "subscribe",
  });
  simulators.push(simulator);
  return simulator;
}

/** The market figures of the only instrument, once the book has come to where the venue's is. */
async function settled(rig: GatewayRig, simulator: Simulator, symbol: string) {
  await simulator.done;
  const last = simulator.data.lastUpdateId(symbol);
  const figures = () => rig.supervisor.status.markets[0];
  await rig.until(
    () => figures()?.bookValid === true && figures()?.bookUpdateId === last,
    `the book at ${last}`,
    30_000,
  );
  return figures();
}

/** Both sides as the engine has them against the venue's own book. */
async function compareBooks(rig: GatewayRig, simulator: Simulator, symbol: string): Promise<void> {
  const ours = await rig.commander.book(0, 5_000);
  const theirs = simulator.data.depth(symbol, 5_000);
  const plain = (levels: readonly (readonly [string, string])[] | undefined) =>
    levels?.map(([price, qty]) => [trimmed(price), trimmed(qty)]);
  expect(ours?.updateId).toBe(theirs?.lastUpdateId as number);
  // What lies outside the snapshot's depth is not known to a client.
  const depth = Math.min(ours?.bids.length ?? 0, ours?.asks.length ?? 0, 500);
  expect(depth).toBeGreaterThan(20);
  expect(plain(ours?.bids.slice(0, depth))).toEqual(plain(theirs?.bids.slice(0, depth)));
  expect(plain(ours?.asks.slice(0, depth))).toEqual(plain(theirs?.asks.slice(0, depth)));
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
    const simulator = simulate(
      SPOT.map((path) => fixture(path)),
      50,
    );
    const rig = await gateway(simulator, ["ETHUSDT"]);
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

/** Best levels of the venue's book after each of its diffs, by update id. */
function historyOf(simulator: Simulator, symbol: string, levels: number): Map<number, string> {
  const history = new Map<number, string>();
  const { data } = simulator;
  const take = data.take.bind(data);
  const note = () => {
    const top = data.depth(symbol, levels);
    if (top !== undefined) history.set(top.lastUpdateId, topText(top.bids, top.asks));
  };
  note();
  data.take = (frame) => {
    take(frame);
    if (frame.kind === "depth") note();
  };
  return history;
}

type Levels = readonly (readonly [string, string])[];

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
const FAULTS: FaultShares = {
  ...NO_FAULTS,
  drop: 0.0004,
  delay: 0.003,
  close: 0.00003,
  corrupt: 0.0005,
  staleSnapshot: 0.3,
  restError: 0.1,
};

describe("a simulated market", () => {
  test("synthetic: the book is the venue's, trades come, nothing is set aside", async () => {
    const simulator = simulate([], 5);
    const history = historyOf(simulator, "BTCUSDT", 5);
    const rig = await gateway(simulator, ["BTCUSDT", "ETHUSDT"]);
    await rig.until(() => (rig.supervisor.status.markets[0]?.trades ?? 0) > 20, "trades");
    const compared = await watch(rig, history, 5, Bun.sleep(1_500));
    expect(compared).toBeGreaterThan(50);
    expect(rig.supervisor.status.feeds[0]).toMatchObject({ connected: true, setAside: 0 });
  });
});

describe.skipIf(!fixturesPresent)(`faults on captures (${FIXTURES_REASON})`, () => {
  test("dropped, delayed, damaged and cut frames, old snapshots: never wrong while valid, and ends equal", async () => {
    const simulator = simulate([fixture(SPOT[0] as string)], 30, FAULTS);
    const history = historyOf(simulator, "ETHUSDT", 5);
    const rig = await gateway(simulator, ["ETHUSDT"]);
    const compared = await watch(rig, history, 5, simulator.done);
    await settled(rig, simulator, "ETHUSDT");
    await compareBooks(rig, simulator, "ETHUSDT");
    const { faults } = simulator.status();
    console.log(
      "faults",
      JSON.stringify(faults),
      "compared",
      compared,
      JSON.stringify(rig.supervisor.status.markets[0]),
    );
    for (const kind of ["drop", "delay", "corrupt"]) expect(faults[kind]).toBeGreaterThan(0);
    expect(rig.supervisor.restarts).toBe(0);
    expect(compared).toBeGreaterThan(100);
  });
});
