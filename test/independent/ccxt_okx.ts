/** The journey of ccxt at OKX, spot and swaps, REST and pro. */

import ccxt, { type Exchange } from "ccxt";
import { fetchMarket, Watched, watchBooks, watchForced } from "./ccxt_parts.ts";
import { contains, equal, fits, isTrue, refused } from "./check.ts";
import type { Diary } from "./diary.ts";
import type { Stage } from "./stage.ts";

export const ACCOUNT = "ccxt-okx";
const SPOT = "BTC/USDT";
const SWAP = "BTC/USDT:USDT";

export async function ccxtOkx(stage: Stage, diary: Diary): Promise<void> {
  const it = await client(stage, diary);
  await diary.step("markets, books, trades, quotes, bars, over REST and sockets", () => market(it));
  await diary.step("swap: forced orders of others", async () => {
    const told = await watchForced(stage, () => it.watchLiquidationsForSymbols([SWAP]));
    fits(told, { symbol: SWAP, price: 59_990.5, side: "sell", contracts: 25 }, "a liquidation");
  });
  await diary.step("spot: a life of orders", () => spotLife(it));
  await diary.step("spot: streams of orders, trades, balances", () => spotStreams(stage, it));
  await diary.step("swap: contracts, leverage, positions, conditional orders, streams", () => swap(it));
  diary.skip(
    "spot: take-profit and stop-loss attached to orders",
    "the simulator refuses them (src/exchange/okx/README.md)",
  );
  await it.close();
}

async function client(stage: Stage, diary: Diary): Promise<Exchange> {
  const { apiKey, secret, passphrase } = stage.keys(ACCOUNT);
  const it = new ccxt.pro.okx({ apiKey, secret, password: passphrase });
  // Its hosts are templates: two addresses say all.
  const api = it.urls["api"] as Record<string, unknown>;
  api["rest"] = stage.url;
  api["ws"] = `${stage.wsUrl}/ws/v5`;
  await it.loadHttpProxyAgent();
  await it.loadMarkets();
  return diary.counting<Exchange>(it);
}

async function market(it: Exchange): Promise<void> {
  fits(it.market(SPOT)?.precision, { price: 0.01, amount: 0.00001 }, "precision");
  fits(it.market(SWAP), { contractSize: 0.01, linear: true, settle: "USDT" }, "the swap");
  for (const symbol of [SPOT, SWAP]) {
    await fetchMarket(it, symbol);
    isTrue(((await it.fetchTicker(symbol)).bid as number) > 0, "bid of the ticker");
    await watchBooks(it, symbol);
    isTrue((await it.watchTrades(symbol)).length > 0, "trades of the stream");
    isTrue(((await it.watchTicker(symbol)).last as number) > 0, "last price of the stream");
    isTrue(((await it.watchBidsAsks([symbol]))[symbol]?.bid as number) > 0, "bid of the stream");
  }
  isTrue((await it.watchOHLCV(SPOT, "1m")).length > 0, "bars of the stream");
  isTrue(typeof (await it.fetchFundingRate(SWAP)).fundingRate === "number", "funding rate");
}

async function spotLife(it: Exchange): Promise<void> {
  const bid = (await it.fetchOrderBook(SPOT, 5)).bids[0]?.[0] as number;
  const low = Math.round(bid * 98) / 100;
  const first = await it.createOrder(SPOT, "limit", "buy", 0.01, low);
  fits(await it.fetchOrder(String(first.id), SPOT), { status: "open", amount: 0.01, price: low });
  await it.editOrder(String(first.id), SPOT, "limit", "buy", 0.02, low - 1);
  fits(await it.fetchOpenOrders(SPOT), [{ id: first.id, amount: 0.02, price: low - 1 }], "open orders");
  await it.cancelOrder(String(first.id), SPOT);
  const order = { symbol: SPOT, type: "limit", side: "buy", amount: 0.01, price: low } as const;
  const batch = await it.createOrders([order, { ...order, price: low - 2 }]);
  const ids = batch.map(({ id }) => String(id));
  await it.cancelOrders(ids, SPOT);
  const post = await it.createOrder(SPOT, "limit", "buy", 0.01, Math.round(bid * 1.01), { postOnly: true });
  fits(await it.fetchOrder(String(post.id), SPOT), { status: "canceled", filled: 0 });
  await refused(it.createOrder(SPOT, "limit", "buy", 50, low), ccxt.InsufficientFunds);
  await refused(it.cancelOrder("77", SPOT), ccxt.OrderNotFound);
  await refused(it.fetchOrder("77", SPOT), ccxt.OrderNotFound);
  const canceled = (await it.fetchCanceledOrders(SPOT)).map(({ id }) => id);
  for (const id of [first.id, ...ids, post.id]) contains(canceled, id, "cancelled orders");
  equal((await it.fetchTradingFee(SPOT)).taker, 0.001, "fee of takers");
  await it.cancelAllOrdersAfter(60_000);
}

