/** Independent clients against the simulator: ccxt and `binance` know the venue, and nothing of this project. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { MainClient, USDMClient, WebsocketClient } from "binance";
import ccxt, { type Exchange } from "ccxt";
import { SyntheticInstrument } from "../match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../match/synthetic_specs.ts";
import { until } from "./book_client.testing.ts";
import { type Simulator, startSimulator } from "./simulator.ts";
import { SyntheticFeed } from "./synthetic_feed.ts";

setDefaultTimeout(30_000);

const START_US = 1_700_000_000_000_000;

let simulator: Simulator;

beforeAll(async () => {
  const instruments = [
    new SyntheticInstrument(btcUsdt(), 1, START_US),
    new SyntheticInstrument(btcUsdtPerp(), 2, START_US),
  ];
  const feed = new SyntheticFeed(instruments, START_US);
  simulator = await startSimulator({ venues: ["binance-spot", "binance-usdm"], feed, speed: 10, start: "now" });
  // Some past to ask for.
  await until(() => simulator.status().position > 150, 5_000);
});

afterAll(() => simulator.stop());

/** Every address of the client leads here. */
function redirect(node: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === "object" && value !== null) redirect(value as Record<string, unknown>);
    else if (typeof value === "string")
      node[key] = value.replace(/^http.*?:\/\/[^/]+/, simulator.url).replace(/^ws.*?:\/\/[^/]+/, simulator.wsUrl);
  }
}

const CASES = [
  ["spot", "binance", "spot", "BTC/USDT", 0.01, 0.00001],
  ["USD-M", "binanceusdm", "linear", "BTC/USDT:USDT", 0.1, 0.001],
] as const;

describe("ccxt", () => {
  test.each(CASES)("%s: markets, book, trades, bars, errors", async (_, name, type, symbol, tick, step) => {
    const client: Exchange = new ccxt[name]({ options: { fetchMarkets: { types: [type] } } });
    redirect(client.urls["api"] as Record<string, unknown>);
    await client.loadMarkets();
    expect(client.market(symbol)?.precision).toMatchObject({ price: tick, amount: step });
    const book = await client.fetchOrderBook(symbol, 5);
    expect(book.bids).toHaveLength(5);
    expect(book.bids[0]?.[0] as number).toBeLessThan(book.asks[0]?.[0] as number);
    const trades = await client.fetchTrades(symbol);
    expect(trades.length).toBeGreaterThan(10);
    expect(["buy", "sell"]).toContain(trades[0]?.side as string);
    expect((await client.fetchOHLCV(symbol, "1m")).length).toBeGreaterThan(0);
    client.markets = { ...client.markets, "NO/PE": { ...client.market(symbol), id: "NOPE", symbol: "NO/PE" } } as never;
    expect(client.fetchOrderBook("NO/PE")).rejects.toBeInstanceOf(ccxt.BadSymbol);
  });

  test.each(CASES)("%s: its own book bootstrap and trades over sockets", async (_, name, type, symbol) => {
    const client = new ccxt.pro[name]({ options: { fetchMarkets: { types: [type] } } });
    redirect(client.urls["api"] as Record<string, unknown>);
    if (name === "binanceusdm")
      (client.urls["api"] as { ws: Record<string, string> }).ws["future"] = `${simulator.wsUrl}/ws`;
    await client.loadHttpProxyAgent();
    const nonces: number[] = [];
    for (let n = 0; n < 6; n++) {
      const book = await client.watchOrderBook(symbol);
      expect(book.bids[0]?.[0] as number).toBeLessThan(book.asks[0]?.[0] as number);
      nonces.push(book.nonce as number);
    }
    expect(nonces).toEqual([...nonces].sort((a, b) => a - b));
    expect((await client.watchTrades(symbol)).length).toBeGreaterThan(0);
    await client.close();
  });
});

describe("binance (npm)", () => {
  test("REST of both markets", async () => {
    const spot = new MainClient({ baseUrl: simulator.url, disableTimeSync: true });
    expect((await spot.getOrderBook({ symbol: "BTCUSDT", limit: 5 })).bids).toHaveLength(5);
    expect((await spot.getExchangeInfo()).symbols).toHaveLength(1);
    expect((await spot.getRecentTrades({ symbol: "BTCUSDT" })).length).toBeGreaterThan(5);
    expect(spot.getOrderBook({ symbol: "NOPE" })).rejects.toMatchObject({ code: -1_121 });
    const usdm = new USDMClient({ baseUrl: simulator.url, disableTimeSync: true });
    expect((await usdm.getOrderBook({ symbol: "BTCUSDT", limit: 5 })).asks).toHaveLength(5);
    expect((await usdm.getExchangeInfo()).symbols).toMatchObject([{ contractType: "PERPETUAL" }]);
  });

  test("streams of both markets, on their paths", async () => {
    const quiet = { trace: () => undefined, info: () => undefined, error: () => undefined };
    const client = new WebsocketClient({ wsUrl: simulator.wsUrl, restOptions: { baseUrl: simulator.url } }, quiet);
    const seen = new Set<string>();
    client.on("message", (message) => {
      const { wsKey, data, e } = message as unknown as { wsKey: string; data?: { e?: string }; e?: string };
      seen.add(`${wsKey} ${data?.e ?? e ?? "quote"}`);
    });
    const failures: unknown[] = [];
    client.on("exception", (failure) => void failures.push(failure));
    await client.subscribe(["btcusdt@trade", "btcusdt@depth@100ms", "btcusdt@bookTicker"], "main");
    await client.subscribe(["btcusdt@aggTrade", "btcusdt@markPrice@1s"], "usdmMarket");
    await client.subscribe(["btcusdt@depth@100ms", "btcusdt@bookTicker"], "usdmPublic");
    const wanted = [
      "main trade",
      "main depthUpdate",
      "usdmMarket aggTrade",
      "usdmMarket markPriceUpdate",
      "usdmPublic depthUpdate",
      "usdmPublic bookTicker",
    ];
    expect(await until(() => wanted.every((each) => seen.has(each)), 4_000)).toBe(true);
    expect(seen.has("usdmPublic aggTrade")).toBe(false);
    client.closeAll(true);
    expect(failures).toEqual([]);
  });
});
