/**
 * The venue simulator on real sockets, judged by plain code and by an independent client.
 * Covers book, faults, file_feed, frame, listing, market_data, player, rest, simulator, sockets, streams, synthetic_feed.
 */

import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binance as CcxtBinance } from "ccxt";
import { ServedBook } from "./book.ts";
import { NO_FAULTS, readFaults } from "./faults.ts";
import { readFrames } from "./file_feed.ts";
import { kindOf } from "./frame.ts";
import { listingsOf } from "./listing.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "./simulator.ts";
import { parseStream, streamKey } from "./streams.ts";

setDefaultTimeout(20_000);

const dir = mkdtempSync(join(tmpdir(), "meltica-sim-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const running: Simulator[] = [];
afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.stop();
});

const S = "ABCUSDT";
const START_NS = 1_700_000_000_000_000_000;

/** A small feed of our own: a snapshot, then diffs that each move one level, with trades and quotes between. */
function captureFile(diffs: number): string {
  const lines = [
    `{"lastUpdateId":100,"bids":[["10.00","5.0"],["9.99","1.0"]],"asks":[["10.01","4.0"],["10.02","2.0"]]}`,
  ];
  for (let n = 1; n <= diffs; n++) {
    const id = 100 + n;
    const diff = {
      e: "depthUpdate",
      E: n,
      s: S,
      U: id,
      u: id,
      b: [["9.98", `${n}.0`]],
      a: [["10.03", n % 7 === 0 ? "0.0" : "1.5"]],
    };
    lines.push(
      envelope("depth@100ms", diff),
      envelope("bookTicker", { u: id, s: S, b: "10.00", B: "5.0", a: "10.01", A: "4.0" }),
    );
    lines.push(envelope("trade", { e: "trade", E: n, s: S, t: n, p: "10.01", q: "0.5", T: n, m: false, M: true }));
  }
  const file = join(dir, `feed-${diffs}.txt`);
  writeFileSync(file, lines.map((line, n) => `${START_NS + n * 1_000_000} ${line}`).join("\n"));
  return file;
}

function envelope(stream: string, data: object): string {
  return `{"stream":"${S.toLowerCase()}@${stream}","data":${JSON.stringify(data)}}`;
}

function simulate(options: Partial<SimulatorOptions> = {}): Simulator {
  const usual = {
    market: "spot",
    host: "127.0.0.1",
    port: 0,
    files: [],
    speed: 0,
    seed: 3,
    start: "subscribe",
  } as const;
  const simulator = startSimulator({ ...usual, ...options });
  running.push(simulator);
  return simulator;
}

interface Heard {
  readonly texts: string[];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
}

async function listen(url: string): Promise<Heard> {
  const socket = new WebSocket(url);
  const texts: string[] = [];
  socket.onmessage = ({ data }) => void texts.push(String(data));
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return { texts, socket, closed };
}

async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; n < 2_000 && !holds(); n++) await Bun.sleep(2);
  expect(holds()).toBe(true);
}

