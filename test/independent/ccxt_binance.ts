/** The journey of ccxt at Binance, spot and USD-M, REST and pro. */

import ccxt, { type Exchange } from "ccxt";
import { fetchMarket, Watched, watchBooks, watchForced } from "./ccxt_parts.ts";
import { contains, equal, fits, isTrue, refused } from "./check.ts";
import type { Diary } from "./diary.ts";
import type { Stage } from "./stage.ts";

export const ACCOUNT = "ccxt-binance";
const SPOT = "BTC/USDT";
const PERPETUAL = "BTC/USDT:USDT";

export async function ccxtBinance(stage: Stage, diary: Diary): Promise<void> {
  const spot = await client(stage, diary, "binance", "spot");
  const usdm = await client(stage, diary, "binanceusdm", "linear");
  await diary.step("spot: markets, book, trades, bars", () => market(spot, SPOT, 0.01, 0.00001));
  await diary.step("USD-M: markets, book, trades, bars", () => market(usdm, PERPETUAL, 0.1, 0.001));
  await diary.step("spot: its own book and trades over sockets", () => streams(spot, SPOT));
  await diary.step("USD-M: its own book and trades over sockets", () => streams(usdm, PERPETUAL));
  await diary.step("USD-M: forced orders of others", async () => {
    const told = await watchForced(stage, () => usdm.watchLiquidations(PERPETUAL));
    fits(told, { symbol: PERPETUAL, price: 59_990.5, side: "sell", contracts: 0.25 }, "a liquidation");
  });
  await diary.step("spot: a life of orders, streams of orders, trades, balances", () => spotOrders(stage, spot));
  await diary.step("USD-M: orders, batches, conditional ones, positions, their streams", () => usdmOrders(usdm));
  diary.skip("spot: order lists (OCO)", "the simulator has none (src/exchange/binance/README.md)");
  await Promise.all([spot.close(), usdm.close()]);
}

async function client(stage: Stage, diary: Diary, name: "binance" | "binanceusdm", type: string): Promise<Exchange> {
  const { apiKey, secret } = stage.keys(ACCOUNT);
  const it = new ccxt.pro[name]({ apiKey, secret, options: { fetchMarkets: { types: [type] } } });
  const api = it.urls["api"] as Record<string, unknown> & { ws: Record<string, string> };
  stage.redirect(api);
  // Its address of USD-M has the venue's host of old, without a path of the new ones.
  if (name === "binanceusdm") api.ws["future"] = `${stage.wsUrl}/ws`;
  await it.loadHttpProxyAgent();
  await it.loadMarkets();
  return diary.counting<Exchange>(it);
}

async function market(it: Exchange, symbol: string, tick: number, step: number): Promise<void> {
  fits(it.market(symbol)?.precision, { price: tick, amount: step }, "precision");
  await fetchMarket(it, symbol, 10);
  const none = { ...it.market(symbol), id: "NOPE", symbol: "NO/PE" };
  const before = it.markets;
  it.markets = { ...before, "NO/PE": none } as never;
  await refused(it.fetchOrderBook("NO/PE"), ccxt.BadSymbol);
  it.markets = before;
}

async function streams(it: Exchange, symbol: string): Promise<void> {
  await watchBooks(it, symbol);
  isTrue((await it.watchTrades(symbol)).length > 0, "trades of the stream");
}

