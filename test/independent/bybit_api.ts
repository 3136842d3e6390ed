/** The journey of `bybit-api` (npm) at Bybit, spot and linear: REST, WebSocket API, streams. */

import { RestClientV5, WebsocketAPIClient, WebsocketClient } from "bybit-api";
import { equal, fits, isTrue, total, until } from "./check.ts";
import type { Diary } from "./diary.ts";
import { QUIET } from "./quiet.ts";
import type { Stage } from "./stage.ts";

export const ACCOUNT = "bybit-api";
const BTC = "BTCUSDT";
const CATEGORIES = ["spot", "linear"] as const;

export async function bybitApi(stage: Stage, diary: Diary): Promise<void> {
  const { apiKey: key, secret } = stage.keys(ACCOUNT);
  const rest = diary.counting(new RestClientV5({ key, secret, baseUrl: stage.url }));
  // It takes one address for all its sockets: the paths that carry everything, one client for each category.
  const clients = [`${stage.wsUrl}/v5/any`, `${stage.wsUrl}/v5/any/linear`].map(
    (wsUrl) => new WebsocketClient({ key, secret, wsUrl }, QUIET),
  );
  const [spot, linear] = clients as [WebsocketClient, WebsocketClient];
  const api = new WebsocketAPIClient(
    { key, secret, wsUrl: `${stage.wsUrl}/v5/trade`, attachEventListeners: false },
    QUIET,
  );
  const rows: Row[] = [];
  for (const each of clients)
    each.on("update", ({ topic, data }) => {
      diary.message(topic);
      for (const row of [data].flat() as Row[]) rows.push({ ...row, topic });
    });
  await diary.step("markets, books, trades, bars, tickers", () => market(rest));
  await diary.step("public streams of both categories", () => streams(spot, linear, rows));
  await diary.step("private streams", () => privateStreams(spot, rest, rows));
  await diary.step("spot: a life of orders over REST", () => spotOrders(rest, rows));
  await diary.step("orders over the WebSocket API", () => apiOrders(rest, diary.counting(api), rows));
  await diary.step("linear: leverage, batches, position, conditional order, reduce-only", () => linearOrders(rest));
  await diary.step("balances of REST are the venue's, fills of the stream are REST's", () => agrees(stage, rest, rows));
  diary.skip("inverse, options, spreads", "not at the simulator (src/exchange/bybit/README.md)");
  for (const each of clients) each.closeAll(true);
  api.getWSClient().closeAll(true);
}

type Row = Readonly<Record<string, unknown>> & { readonly topic?: string };

async function market(rest: RestClientV5): Promise<void> {
  for (const category of CATEGORIES) {
    const listed = await rest.getInstrumentsInfo({ category, symbol: BTC });
    fits(listed.result.list, [{ symbol: BTC, status: "Trading" }], "markets");
    const book = (await rest.getOrderbook({ category, symbol: BTC, limit: 5 })).result;
    equal([book.b.length, book.a.length], [5, 5], "levels");
    const trades = await rest.getPublicTradingHistory({ category, symbol: BTC });
    isTrue(trades.result.list.length > 5, "trades");
    const bars = await rest.getKline({ category, symbol: BTC, interval: "1" });
    isTrue(bars.result.list.length > 0, "bars");
  }
  fits((await rest.getTickers({ category: "spot", symbol: BTC })).result.list, [{ symbol: BTC }], "ticker");
  fits((await rest.getTickers({ category: "linear", symbol: BTC })).result.list, [{ symbol: BTC }], "ticker");
  const none = await rest.getOrderbook({ category: "spot", symbol: "NOPE" });
  equal(none.retCode, 10_001, "code of a market that is not there");
}

async function streams(spot: WebsocketClient, linear: WebsocketClient, rows: readonly Row[]): Promise<void> {
  const topics = [
    `orderbook.50.${BTC}`,
    `orderbook.1.${BTC}`,
    `publicTrade.${BTC}`,
    `tickers.${BTC}`,
    `kline.1.${BTC}`,
  ];
  spot.subscribeV5(topics, "spot");
  linear.subscribeV5(topics, "linear");
  for (const wanted of topics)
    await until(() => rows.filter(({ topic }) => topic === wanted).length > 1, wanted, 10_000);
}

