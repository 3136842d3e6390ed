/** The journey of `@binance/derivatives-trading-usds-futures`, Binance's own client: REST, WebSocket API, streams; TLS only. */

import { DerivativesTradingUsdsFutures } from "@binance/derivatives-trading-usds-futures";
import { allTell } from "./binance_streams.ts";
import { contains, equal, fits, isTrue, refused, until } from "./check.ts";
import type { Diary } from "./diary.ts";
import type { Stage } from "./stage.ts";

export const ACCOUNT = "binance-usdm";
const BTC = "BTCUSDT";

type Client = DerivativesTradingUsdsFutures;
type Rest = Client["restAPI"];
type Streams = Awaited<ReturnType<Client["websocketStreams"]["connect"]>>;
type Api = Awaited<ReturnType<Client["websocketAPI"]["connect"]>>;
type Event = Readonly<Record<string, unknown>>;

export async function binanceUsdmOfficial(stage: Stage, diary: Diary): Promise<void> {
  const { apiKey, secret: apiSecret } = stage.keys(ACCOUNT);
  const client = new DerivativesTradingUsdsFutures({
    configurationRestAPI: { apiKey, apiSecret, basePath: stage.url, timeout: 5_000 },
    configurationWebsocketAPI: { apiKey, apiSecret, wsURL: `${stage.wsUrl}/ws-fapi/v1` },
    configurationWebsocketStreams: { wsURL: stage.wsUrl },
  });
  const rest = diary.counting(client.restAPI);
  const streams = await client.websocketStreams.connect();
  const api = diary.counting(await client.websocketAPI.connect());
  const events: Event[] = [];
  await diary.step("markets, book, trades, bars, mark price, errors", () => market(rest));
  await diary.step("streams on their paths: public and market", () => publicStreams(streams, diary));
  await diary.step("user stream by listen key", () => userStream(rest, streams, diary, events));
  await diary.step("a life of orders over REST: modify, batches, countdown", () => orders(rest));
  await diary.step("position, leverage, conditional order, reduce-only", () => position(rest));
  await diary.step("orders over the WebSocket API", () => apiOrders(api));
  await diary.step("what the user stream told, and balances", () => told(stage, rest, events));
  diary.skip("income, brackets, multi-assets margin", "not at the simulator (src/exchange/binance/README.md)");
  await Promise.all([streams.disconnect(), api.disconnect()]);
}

async function market(rest: Rest): Promise<void> {
  const info = await (await rest.exchangeInformation()).data();
  fits(info.symbols, [{ symbol: BTC, contractType: "PERPETUAL" }], "markets");
  const book = await (await rest.orderBook({ symbol: BTC, limit: 5 })).data();
  equal([book.bids?.length, book.asks?.length], [5, 5], "levels");
  isTrue((await (await rest.recentTradesList({ symbol: BTC })).data()).length > 5, "trades");
  const bars = await (await rest.klineCandlestickData({ symbol: BTC, interval: "1m" as never })).data();
  isTrue(bars.length > 0, "bars");
  fits(await (await rest.markPrice({ symbol: BTC })).data(), { symbol: BTC }, "mark price");
  await refused(rest.orderBook({ symbol: "NOPE" }), "Invalid symbol");
}

async function publicStreams(streams: Streams, diary: Diary): Promise<void> {
  const symbol = "btcusdt";
  const all = {
    aggTrade: streams.aggregateTradeStreams({ symbol }),
    markPrice: streams.markPriceStream({ symbol, updateSpeed: "1s" as never }),
    kline: streams.klineCandlestickStreams({ symbol, interval: "1m" as never }),
    depth: streams.diffBookDepthStreams({ symbol, updateSpeed: "100ms" as never }),
    bookTicker: streams.individualSymbolBookTickerStreams({ symbol }),
  };
  await allTell(all, diary);
}

async function userStream(rest: Rest, streams: Streams, diary: Diary, events: Event[]): Promise<void> {
  const { listenKey } = await (await rest.startUserDataStream()).data();
  streams.userData(String(listenKey)).on("message", (event) => {
    events.push({ ...event });
    diary.message(event.e);
  });
  fits(await (await rest.keepaliveUserDataStream()).data(), { listenKey });
  await Bun.sleep(100);
}

