/** The journey of ccxt at Bybit, spot and linear, REST and pro. */

import ccxt, { type Exchange } from "ccxt";
import { fetchMarket, Watched, watchBooks, watchForced } from "./ccxt_parts.ts";
import { contains, equal, fits, isTrue, refused } from "./check.ts";
import type { Diary } from "./diary.ts";
import type { Stage } from "./stage.ts";

export const ACCOUNT = "ccxt-bybit";
const SPOT = "BTC/USDT";
const LINEAR = "BTC/USDT:USDT";

export async function ccxtBybit(stage: Stage, diary: Diary): Promise<void> {
  const it = await client(stage, diary);
  await diary.step("spot: markets, book, trades, bars, tickers, its own streams", () =>
    market(it, SPOT, 0.01, 0.00001),
  );
  await diary.step("linear: the same", () => market(it, LINEAR, 0.1, 0.001));
  await diary.step("linear: forced orders of others", async () => {
    const told = await watchForced(stage, () => it.watchLiquidations(LINEAR));
    // It hands on the venue's word: the side of the position, which was long.
    fits(told, { symbol: LINEAR, price: 59_990.5, side: "buy", contracts: 0.25 }, "a liquidation");
  });
  await diary.step("spot: a life of orders, streams of orders, trades, balances", () => spotOrders(stage, it));
  await diary.step("linear: orders, batches, conditional ones, positions, their streams", () => linearOrders(it));
  diary.skip("trailing stops", "the simulator has none (src/exchange/bybit/README.md)");
  await it.close();
}

async function client(stage: Stage, diary: Diary): Promise<Exchange> {
  const { apiKey, secret } = stage.keys(ACCOUNT);
  const it = new ccxt.pro.bybit({ apiKey, secret, enableRateLimit: false });
  stage.redirect(it.urls["api"] as object);
  await it.loadHttpProxyAgent();
  await it.loadMarkets();
  return diary.counting<Exchange>(it);
}

async function market(it: Exchange, symbol: string, tick: number, step: number): Promise<void> {
  fits(it.market(symbol), { active: true, precision: { price: tick, amount: step } }, "market");
  await fetchMarket(it, symbol);
  isTrue(((await it.fetchTicker(symbol)).last as number) > 0, "last price of the ticker");
  await watchBooks(it, symbol, 50);
  isTrue((await it.watchTrades(symbol)).length > 0, "trades of the stream");
  isTrue(((await it.watchTicker(symbol)).last as number) > 0, "last price of the stream");
  isTrue(((await it.watchBidsAsks([symbol]))[symbol]?.bid as number) > 0, "bid of the stream");
}

async function spotOrders(stage: Stage, it: Exchange): Promise<void> {
  const seen = new Watched(it, SPOT).andTradesAndBalance();
  await Bun.sleep(300);
  const bid = (await it.fetchOrderBook(SPOT, 5)).bids[0]?.[0] as number;
  const low = Math.round(bid * 98) / 100;
  const first = await it.createOrder(SPOT, "limit", "buy", 0.01, low);
  const edited = await it.editOrder(String(first.id), SPOT, "limit", "buy", 0.02, low - 1);
  equal(edited.id, first.id, "id of the edited order");
  fits(await it.fetchOpenOrders(SPOT), [{ id: first.id, amount: 0.02, status: "open" }], "open orders");
  await it.cancelOrder(String(first.id), SPOT);
  const taken = await it.createOrder(SPOT, "market", "buy", 0.01);
  fits(await it.fetchClosedOrder(String(taken.id), SPOT), { status: "closed", filled: 0.01 });
  const spent = await it.createMarketBuyOrderWithCost(SPOT, 100);
  const cost = (await it.fetchOrder(String(spent.id), SPOT, { acknowledged: true })).cost as number;
  isTrue(cost > 95, "cost of a buy by value");
  const ws = await it.createOrderWs(SPOT, "limit", "buy", 0.01, low);
  await it.editOrderWs(String(ws.id), SPOT, "limit", "buy", 0.02, low - 1);
  await it.cancelOrderWs(String(ws.id), SPOT);
  const stop = await it.createOrder(SPOT, "limit", "sell", 0.01, low, { triggerPrice: low + 1 });
  const pending = await it.fetchOpenOrders(SPOT, undefined, undefined, { trigger: true });
  fits(pending, [{ id: stop.id }], "conditional orders");
  await it.cancelAllOrders(SPOT, { trigger: true });
  const crossing = await it.createOrder(SPOT, "limit", "buy", 0.01, Math.round(bid * 1.01), { postOnly: true });
  await seen.sawOrder(`${crossing.id} rejected 0`);
  await refused(it.createOrder(SPOT, "limit", "buy", 50, low), ccxt.InsufficientFunds);
  await refused(it.cancelOrder("77", SPOT), ccxt.OrderNotFound);
  await seen.sawOrder(`${ws.id} canceled 0`);
  contains(seen.orders, `${taken.id} closed 0.01`, "its orders");
  await seen.agrees(stage, ACCOUNT, "bybit");
}

async function linearOrders(it: Exchange): Promise<void> {
  const seen = new Watched(it, LINEAR).andPositions();
  await Bun.sleep(300);
  const low = Math.round(((await it.fetchOrderBook(LINEAR, 5)).bids[0]?.[0] as number) * 9.8) / 10;
  await it.setLeverage(5, LINEAR);
  const first = await it.createOrder(LINEAR, "limit", "buy", 0.01, low);
  await it.editOrder(String(first.id), LINEAR, "limit", "buy", 0.02, low - 1);
  const order = { symbol: LINEAR, type: "limit", side: "buy", amount: 0.01, price: low } as const;
  const batch = await it.createOrders([order, { ...order, price: low - 2 }]);
  await it.cancelOrders([String(first.id), String(batch[0]?.id)], LINEAR);
  fits(await it.fetchOpenOrders(LINEAR), [{ id: batch[1]?.id }], "open orders");
  await it.cancelAllOrders(LINEAR);
  const opened = await it.createOrder(LINEAR, "market", "buy", 0.01);
  fits(await it.fetchPositions([LINEAR]), [{ contracts: 0.01, side: "long", leverage: 5 }], "positions");
  const stop = await it.createOrder(LINEAR, "market", "sell", 0.01, undefined, { stopLossPrice: low });
  const pending = await it.fetchOpenOrders(LINEAR, undefined, undefined, { trigger: true });
  fits(pending, [{ id: stop.id }], "conditional orders");
  await it.cancelAllOrders(LINEAR);
  await it.createOrder(LINEAR, "market", "sell", 0.01, undefined, { reduceOnly: true });
  const ws = await it.createOrderWs(LINEAR, "limit", "buy", 0.01, low);
  await it.cancelOrderWs(String(ws.id), LINEAR);
  await seen.sawOrder(`${ws.id} canceled 0`);
  contains(seen.orders, `${opened.id} closed 0.01`, "its orders");
  await seen.sawPosition("long 0.01");
  equal((await it.fetchTradingFee(LINEAR)).taker, 0.00055, "fee of takers");
  await it.cancelAllOrdersAfter(10_000);
}
