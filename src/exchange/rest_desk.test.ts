/** REST: each endpoint's shape, the venue's errors, weights, faults, exchangeInfo inferred or from a file. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./book_client.testing.ts";
import { type SmallCapture, smallCapture } from "./capture.testing.ts";
import { exchangeInfo, venueOfInfo } from "./exchange_info.ts";
import { RequestBudget } from "./request_budget.ts";
import { endpointOf } from "./rest_answers.ts";
import { RestQuery, VenueError } from "./rest_query.ts";
import { routeOf } from "./routes.ts";
import { readInfoFile } from "./saved_info.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

let simulator: Simulator;
let spot: SmallCapture;

beforeAll(async () => {
  spot = smallCapture();
  const usdm = smallCapture({ usdm: true, symbol: "XYZUSDT" });
  simulator = await startSimulator({
    venues: ["binance-spot", "binance-usdm"],
    feed: [spot.file, usdm.file],
    speed: 10_000,
    start: "now",
  });
  await until(() => simulator.status().done, 3_000);
});

afterAll(() => simulator.stop());

async function get(path: string, from = simulator) {
  const answer = await fetch(from.url + path);
  const { status, headers } = answer;
  return { status, headers, body: (await answer.json()) as never };
}

describe("spot", () => {
  test("ping, time, full book", async () => {
    expect((await get("/api/v3/ping")).body).toEqual({} as never);
    const time = (await get("/api/v3/time")).body as { serverTime: number };
    // The venue's clock is the feed's: the last event time.
    expect(Math.abs(time.serverTime - 1_700_000_001_000)).toBeLessThan(20_000);
    const depth = (await get("/api/v3/depth?symbol=ABCUSDT&limit=5000")).body as Record<string, [string, string][]>;
    expect(Object.keys(depth)).toEqual(["lastUpdateId", "bids", "asks"]);
    expect(depth["lastUpdateId"] as unknown).toBe(spot.lastUpdateId);
    expect([...(depth["bids"] ?? [])].sort()).toEqual([...spot.bids].sort());
    expect((await get("/api/v3/depth?symbol=ABCUSDT&limit=3")).body["bids"]).toHaveLength(3);
  });

  test("trades, aggregates, bars, quotes", async () => {
    const trades = (await get("/api/v3/trades?symbol=ABCUSDT&limit=2")).body as Record<string, unknown>[];
    expect(trades).toHaveLength(2);
    expect(trades[1]).toMatchObject({
      id: 500 + spot.trades,
      isBestMatch: true,
      price: expect.stringMatching(/^10\.0/),
    });
    const from = (await get("/api/v3/aggTrades?symbol=ABCUSDT&fromId=503&limit=2")).body as { a: number }[];
    expect(from.map(({ a }) => a)).toEqual([503, 504]);
    const bars = (await get("/api/v3/klines?symbol=ABCUSDT&interval=1m")).body as unknown[][];
    expect(bars.reduce((sum, row) => sum + (row[8] as number), 0)).toBe(spot.trades);
    expect(bars[0]).toHaveLength(12);
    const hours = (await get("/api/v3/klines?symbol=ABCUSDT&interval=1h&startTime=0&limit=1")).body as unknown[][];
    expect(hours).toHaveLength(1);
    expect((await get("/api/v3/ticker/bookTicker?symbol=ABCUSDT")).body as object).toEqual({
      symbol: "ABCUSDT",
      bidPrice: "10.00",
      bidQty: "1.00",
      askPrice: "10.01",
      askQty: "2.00",
    });
    expect((await get("/api/v3/ticker/price")).body as object[]).toHaveLength(1);
  });

  test("exchangeInfo is inferred from the feed", async () => {
    const info = (await get("/api/v3/exchangeInfo?symbol=ABCUSDT")).body as { symbols: { filters: object[] }[] };
    expect(info.symbols[0]).toMatchObject({
      symbol: "ABCUSDT",
      baseAsset: "ABC",
      quoteAsset: "USDT",
      status: "TRADING",
    });
    expect(info.symbols[0]?.filters.slice(0, 2)).toMatchObject([
      { filterType: "PRICE_FILTER", tickSize: "0.01000000" },
      { filterType: "LOT_SIZE", stepSize: "0.01000000", minQty: "0.01000000" },
    ]);
    expect((await get('/api/v3/exchangeInfo?symbols=["ABCUSDT"]')).status).toBe(200);
  });

  test.each([
    ["/api/v3/depth", 400, -1_102],
    ["/api/v3/depth?symbol=", 400, -1_105],
    ["/api/v3/depth?symbol=NOPE", 400, -1_121],
    ["/api/v3/depth?symbol=A%20B", 400, -1_100],
    ["/api/v3/depth?symbol=ABCUSDT&limit=x", 400, -1_100],
    ["/api/v3/depth?symbol=ABCUSDT&limit=0", 400, -1_130],
    ["/api/v3/depth?symbol=ABCUSDT&deep=1", 400, -1_104],
    ["/api/v3/klines?symbol=ABCUSDT&interval=7m", 400, -1_120],
    ["/api/v3/klines?symbol=ABCUSDT", 400, -1_102],
    ["/api/v3/exchangeInfo?symbol=A&symbols=[]", 400, -1_128],
    ["/api/v3/exchangeInfo?symbols=no", 400, -1_100],
    ["/api/v3/depth?symbol=XYZUSDT", 400, -1_121],
    ["/fapi/v1/depth?symbol=ABCUSDT", 400, -1_121],
    ["/fapi/v1/depth?symbol=XYZUSDT&limit=7", 400, -4_021],
    ["/api/v3/premiumIndex?symbol=ABCUSDT", 404, -5_000],
    ["/api/v3/nothing", 404, -5_000],
    ["/", 404, -5_000],
  ])("%s is refused in the venue's words", async (path, status, code) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status, body: { code, msg: expect.any(String) } });
  });

  test("other methods are refused", async () => {
    const answer = await fetch(`${simulator.url}/api/v3/ping`, { method: "POST" });
    expect(answer.status).toBe(405);
    await answer.text();
  });
});

describe("USD-M", () => {
  test("answers in its own shapes", async () => {
    const depth = (await get("/fapi/v1/depth?symbol=XYZUSDT")).body as object;
    expect(Object.keys(depth)).toEqual(["lastUpdateId", "E", "T", "bids", "asks"]);
    expect((await get("/fapi/v1/exchangeInfo")).body as object).toMatchObject({
      futuresType: "U_MARGINED",
      symbols: [
        {
          symbol: "XYZUSDT",
          contractType: "PERPETUAL",
          marginAsset: "USDT",
          filters: [{ tickSize: "0.01" }, {}, {}, {}, {}, {}],
        },
      ],
    });
    expect((await get("/fapi/v1/ticker/bookTicker?symbol=XYZUSDT")).body as object).toMatchObject({
      time: expect.any(Number),
    });
    expect((await get("/fapi/v1/premiumIndex?symbol=XYZUSDT")).body as object).toMatchObject({ markPrice: "0" });
    expect(((await get("/fapi/v1/trades?symbol=XYZUSDT")).body as object[])[0]).not.toHaveProperty("isBestMatch");
    expect((await get("/usdm/fapi/v1/ping")).status).toBe(200);
  });
});

describe("weights and faults", () => {
  test("the used weight is told, and above the limit comes 429 with the time to wait", async () => {
    const small = await startSimulator({
      venues: ["binance-spot"],
      feed: [spot.file],
      weightMax: 60,
      wallMs: () => 1_700_000_050_000,
    });
    expect((await get("/api/v3/depth?symbol=ABCUSDT&limit=500", small)).headers.get("x-mbx-used-weight-1m")).toBe("25");
    expect((await get("/api/v3/trades?symbol=ABCUSDT", small)).headers.get("x-mbx-used-weight-1m")).toBe("50");
    const refused = await get("/api/v3/exchangeInfo", small);
    expect(refused).toMatchObject({
      status: 429,
      body: { code: -1_003, msg: expect.stringContaining("current limit is 60") },
    });
    expect(refused.headers.get("retry-after")).toBe("50");
    expect(small.status()).toMatchObject({ requests: 3, requestsRefused: 1 });
    await small.stop();
  });

  test("5xx, 429, slow answers and stale books", async () => {
    const ask = async () => {
      const from = performance.now();
      const { status } = await get("/api/v3/depth?symbol=ABCUSDT");
      return { status, tookMs: performance.now() - from };
    };
    simulator.faults({ "http-5xx": 1 });
    expect((await ask()).status).toBe(503);
    simulator.faults({ "http-5xx": 0, "http-429": 1 });
    expect((await ask()).status).toBe(429);
    simulator.faults({ "http-429": 0, "slow-rest": 1, "slow-rest-ms": 120 });
    expect((await ask()).tookMs).toBeGreaterThan(100);
    simulator.faults({ "slow-rest": 0, "stale-snapshot": 1 });
    const stale = (await get("/api/v3/depth?symbol=ABCUSDT")).body as { lastUpdateId: number };
    expect(stale.lastUpdateId).toBeLessThan(spot.lastUpdateId);
    const counts = simulator.faults({ "stale-snapshot": 0 });
    expect(counts).toMatchObject({ "http-5xx": 1, "http-429": 1, "slow-rest": 1, "stale-snapshot": 1 });
  });

  test("a body that is too long is refused", async () => {
    const answer = await fetch(`${simulator.url}/simulate/faults`, { method: "POST", body: "x".repeat(100_000) });
    expect(answer.status).toBe(413);
  });

  test("a client that hangs up within its request, or talks nonsense, disturbs nobody", async () => {
    for (const text of [
      "POST /simulate/faults HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
      "\0\x01nonsense\r\n\r\n",
    ]) {
      const socket = createConnection(simulator.port, simulator.host);
      socket.on("error", () => undefined);
      await new Promise<void>((resolve) => socket.write(text, () => resolve()));
      await Bun.sleep(20);
      socket.destroy();
    }
    await Bun.sleep(20);
    expect((await get("/api/v3/ping")).status).toBe(200);
  });

  test("a new minute is a new budget", () => {
    let nowMs = 59_000;
    const budget = new RequestBudget(10, () => nowMs);
    budget.take(10);
    expect(() => budget.take(1)).toThrow(VenueError);
    nowMs = 60_000;
    budget.take(1);
    expect([budget.used, budget.refused]).toEqual([1, 1]);
    budget.take(9);
    const statuses = Array.from({ length: 22 }, () => budget.refusal().status);
    expect([statuses[0], statuses[19], statuses[20]]).toEqual([429, 429, 418]);
  });
});

describe("parts", () => {
  test("weights follow limits", () => {
    const weigh = (venue: "binance-spot" | "binance-usdm", name: string, query: string) =>
      endpointOf(venue, name)?.weight(new RestQuery(query));
    expect([100, 500, 1_000, 5_000].map((limit) => weigh("binance-spot", "depth", `limit=${limit}`))).toEqual([
      5, 25, 50, 250,
    ]);
    expect([50, 100, 500, 1_000].map((limit) => weigh("binance-usdm", "depth", `limit=${limit}`))).toEqual([
      2, 5, 10, 20,
    ]);
    expect([99, 100, 1_000, 1_500].map((limit) => weigh("binance-usdm", "klines", `limit=${limit}`))).toEqual([
      1, 2, 5, 10,
    ]);
  });

  test("paths lead to venues", () => {
    const both = ["binance-spot", "binance-usdm"] as const;
    expect(routeOf("/stream?streams=a", both)).toEqual({
      kind: "socket",
      venue: "binance-spot",
      route: "all",
      path: "/stream?streams=a",
    });
    expect(routeOf("/market/ws/a", both)).toEqual({
      kind: "socket",
      venue: "binance-usdm",
      route: "market",
      path: "/ws/a",
    });
    expect(routeOf("/usdm/ws", both)).toMatchObject({ venue: "binance-usdm", route: "all" });
    expect(routeOf("/ws", ["binance-usdm"])).toMatchObject({ venue: "binance-usdm" });
    expect(routeOf("/spot/ws", ["binance-usdm"])).toBeUndefined();
    expect(routeOf("/wsx", both)).toMatchObject({ kind: "rest" });
  });

  test("a saved exchangeInfo takes the place of what was inferred", async () => {
    const listing = {
      venue: "binance-spot",
      symbol: "ABCUSDT",
      base: "ABC",
      quote: "USDT",
      tick: "0.01",
      step: "1",
      priceDecimals: 2,
      qtyDecimals: 0,
    } as const;
    const saved = { symbols: [{ symbol: "ABCUSDT", baseAsset: "ABC", filters: [] }, { symbol: "OTHER" }] };
    expect(exchangeInfo("binance-spot", [listing], 5, saved)).toMatchObject({
      serverTime: 5,
      symbols: [saved.symbols[0]],
    });
    const file = join(mkdtempSync(join(tmpdir(), "meltica-simulate-")), "info.json");
    writeFileSync(file, JSON.stringify(saved));
    expect(readInfoFile(file)).toEqual({ venue: "binance-spot", info: saved });
    expect(venueOfInfo('{"symbols":[{"contractType":"PERPETUAL"}]}')?.venue).toBe("binance-usdm");
    const own = await startSimulator({ venues: ["binance-spot"], feed: [spot.file], exchangeInfoFiles: [file] });
    expect(((await get("/api/v3/exchangeInfo", own)).body as typeof saved).symbols).toEqual([
      saved.symbols[0] as never,
    ]);
    await own.stop();
    writeFileSync(file, "[]");
    expect(() => readInfoFile(file)).toThrow("FileCorrupt");
    expect(() => readInfoFile("/nowhere")).toThrow("FileNotFound");
  });
});