async function spotOrders(stage: Stage, it: Exchange): Promise<void> {
  const seen = new Watched(it, SPOT).andTradesAndBalance();
  await Bun.sleep(200);
  const bid = (await it.fetchOrderBook(SPOT, 5)).bids[0]?.[0] as number;
  const low = Math.round(bid * 98) / 100;
  const first = await it.createOrder(SPOT, "limit", "buy", 0.01, low);
  fits(first, { status: "open", remaining: 0.01 });
  const edited = await it.editOrder(String(first.id), SPOT, "limit", "buy", 0.02, low - 1);
  fits(await it.fetchOpenOrders(SPOT), [{ id: edited.id, amount: 0.02 }], "open orders");
  fits(await it.cancelOrder(String(edited.id), SPOT), { status: "canceled" });
  const taken = await it.createOrder(SPOT, "market", "buy", 0.01);
  fits(taken, { status: "closed", filled: 0.01, fee: { currency: "BTC" } });
  isTrue(((await it.createMarketBuyOrderWithCost(SPOT, 100)).cost as number) > 95, "cost of a buy by value");
  const ws = await it.createOrderWs(SPOT, "limit", "buy", 0.01, low);
  fits(await it.cancelOrderWs(String(ws.id), SPOT), { status: "canceled" });
  const stop = await it.createOrder(SPOT, "limit", "sell", 0.01, low, { stopPrice: low + 1 });
  fits(stop, { status: "open", triggerPrice: low + 1 });
  await it.cancelAllOrders(SPOT);
  const crossing = it.createOrder(SPOT, "limit", "buy", 0.01, Math.round(bid * 1.01), { postOnly: true });
  await refused(crossing, ccxt.OrderImmediatelyFillable);
  await refused(it.createOrder(SPOT, "limit", "buy", 50, low), ccxt.InsufficientFunds);
  await refused(it.cancelOrder("77", SPOT), ccxt.OrderNotFound);
  await seen.sawOrder(`${stop.id} canceled 0`);
  contains(seen.orders, `${taken.id} closed 0.01`, "its orders");
  await seen.agrees(stage, ACCOUNT, "binance-spot");
}

async function usdmOrders(it: Exchange): Promise<void> {
  const seen = new Watched(it, PERPETUAL).andPositions();
  await Bun.sleep(200);
  const bid = (await it.fetchOrderBook(PERPETUAL, 5)).bids[0]?.[0] as number;
  const low = Math.round(bid * 9.8) / 10;
  await it.setLeverage(5, PERPETUAL);
  const first = await it.createOrder(PERPETUAL, "limit", "buy", 0.01, low);
  const edited = await it.editOrder(String(first.id), PERPETUAL, "limit", "buy", 0.02, low - 1);
  fits(edited, { id: first.id, amount: 0.02 });
  const order = { symbol: PERPETUAL, type: "limit", side: "buy", amount: 0.01, price: low } as const;
  const batch = await it.createOrders([order, { ...order, price: low - 2 }]);
  await it.cancelOrders([String(first.id), String(batch[0]?.id)], PERPETUAL);
  fits(await it.fetchOpenOrders(PERPETUAL), [{ id: batch[1]?.id }], "open orders");
  await it.cancelAllOrders(PERPETUAL);
  const opened = await it.createOrder(PERPETUAL, "market", "buy", 0.01);
  fits(opened, { status: "closed", filled: 0.01 });
  fits(await it.fetchPositions([PERPETUAL]), [{ contracts: 0.01, side: "long" }], "positions");
  const stop = await it.createOrder(PERPETUAL, "market", "sell", 0.01, undefined, { stopLossPrice: low });
  const pending = await it.fetchOpenOrders(PERPETUAL, undefined, undefined, { stop: true });
  fits(pending, [{ id: stop.id }], "conditional orders");
  await it.cancelAllOrders(PERPETUAL, { stop: true });
  await it.createOrder(PERPETUAL, "market", "sell", 0.01, undefined, { reduceOnly: true });
  await refused(it.createOrder(PERPETUAL, "limit", "buy", 0.01, Math.round(bid * 1.01), { postOnly: true }), "-5022");
  const ws = await it.createOrderWs(PERPETUAL, "limit", "buy", 0.01, low);
  fits(await it.cancelOrderWs(String(ws.id), PERPETUAL), { status: "canceled" });
  await seen.sawOrder(`${ws.id} canceled 0`);
  contains(seen.orders, `${opened.id} closed 0.01`, "its orders");
  await seen.sawPosition("long 0.01");
  equal((await it.fetchTradingFee(PERPETUAL)).taker, 0.0005, "fee of takers");
}
