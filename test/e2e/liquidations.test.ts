/** Forced orders of others, over real sockets: from the simulator's three dialects through a gateway to a strategy's handler. */

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPLAY_DEFAULTS } from "../../src/app/replay_options.ts";
import { runReplay } from "../../src/app/replay_session.ts";
import { smallCapture } from "../../src/exchange/capture.testing.ts";
import { type Simulator, startSimulator } from "../../src/exchange/simulator.ts";
import { SyntheticFeed } from "../../src/exchange/synthetic_feed.ts";
import { SyntheticInstrument } from "../../src/match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../../src/match/synthetic_specs.ts";
import { GatewayRig, type Trading } from "../support/gateway_rig.ts";

setDefaultTimeout(120_000);

const STRATEGY = `
import { type Liquidation, strategy } from "meltica";

export default strategy(
  { name: "forced", markets: { binance: {}, bybit: {}, okx: {} } },
  ({ state }) => {
    const seen = state<string>("seen", "");
    const ready = state<boolean>("ready", false);
    const told = ({ market, side, price, size }: Liquidation) => [market, side, price, size].join(" ");
    return {
      onStart() {
        ready.value = true;
      },
      onLiquidation(liquidation) {
        seen.value += told(liquidation) + ";";
      },
    };
  },
);
`;
const NAMES = ["binance", "bybit", "okx"];

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** BTC and ETH; only BTC is a gateway's market. */
async function simulate(): Promise<Simulator> {
  const startUs = Date.now() * 1_000;
  const instruments = ["BTC", "ETH"].flatMap((base, n) => [
    new SyntheticInstrument({ ...btcUsdt(), base }, 2 * n, startUs),
    new SyntheticInstrument({ ...btcUsdtPerp(), base }, 2 * n + 1, startUs),
  ]);
  const simulator = await startSimulator({
    venues: ["binance-usdm", "okx", "bybit"],
    feed: new SyntheticFeed(instruments, startUs),
    accounts: [{ name: "a", keys: [], balances: {} }],
    start: "now",
    seed: 7,
  });
  ends.push(() => simulator.stop());
  return simulator;
}

