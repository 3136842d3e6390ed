/** OKX as a provider: what is asked of the venue and how, names, configuration. The whole stands in test/e2e/okx.test.ts. */

import { afterAll, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import { MarketLane } from "../ring/market_lane.ts";
import { defaultConfig, readConfigText } from "./config.ts";
import { instrumentsOf, providerOffers } from "./config_instruments.ts";
import type { ProviderConfig } from "./config_schema.ts";
import type { Feed } from "./feed.ts";
import { makeFeed } from "./feeds.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, marketLaneSlots: 4_096, frameLevelsMax: 500, instrumentsMax: 16 };
type OkxConfig = Extract<ProviderConfig, { adapter: "okx" }>;

const RULES = { state: "live", tickSz: "0.1", lotSz: "0.01", minSz: "0.01", maxLmtSz: "1000" };
const LISTS: Readonly<Record<string, object[]>> = {
  SPOT: [{ ...RULES, instType: "SPOT", instId: "BTC-USDT", baseCcy: "BTC", quoteCcy: "USDT" }],
  SWAP: [
    {
      ...{ ...RULES, instType: "SWAP", instId: "BTC-USDT-SWAP", uly: "BTC-USDT", settleCcy: "USDT", ctType: "linear" },
      ...{ ctVal: "0.01", ctMult: "1", ctValCcy: "BTC" },
    },
  ],
};

const asked: string[] = [];
const server = Bun.serve({
  port: 0,
  fetch: (request) => {
    const type = new URL(request.url).searchParams.get("instType") ?? "";
    asked.push(`${type} ${request.headers.get("x-simulated-trading") ?? "real"}`);
    return Response.json({ code: "0", msg: "", data: LISTS[type] ?? [] });
  },
});
const feeds: Feed[] = [];
afterAll(async () => {
  for (const feed of feeds) feed.stop();
  await server.stop(true);
});

function feedOf(environment: "production" | "demo", symbols: string[]) {
  const restUrl = `http://127.0.0.1:${server.port}`;
  const urls = { wsUrl: "ws://127.0.0.1:1", privateUrl: "ws://127.0.0.1:1", restUrl };
  const config: OkxConfig = { adapter: "okx", environment, ...urls, symbols, trades: "trade", quotes: true };
  const problems: Problem[] = [];
  const thread = {
    ...{ nowUs: () => Date.now() * 1_000, before: () => undefined, book: () => undefined, poll: () => undefined },
    ...{ onReconnect: () => undefined, problem: (found: Problem) => problems.push(found) },
  };
  const parts = {
    config: defaultConfig("."),
    lane: MarketLane.create(LIMITS),
    limits: LIMITS,
    thread,
    budgets: new Map(),
    lastPrices: new Map(),
  };
  const feed = makeFeed("okx", config, parts);
  feeds.push(feed);
  return { feed, problems, config };
}

describe("instruments", () => {
  test.each([
    ["production", ["BTC-USDT", "BTC-USDT-SWAP"], ["SPOT real", "SWAP real"]],
    ["demo", ["BTC-USDT-SWAP"], ["SWAP 1"]],
    ["demo", ["BTC-USDT"], ["SPOT 1"]],
  ] as const)(
    "%s %p: only the lists that are needed, with the header of demo trading",
    async (environment, symbols, expected) => {
      asked.length = 0;
      const { feed, problems, config } = feedOf(environment, [...symbols]);
      const drafts = await feed.prepare();
      expect([asked, problems]).toEqual([[...expected], []]);
      expect(drafts.map(({ name }) => name)).toEqual([...instrumentsOf(config)]);
    },
  );

  test("one that is not listed is named with the provider's problem", async () => {
    const { feed, problems } = feedOf("production", ["BTC-USDT", "NONE-USDT"]);
    const said = await feed.prepare().catch((error: Error) => error.message);
    expect(said).toContain("NONE-USDT is not in the venue's instruments");
    expect([problems.map(({ code }) => code), feed.status().connected]).toEqual([["SymbolUnknown"], false]);
    expect(feed.status().problem).toContain("NONE-USDT");
  });

  test("names of a provider", () => {
    const provider = { adapter: "okx", symbols: ["BTC-USDT", "ETH-USD-SWAP"] } as unknown as ProviderConfig;
    const names = [
      "okx:BTC-USDT",
      "okx:BTC-USDT-PERP",
      "okx:ETH-USD-PERP",
      "okx:ETH-USD",
      "binance:BTC-USDT",
      "okx:BTC",
    ];
    expect(names.map((name) => providerOffers(provider, name))).toEqual([true, false, true, false, false, false]);
  });

  test("demo brings the demo's addresses; there is no testnet; symbols are the venue's own", () => {
    const read = (more: string) => {
      const text = `providers:\n  o: {adapter: okx, ${more}}\naccounts: {}\nlimits: []\ninstances: []\n`;
      const { config, problems } = readConfigText(text, "c.yaml", { cwd: "/", env: {}, flags: [] });
      const provider = config?.providers["o"] as OkxConfig | undefined;
      return provider === undefined
        ? problems.map(({ detail }) => detail).join()
        : `${provider.wsUrl} ${provider.restUrl}`;
    };
    expect(read("symbols: [BTC-USDT]")).toBe("wss://ws.okx.com:8443 https://www.okx.com");
    expect(read("symbols: [BTC-USDT], environment: demo")).toBe("wss://wspap.okx.com:8443 https://www.okx.com");
    expect(read("symbols: [BTC-USDT], environment: testnet")).toContain("environment");
    expect(read("symbols: [BTCUSDT]")).toContain("symbols");
  });
});
