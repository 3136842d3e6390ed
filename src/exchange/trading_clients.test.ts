/** Independent clients trade at the simulator, unmodified but for addresses: ccxt (REST and pro) and `binance` of npm. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { MainClient, USDMClient, WebsocketAPIClient, WebsocketClient } from "binance";
import ccxt from "ccxt";
import { tradingSimulator } from "./binance/signed_client.testing.ts";
import { until } from "./book_client.testing.ts";
import type { Simulator } from "./simulator.ts";

setDefaultTimeout(30_000);

type Client = InstanceType<typeof ccxt.pro.binance>;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await tradingSimulator({ speed: 5 });
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

async function client(name: "binance" | "binanceusdm", type: string): Promise<Client> {
  const options = { apiKey: "key-ann", secret: "secret-ann", options: { fetchMarkets: { types: [type] } } };
  const made = new ccxt.pro[name](options) as Client;
  const api = made.urls["api"] as Record<string, unknown> & { ws: Record<string, string> };
  redirect(api);
  if (name === "binanceusdm") api.ws["future"] = `${simulator.wsUrl}/ws`;
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

describe("ccxt, spot", () => {
  test("a life of orders over REST and sockets, with its own streams of orders, trades and balances", async () => {
    const it = await client("binance", "spot");
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
    await Bun.sleep(200);
    const bid = (await it.fetchOrderBook(symbol, 5)).bids[0]?.[0] as number;
    const low = Math.round(bid * 98) / 100;
    const first = await it.createOrder(symbol, "limit", "buy", 0.01, low);
    expect(first).toMatchObject({ status: "open", remaining: 0.01 });
    const edited = await it.editOrder(String(first.id), symbol, "limit", "buy", 0.02, low - 1);
    expect(await it.fetchOpenOrders(symbol)).toMatchObject([{ id: edited.id, amount: 0.02 }]);
    expect(await it.cancelOrder(String(edited.id), symbol)).toMatchObject({ status: "canceled" });
    const market = await it.createOrder(symbol, "market", "buy", 0.01);
    expect(market).toMatchObject({ status: "closed", filled: 0.01, fee: { currency: "BTC" } });
    const spent = await it.createMarketBuyOrderWithCost(symbol, 100);
    expect(spent.cost).toBeGreaterThan(95);
    const ws = await it.createOrderWs(symbol, "limit", "buy", 0.01, low);
    expect(await it.cancelOrderWs(String(ws.id), symbol)).toMatchObject({ status: "canceled" });
    const stop = await it.createOrder(symbol, "limit", "sell", 0.01, low, { stopPrice: low + 1 });
    expect(stop).toMatchObject({ status: "open", triggerPrice: low + 1 });
    await it.cancelAllOrders(symbol);
    expect(it.createOrder(symbol, "limit", "buy", 0.01, bid + 100, { postOnly: true })).rejects.toBeInstanceOf(
      ccxt.OrderImmediatelyFillable,
    );
    expect(it.createOrder(symbol, "limit", "buy", 50, low)).rejects.toBeInstanceOf(ccxt.InsufficientFunds);
    expect(it.cancelOrder("77", symbol)).rejects.toBeInstanceOf(ccxt.OrderNotFound);
    const mine = await it.fetchMyTrades(symbol);
    expect(await until(() => trades.length >= mine.length, 3_000)).toBe(true);
    expect(trades).toEqual(mine.map(({ id }) => String(id)));
    expect(await until(() => seen.includes(`${stop.id} canceled 0`), 3_000)).toBe(true);
    expect(seen).toContain(`${market.id} closed 0.01`);
    const balance = await it.fetchBalance();
    expect(usdt as number | undefined).toBe(balance["USDT"]?.total);
    await it.close();
  });
});

describe("ccxt, USD-M", () => {
  test("orders, batches, conditional ones, positions, leverage; streams of orders and positions", async () => {
    const it = await client("binanceusdm", "linear");
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
    await Bun.sleep(200);
    const bid = (await it.fetchOrderBook(symbol, 5)).bids[0]?.[0] as number;
    const low = Math.round(bid * 9.8) / 10;
    await it.setLeverage(5, symbol);
    const first = await it.createOrder(symbol, "limit", "buy", 0.01, low);
    expect(await it.editOrder(String(first.id), symbol, "limit", "buy", 0.02, low - 1)).toMatchObject({
      id: first.id,
      amount: 0.02,
    });
    const order = { symbol, type: "limit", side: "buy", amount: 0.01, price: low } as const;
    const batch = await it.createOrders([order, { ...order, price: low - 2 }]);
    await it.cancelOrders([String(first.id), String(batch[0]?.id)], symbol);
    expect(await it.fetchOpenOrders(symbol)).toMatchObject([{ id: batch[1]?.id }]);
    await it.cancelAllOrders(symbol);
    const opened = await it.createOrder(symbol, "market", "buy", 0.01);
    expect(opened).toMatchObject({ status: "closed", filled: 0.01 });
    expect(await it.fetchPositions([symbol])).toMatchObject([{ contracts: 0.01, side: "long" }]);
    const stop = await it.createOrder(symbol, "market", "sell", 0.01, undefined, { stopLossPrice: low });
    expect(await it.fetchOpenOrders(symbol, undefined, undefined, { stop: true })).toMatchObject([{ id: stop.id }]);
    await it.cancelAllOrders(symbol, { stop: true });
    await it.createOrder(symbol, "market", "sell", 0.01, undefined, { reduceOnly: true });
    expect(it.createOrder(symbol, "limit", "buy", 0.01, bid + 100, { postOnly: true })).rejects.toThrow("-5022");
    const ws = await it.createOrderWs(symbol, "limit", "buy", 0.01, low);
    expect(await it.cancelOrderWs(String(ws.id), symbol)).toMatchObject({ status: "canceled" });
    expect(await until(() => seen.includes(`${ws.id} canceled 0`) && held.length >= 2, 3_000)).toBe(true);
    expect(seen).toContain(`${opened.id} closed 0.01`);
    expect(held).toContain("long 0.01");
    expect((await it.fetchTradingFee(symbol)).taker).toBe(0.0005);
    await it.close();
  });
});

describe("binance (npm)", () => {
  const keys = { api_key: "key-bob", api_secret: "secret-bob" };
  const quiet = { trace: () => undefined, info: () => undefined, error: () => undefined };

  test("REST of both markets", async () => {
    const rest = { ...keys, baseUrl: simulator.url, disableTimeSync: true };
    const spot = new MainClient(rest);
    const limit = {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      quantity: 0.01,
      price: 50_000,
    } as const;
    const made = await spot.submitNewOrder(limit);
    expect(await spot.getOpenOrders({ symbol: "BTCUSDT" })).toMatchObject([{ orderId: made.orderId, status: "NEW" }]);
    expect(await spot.cancelOrder({ symbol: "BTCUSDT", orderId: made.orderId })).toMatchObject({ status: "CANCELED" });
    expect((await spot.getAccountInformation()).balances.map(({ asset }) => asset)).toContain("BTC");
    expect(spot.submitNewOrder({ ...limit, quantity: 50 })).rejects.toMatchObject({ code: -2_010 });
    const usdm = new USDMClient(rest);
    const order = {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "MARKET",
      quantity: 0.01,
      newOrderRespType: "RESULT",
    } as const;
    expect(await usdm.submitNewOrder(order)).toMatchObject({ status: "FILLED" });
    expect(await usdm.getPositionsV3({ symbol: "BTCUSDT" })).toMatchObject([{ positionAmt: "0.010" }]);
    expect(await usdm.submitNewOrder({ ...order, side: "SELL", reduceOnly: "true" })).toMatchObject({
      status: "FILLED",
    });
  });

  test("its WebSocket API client and its user streams", async () => {
    const ws = new WebsocketClient({ ...keys, wsUrl: simulator.wsUrl, restOptions: { baseUrl: simulator.url } }, quiet);
    const api = new WebsocketAPIClient({ ...keys, wsUrl: simulator.wsUrl, attachEventListeners: false }, quiet);
    const seen: string[] = [];
    const note = (message: unknown) => {
      const { e, event } = message as { readonly e?: string; readonly event?: { readonly e?: string } };
      seen.push(String(e ?? event?.e));
    };
    ws.on("message", note);
    api.getWSClient().on("message", note);
    await ws.subscribeUsdFuturesUserDataStream();
    await api.subscribeUserDataStream("mainWSAPI");
    const order = { symbol: "BTCUSDT", side: "SELL", type: "MARKET", quantity: 0.01, timestamp: Date.now() } as const;
    expect((await api.submitNewSpotOrder(order)).result).toMatchObject({ status: "FILLED" });
    expect((await api.submitNewFuturesOrder("usdm", order)).status).toBe(200);
    const wanted = ["executionReport", "outboundAccountPosition", "TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"];
    expect(await until(() => wanted.every((each) => seen.includes(each)), 4_000)).toBe(true);
    ws.closeAll(true);
    api.disconnectAll();
  });
});
