/** The journey of `okx-api` (npm) at OKX, spot and swaps: REST, WebSocket API, streams. */

import { RestClient, WebsocketAPIClient, WebsocketClient } from "okx-api";
import { contains, equal, fits, isTrue, refused, total, until } from "./check.ts";
import type { Diary } from "./diary.ts";
import { QUIET } from "./quiet.ts";
import type { Stage } from "./stage.ts";

export const ACCOUNT = "okx-api";
const SPOT = "BTC-USDT";
const SWAP = "BTC-USDT-SWAP";

export async function okxApi(stage: Stage, diary: Diary): Promise<void> {
  const { apiKey, secret: apiSecret, passphrase: apiPass } = stage.keys(ACCOUNT);
  const account = { apiKey, apiSecret, apiPass };
  const rest = diary.counting(new RestClient({ ...account, baseUrl: stage.url }));
  // It takes one address for all its sockets: the path that carries everything.
  const sockets = { accounts: [account], wsUrl: `${stage.wsUrl}/ws/v5/any` };
  const ws = new WebsocketClient(sockets, QUIET);
  const api = new WebsocketAPIClient({ ...sockets, attachEventListeners: false }, QUIET);
  const rows: Row[] = [];
  ws.on("update", ({ arg, data }) => {
    diary.message(arg.channel);
    for (const row of data as Row[]) rows.push({ ...row, channel: arg.channel });
  });
  await diary.step("markets, books, trades, bars, funding", () => market(rest));
  await diary.step("public streams", () => streams(ws, rows));
  await diary.step("private streams", () => privateStreams(ws, rows));
  await diary.step("spot: a life of orders over REST", () => spotOrders(rest, rows));
  await diary.step("spot: orders over the WebSocket API", () => apiOrders(rest, diary.counting(api), rows));
  await diary.step("swap: leverage, position, conditional order, reduce-only", () => swap(rest, rows));
  await diary.step("balances of REST and of the stream are the venue's", () => balances(stage, rest, rows));
  diary.skip("attached take-profit and stop-loss", "the simulator refuses them (src/exchange/okx/README.md)");
  ws.closeAll(true);
  api.getWSClient().closeAll(true);
}

type Row = Readonly<Record<string, unknown>> & { readonly channel?: string };

async function market(rest: RestClient): Promise<void> {
  fits(await rest.getInstruments({ instType: "SPOT" }), [{ instId: SPOT, tickSz: "0.01" }], "spot");
  fits(await rest.getInstruments({ instType: "SWAP" }), [{ instId: SWAP, ctVal: "0.01", settleCcy: "USDT" }], "swaps");
  for (const instId of [SPOT, SWAP]) {
    const [book] = await rest.getOrderBook({ instId, sz: "5" });
    equal([book?.bids.length, book?.asks.length], [5, 5], "levels");
    isTrue((await rest.getTrades({ instId })).length > 5, "trades");
    isTrue((await rest.getCandles({ instId, bar: "1m" })).length > 0, "bars");
    fits(await rest.getTicker({ instId }), [{ instId }], "ticker");
  }
  fits(await rest.getFundingRate({ instId: SWAP }), [{ instId: SWAP }], "funding");
  isTrue(Math.abs((await rest.getServerTime()) - Date.now()) < 5_000, "time");
  await refused(rest.getOrderBook({ instId: "NO-PE" }), "51001");
}

async function streams(ws: WebsocketClient, rows: readonly Row[]): Promise<void> {
  const channels = ["books", "bbo-tbt", "trades", "tickers"] as const;
  ws.subscribe(channels.map((channel) => ({ channel, instId: SWAP })));
  ws.subscribe({ channel: "candle1m", instId: SPOT });
  ws.subscribe({ channel: "mark-price", instId: SWAP });
  for (const wanted of [...channels, "candle1m", "mark-price"])
    await until(() => rows.some(({ channel }) => channel === wanted), wanted, 10_000);
  const numbers = () => rows.filter(({ channel }) => channel === "books");
  await until(() => numbers().length > 10, "updates of the book", 10_000);
  const broken = numbers().filter((row, at) => at > 0 && row["prevSeqId"] !== numbers()[at - 1]?.["seqId"]);
  equal(broken.length, 0, "updates that do not join the one before");
}

async function privateStreams(ws: WebsocketClient, rows: readonly Row[]): Promise<void> {
  ws.subscribe({ channel: "orders", instType: "ANY" });
  ws.subscribe({ channel: "account" });
  ws.subscribe({ channel: "positions", instType: "ANY" });
  await until(() => rows.some(({ channel }) => channel === "account"), "the account of the stream");
}