describe("a captured feed", () => {
  test("reaches its readers byte for byte and whole, in the venue's envelope, and ends", async () => {
    const file = captureFile(300);
    const simulator = simulate({ files: [file] });
    const name = S.toLowerCase();
    const { texts } = await listen(
      `${simulator.wsUrl}/stream?streams=${name}@depth@100ms/${name}@trade/${name}@bookTicker`,
    );
    await simulator.done;
    await until(() => texts.length === 900);
    const sent = (await Bun.file(file).text())
      .split("\n")
      .slice(1)
      .map((line) => line.slice(line.indexOf(" ") + 1));
    expect(texts).toEqual(sent);
    expect(simulator.status()).toMatchObject({ done: true, frames: 901, readers: 1, share: 1 });
  });

  test("the documented bootstrap over it ends with the venue's book", async () => {
    const simulator = simulate({ files: [captureFile(2_000)], speed: 500 });
    const { texts } = await listen(`${simulator.wsUrl}/ws/${S.toLowerCase()}@depth`);
    await until(() => texts.length > 20);
    const snapshot = (await (await fetch(`${simulator.url}/api/v3/depth?symbol=${S}&limit=5000`)).json()) as {
      lastUpdateId: number;
      bids: [string, string][];
      asks: [string, string][];
    };
    await simulator.done;
    await until(() => texts.length === 2_000);
    const book = new Map([...snapshot.bids, ...snapshot.asks]);
    let last = snapshot.lastUpdateId;
    for (const text of texts) {
      const { U, u, b, a } = JSON.parse(text) as { U: number; u: number; b: [string, string][]; a: [string, string][] };
      if (u <= last) continue;
      expect(U).toBeLessThanOrEqual(last + 1);
      for (const [price, qty] of [...b, ...a]) {
        if (/^[0.]+$/.test(qty)) book.delete(price);
        else book.set(price, qty);
      }
      last = u;
    }
    const end = simulator.data.depth(S, 100);
    expect(last).toBe(end?.lastUpdateId as number);
    expect([...book].sort()).toEqual(
      [...(end?.bids ?? []), ...(end?.asks ?? [])].map(([p, q]): [string, string] => [p, q]).sort(),
    );
  });

  test("does not begin before it has readers, and waits for one that does not read", async () => {
    const simulator = simulate({ files: [captureFile(5)] });
    await Bun.sleep(50);
    expect(simulator.status()).toMatchObject({ started: false, frames: 0 });
  });

  test("bad lines are named by file and line", () => {
    const file = join(dir, "bad.txt");
    writeFileSync(file, `${START_NS} {"e":"trade"}\nnonsense\n`);
    expect(() => readFrames([file])).toThrow(/bad\.txt:2/);
    expect(() => readFrames([join(dir, "none.txt")])).toThrow(/none\.txt/);
  });
});

describe("control messages", () => {
  test("subscribe, list, unsubscribe and errors as the venue answers them", async () => {
    const simulator = simulate({ files: [captureFile(5)], speed: 1 });
    const { socket, texts } = await listen(`${simulator.wsUrl}/ws`);
    const ask = async (message: unknown) => {
      const before = texts.length;
      socket.send(typeof message === "string" ? message : JSON.stringify(message));
      await until(() => texts.slice(before).some((text) => !text.includes('"e":')));
      return JSON.parse(texts.slice(before).find((text) => !text.includes('"e":')) ?? "");
    };
    const depth = `${S.toLowerCase()}@depth@100ms`;
    expect(await ask({ method: "SUBSCRIBE", params: [depth], id: 1 })).toEqual({ result: null, id: 1 });
    expect(await ask({ method: "LIST_SUBSCRIPTIONS", id: "x" })).toEqual({ result: [depth], id: "x" });
    expect(await ask({ method: "SUBSCRIBE", params: ["abcusdt@nothing"], id: 2 })).toMatchObject({
      error: { code: 2 },
      id: 2,
    });
    expect(await ask({ method: "SUBSCRIBE", params: ["nobody@trade"], id: 3 })).toMatchObject({ error: { code: 2 } });
    expect(await ask({ method: "DANCE", id: 4 })).toMatchObject({ error: { code: 2 }, id: 4 });
    expect(await ask("{broken")).toMatchObject({ error: { code: 3 } });
    expect(await ask({ method: "UNSUBSCRIBE", params: [depth], id: 5 })).toEqual({ result: null, id: 5 });
  });

  test("names of streams", () => {
    expect(parseStream("ethusdt@depth20@100ms")).toMatchObject({ symbol: "ETHUSDT", kind: "depth", levels: 20 });
    expect(parseStream("ethusdt@depth")).toMatchObject({ levels: 0 });
    for (const name of ["ETHUSDT@trade", "ethusdt@depth7", "ethusdt@kline_9x", "ethusdt", "@trade", "a@trade@1"]) {
      expect(parseStream(name)).toBeUndefined();
    }
    expect(streamKey("X", "depth", 5)).toBe("X@depth5");
  });
});

