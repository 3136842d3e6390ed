/** Held stops through an outage of the whole process: what the venue traded meanwhile is asked of it, and counts. */

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../src/exchange/simulator.ts";
import { configFile, GatewayProcess, type Json } from "./gateway_process.testing.ts";
import { HandFeed } from "./hand_feed.testing.ts";

setDefaultTimeout(120_000);

const INSTRUMENT = "binance:ETH-USDT";
let simulator: Simulator | undefined;
let gateway: GatewayProcess | undefined;
const dataDir = mkdtempSync(join(tmpdir(), "meltica-outage-"));
afterEach(async () => {
  await gateway?.kill();
  await simulator?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function config(url: string, wsUrl: string): string {
  return configFile(`
providers:
  binance: {adapter: binance-spot, wsUrl: "${wsUrl}", restUrl: "${url}", symbols: [ETHUSDT]}
accounts:
  paper: {provider: binance, balances: {USDT: 100000, ETH: 10}}
limits:
  - {scope: instrument, key: "${INSTRUMENT}", maxOrderValue: 100000, maxOrderQty: 10, collarBps: 2000, referenceAgeUsMax: 60000000,
     maxLongPosition: 100, maxShortPosition: 100, maxOpenOrders: 50, newOrders: {count: 100, windowUs: 1000000}, cancels: {count: 100, windowUs: 1000000}}
`);
}

test("a dip that came back while the process was dead fires the stop, one that did not reach it fires nothing", async () => {
  const feed = new HandFeed(2_000);
  simulator = await startSimulator({ venues: ["binance-spot"], feed, port: 0, seed: 1, start: "now", speed: 1 });
  const args = ["--config", config(simulator.url, simulator.wsUrl)];
  const start = async () => {
    gateway = await GatewayProcess.start(dataDir, { args });
    await gateway.untilReady();
    return gateway;
  };
  const place = async (body: object): Promise<number> => {
    const common = { account: "paper", instrument: INSTRUMENT, qty: "1", why: "test" };
    const answer = await (gateway as GatewayProcess).ask("POST", "/api/v1/orders", { ...common, ...body });
    if (answer.status >= 300) throw new Error(answer.text);
    return answer.json.order.id;
  };
  const order = async (id: number): Promise<Json> =>
    (await (gateway as GatewayProcess).get(`/api/v1/orders/${id}`)).order;

  let running = await start();
  await running.until("a price", async () => (await running.get("/api/v1/orders")).items !== undefined);
  const stop = { side: "sell", type: "stop" };
  const near = await place({ ...stop, triggerPrice: "1900" });
  const far = await place({ ...stop, triggerPrice: "1700" });
  expect([(await order(near)).state, (await order(far)).state]).toEqual(["held", "held"]);
  await running.kill();
  feed.price = 1_850;
  await Bun.sleep(1_000);
  feed.price = 1_990;
  await Bun.sleep(500);
  running = await start();
  await running.until("the stop has gone", async () => (await order(near)).state !== "held");
  expect((await order(far)).state).toBe("held");
  await running.until("it is filled", async () => (await order(near)).state === "filled");
  expect(running.log).not.toContain("HistoryUnknown");
});