async function spotOrders(rest: RestClient, rows: readonly Row[]): Promise<void> {
  const low = await lowOf(rest);
  const limit = { instId: SPOT, tdMode: "cash", side: "buy", ordType: "limit", sz: "0.01", px: low } as const;
  const [made] = await rest.submitOrder({ ...limit, clOrdId: "first1" });
  const ordId = made?.ordId as string;
  fits(await rest.getOrderDetails({ instId: SPOT, clOrdId: "first1" }), [{ ordId, state: "live", px: low }], "order");
  await rest.amendOrder({ instId: SPOT, ordId, newSz: "0.02" });
  fits(await rest.getOrderList({ instType: "SPOT", instId: SPOT }), [{ ordId, sz: "0.02" }], "open orders");
  await rest.cancelOrder({ instId: SPOT, ordId });
  const batch = await rest.submitMultipleOrders([limit, { ...limit, sz: "0.02" }]);
  equal(
    batch.map(({ sCode }) => sCode),
    ["0", "0"],
    "codes of the batch",
  );
  const gone = await rest.cancelMultipleOrders(batch.map((each) => ({ instId: SPOT, ordId: each.ordId })));
  equal(
    gone.map(({ sCode }) => sCode),
    ["0", "0"],
    "codes of the cancels",
  );
  const market = { instId: SPOT, tdMode: "cash", side: "buy", ordType: "market", sz: "100" } as const;
  const [spent] = await rest.submitOrder(market);
  fits(await rest.getFills({ instId: SPOT }), [{ ordId: spent?.ordId, feeCcy: "BTC" }], "fills");
  await refused(rest.submitOrder({ ...limit, sz: "50" }), "51008");
  await refused(rest.cancelOrder({ instId: SPOT, ordId: "77" }), "51400");
  const states = () => rows.filter((row) => row["ordId"] === ordId).map((row) => row["state"]);
  await until(() => states().includes("canceled"), "the end of the first order");
  equal(states(), ["live", "live", "canceled"], "states of the first order");
}

async function apiOrders(rest: RestClient, api: WebsocketAPIClient, rows: readonly Row[]): Promise<void> {
  const low = await lowOf(rest);
  const limit = { instId: SPOT, tdMode: "cash", side: "buy", ordType: "limit", sz: "0.01", px: low } as const;
  // Instruments by the venue's codes, which its sockets demand, and by name, which they took before.
  const [listed] = await rest.getInstruments({ instType: "SPOT" });
  const { instIdCode } = listed as { instIdCode?: number };
  isTrue(instIdCode !== undefined, "code of the instrument");
  const { instId: _, ...coded } = { ...limit, instIdCode };
  const placed = await api.submitNewOrder(coded as never);
  fits(placed, { code: "0", data: [{ sCode: "0" }] }, "order");
  const { ordId } = placed.data[0];
  fits(await api.amendOrder({ instIdCode, ordId, newSz: "0.03" } as never), { code: "0" });
  fits(await api.cancelOrder({ instId: SPOT, ordId }), { code: "0" });
  const several = await api.submitMultipleOrders([limit, limit]);
  await api.cancelMultipleOrders(several.data.map((each) => ({ instId: SPOT, ordId: each.ordId })));
  await refused(api.submitNewOrder({ ...limit, sz: "50" }), "51008");
  const isGone = (row: Row) => row["ordId"] === ordId && row["state"] === "canceled" && row["sz"] === "0.03";
  await until(() => rows.some(isGone), "the end of the amended order");
}

async function swap(rest: RestClient, rows: readonly Row[]): Promise<void> {
  await rest.setLeverage({ instId: SWAP, lever: "5", mgnMode: "cross" });
  const order = { instId: SWAP, tdMode: "cross", side: "buy", ordType: "market", sz: "2" } as const;
  const [opened] = await rest.submitOrder(order);
  const details = await rest.getOrderDetails({ instId: SWAP, ordId: opened?.ordId as string });
  fits(details, [{ state: "filled", accFillSz: "2", feeCcy: "USDT" }], "order");
  fits(await rest.getPositions({ instId: SWAP }), [{ pos: "2", lever: "5", mgnMode: "cross" }], "positions");
  const stop = { instId: SWAP, tdMode: "cross", side: "sell", ordType: "conditional", sz: "2" } as const;
  const [algo] = await rest.placeAlgoOrder({ ...stop, slTriggerPx: "50000", slOrdPx: "-1" });
  const algoId = algo?.algoId as string;
  fits(await rest.getAlgoOrderList({ ordType: "conditional" }), [{ algoId, state: "live" }], "conditional orders");
  await rest.cancelAlgoOrder([{ instId: SWAP, algoId }]);
  await rest.submitOrder({ ...order, side: "sell", reduceOnly: true });
  await refused(rest.submitOrder({ ...order, side: "sell", reduceOnly: true }), "51169");
  const held = () => rows.filter(({ channel }) => channel === "positions").map((row) => row["pos"]);
  await until(() => held().includes("2") && held().at(-1) === "0", "the position of the stream, opened and closed");
  contains(held(), "2", "positions");
}

async function balances(stage: Stage, rest: RestClient, rows: readonly Row[]): Promise<void> {
  const [found] = await rest.getBalance();
  for (const ccy of ["BTC", "USDT"]) {
    const truth = stage.truth(ACCOUNT, "okx").balances[ccy];
    const own = found?.details.find((each) => each.ccy === ccy);
    equal(total(own?.cashBal), total(truth?.free, truth?.locked), `${ccy} by REST`);
    const told = rows.filter(({ channel }) => channel === "account").flatMap((row) => row["details"] as Row[]);
    const last = told.findLast((row) => row["ccy"] === ccy);
    equal(last?.["cashBal"], own?.cashBal, `${ccy} of the stream`);
  }
}

/** Two per cent below the best bid, as the venue tells prices: without zeros at the end. */
async function lowOf(rest: RestClient): Promise<string> {
  const [ticker] = await rest.getTicker({ instId: SPOT });
  return total((Number(ticker?.bidPx) * 0.98).toFixed(2)); // number-ok: a price far away
}
