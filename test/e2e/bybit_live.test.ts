/** A live account at Bybit's dialect of the simulator: armed, it trades under faults; killed, nothing is open and books agree. */

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWatchdog } from "../../src/app/heartbeat_page.testing.ts";
import { until } from "../../src/exchange/book_client.testing.ts";
import { bybitSimulator } from "../../src/exchange/bybit/bybit_client.testing.ts";
import { amount, plain } from "../../src/exchange/trading/amount.ts";
import { GatewayProcess, type Json } from "./gateway_process.testing.ts";
import { untilFit } from "./live_venue.testing.ts";

setDefaultTimeout(120_000);
const running: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

const FAULTS = {
  "lost-ack": 0.03,
  "failed-ack": 0.03,
  "report-drop": 0.03,
  "report-duplicate": 0.05,
  "private-cut": 0.005,
};

function config({ url: restUrl, wsUrl }: { readonly url: string; readonly wsUrl: string }, category: string): Json {
  const instrument = category === "spot" ? "bybit:BTC-USDT" : "bybit:BTC-USDT-PERP";
  const maker = { strategy: "market-making", params: { size: 0.01, spreadBps: 0.2, moveBps: 0.2, maxInventory: 0.2 } };
  const rates = { newOrders: { count: 8, windowUs: 1_000_000 }, cancels: { count: 100, windowUs: 1_000_000 } };
  const money = { maxOrderValue: "100000", minFreeBalance: "100", maxGrossValue: "2000000", maxDailyLoss: "100000" };
  const bounds = {
    collarBps: 500,
    referenceAgeUsMax: 5_000_000,
    slippageBps: 500,
    maxOpenOrders: 200,
    duplicateUs: 1_000,
  };
  const counts = {
    band: { bps: 500, windowUs: 10_000_000 },
    executions: { count: 20_000, windowUs: 3_600_000_000 },
    refusals: { count: 10_000, windowUs: 60_000_000 },
  };
  const sizes = { maxOrderQty: "4", maxLongPosition: "4", maxShortPosition: category === "spot" ? "0" : "4" };
  return {
    live: true,
    providers: {
      bybit: { adapter: `bybit-${category}`, symbols: ["BTCUSDT"], restUrl, wsUrl, privateUrl: `${wsUrl}/v5` },
    },
    accounts: {
      desk: { provider: "bybit", mode: "live", apiKey: { file: "keys/name" }, secret: { file: "keys/secret" } },
    },
    limits: [
      { scope: "firm", ...rates, ...money, ...bounds, ...counts, selfMatch: "account", instruments: [instrument] },
      { scope: "instrument", key: instrument, ...sizes },
    ],
    instances: [{ name: "maker", ...maker, markets: { main: { instrument, account: "desk", tf: "1s" } } }],
  };
}

test.each(["spot", "linear"])(
  "%s: fit, armed, trades, killed; nothing open, fills and position are the venue's",
  async (category) => {
    const simulator = await bybitSimulator({ start: "now", speed: 5 });
    running.push(() => simulator.stop());
    const folder = mkdtempSync(join(tmpdir(), "meltica-bybit-"));
    running.push(() => {
      endWatchdog(join(folder, "data")); // It would look for the venue for an hour.
      rmSync(folder, { recursive: true, force: true });
    });
    mkdirSync(join(folder, "keys"));
    writeFileSync(join(folder, "keys", "name"), "key-ann", { mode: 0o600 });
    writeFileSync(join(folder, "keys", "secret"), "secret-ann", { mode: 0o600 });
    writeFileSync(join(folder, "meltica.yaml"), JSON.stringify(config(simulator, category)));
    const args = ["--config", join(folder, "meltica.yaml")];
    const gateway = await GatewayProcess.start(join(folder, "data"), { args });
    running.push(() => gateway.kill());
    const change = async (path: string, body: Json) => {
      const answer = await gateway.ask("POST", `/api/v1/${path}`, body, { "idempotency-key": crypto.randomUUID() });
      expect([path, answer.status, answer.text]).toEqual([path, 200, answer.text]);
    };
    const truth = (): Json => simulator.trading?.truth("ann")?.["bybit"];
    await untilFit(gateway, "desk");
    await change("risk/arm", { account: "desk", armed: true, confirm: "desk", by: "tester", why: "test" });
    simulator.faults(FAULTS);
    expect(simulator.trading?.deposit("ann", "bybit", "USDT", "12.5")).toBeUndefined();
    await until(() => truth().fills.length > 2, 25_000);
    simulator.faults(Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0])));
    await change("risk/kill", { why: "test" });
    await until(() => truth().open === 0, 10_000);
    expect(truth().open).toBe(0);
    const differences = async () => {
      const ours = new Map((await gateway.all("/api/v1/orders")).map((row) => [row.clientOrderId as string, row]));
      const found: string[] = [];
      for (const order of truth().orders as Json[]) {
        const mine = ours.get(order.clientId);
        if (mine?.filledQty !== order.filledQty)
          found.push(`${order.clientId}: ${mine?.filledQty}, there ${order.filledQty}`);
      }
      const executions = (await gateway.all("/api/v1/executions")).length;
      if (executions !== truth().fills.length) found.push(`${executions} executions, there ${truth().fills.length}`);
      // What open contracts have realised depends on the order in which their fills were counted.
      const { free, locked } = truth().balances.USDT;
      const cash = (await gateway.all("/api/v1/balances")).find(({ asset }) => asset === "USDT")?.total ?? "0";
      const there = plain(amount(free) + amount(locked));
      if (category === "spot" && plain(amount(cash)) !== there) found.push(`${cash} USDT, there ${there}`);
      return found;
    };
    let found = await differences();
    for (
      const endMs = performance.now() + 20_000;
      found.length > 0 && performance.now() < endMs;
      found = await differences()
    ) {
      await Bun.sleep(200);
    }
    expect(found).toEqual([]);
    const [account] = (await gateway.get("/api/v1/accounts")).items;
    const rates = category === "spot" ? { maker: "0.001", taker: "0.001" } : { maker: "0.0002", taker: "0.00055" };
    expect([account?.live?.fees, account?.live?.feesMissing]).toMatchObject([[rates], 0]);
  },
);
