/** The journey of `@binance/spot`, Binance's own client: REST, WebSocket API with Ed25519, streams; TLS only. */

import { Spot, type SpotWebsocketAPI } from "@binance/spot";
import { allTell } from "./binance_streams.ts";
import { equal, fits, isTrue, refused, until } from "./check.ts";
import type { Diary } from "./diary.ts";
import type { Stage } from "./stage.ts";

export const ACCOUNT = "binance-spot";
const BTC = "BTCUSDT";

type Rest = Spot["restAPI"];
type Streams = Awaited<ReturnType<Spot["websocketStreams"]["connect"]>>;
type Api = Awaited<ReturnType<Spot["websocketAPI"]["connect"]>>;

export async function binanceSpotOfficial(stage: Stage, diary: Diary): Promise<void> {
  const { apiKey, secret: apiSecret } = stage.keys(ACCOUNT);
  const client = new Spot({
    configurationRestAPI: { apiKey, apiSecret, basePath: stage.url, timeout: 5_000 },
    configurationWebsocketAPI: { ...stage.pair(ACCOUNT), wsURL: `${stage.wsUrl}/ws-api/v3` },
    configurationWebsocketStreams: { wsURL: stage.wsUrl },
  });
  const rest = diary.counting(client.restAPI);
  const streams = await client.websocketStreams.connect();
  const api = diary.counting(await client.websocketAPI.connect());
  await diary.step("markets, book, trades, bars, tickers, errors", () => market(rest));
  await diary.step("streams: trades, book, quotes, bars", () => publicStreams(streams, diary));
  const events: Event[] = [];
  await diary.step("WebSocket API: Ed25519 log-on, user stream", () => logOn(api, diary, events));
  await diary.step("a life of orders over REST", () => orders(rest));
  await diary.step("orders over the WebSocket API, told by the user stream", () => apiOrders(rest, api, events));
  await diary.step("balances of REST, of the user stream and of the venue", () => balances(stage, rest, events));
  diary.skip("order lists, SOR, pegged orders", "not at the simulator (src/exchange/binance/README.md)");
  await Promise.all([streams.disconnect(), api.disconnect()]);
}

type Event = SpotWebsocketAPI.UserDataStreamEventsResponse;

async function market(rest: Rest): Promise<void> {
  const info = await (await rest.exchangeInfo({ symbol: BTC })).data();
  fits(info.symbols, [{ symbol: BTC, status: "TRADING" }], "markets");
  const book = await (await rest.depth({ symbol: BTC, limit: 5 })).data();
  equal([book.bids?.length, book.asks?.length], [5, 5], "levels");
  isTrue((await (await rest.getTrades({ symbol: BTC })).data()).length > 5, "trades");
  isTrue((await (await rest.aggTrades({ symbol: BTC })).data()).length > 0, "trades by price");
  isTrue((await (await rest.klines({ symbol: BTC, interval: "1m" as never })).data()).length > 0, "bars");
  fits(await (await rest.tickerBookTicker({ symbol: BTC })).data(), { symbol: BTC }, "quote");
  const { serverTime } = await (await rest.time()).data();
  isTrue(Math.abs(Number(serverTime) - Date.now()) < 5_000, "time"); // number-ok: milliseconds
  await refused(rest.depth({ symbol: "NOPE" }), "Invalid symbol");
}

async function publicStreams(streams: Streams, diary: Diary): Promise<void> {
  const symbol = "btcusdt";
  const all = {
    trade: streams.trade({ symbol }),
    aggTrade: streams.aggTrade({ symbol }),
    diffBookDepth: streams.diffBookDepth({ symbol, updateSpeed: "100ms" as never }),
    bookTicker: streams.bookTicker({ symbol }),
    kline: streams.kline({ symbol, interval: "1m" as never }),
  };
  await allTell(all, diary);
}