async function orders(rest: Rest): Promise<void> {
  const limit = { symbol: BTC, side: "BUY" as never, type: "LIMIT" as never, timeInForce: "GTC" as never };
  const made = await (
    await rest.newOrder({ ...limit, quantity: 0.01, price: 59_000, newClientOrderId: "first" })
  ).data();
  const orderId = made.orderId as number;
  const modified = await rest.modifyOrder({
    symbol: BTC,
    side: "BUY" as never,
    orderId,
    quantity: 0.02,
    price: 58_999,
  });
  fits(await modified.data(), { orderId, origQty: "0.020", price: "58999.0" });
  fits(await (await rest.queryOrder({ symbol: BTC, origClientOrderId: "first" })).data(), { orderId, status: "NEW" });
  fits(await (await rest.cancelOrder({ symbol: BTC, orderId })).data(), { status: "CANCELED" });
  const row = { ...limit, quantity: "0.01", price: "59000" } as never;
  const batch = (await (await rest.placeMultipleOrders({ batchOrders: [row, row] })).data()) as { orderId?: number }[];
  const orderIdList = batch.map((each) => each.orderId as number);
  isTrue(
    orderIdList.every((id) => id > 0),
    "ids of the batch",
  );
  equal((await (await rest.cancelMultipleOrders({ symbol: BTC, orderIdList })).data()).length, 2, "cancelled");
  fits(await (await rest.autoCancelAllOpenOrders({ symbol: BTC, countdownTime: 60_000 })).data(), { symbol: BTC });
  fits(await (await rest.autoCancelAllOpenOrders({ symbol: BTC, countdownTime: 0 })).data(), { symbol: BTC });
  await refused(rest.cancelOrder({ symbol: BTC, orderId: 77 }), "Unknown order");
}

async function position(rest: Rest): Promise<void> {
  await rest.changeInitialLeverage({ symbol: BTC, leverage: 5 });
  const order = { symbol: BTC, type: "MARKET" as never, quantity: 0.01, newOrderRespType: "RESULT" as never };
  fits(await (await rest.newOrder({ ...order, side: "BUY" as never })).data(), { status: "FILLED" });
  const held = await (await rest.positionInformationV3({ symbol: BTC })).data();
  fits(held, [{ symbol: BTC, positionAmt: "0.010" }], "positions");
  const stop = await rest.newAlgoOrder({
    algoType: "CONDITIONAL" as never,
    symbol: BTC,
    side: "SELL" as never,
    type: "STOP_MARKET" as never,
    quantity: 0.01,
    triggerPrice: 50_000,
  });
  const { algoId } = await stop.data();
  fits(await (await rest.currentAllAlgoOpenOrders({ symbol: BTC })).data(), [{ algoId }], "conditional orders");
  await rest.cancelAlgoOrder({ algoId: algoId as number });
  const close = { ...order, side: "SELL" as never, reduceOnly: "true" as never };
  fits(await (await rest.newOrder(close)).data(), { status: "FILLED" });
  await refused(rest.newOrder(close), "ReduceOnly");
}

async function apiOrders(api: Api): Promise<void> {
  const limit = { symbol: BTC, side: "BUY" as never, type: "LIMIT" as never, timeInForce: "GTC" as never };
  const { orderId } = (await api.newOrder({ ...limit, quantity: 0.01, price: 59_000 })).data;
  const id = orderId as number;
  fits((await api.queryOrder({ symbol: BTC, orderId: id })).data, { orderId, status: "NEW" });
  const side = "BUY" as never;
  const modified = await api.modifyOrder({ symbol: BTC, side, orderId: id, quantity: 0.02, price: 58_999 });
  fits(modified.data, { origQty: "0.020" });
  fits((await api.cancelOrder({ symbol: BTC, orderId: id })).data, { status: "CANCELED" });
}

async function told(stage: Stage, rest: Rest, events: readonly Event[]): Promise<void> {
  const { fills, balances } = stage.truth(ACCOUNT, "binance-usdm");
  const names = () => events.map((event) => event["e"]);
  const trades = () => events.filter((event) => (event["o"] as Event | undefined)?.["x"] === "TRADE");
  await until(() => trades().length >= fills.length, `${fills.length} fills of the user stream: ${names()}`);
  equal(trades().length, fills.length, "fills of the user stream");
  for (const name of ["ACCOUNT_UPDATE", "TRADE_LITE", "ALGO_UPDATE"]) contains(names(), name, "events");
  const found = await (await rest.futuresAccountBalanceV3()).data();
  const usdt = Number(found.find(({ asset }) => asset === "USDT")?.balance); // number-ok: a decimal text
  const truth = Number(balances["USDT"]?.free) + Number(balances["USDT"]?.locked); // number-ok: decimal texts
  isTrue(Math.abs(usdt - truth) < 1e-6, `USDT by REST ${usdt}, the venue's ${truth}`);
}