async function privateStreams(spot: WebsocketClient, rest: RestClientV5, rows: readonly Row[]): Promise<void> {
  await Promise.all(spot.subscribeV5(["order", "execution", "position", "wallet"], "spot", true));
  const low = await lowOf(rest, "spot");
  await until(() => rows.length > 0, "messages");
  // Until the connection is logged in, nothing is told: a first order shows that it is.
  for (let turn = 0; turn < 10 && !rows.some(({ topic }) => topic === "order"); turn++) {
    const order = { category: "spot", symbol: BTC, side: "Buy", orderType: "Limit", qty: "0.01", price: low } as const;
    const { orderId } = (await rest.submitOrder(order)).result;
    await rest.cancelOrder({ category: "spot", symbol: BTC, orderId });
    await Bun.sleep(100);
  }
  isTrue(
    rows.some(({ topic }) => topic === "order"),
    "orders of the stream",
  );
}

async function spotOrders(rest: RestClientV5, rows: readonly Row[]): Promise<void> {
  const place = { category: "spot", symbol: BTC } as const;
  const limit = { ...place, side: "Buy", orderType: "Limit", qty: "0.01", price: await lowOf(rest, "spot") } as const;
  const { orderId } = (await rest.submitOrder({ ...limit, orderLinkId: "first-1" })).result;
  fits((await rest.getActiveOrders({ ...place, orderLinkId: "first-1" })).result.list, [{ orderId }], "open orders");
  equal((await rest.amendOrder({ ...place, orderId, qty: "0.02" })).retCode, 0, "amended");
  equal((await rest.cancelOrder({ ...place, orderId })).retCode, 0, "cancelled");
  const again = await rest.submitOrder({ ...limit, orderLinkId: "first-1" });
  equal(again.retCode, 170_141, "code of an id that was used");
  const market = { ...place, side: "Buy", orderType: "Market" } as const;
  const taken = (await rest.submitOrder({ ...market, qty: "0.01", marketUnit: "baseCoin" })).result.orderId;
  await rest.submitOrder({ ...market, qty: "100" });
  const fills = (await rest.getExecutionList({ ...place, orderId: taken })).result.list;
  equal(total(...fills.map(({ execQty }) => execQty)), "0.01", "filled");
  equal((await rest.submitOrder({ ...limit, qty: "50" })).retCode, 170_131, "code of too little balance");
  equal((await rest.cancelOrder({ ...place, orderId: "77" })).retCode, 170_213, "code of no such order");
  const states = () => rows.filter((row) => row["orderId"] === orderId && row.topic === "order");
  await until(() => states().some((row) => row["orderStatus"] === "Cancelled"), "the end of the first order");
  const crossing = { ...limit, price: String(Math.round(Number(limit.price) * 1.05)) }; // number-ok: a price that crosses
  const post = (await rest.submitOrder({ ...crossing, timeInForce: "PostOnly" })).result.orderId;
  const isRefused = (row: Row) => row["orderId"] === post && row["orderStatus"] === "Rejected";
  await until(() => rows.some(isRefused), "the refusal of an order that would take");
}

async function apiOrders(rest: RestClientV5, api: WebsocketAPIClient, rows: readonly Row[]): Promise<void> {
  for (const category of CATEGORIES) {
    const place = { category, symbol: BTC } as const;
    const price = await lowOf(rest, category);
    const made = await api.submitNewOrder({ ...place, side: "Buy", orderType: "Limit", qty: "0.01", price });
    equal(made.retCode, 0, "made");
    const { orderId } = made.data;
    equal((await api.amendOrder({ ...place, orderId, qty: "0.02" })).retCode, 0, "amended");
    equal((await api.cancelOrder({ ...place, orderId })).retCode, 0, "cancelled");
    const isGone = (row: Row) => row["orderId"] === orderId && row["orderStatus"] === "Cancelled";
    await until(() => rows.some(isGone), `the end of the order of ${category}`);
  }
  const order = {
    symbol: BTC,
    side: "Buy",
    orderType: "Limit",
    qty: "0.01",
    price: await lowOf(rest, "linear"),
  } as const;
  const batch = await api.batchSubmitOrders("linear", [order, order]);
  equal(batch.data.list.length, 2, "orders of the batch");
  const orders = batch.data.list.map(({ orderId }) => ({ symbol: BTC, orderId }));
  equal((await api.batchCancelOrder("linear", orders)).retCode, 0, "batch cancelled");
}