describe("REST", () => {
  test("exchangeInfo, depth, trades, klines, and the venue's error bodies and weights", async () => {
    const simulator = simulate({ files: [captureFile(50)], start: "now" });
    await simulator.done;
    const get = async (path: string) => {
      const answer = await fetch(simulator.url + path);
      return { status: answer.status, weight: answer.headers.get("x-mbx-used-weight-1m"), body: await answer.json() };
    };
    const info = await get("/api/v3/exchangeInfo");
    expect(info.body.symbols[0]).toMatchObject({ symbol: S, baseAsset: "ABC", quoteAsset: "USDT" });
    expect(info.body.symbols[0].filters[0]).toMatchObject({ tickSize: "0.01" });
    const depth = await get(`/api/v3/depth?symbol=${S}&limit=2`);
    expect(depth.body).toEqual({
      lastUpdateId: 150,
      bids: [
        ["10.00", "5.0"],
        ["9.99", "1.0"],
      ],
      asks: [
        ["10.01", "4.0"],
        ["10.02", "2.0"],
      ],
    });
    expect(Number(depth.weight)).toBe(25);
    expect((await get(`/api/v3/trades?symbol=${S}&limit=3`)).body.map((trade: { id: number }) => trade.id)).toEqual([
      48, 49, 50,
    ]);
    expect((await get(`/api/v3/klines?symbol=${S}&interval=1m`)).body[0]).toMatchObject({
      1: "10.01",
      4: "10.01",
      8: 50,
    });
    expect((await get("/api/v3/ticker/bookTicker?symbol=ABCUSDT")).body).toMatchObject({
      bidPrice: "10.00",
      askQty: "4.0",
    });
    expect(await get("/api/v3/depth?symbol=NOPE")).toMatchObject({ status: 400, body: { code: -1121 } });
    expect(await get("/api/v3/depth")).toMatchObject({ status: 400, body: { code: -1102 } });
    expect(await get("/api/v3/depth?symbol=a!b")).toMatchObject({ status: 400, body: { code: -1100 } });
    expect(await get(`/api/v3/depth?symbol=${S}&limit=x`)).toMatchObject({ status: 400, body: { code: -1100 } });
    expect(await get(`/api/v3/klines?symbol=${S}&interval=9x`)).toMatchObject({ status: 400, body: { code: -1120 } });
    expect((await get("/api/v3/nothing")).status).toBe(404);
    expect((await get("/elsewhere")).status).toBe(404);
    for (let n = 0; n < 25; n++) await get(`/api/v3/depth?symbol=${S}&limit=5000`);
    const spent = await fetch(`${simulator.url}/api/v3/depth?symbol=${S}&limit=5000`);
    expect(spent.status).toBe(429);
    expect(Number(spent.headers.get("retry-after"))).toBeWithin(0, 61);
  });

  test("ccxt reads it: markets, order book, trades", async () => {
    const simulator = simulate({ speed: 10, start: "now" });
    const client = new CcxtBinance({
      options: { defaultType: "spot", fetchMarkets: ["spot"], fetchCurrencies: false },
    });
    const api = client.urls["api"] as Record<string, string>;
    for (const [name, url] of Object.entries(api)) api[name] = url.replace(/^https?:\/\/[^/]+/, simulator.url);
    await client.loadMarkets();
    const book = await client.fetchOrderBook("BTC/USDT", 10);
    expect(book.bids.length).toBe(10);
    expect(book.bids[0]?.[0] as number).toBeLessThan(book.asks[0]?.[0] as number);
    await until(() => simulator.data.trades("BTCUSDT", 10).length > 2);
    expect((await client.fetchTrades("BTC/USDT", undefined, 2)).length).toBe(2);
    await client.close();
  });
});