async function spotStreams(stage: Stage, it: Exchange): Promise<void> {
  const seen = new Watched(it, SPOT).andTradesAndBalance();
  await Bun.sleep(300);
  const low = Math.round(((await it.fetchOrderBook(SPOT, 5)).bids[0]?.[0] as number) * 98) / 100;
  const taken = await it.createOrder(SPOT, "market", "buy", 0.01);
  const fee = { currency: "BTC", cost: 0.00001 };
  fits(await it.fetchOrder(String(taken.id), SPOT), { status: "closed", filled: 0.01, fee });
  const spent = await it.createMarketBuyOrderWithCost(SPOT, 100);
  isTrue(((await it.fetchOrder(String(spent.id), SPOT)).cost as number) > 95, "cost of a buy by value");
  const ws = await it.createOrderWs(SPOT, "limit", "buy", 0.01, low);
  await it.editOrderWs(String(ws.id), SPOT, "limit", "buy", 0.02, low - 2);
  await it.cancelOrderWs(String(ws.id), SPOT);
  contains(
    (await it.fetchClosedOrders(SPOT)).map(({ id }) => id),
    taken.id,
    "closed orders",
  );
  await seen.sawOrder(`${ws.id} canceled 0`);
  contains(seen.orders, `${taken.id} closed 0.01`, "its orders");
  // It listens to the channel twice, with and without the instrument, and is told by both.
  await seen.agrees(stage, ACCOUNT, "okx", true);
}

async function swap(it: Exchange): Promise<void> {
  const seen = new Watched(it, SWAP).andPositions();
  await Bun.sleep(300);
  await it.setLeverage(5, SWAP, { mgnMode: "cross" });
  const bid = (await it.fetchOrderBook(SWAP, 5)).bids[0]?.[0] as number;
  const low = Math.round(bid * 9.8) / 10;
  const first = await it.createOrder(SWAP, "limit", "buy", 2, low);
  await it.editOrder(String(first.id), SWAP, "limit", "buy", 3, low - 1);
  fits(await it.fetchOpenOrders(SWAP), [{ id: first.id, amount: 3 }], "open orders");
  await it.cancelOrder(String(first.id), SWAP);
  const opened = await it.createOrder(SWAP, "market", "buy", 2);
  const found = await it.fetchOrder(String(opened.id), SWAP);
  fits(found, { status: "closed", filled: 2, fee: { currency: "USDT" } });
  const base = (found.cost as number) / (found.average as number);
  isTrue(Math.abs(base - 0.02) < 1e-6, `2 contracts of 0.01 are ${base}`);
  const held = { contracts: 2, side: "long", leverage: 5, contractSize: 0.01 };
  fits(await it.fetchPositions([SWAP]), [held], "positions");
  const stop = await it.createOrder(SWAP, "market", "sell", 2, undefined, { stopLossPrice: low });
  const pending = await it.fetchOpenOrders(SWAP, undefined, undefined, { ordType: "conditional" });
  fits(pending, [{ id: stop.id }], "conditional orders");
  await it.cancelOrder(String(stop.id), SWAP, { stop: true });
  await it.createOrder(SWAP, "market", "sell", 2, undefined, { reduceOnly: true });
  await refused(it.createOrder(SWAP, "market", "sell", 2, undefined, { reduceOnly: true }), "51169");
  await seen.sawPosition("long 2");
  await seen.sawOrder(`${opened.id} closed 2`);
  isTrue((await it.fetchMyTrades(SWAP)).length >= 2, "trades of the swap");
}