async function gateway({ url: restUrl, wsUrl }: Simulator, liquidations: boolean): Promise<GatewayRig> {
  const folder = mkdtempSync(join(tmpdir(), "meltica-forced-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "forced.ts");
  writeFileSync(file, STRATEGY);
  const urls = { environment: "production" as const, wsUrl, restUrl, privateUrl: wsUrl };
  const common = { ...urls, quotes: true, liquidations };
  const plain = { trades: "trade" as const, depth: "100ms" as const, walletUrl: "", redundant: true };
  const rig = new GatewayRig(undefined, (trading) => {
    const paper = trading.accounts["paper"] as Trading["accounts"][string];
    const bound = (name: string) => ({ instrument: `${name}:BTC-USDT-PERP`, account: name });
    return {
      providers: {
        binance: { adapter: "binance-usdm", ...common, ...plain, symbols: ["BTCUSDT"] },
        bybit: { adapter: "bybit-linear", ...common, depth: "50", symbols: ["BTCUSDT"] },
        okx: { adapter: "okx", ...common, trades: "trade", symbols: ["BTC-USDT", "BTC-USDT-SWAP"] },
      },
      accounts: Object.fromEntries(NAMES.map((name) => [name, { ...paper, provider: name }])),
      limits: [],
      instances: [
        {
          ...{ name: "forced", strategy: file, params: {} },
          markets: Object.fromEntries(NAMES.map((name) => [name, bound(name)])),
        },
      ],
    };
  });
  ends.push(async () => {
    await rig.stop();
    rig.remove();
  });
  await rig.start();
  await rig.until(() => rig.supervisor.status.feeds.filter(({ connected }) => connected).length === 3, "all feeds");
  await rig.until(() => rig.supervisor.status.markets.every(({ bookValid }) => bookValid), "all books");
  await rig.until(() => cells(rig).ready === true, "the strategy runs");
  return rig;
}

async function force(simulator: Simulator, symbol: string, side: string, price: string, qty: string) {
  const body = JSON.stringify({ symbol, side, price, qty });
  const answer = await fetch(`${simulator.url}/_sim/liquidation`, { method: "POST", body });
  return answer.status;
}

function cells(rig: GatewayRig): { readonly seen?: string; readonly ready?: boolean } {
  const { instances } = rig.state;
  const text = Array.from({ length: 3 }, (_, id) => instances.get(id)?.cells ?? "").find((each) => each !== "");
  return text === undefined ? {} : JSON.parse(text);
}

const seen = (rig: GatewayRig) => (cells(rig).seen ?? "").split(";").filter((each) => each !== "");

const figures = (rig: GatewayRig) =>
  Object.fromEntries(rig.supervisor.status.markets.map(({ instrument, liquidations }) => [instrument, liquidations]));

test("each venue's comes to the handler: price, size in the base, and the side of the order; after a reconnect again", async () => {
  const simulator = await simulate();
  const rig = await gateway(simulator, true);
  expect(await force(simulator, "ETHUSDT", "SELL", "2000", "3")).toBe(200);
  expect(await force(simulator, "BTCUSDT", "SELL", "59990.5", "0.25")).toBe(200);
  await rig.until(() => seen(rig).length >= 3, "the sale at three venues");
  expect(seen(rig).sort()).toEqual(NAMES.map((name) => `${name} sell 59990.5 0.25`));
  await fetch(`${simulator.url}/simulate/faults`, { method: "POST", body: JSON.stringify({ now: "close" }) });
  await rig.until(() => rig.supervisor.status.feeds.every(({ reconnects }) => reconnects > 0), "all lines lost");
  await rig.until(() => rig.supervisor.status.feeds.every(({ connected }) => connected), "all lines back");
  // A line may be lost that the gateway has not missed yet: what is told then is lost with it.
  let price = 60_010;
  const told = () => seen(rig).filter((each) => each.endsWith(` buy ${price} 1`));
  for (let tries = 0; tries < 20 && told().length < 3; tries++) {
    price++;
    expect(await force(simulator, "BTCUSDT", "BUY", String(price), "1")).toBe(200);
    for (let waits = 0; waits < 100 && told().length < 3; waits++) await Bun.sleep(10);
  }
  expect(told().sort()).toEqual(NAMES.map((name) => `${name} buy ${price} 1`));
  await rig.until(() => (figures(rig)["okx:BTC-USDT-PERP"] ?? 0) >= 2, "the status of the engine");
  expect(figures(rig)["okx:BTC-USDT"]).toBe(0);
  expect(rig.supervisor.status.feeds.map(({ setAside }) => setAside)).toEqual([0, 0, 0]);
});

test("without `liquidations: true` none is asked for", async () => {
  const simulator = await simulate();
  const rig = await gateway(simulator, false);
  await force(simulator, "BTCUSDT", "SELL", "59990.5", "0.25");
  await Bun.sleep(300);
  expect(seen(rig)).toEqual([]);
  expect(Object.values(figures(rig))).toEqual([0, 0, 0, 0]);
});

test("a capture carries them: a replay hands them to the handler, twice alike", async () => {
  const folder = mkdtempSync(join(tmpdir(), "meltica-forced-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const small = smallCapture({ usdm: true });
  const lines = readFileSync(small.file, "utf8").trimEnd().split("\n");
  const order = { s: "ABCUSDT", S: "BUY", o: "LIMIT", f: "IOC", q: "5", p: "10.05", ap: "10.01", X: "FILLED", l: "5" };
  const data = { e: "forceOrder", E: 1_700_000_001_000, o: { ...order, z: "5", T: 1_700_000_001_000 } };
  const [timeNs = ""] = (lines[100] as string).split(" ");
  lines.splice(101, 0, `${timeNs} ${JSON.stringify({ stream: "abcusdt@forceOrder", data })}`);
  const file = join(folder, "capture");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const strategy = join(folder, "follow.js");
  const body = `({ side, price, size }) => main[side]({ base: size / 100 }, { limit: price * 0.9, why: side + price })`;
  writeFileSync(
    strategy,
    `import { strategy } from "meltica";
export default strategy({ name: "follow", markets: { main: {} } }, ({ main }) => ({ onLiquidation: ${body} }));`,
  );
  const none = { instrumentFile: undefined, venue: undefined, symbol: undefined, makerFee: undefined };
  const run = (from: string) =>
    runReplay({
      ...{ ...REPLAY_DEFAULTS, ...none, takerFee: undefined, params: {}, balances: {}, limits: {} },
      ...{ strategy, files: [from] },
    });
  const [first, again, without] = [await run(file), await run(file), await run(small.file)];
  expect([first.orders.placed, without.orders.placed]).toEqual([1, 0]);
  expect([first.byStream["forceOrder"], first.setAside, first.verified]).toEqual([
    ...[1, {}, { applyAlone: true, decideAgain: true }],
  ]);
  expect(again.hashes).toEqual(first.hashes);
});

test("what cannot be forced is refused, and says why", async () => {
  const simulator = await simulate();
  const tries = [
    ["NONE", "SELL", "1", "1"],
    ["BTCUSDT", "long", "1", "1"],
    ["BTCUSDT", "BUY", "0", "1"],
    ["BTCUSDT", "BUY", "1", "-1"],
  ] as const;
  for (const [symbol, side, price, qty] of tries) expect(await force(simulator, symbol, side, price, qty)).toBe(400);
});
