/** An independent client trades at OKX's dialect, unmodified but for addresses: ccxt, REST and pro. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import ccxt from "ccxt";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import { okxSimulator } from "./okx_client.testing.ts";

setDefaultTimeout(30_000);

type Client = InstanceType<typeof ccxt.pro.okx>;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await okxSimulator({ speed: 5 });
});
afterAll(() => simulator.stop());

async function client(name: "ann" | "bob"): Promise<Client> {
  const made = new ccxt.pro.okx({ apiKey: `key-${name}`, secret: `secret-${name}`, password: "pass" }) as Client;
  const api = made.urls["api"] as Record<string, unknown>;
  api["rest"] = simulator.url;
  api["ws"] = `${simulator.wsUrl}/ws/v5`;
  await made.loadHttpProxyAgent();
  await made.loadMarkets();
  return made;
}

/** Collects what a watching call answers until the client is closed. */
function watchAll<T>(watch: () => Promise<T>, take: (value: T) => void): void {
  const turn = (): Promise<void> =>
    watch().then(
      (value) => {
        take(value);
        return turn();
      },
      () => undefined,
    );
  void turn();
}

describe("ccxt", () => {
  test("markets, books with its own checks of sequence, trades, quotes, bars", async () => {
    const it = await client("ann");
    expect(it.market("BTC/USDT")?.precision).toMatchObject({ price: 0.01, amount: 0.00001 });
    expect(it.market("BTC/USDT:USDT")).toMatchObject({ contractSize: 0.01, linear: true, settle: "USDT" });
    for (const symbol of ["BTC/USDT", "BTC/USDT:USDT"]) {
      const book = await it.fetchOrderBook(symbol, 5);
      expect(book.bids).toHaveLength(5);
      expect((await it.fetchTrades(symbol)).length).toBeGreaterThan(5);
      expect((await it.fetchOHLCV(symbol, "1m")).length).toBeGreaterThan(0);
      expect((await it.fetchTicker(symbol)).bid).toBeGreaterThan(0);
      const nonces: number[] = [];
      for (let n = 0; n < 6; n++) {
        const watched = await it.watchOrderBook(symbol);
        expect(watched.bids[0]?.[0] as number).toBeLessThan(watched.asks[0]?.[0] as number);
        nonces.push(watched.nonce as number);
      }
      expect(new Set(nonces).size).toBeGreaterThan(3);
      expect((await it.watchTrades(symbol)).length).toBeGreaterThan(0);
      expect((await it.watchTicker(symbol)).last).toBeGreaterThan(0);
      expect((await it.watchBidsAsks([symbol]))[symbol]?.bid).toBeGreaterThan(0);
    }
    expect((await it.watchOHLCV("BTC/USDT", "1m")).length).toBeGreaterThan(0);
    expect((await it.fetchFundingRate("BTC/USDT:USDT")).fundingRate).toBeNumber();
    await it.close();
  });

  test("spot: a life of orders over REST and sockets, with its streams of orders, trades and balances", async () => {
    const it = await client("ann");
    const symbol = "BTC/USDT";
    const seen: string[] = [];
    const trades: string[] = [];
    let usdt: number | undefined = 0;
    watchAll(
      () => it.watchOrders(symbol),
      (orders) => void seen.push(...orders.map((o) => `${o.id} ${o.status} ${o.filled}`)),
    );
    watchAll(
      () => it.watchMyTrades(symbol),
      (found) => void trades.push(...found.map((t) => String(t.id))),
    );
    watchAll(
      () => it.watchBalance(),
      (balance) => (usdt = balance["USDT"]?.total),
    );
    await Bun.sleep(300);
    const bid = (await it.fetchOrderBook(symbol, 5)).bids[0]?.[0] as number;
    const low = Math.round(bid * 98) / 100;
    const first = await it.createOrder(symbol, "limit", "buy", 0.01, low);
    expect(await it.fetchOrder(String(first.id), symbol)).toMatchObject({ status: "open", amount: 0.01, price: low });
    await it.editOrder(String(first.id), symbol, "limit", "buy", 0.02, low - 1);
    expect(await it.fetchOpenOrders(symbol)).toMatchObject([{ id: first.id, amount: 0.02, price: low - 1 }]);
    await it.cancelOrder(String(first.id), symbol);
    const market = await it.createOrder(symbol, "market", "buy", 0.01);
    expect(await it.fetchOrder(String(market.id), symbol)).toMatchObject({
      status: "closed",
      filled: 0.01,
      fee: { currency: "BTC", cost: 0.00001 },
    });
    const spent = await it.createMarketBuyOrderWithCost(symbol, 100);
    expect((await it.fetchOrder(String(spent.id), symbol)).cost).toBeGreaterThan(95);
    const ws = await it.createOrderWs(symbol, "limit", "buy", 0.01, low);
    await it.editOrderWs(String(ws.id), symbol, "limit", "buy", 0.02, low - 2);
    await it.cancelOrderWs(String(ws.id), symbol);
    const order = { symbol, type: "limit", side: "buy", amount: 0.01, price: low } as const;
    const batch = await it.createOrders([order, { ...order, price: low - 2 }]);
    await it.cancelOrders(
      batch.map(({ id }) => String(id)),
      symbol,
    );
    const post = await it.createOrder(symbol, "limit", "buy", 0.01, bid + 100, { postOnly: true });
    expect(await it.fetchOrder(String(post.id), symbol)).toMatchObject({ status: "canceled", filled: 0 });
    expect(it.createOrder(symbol, "limit", "buy", 50, low)).rejects.toBeInstanceOf(ccxt.InsufficientFunds);
    expect(it.cancelOrder("77", symbol)).rejects.toBeInstanceOf(ccxt.OrderNotFound);
    expect(it.fetchOrder("77", symbol)).rejects.toBeInstanceOf(ccxt.OrderNotFound);
    expect((await it.fetchClosedOrders(symbol)).map(({ id }) => id)).toContain(market.id);
    expect((await it.fetchCanceledOrders(symbol)).map(({ id }) => id)).toContain(first.id);
    const mine = await it.fetchMyTrades(symbol);
    expect(await until(() => trades.length >= mine.length, 3_000)).toBe(true);
    // It listens to the channel twice, with and without the instrument, and is told by both.
    expect([...new Set(trades)].sort()).toEqual(mine.map(({ id }) => String(id)).sort());
    expect(await until(() => seen.includes(`${ws.id} canceled 0`), 3_000)).toBe(true);
    expect(seen).toContain(`${market.id} closed 0.01`);
    const balance = await it.fetchBalance();
    expect(usdt as number | undefined).toBe(balance["USDT"]?.total);
    expect((await it.fetchTradingFee(symbol)).taker).toBe(0.001);
    await it.cancelAllOrdersAfter(60_000);
    await it.close();
  });

  test("swap: contracts, leverage, positions and their stream, conditional orders, reduce-only", async () => {
    const it = await client("bob");
    const symbol = "BTC/USDT:USDT";
    const held: string[] = [];
    const seen: string[] = [];
    watchAll(
      () => it.watchPositions([symbol]),
      (found) => void held.push(...found.map((p) => `${p.side} ${p.contracts}`)),
    );
    watchAll(
      () => it.watchOrders(symbol),
      (orders) => void seen.push(...orders.map((o) => `${o.id} ${o.status} ${o.filled}`)),
    );
    await Bun.sleep(300);
    await it.setLeverage(5, symbol, { mgnMode: "cross" });
    const bid = (await it.fetchOrderBook(symbol, 5)).bids[0]?.[0] as number;
    const low = Math.round(bid * 9.8) / 10;
    const first = await it.createOrder(symbol, "limit", "buy", 2, low);
    await it.editOrder(String(first.id), symbol, "limit", "buy", 3, low - 1);
    expect(await it.fetchOpenOrders(symbol)).toMatchObject([{ id: first.id, amount: 3 }]);
    await it.cancelOrder(String(first.id), symbol);
    const opened = await it.createOrder(symbol, "market", "buy", 2);
    const found = await it.fetchOrder(String(opened.id), symbol);
    expect(found).toMatchObject({ status: "closed", filled: 2, fee: { currency: "USDT" } });
    // 2 contracts of 0.01.
    expect((found.cost as number) / (found.average as number)).toBeCloseTo(0.02, 6);
    expect(await it.fetchPositions([symbol])).toMatchObject([
      { contracts: 2, side: "long", leverage: 5, contractSize: 0.01 },
    ]);
    const stop = await it.createOrder(symbol, "market", "sell", 2, undefined, { stopLossPrice: low });
    const pending = await it.fetchOpenOrders(symbol, undefined, undefined, { ordType: "conditional" });
    expect(pending).toMatchObject([{ id: stop.id }]);
    await it.cancelOrder(String(stop.id), symbol, { stop: true });
    await it.createOrder(symbol, "market", "sell", 2, undefined, { reduceOnly: true });
    expect(it.createOrder(symbol, "market", "sell", 2, undefined, { reduceOnly: true })).rejects.toThrow("51169");
    expect(await until(() => held.includes("long 2") && seen.includes(`${opened.id} closed 2`), 3_000)).toBe(true);
    expect((await it.fetchMyTrades(symbol)).length).toBeGreaterThanOrEqual(2);
    await it.close();
  });
});
