/** The journey of `binance` (npm) at Binance, spot and USD-M: REST, WebSocket API, streams. */

import { MainClient, USDMClient, WebsocketAPIClient, WebsocketClient } from "binance";
import { equal, fits, isTrue, refused, until } from "./check.ts";
import type { Diary } from "./diary.ts";
import { QUIET } from "./quiet.ts";
import type { Stage } from "./stage.ts";

export const ACCOUNT = "binance-npm";
const BTC = "BTCUSDT";

export async function binanceNpm(stage: Stage, diary: Diary): Promise<void> {
  const { apiKey, secret } = stage.keys(ACCOUNT);
  const keys = { api_key: apiKey, api_secret: secret };
  const options = { ...keys, baseUrl: stage.url, disableTimeSync: true };
  const spot = diary.counting(new MainClient(options));
  const usdm = diary.counting(new USDMClient(options));
  const sockets = { ...keys, wsUrl: stage.wsUrl, restOptions: { baseUrl: stage.url } };
  const ws = new WebsocketClient(sockets, QUIET);
  const api = new WebsocketAPIClient({ ...sockets, attachEventListeners: false }, QUIET);
  const seen: string[] = [];
  const note = (message: unknown) => {
    const { wsKey, data, e, event } = message as Told;
    const name = data?.e ?? e ?? event?.e ?? "quote";
    seen.push(`${wsKey} ${name}`);
    diary.message(`${name} of ${wsKey}`);
  };
  ws.on("message", note);
  api.getWSClient().on("message", note);
  await diary.step("spot: markets, book, trades, errors", () => spotMarket(spot));
  await diary.step("USD-M: markets, book", () => usdmMarket(usdm));
  await diary.step("streams of both markets, on their paths", () => streams(ws, seen));
  await diary.step("spot: a life of orders, balances", () => spotOrders(stage, spot));
  await diary.step("USD-M: orders, position, reduce-only", () => usdmOrders(usdm));
  await diary.step("WebSocket API and user streams of both", () => privateSockets(ws, diary.counting(api), seen));
  diary.skip("user stream by listen key on spot", "retired at the venue on 2026-02-20");
  ws.closeAll(true);
  api.disconnectAll();
}

interface Told {
  readonly wsKey: string;
  readonly e?: string;
  readonly data?: { readonly e?: string };
  readonly event?: { readonly e?: string };
}

async function spotMarket(spot: MainClient): Promise<void> {
  equal((await spot.getOrderBook({ symbol: BTC, limit: 5 })).bids.length, 5, "levels");
  equal((await spot.getExchangeInfo()).symbols.length, 1, "markets");
  isTrue((await spot.getRecentTrades({ symbol: BTC })).length > 5, "trades");
  await refused(spot.getOrderBook({ symbol: "NOPE" }), "-1121");
}

async function usdmMarket(usdm: USDMClient): Promise<void> {
  equal((await usdm.getOrderBook({ symbol: BTC, limit: 5 })).asks.length, 5, "levels");
  fits((await usdm.getExchangeInfo()).symbols, [{ contractType: "PERPETUAL" }], "markets");
}

async function streams(ws: WebsocketClient, seen: readonly string[]): Promise<void> {
  const failures: unknown[] = [];
  ws.on("exception", (failure) => void failures.push(failure));
  await ws.subscribe(["btcusdt@trade", "btcusdt@depth@100ms", "btcusdt@bookTicker"], "main");
  await ws.subscribe(["btcusdt@aggTrade", "btcusdt@markPrice@1s"], "usdmMarket");
  await ws.subscribe(["btcusdt@depth@100ms", "btcusdt@bookTicker"], "usdmPublic");
  const wanted = ["main trade", "main depthUpdate", "usdmMarket aggTrade", "usdmMarket markPriceUpdate"];
  for (const each of [...wanted, "usdmPublic depthUpdate", "usdmPublic bookTicker"])
    await until(() => seen.includes(each), each);
  isTrue(!seen.includes("usdmPublic aggTrade"), "trades are not on the path of books");
  equal(failures, [], "exceptions");
}

async function spotOrders(stage: Stage, spot: MainClient): Promise<void> {
  const limit = { symbol: BTC, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 0.01, price: 50_000 } as const;
  const made = await spot.submitNewOrder(limit);
  fits(await spot.getOpenOrders({ symbol: BTC }), [{ orderId: made.orderId, status: "NEW" }], "open orders");
  fits(await spot.cancelOrder({ symbol: BTC, orderId: made.orderId }), { status: "CANCELED" });
  const taken = await spot.submitNewOrder({ symbol: BTC, side: "BUY", type: "MARKET", quantity: 0.01 });
  fits(taken, { status: "FILLED", executedQty: "0.01000000" });
  const { orderId } = taken;
  equal((await spot.getAccountTradeList({ symbol: BTC, orderId })).length, stage.counts(ACCOUNT).fills, "trades");
  const { balances } = await spot.getAccountInformation();
  for (const asset of ["BTC", "USDT"]) {
    const truth = stage.truth(ACCOUNT, "binance-spot").balances[asset];
    const found = balances.find((each) => each.asset === asset);
    equal(Number(found?.free), Number(truth?.free), `free ${asset}`); // number-ok: decimal texts with other padding
  }
  await refused(spot.submitNewOrder({ ...limit, quantity: 50 }), "-2010");
}

async function usdmOrders(usdm: USDMClient): Promise<void> {
  const order = { symbol: BTC, side: "BUY", type: "MARKET", quantity: 0.01, newOrderRespType: "RESULT" } as const;
  fits(await usdm.submitNewOrder(order), { status: "FILLED" });
  fits(await usdm.getPositionsV3({ symbol: BTC }), [{ positionAmt: "0.010" }], "positions");
  fits(await usdm.submitNewOrder({ ...order, side: "SELL", reduceOnly: "true" }), { status: "FILLED" });
  await refused(usdm.submitNewOrder({ ...order, side: "SELL", reduceOnly: "true" }), "-2022");
}

async function privateSockets(ws: WebsocketClient, api: WebsocketAPIClient, seen: readonly string[]): Promise<void> {
  await ws.subscribeUsdFuturesUserDataStream();
  await api.subscribeUserDataStream("mainWSAPI");
  const order = { symbol: BTC, side: "SELL", type: "MARKET", quantity: 0.01, timestamp: Date.now() } as const;
  fits((await api.submitNewSpotOrder(order)).result, { status: "FILLED" });
  equal((await api.submitNewFuturesOrder("usdm", order)).status, 200, "status");
  const wanted = ["executionReport", "outboundAccountPosition", "TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"];
  const names = () => seen.map((each) => each.split(" ")[1]);
  for (const each of wanted) await until(() => names().includes(each), each);
}