describe("faults", () => {
  test("happen as often as they should, are counted, and can be changed while it runs", async () => {
    const faults = { ...NO_FAULTS, drop: 0.1, corrupt: 0.1 };
    const simulator = simulate({ files: [captureFile(1_000)], faults });
    const { texts } = await listen(`${simulator.wsUrl}/ws/${S.toLowerCase()}@trade`);
    await simulator.done;
    await Bun.sleep(50);
    const { drop, corrupt } = simulator.status().faults as { drop: number; corrupt: number };
    expect(drop).toBeWithin(50, 150);
    expect(corrupt).toBeWithin(50, 150);
    expect(texts.length).toBeLessThanOrEqual(1_000 - drop);
    const changed = await fetch(`${simulator.url}/simulate/faults`, { method: "POST", body: '{"drop":0.5}' });
    expect(await changed.json()).toMatchObject({ drop: 0.5, corrupt: 0 });
    const refused = await fetch(`${simulator.url}/simulate/faults`, { method: "POST", body: '{"dorp":0.5}' });
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("did you mean")]);
  });

  test("a cut connection ends without a farewell", async () => {
    const simulator = simulate({ files: [captureFile(200)], faults: { ...NO_FAULTS, close: 1 } });
    const { closed } = await listen(`${simulator.wsUrl}/ws/${S.toLowerCase()}@trade`);
    expect(await closed).toBe(1006);
  });

  test("are read from text, and refused by name", () => {
    expect(readFaults("drop=0.5,stale-snapshot=1")).toMatchObject({ drop: 0.5, staleSnapshot: 1, close: 0 });
    expect(() => readFaults("drop=2")).toThrow(/share/);
    expect(() => readFaults("dorp=1")).toThrow(/dorp/);
  });
});

describe("a synthetic feed", () => {
  test("of USD-M: diffs join by pu, the book never crosses, the same seed gives the same first frames", async () => {
    const simulator = simulate({ market: "usdm", speed: 20, start: "now" });
    const { texts } = await listen(`${simulator.wsUrl}/public/ws/btcusdt@depth@100ms`);
    await until(() => texts.length > 8);
    const diffs = texts.map((text) => JSON.parse(text) as { pu: number; u: number; U: number });
    for (let n = 1; n < diffs.length; n++) expect(diffs[n]?.pu).toBe(diffs[n - 1]?.u as number);
    const top = simulator.data.depth("BTCUSDT", 1);
    expect(Number(top?.bids[0]?.[0])).toBeLessThan(Number(top?.asks[0]?.[0]));
  });
});

describe("parts", () => {
  test("a served book sorts by price, whatever the length of its text", () => {
    const book = new ServedBook();
    book.load({
      lastUpdateId: 5,
      bids: [
        ["9.9", "1"],
        ["10.1", "1"],
      ],
      asks: [
        ["100.0", "1"],
        ["99.5", "2"],
      ],
    });
    expect(book.depth(5)).toMatchObject({
      bids: [
        ["10.1", "1"],
        ["9.9", "1"],
      ],
      asks: [
        ["99.5", "2"],
        ["100.0", "1"],
      ],
    });
    book.apply({ u: 5, b: [["10.1", "0"]], a: [] });
    expect(book.levels).toEqual({ bids: 2, asks: 2 });
    book.apply({ u: 6, b: [["10.1", "0.000"]], a: [] });
    expect(book.levels).toEqual({ bids: 1, asks: 2 });
  });

  test("kinds and listings out of texts", () => {
    expect(kindOf({ u: 1, b: "1", a: "2" })).toBe("bookTicker");
    expect(kindOf({ e: "depthUpdate" })).toBe("depth");
    expect(kindOf({ lastUpdateId: 1 })).toBe("rest");
    const frame = { timeMs: 1, kind: "trade", symbol: "ABCBTC", data: '{"p":"0.01230000","q":"7.00000000"}' } as const;
    expect(listingsOf([frame])).toEqual([
      { symbol: "ABCBTC", base: "ABC", quote: "BTC", tickSize: "0.00010000", stepSize: "1.00000000", decimals: 8 },
    ]);
  });
});
