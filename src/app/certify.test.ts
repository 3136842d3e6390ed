/**
 * A certification where a provider points: at a simulator as if it were a testnet, and everything that must be refused
 * before one order leaves. Covers certify.ts and certify_urls.ts, and `src/certify/real.ts`.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { CARDS } from "../certify/suite.ts";
import { run } from "../cli/run.ts";
import { ProblemError } from "../core/problem.ts";
import { type Simulator, startSimulator } from "../exchange/simulator.ts";
import { certifyProvider, certifySimulated } from "./certify.ts";
import { isHarmless, type PointedAt } from "./certify_urls.ts";
import { readConfigText } from "./config.ts";
import { VENUE_URLS } from "./config_environments.ts";
import { syntheticFeed } from "./simulate.ts";

const OPTIONS = { version: "0", commit: "0" };
const balances = { USDT: "100000", BTC: "10" };
const key = (name: string, mayWithdraw = false) => ({
  key: name,
  secret: `${name}-secret`,
  mayTrade: true,
  mayWithdraw,
});
let simulator: Simulator;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "meltica-certify-"));
  simulator = await startSimulator({
    venues: ["binance-spot"],
    feed: syntheticFeed(["binance-spot"], 7, Date.now() * 1_000),
    accounts: [
      { name: "ann", keys: [key("ann"), key("mighty", true)], balances },
      { name: "bob", keys: [key("bob")], balances },
    ],
    start: "now",
  });
});

afterAll(async () => {
  await simulator.stop();
  rmSync(dir, { recursive: true, force: true });
});

function configOf(account: string, urls = simulatorUrls()) {
  const text = JSON.stringify({
    live: true,
    providers: { venue: { adapter: "binance-spot", symbols: ["BTCUSDT", "ETHUSDT"], ...urls } },
    accounts: {
      [account]: { provider: "venue", mode: "live", apiKey: { env: "CERTIFY_KEY" }, secret: { env: "CERTIFY_SECRET" } },
    },
  });
  process.env["CERTIFY_KEY"] = account;
  process.env["CERTIFY_SECRET"] = `${account}-secret`;
  const { config, problems } = readConfigText(text, "meltica.json", { flags: [], env: {}, cwd: dir });
  if (config === undefined) throw new Error(problems.map(({ detail }) => detail).join("; "));
  return config;
}

const simulatorUrls = () => {
  const { url: restUrl, wsUrl } = simulator;
  return { restUrl, wsUrl, privateUrl: `${wsUrl}/ws-api/v3` };
};

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    return error instanceof ProblemError ? error.problem.code : String(error);
  }
}

describe("where a provider points", () => {
  const some = (...numbers: string[]) => CARDS.filter(({ number }) => numbers.includes(number));
  const choice = { provider: "venue", account: undefined, withRealMoney: false };

  test("cards run there with the smallest orders, and nothing stays open", async () => {
    const cards = some("V01", "V04", "V07", "V31", "V41", "V51", "M01");
    const report = await certifyProvider({ config: configOf("ann"), ...choice }, { ...OPTIONS, cards });
    expect(report.cards.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    expect(report.cards.filter(({ verdict }) => verdict === "skip").map(({ number }) => number)).toEqual([
      "V51",
      "M01",
    ]);
    expect(report).toMatchObject({
      adapter: "binance-spot",
      provider: "venue",
      venue: simulator.url,
      verdict: "passed",
    });
    const truth = JSON.stringify(simulator.trading?.truth("ann"));
    expect(truth).toContain('"open":0');
    expect(JSON.stringify(report)).not.toContain("ann-secret");
  }, 60_000);

  test("a key that may withdraw, an account with open orders, real money, unknown names", async () => {
    expect(await refusal(certifyProvider({ config: configOf("mighty"), ...choice }, OPTIONS))).toBe("KeyMayWithdraw");
    const config = configOf("ann", undefined);
    expect(await refusal(certifyProvider({ config, ...choice, provider: "other" }, OPTIONS))).toBe("NotFound");
    expect(await refusal(certifyProvider({ config, ...choice, account: "bob" }, OPTIONS))).toBe("NotFound");
    expect(await refusal(certifySimulated("binance-coinm", OPTIONS))).toBe("Usage");
    const production = configOf("ann", VENUE_URLS["binance-spot"]?.production);
    expect(await refusal(certifyProvider({ config: production, ...choice }, OPTIONS))).toBe("RealMoney");
    // Bob has an order open: the cards would cancel it.
    const path = "/api/v3/order";
    const params = `symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=10000&timestamp=${Date.now()}`;
    const signature = new Bun.CryptoHasher("sha256", "bob-secret").update(params).digest("hex");
    const placed = await fetch(`${simulator.url}${path}?${params}&signature=${signature}`, {
      method: "POST",
      headers: { "x-mbx-apikey": "bob" },
    });
    expect([placed.status, await placed.text()]).toEqual([200, expect.stringContaining("orderId")]);
    expect(await refusal(certifyProvider({ config: configOf("bob"), ...choice }, OPTIONS))).toBe("AccountNotFlat");
  }, 60_000);
});

describe("addresses", () => {
  const rows = Object.entries(VENUE_URLS);

  test.each(rows)("%s: production is never harmless, testnet and demo are", (adapter, row) => {
    for (const environment of ["production", "testnet", "demo"] as const) {
      const at = { adapter, environment, ...row[environment] };
      expect([environment, isHarmless(at)]).toEqual([environment, environment !== "production"]);
      // One real address among the three is enough.
      const mixed = { ...at, privateUrl: row.production.privateUrl };
      expect([environment, isHarmless({ ...mixed, environment: "production" })]).toEqual([environment, false]);
    }
  });

  test("this machine is; a name that looks like it, an unknown host and no address at all are not", () => {
    const at = (restUrl: string): PointedAt => ({
      adapter: "binance-spot",
      environment: "testnet",
      wsUrl: "ws://127.0.0.1:1",
      privateUrl: "ws://localhost:1/x",
      walletUrl: "",
      restUrl,
    });
    expect(["http://127.0.0.1:9100", "http://[::1]:1", "http://localhost"].map((url) => isHarmless(at(url)))).toEqual([
      true,
      true,
      true,
    ]);
    for (const url of ["http://127.0.0.1.evil.com", "https://localhost.com", "https://proxy.example", "no address"]) {
      expect([url, isHarmless(at(url))]).toEqual([url, false]);
    }
  });
});

describe("meltica provider certify", () => {
  test("asks for one thing to certify", async () => {
    const terminal = new MemoryTerminal();
    expect(await run(["provider", "certify"], terminal)).toBe(2);
    expect(terminal.stderr).toContain("--simulated ADAPTER");
  });

  test("writes both reports, and says where; a card that fails is exit 1", async () => {
    const terminal = new MemoryTerminal();
    const words = [
      "provider",
      "certify",
      "--simulated",
      "binance-spot",
      "--card",
      "V01",
      "--card",
      "V05",
      "--out",
      dir,
    ];
    expect(await run(words, terminal)).toBe(0);
    expect(terminal.stdout).toContain("a new order is accepted once");
    expect(terminal.stdout).toContain("the adapter has no capability amend");
    expect(terminal.stdout).toContain("passed (1 pass, 0 unproven, 1 skipped, 0 failed)");
    const files = readdirSync(dir)
      .filter((name) => name.startsWith("binance-spot-"))
      .sort();
    expect(files.map((name) => extname(name))).toEqual([".json", ".md"]);
    const report = JSON.parse(readFileSync(join(dir, files[0] as string), "utf8"));
    expect(report).toMatchObject({ format: "meltica-certification/1", provider: "simulated", verdict: "passed" });
    expect(report.cards.map((card: { number: string; verdict: string }) => [card.number, card.verdict])).toEqual([
      ["V01", "pass"],
      ["V05", "skip"],
    ]);
    expect(await run(["provider", "certify", "--simulated", "binance-spot", "--card", "V99"], terminal)).toBe(2);
  });
});
