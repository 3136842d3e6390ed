/** Independent clients trade at the simulator's Bybit, unmodified but for addresses: ccxt, REST and pro. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import ccxt from "ccxt";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import { bybitSimulator } from "./bybit_client.testing.ts";

setDefaultTimeout(30_000);

type Client = InstanceType<typeof ccxt.pro.bybit>;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await bybitSimulator({ speed: 5 });
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

async function client(): Promise<Client> {
  const made = new ccxt.pro.bybit({ apiKey: "key-ann", secret: "secret-ann", enableRateLimit: false }) as Client;
  redirect(made.urls["api"] as Record<string, unknown>);
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

const MARKETS = [
  ["spot", "BTC/USDT", 0.01, 0.00001],
  ["linear", "BTC/USDT:USDT", 0.1, 0.001],
] as const;

test.each(MARKETS)("%s: markets, book, trades, bars, tickers, its own streams", async (_, symbol, tick, step) => {
  const it = await client();
  expect(it.market(symbol).precision).toMatchObject({ price: tick, amount: step });
  expect(it.market(symbol).active).toBe(true);
  const book = await it.fetchOrderBook(symbol, 5);
  expect(book.bids[0]?.[0] as number).toBeLessThan(book.asks[0]?.[0] as number);
  expect((await it.fetchTrades(symbol)).length).toBeGreaterThan(5);
  expect((await it.fetchOHLCV(symbol, "1m")).length).toBeGreaterThan(0);
  expect((await it.fetchTicker(symbol)).last as number).toBeGreaterThan(0);
  const nonces: number[] = [];
  for (let n = 0; n < 6; n++) {
    const watched = await it.watchOrderBook(symbol, 50);
    expect(watched.bids[0]?.[0] as number).toBeLessThan(watched.asks[0]?.[0] as number);
    nonces.push(watched.nonce as number);
  }
  expect(nonces).toEqual([...nonces].sort((a, b) => a - b));
  expect((await it.watchTrades(symbol)).length).toBeGreaterThan(0);
  expect((await it.watchTicker(symbol)).last as number).toBeGreaterThan(0);
  expect((await it.watchBidsAsks([symbol]))[symbol]?.bid as number).toBeGreaterThan(0);
  await it.close();
});

test("spot: a life of orders over REST and sockets, with its streams of orders, trades and balances", async () => {
  const it = await client();
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
  const edited = await it.editOrder(String(first.id), symbol, "limit", "buy", 0.02, low - 1);
  expect(edited.id).toBe(first.id as string);
  expect(await it.fetchOpenOrders(symbol)).toMatchObject([{ id: first.id, amount: 0.02, status: "open" }]);
  await it.cancelOrder(String(first.id), symbol);
  const market = await it.createOrder(symbol, "market", "buy", 0.01);
  expect(await it.fetchClosedOrder(String(market.id), symbol)).toMatchObject({ status: "closed", filled: 0.01 });
  const spent = await it.createMarketBuyOrderWithCost(symbol, 100);
  expect((await it.fetchOrder(String(spent.id), symbol, { acknowledged: true })).cost as number).toBeGreaterThan(95);
  const ws = await it.createOrderWs(symbol, "limit", "buy", 0.01, low);
  await it.editOrderWs(String(ws.id), symbol, "limit", "buy", 0.02, low - 1);
  await it.cancelOrderWs(String(ws.id), symbol);
  const stop = await it.createOrder(symbol, "limit", "sell", 0.01, low, { triggerPrice: low + 1 });
  expect(await it.fetchOpenOrders(symbol, undefined, undefined, { trigger: true })).toMatchObject([{ id: stop.id }]);
  await it.cancelAllOrders(symbol, { trigger: true });
  const crossing = await it.createOrder(symbol, "limit", "buy", 0.01, bid + 100, { postOnly: true });
  await until(() => seen.some((line) => line.startsWith(`${crossing.id} rejected`)), 3_000);
  expect(seen).toContain(`${crossing.id} rejected 0`);
  expect(it.createOrder(symbol, "limit", "buy", 50, low)).rejects.toBeInstanceOf(ccxt.InsufficientFunds);
  expect(it.cancelOrder("77", symbol)).rejects.toBeInstanceOf(ccxt.OrderNotFound);
  const mine = await it.fetchMyTrades(symbol);
  expect(await until(() => trades.length >= mine.length, 3_000)).toBe(true);
  expect([...trades].sort()).toEqual(mine.map(({ id }) => String(id)).sort());
  expect(await until(() => seen.includes(`${ws.id} canceled 0`), 3_000)).toBe(true);
  expect(seen).toContain(`${market.id} closed 0.01`);
  const balance = await it.fetchBalance();
  expect(usdt as number | undefined).toBe(balance["USDT"]?.total);
  await it.close();
});

test("linear: orders, batches, conditional ones, positions, leverage; streams of orders and positions", async () => {
  const it = await client();
  const symbol = "BTC/USDT:USDT";
  const seen: string[] = [];
  const held: string[] = [];
  watchAll(
    () => it.watchOrders(symbol),
    (orders) => void seen.push(...orders.map((o) => `${o.id} ${o.status} ${o.filled}`)),
  );
  watchAll(
    () => it.watchPositions([symbol]),
    (found) => void held.push(...found.map((p) => `${p.side} ${p.contracts}`)),
  );
  await Bun.sleep(300);
  const bid = (await it.fetchOrderBook(symbol, 5)).bids[0]?.[0] as number;
  const low = Math.round(bid * 9.8) / 10;
  await it.setLeverage(5, symbol);
  const first = await it.createOrder(symbol, "limit", "buy", 0.01, low);
  await it.editOrder(String(first.id), symbol, "limit", "buy", 0.02, low - 1);
  const order = { symbol, type: "limit", side: "buy", amount: 0.01, price: low } as const;
  const batch = await it.createOrders([order, { ...order, price: low - 2 }]);
  await it.cancelOrders([String(first.id), String(batch[0]?.id)], symbol);
  expect(await it.fetchOpenOrders(symbol)).toMatchObject([{ id: batch[1]?.id }]);
  await it.cancelAllOrders(symbol);
  const opened = await it.createOrder(symbol, "market", "buy", 0.01);
  expect(await it.fetchPositions([symbol])).toMatchObject([{ contracts: 0.01, side: "long", leverage: 5 }]);
  const stop = await it.createOrder(symbol, "market", "sell", 0.01, undefined, { stopLossPrice: low });
  expect(await it.fetchOpenOrders(symbol, undefined, undefined, { trigger: true })).toMatchObject([{ id: stop.id }]);
  await it.cancelAllOrders(symbol);
  await it.createOrder(symbol, "market", "sell", 0.01, undefined, { reduceOnly: true });
  const ws = await it.createOrderWs(symbol, "limit", "buy", 0.01, low);
  await it.cancelOrderWs(String(ws.id), symbol);
  await until(() => seen.includes(`${ws.id} canceled 0`) && held.length >= 2, 3_000);
  expect(seen).toContain(`${ws.id} canceled 0`);
  expect(seen).toContain(`${opened.id} closed 0.01`);
  expect(held).toContain("long 0.01");
  expect((await it.fetchTradingFee(symbol)).taker).toBe(0.00055);
  await it.cancelAllOrdersAfter(10_000);
  await it.close();
});
