/** Forced orders as each venue writes them, over plain sockets: out of a request (liquidate) and out of a capture. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SyntheticInstrument } from "../match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../match/synthetic_specs.ts";
import { until } from "./book_client.testing.ts";
import { smallCapture } from "./capture.testing.ts";
import { CapturedFeed } from "./captured_feed.ts";
import type { Feed } from "./feed.ts";
import { type Simulator, startSimulator } from "./simulator.ts";
import { SocketClient } from "./socket_client.testing.ts";
import { SyntheticFeed } from "./synthetic_feed.ts";

setDefaultTimeout(120_000);

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function simulate(): Promise<Simulator> {
  const startUs = Date.now() * 1_000;
  const feed: Feed = new SyntheticFeed(
    [btcUsdt(), btcUsdtPerp()].map((spec, n) => new SyntheticInstrument(spec, n, startUs)),
    startUs,
  );
  const venues = ["binance-usdm", "okx", "bybit"] as const;
  const simulator = await startSimulator({ venues, feed, accounts: [], start: "now" });
  ends.push(() => simulator.stop());
  return simulator;
}

async function open(url: string, request: object): Promise<SocketClient> {
  const client = await SocketClient.open(url);
  ends.push(() => client.close());
  client.socket.send(JSON.stringify(request));
  await until(() => client.texts.length > 0, 5_000);
  return client;
}

async function force({ url }: Simulator, body: object): Promise<Response> {
  return fetch(`${url}/simulate/liquidation`, { method: "POST", body: JSON.stringify(body) });
}

const told = ({ texts }: SocketClient) => texts.slice(1).map((text) => JSON.parse(text));
const SALE = { symbol: "BTCUSDT", side: "SELL", price: "59990.50", qty: "0.250" };

describe("a request", () => {
  test("each venue tells it in its words: the order's side, or the position's; contracts at OKX", async () => {
    const simulator = await simulate();
    const { wsUrl } = simulator;
    const swaps = { channel: "liquidation-orders", instType: "SWAP" };
    const okx = await open(`${wsUrl}/ws/v5/public`, { op: "subscribe", args: [swaps] });
    const futures = { channel: "liquidation-orders", instType: "FUTURES" };
    const silent = await open(`${wsUrl}/ws/v5/public`, { op: "subscribe", args: [futures] });
    const bybit = await open(`${wsUrl}/v5/public/linear`, { op: "subscribe", args: ["allLiquidation.BTCUSDT"] });
    const binance = await open(`${wsUrl}/market/stream`, {
      ...{ method: "SUBSCRIBE", params: ["btcusdt@forceOrder"], id: 1 },
    });
    const all = [binance, okx, bybit];
    const answer = (await (await force(simulator, SALE)).json()) as { told: { T: number } };
    const { T } = answer.told;
    await until(() => all.every(({ texts }) => texts.length > 1), 5_000);
    expect(told(binance)).toEqual([
      {
        stream: "btcusdt@forceOrder",
        data: {
          ...{ e: "forceOrder", E: T },
          o: {
            ...{ s: "BTCUSDT", S: "SELL", o: "LIMIT", f: "IOC", q: "0.250", p: "59990.50" },
            ...{ ap: "59990.50", X: "FILLED", l: "0.250", z: "0.250", T },
          },
        },
      },
    ]);
    const ids = { instFamily: "BTC-USDT", instId: "BTC-USDT-SWAP", instType: "SWAP", uly: "BTC-USDT" };
    const detail = { bkLoss: "0", bkPx: "59990.5", ccy: "", posSide: "long", side: "sell", ts: String(T) };
    const [{ arg, data }] = told(okx);
    const { sz, ...rest } = data[0].details[0];
    expect([arg, data.length, data[0]]).toEqual([swaps, 1, { ...ids, details: [{ ...rest, sz }] }]);
    expect([rest, Number(sz) > 0.25]).toEqual([detail, true]);
    expect(told(bybit)).toEqual([
      {
        ...{ topic: "allLiquidation.BTCUSDT", type: "snapshot", ts: expect.any(Number) },
        data: [{ T, s: "BTCUSDT", S: "Buy", v: "0.25", p: expect.stringMatching(/^59990\.50?$/) }],
      },
    ]);
    okx.socket.send(JSON.stringify({ op: "unsubscribe", args: [swaps] }));
    await until(() => okx.texts.length > 2, 5_000);
    await force(simulator, { ...SALE, side: "BUY" });
    await until(() => bybit.texts.length > 2, 5_000);
    expect(told(bybit)[1].data[0].S).toBe("Sell");
    await Bun.sleep(50);
    expect([okx.texts.length, silent.texts.length]).toEqual([3, 1]);
  });

  test("spot has none, and what is no request is refused with the reason; books and trades stay as they are", async () => {
    const simulator = await simulate();
    const { wsUrl } = simulator;
    const spot = await open(`${wsUrl}/v5/public/spot`, { op: "subscribe", args: ["allLiquidation.BTCUSDT"] });
    const type = await open(`${wsUrl}/ws/v5/public`, {
      ...{ op: "subscribe", args: [{ channel: "liquidation-orders", instType: "SPOT" }] },
    });
    expect([spot, type].map(({ texts }) => JSON.parse(texts[0] as string))).toMatchObject([
      { success: false },
      { event: "error", code: "60018" },
    ]);
    const bodies = [{ symbol: "NONE" }, { side: "long" }, { price: "0" }, { qty: 1 }, { qty: "1e5" }];
    for (const body of bodies) {
      const answer = await force(simulator, { ...SALE, ...body });
      expect([body, answer.status, await answer.json()]).toMatchObject([body, 400, { code: "BodyInvalid" }]);
    }
    expect((await fetch(`${simulator.url}/simulate/liquidation`)).status).toBe(404);
  });
});

describe("a capture", () => {
  const order = { s: "ABCUSDT", S: "BUY", o: "LIMIT", f: "IOC", q: "5", p: "10.05", ap: "10.01", X: "FILLED", l: "5" };
  const message = JSON.stringify({
    e: "forceOrder",
    E: 1_700_000_001_000,
    o: { ...order, z: "5", T: 1_700_000_001_000 },
  });

  test.each([
    ["in its envelope", JSON.stringify({ stream: "abcusdt@forceOrder", data: JSON.parse(message) })],
    ["raw", message],
  ])("%s: it is of its symbol and its stream, and reaches who asks for it", async (_, text) => {
    const small = smallCapture({ usdm: true });
    const lines = readFileSync(small.file, "utf8").trimEnd().split("\n");
    const file = join(mkdtempSync(join(tmpdir(), "meltica-forced-")), "capture");
    const last = (lines.at(-1) as string).split(" ")[0];
    writeFileSync(file, `${[...lines, `${last} ${text}`].join("\n")}\n`);
    const feed = new CapturedFeed([file], ["binance-usdm"]);
    expect(feed.streams.map(({ stream }) => stream)).toContain("abcusdt@forceOrder");
    expect(feed.listings.map(({ symbol }) => symbol)).toEqual(["ABCUSDT"]);
    const venues = ["binance-usdm"] as const;
    const simulator = await startSimulator({ venues, feed: [file], speed: 0 });
    ends.push(() => simulator.stop());
    const client = await open(`${simulator.wsUrl}/market/ws`, {
      ...{ method: "SUBSCRIBE", params: ["abcusdt@forceOrder"], id: 1 },
    });
    await until(() => client.messages.length > 0, 5_000);
    expect(client.messages).toEqual([message]);
  });
});