async function linearOrders(rest: RestClientV5): Promise<void> {
  const place = { category: "linear", symbol: BTC } as const;
  const low = await lowOf(rest, "linear");
  equal((await rest.setLeverage({ ...place, buyLeverage: "5", sellLeverage: "5" })).retCode, 0, "leverage set");
  const order = { symbol: BTC, side: "Buy", orderType: "Limit", qty: "0.01", price: low } as const;
  const batch = (await rest.batchSubmitOrders("linear", [order, order])).result.list;
  equal(batch.length, 2, "orders of the batch");
  equal((await rest.cancelAllOrders(place)).retCode, 0, "all cancelled");
  await rest.submitOrder({ ...place, side: "Buy", orderType: "Market", qty: "0.01" });
  const [held] = (await rest.getPositionInfo(place)).result.list;
  fits({ ...held, size: Number(held?.size) }, { side: "Buy", size: 0.01, leverage: "5" }, "position"); // number-ok: a decimal text
  const close = { ...place, side: "Sell", orderType: "Market", qty: "0.01", reduceOnly: true } as const;
  const stop = await rest.submitOrder({ ...close, triggerPrice: low, triggerDirection: 2 });
  const pending = (await rest.getActiveOrders({ ...place, orderFilter: "StopOrder" })).result.list;
  fits(pending, [{ orderId: stop.result.orderId, orderStatus: "Untriggered" }], "conditional orders");
  await rest.cancelAllOrders({ ...place, orderFilter: "StopOrder" });
  equal((await rest.submitOrder(close)).retCode, 0, "closed");
  equal((await rest.submitOrder(close)).retCode, 110_017, "code of nothing to reduce");
  equal((await rest.getFeeRate(place)).result.list[0]?.takerFeeRate, "0.00055", "fee of takers");
}

async function agrees(stage: Stage, rest: RestClientV5, rows: readonly Row[]): Promise<void> {
  const truth = stage.truth(ACCOUNT, "bybit");
  const [wallet] = (await rest.getWalletBalance({ accountType: "UNIFIED" })).result.list;
  for (const coin of ["BTC", "USDT"]) {
    const { free, locked } = truth.balances[coin] as { free: string; locked: string };
    const own = wallet?.coin.find((each) => each.coin === coin);
    equal(total(own?.walletBalance), total(free, locked), `${coin} by REST`);
  }
  const fills = await Promise.all(CATEGORIES.map((category) => rest.getExecutionList({ category, limit: 100 })));
  const ids = fills.flatMap(({ result }) => result.list.map(({ execId }) => execId)).sort();
  equal(ids.length, truth.fills.length, "fills of REST and of the venue");
  const log = (await rest.getTransactionLog({ accountType: "UNIFIED", type: "TRADE", limit: 50 })).result.list;
  isTrue(
    log.length > 0 && log.every(({ tradeId }) => ids.includes(tradeId)),
    "trades of the transaction log are the fills",
  );
  const told = () => rows.filter(({ topic }) => topic === "execution").map((row) => row["execId"] as string);
  await until(() => told().length >= ids.length, "fills of the stream");
  equal([...new Set(told())].sort(), ids, "fills of the stream and of REST");
}

/** Two per cent below the best bid, on the tick. */
async function lowOf(rest: RestClientV5, category: (typeof CATEGORIES)[number]): Promise<string> {
  const { b } = (await rest.getOrderbook({ category, symbol: BTC, limit: 1 })).result;
  return (Number(b[0]?.[0]) * 0.98).toFixed(1); // number-ok: a price far away
}