async function logOn(api: Api, diary: Diary, events: Event[]): Promise<void> {
  await api.sessionLogon();
  fits((await api.sessionStatus()).data, { apiKey: `key-ed-${ACCOUNT}` }, "session");
  const { stream } = await api.userDataStreamSubscribe();
  stream.on("message", (event) => {
    events.push(event);
    diary.message(String(nameOf(event)));
  });
}

function nameOf(event: Event): unknown {
  return (event as { readonly e?: unknown }).e;
}

async function orders(rest: Rest): Promise<void> {
  const limit = { symbol: BTC, side: "BUY" as never, type: "LIMIT" as never, timeInForce: "GTC" as never };
  const made = await (
    await rest.newOrder({ ...limit, quantity: 0.02, price: 50_000, newClientOrderId: "first" })
  ).data();
  const orderId = made.orderId as number;
  fits(await (await rest.getOrder({ symbol: BTC, origClientOrderId: "first" })).data(), { orderId, status: "NEW" });
  const amended = await (await rest.orderAmendKeepPriority({ symbol: BTC, orderId, newQty: 0.01 })).data();
  fits(amended.amendedOrder as object, { qty: "0.01000000" });
  const replaced = await rest.orderCancelReplace({
    ...limit,
    cancelReplaceMode: "STOP_ON_FAILURE" as never,
    cancelOrderId: orderId,
    quantity: 0.01,
    price: 50_001,
  });
  fits(await replaced.data(), { cancelResult: "SUCCESS", newOrderResult: "SUCCESS" });
  equal((await (await rest.getOpenOrders({ symbol: BTC })).data()).length, 1, "open orders");
  equal((await (await rest.deleteOpenOrders({ symbol: BTC })).data()).length, 1, "cancelled");
  const taken = await rest.newOrder({ symbol: BTC, side: "BUY" as never, type: "MARKET" as never, quoteOrderQty: 100 });
  fits(await taken.data(), { status: "FILLED", fills: [{ commissionAsset: "BTC" }] });
  await refused(rest.newOrder({ ...limit, quantity: 50, price: 50_000 }), "insufficient balance");
  await refused(rest.deleteOrder({ symbol: BTC, orderId: 77 }), "Unknown order");
}

async function apiOrders(rest: Rest, api: Api, events: readonly Event[]): Promise<void> {
  const limit = { symbol: BTC, side: "BUY" as never, type: "LIMIT" as never, timeInForce: "GTC" as never };
  const made = (await api.orderPlace({ ...limit, quantity: 0.01, price: 50_000 })).data;
  const orderId = made.orderId as number;
  fits((await api.orderStatus({ symbol: BTC, orderId })).data, { status: "NEW" });
  fits((await api.orderCancel({ symbol: BTC, orderId })).data, { status: "CANCELED" });
  const sold = (await api.orderPlace({ symbol: BTC, side: "SELL" as never, type: "MARKET" as never, quantity: 0.01 }))
    .data;
  fits(sold, { status: "FILLED" });
  const trades = await (await rest.myTrades({ symbol: BTC })).data();
  const told = () => events.filter((event) => (event as { readonly x?: unknown }).x === "TRADE").length;
  await until(() => told() >= trades.length, `${trades.length} trades, told ${told()}`);
  equal(told(), trades.length, "trades of the user stream");
}

async function balances(stage: Stage, rest: Rest, events: readonly Event[]): Promise<void> {
  const account = await (await rest.getAccount({ omitZeroBalances: true })).data();
  for (const asset of ["BTC", "USDT"]) {
    const truth = Number(stage.truth(ACCOUNT, "binance-spot").balances[asset]?.free); // number-ok: decimal texts
    equal(Number(account.balances?.find((each) => each.asset === asset)?.free), truth, `${asset} by REST`); // number-ok
    const rows = events.flatMap((event) => (event as { readonly B?: readonly { a: string; f: string }[] }).B ?? []);
    equal(Number(rows.findLast(({ a }) => a === asset)?.f), truth, `${asset} of the user stream`); // number-ok
  }
}
