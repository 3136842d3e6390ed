/**
 * Binance spot over the wire: binance_trading, venue_dialect, spot_trade, spot_orders, spot_account, spot_words, spot_refusals,
 * spot_events, order_params, order_counts, paging, endpoint, instruments, private_sockets, api_session, api_methods.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { sign } from "node:crypto";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import {
  ApiClient,
  ED25519,
  type Loose,
  SignedClient,
  signedParams,
  tradingSimulator,
} from "./signed_client.testing.ts";

setDefaultTimeout(120_000);

let simulator: Simulator;
let ann: SignedClient;
let bob: SignedClient;

beforeAll(async () => {
  simulator = await tradingSimulator();
  ann = new SignedClient(simulator);
  bob = new SignedClient(simulator, "bob");
});
afterAll(() => simulator.stop());

const LIMIT = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  quantity: "0.01000",
  price: "50000",
};
const place = (params: Record<string, string | number> = {}, client = ann) =>
  client.call("POST", "/api/v3/order", { ...LIMIT, ...params });

describe("orders", () => {
  test("life: new, found, amended, cancelled; in the query and in the body", async () => {
    const made = await ann.call("POST", "/api/v3/order", { ...LIMIT, newClientOrderId: "life-1" }, true);
    expect(made.body).toMatchObject({
      clientOrderId: "life-1",
      status: "NEW",
      price: "50000.00000000",
      origQty: "0.01000000",
      fills: [],
    });
    const { orderId } = made.body;
    const found = await ann.call("GET", "/api/v3/order", { symbol: "BTCUSDT", origClientOrderId: "life-1" });
    expect(found.body).toMatchObject({ orderId, isWorking: true, cummulativeQuoteQty: "0.00000000", orderListId: -1 });
    expect((await bob.call("GET", "/api/v3/order", { symbol: "BTCUSDT", orderId })).body.code).toBe(-2_013);
    const amended = await ann.call("PUT", "/api/v3/order/amend/keepPriority", {
      symbol: "BTCUSDT",
      orderId,
      newQty: "0.005",
    });
    expect(amended.body.amendedOrder).toMatchObject({
      origClientOrderId: "life-1",
      qty: "0.00500000",
      cumulativeQuoteQty: "0.00000000",
    });
    const more = await ann.call("PUT", "/api/v3/order/amend/keepPriority", {
      symbol: "BTCUSDT",
      orderId,
      newQty: "0.006",
    });
    expect(more.body.code).toBe(-2_038);
    const gone = await ann.call("DELETE", "/api/v3/order", {
      symbol: "BTCUSDT",
      orderId,
      newClientOrderId: "cancel-1",
    });
    expect(gone.body).toMatchObject({
      status: "CANCELED",
      clientOrderId: "cancel-1",
      origClientOrderId: amended.body.amendedOrder.clientOrderId,
    });
    expect((await ann.call("DELETE", "/api/v3/order", { symbol: "BTCUSDT", orderId })).body).toEqual({
      code: -2_011,
      msg: "Unknown order sent.",
    });
  });

  test.each([
    [{ price: "50000.001" }, -1_013, "PRICE_FILTER"],
    [{ quantity: "0.000001" }, -1_013, "LOT_SIZE"],
    [{ quantity: "0.00005", price: "50000" }, -1_013, "NOTIONAL"],
    [{ quantity: "0.123456789" }, -1_111, "too much precision"],
    [{ quantity: "1e-2" }, -1_100, "Illegal characters"],
    [{ quantity: "100" }, -2_010, "insufficient balance"],
    [{ symbol: "NOPE" }, -1_121, "Invalid symbol"],
    [{ side: "HOLD" }, -1_117, "Invalid side"],
    [{ type: "MAYBE" }, -1_116, "Invalid orderType"],
    [{ timeInForce: "DAY" }, -1_115, "Invalid timeInForce"],
    [{ stopPrice: "1" }, -1_106, "stopPrice"],
    [{ reduceOnly: "true" }, -1_104, "Not all sent parameters were read"],
    [{ newClientOrderId: "a b" }, -1_100, "newClientOrderId"],
    [{ price: "" }, -1_105, "price"],
    [{ type: "LIMIT_MAKER" }, -1_106, "timeInForce"],
    [{ selfTradePreventionMode: "SOMETIMES" }, -2_010, "self-trade prevention"],
  ])("%j is refused: %i %s", async (change, code, msg) => {
    const before = (await ann.call("GET", "/api/v3/openOrders")).body.length;
    const { body, status } = await place(change as Record<string, string>);
    expect([body.code, status]).toEqual([code, 400]);
    expect(body.msg).toContain(msg);
    expect((await ann.call("GET", "/api/v3/openOrders")).body).toHaveLength(before);
  });

  test("market orders take; balances, trades and commission say the same", async () => {
    const balance = async () =>
      (await bob.call("GET", "/api/v3/account")).body.balances.find((row: Loose) => row.asset === "BTC").free;
    const before = await balance();
    const made = await bob.call("POST", "/api/v3/order", {
      symbol: "BTCUSDT",
      side: "SELL",
      type: "MARKET",
      quantity: "0.02",
    });
    expect(made.body).toMatchObject({
      status: "FILLED",
      executedQty: "0.02000000",
      type: "MARKET",
      timeInForce: "GTC",
    });
    const sum = made.body.fills.reduce((total: number, fill: Loose) => total + Number(fill.qty), 0);
    expect(sum).toBeCloseTo(0.02, 8);
    expect(Number(before) - Number(await balance())).toBeCloseTo(0.02, 8);
    const trades = (await bob.call("GET", "/api/v3/myTrades", { symbol: "BTCUSDT", orderId: made.body.orderId })).body;
    expect(trades.map((trade: Loose) => trade.id)).toEqual(made.body.fills.map((fill: Loose) => fill.tradeId));
    expect(trades[0]).toMatchObject({ isBuyer: false, isMaker: false, commissionAsset: "USDT" });
    const byQuote = await bob.call("POST", "/api/v3/order", {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "MARKET",
      quoteOrderQty: "100",
      newOrderRespType: "ACK",
    });
    expect(Object.keys(byQuote.body)).toEqual(["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]);
  });

  test("cancelReplace: both, neither, half", async () => {
    const path = "/api/v3/order/cancelReplace";
    const base = { ...LIMIT, cancelReplaceMode: "STOP_ON_FAILURE" };
    const { orderId } = (await place()).body;
    const both = await ann.call("POST", path, { ...base, cancelOrderId: orderId, price: "49000" });
    expect(both.body).toMatchObject({
      cancelResult: "SUCCESS",
      newOrderResult: "SUCCESS",
      newOrderResponse: { status: "NEW" },
    });
    const neither = await ann.call("POST", path, { ...base, cancelOrderId: orderId });
    expect([neither.status, neither.body.code, neither.body.data.newOrderResult]).toEqual([
      400,
      -2_022,
      "NOT_ATTEMPTED",
    ]);
    const half = await ann.call("POST", path, {
      ...base,
      cancelOrderId: both.body.newOrderResponse.orderId,
      quantity: "100",
    });
    expect([half.status, half.body.code]).toEqual([409, -2_021]);
    expect(half.body.data).toMatchObject({
      cancelResult: "SUCCESS",
      newOrderResult: "FAILURE",
      newOrderResponse: { code: -2_010 },
    });
    const other = await ann.call("POST", path, { ...base, cancelReplaceMode: "ALLOW_FAILURE", cancelOrderId: 1 });
    expect([other.status, other.body.data.newOrderResult]).toEqual([409, "SUCCESS"]);
    expect((await ann.call("DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" })).body).toHaveLength(1);
  });

  test("keys: signature, clock, permission; retired endpoints; another method", async () => {
    const wrong = await ann.raw("POST", "/api/v3/order", `symbol=BTCUSDT&timestamp=${Date.now()}&signature=00`);
    expect([wrong.status, wrong.body.code]).toEqual([400, -1_022]);
    expect((await ann.call("GET", "/api/v3/account", { timestamp: Date.now() - 20_000 })).body.code).toBe(-1_021);
    const unknown = await ann.raw("GET", "/api/v3/account", "timestamp=1", false, "nobody");
    expect([unknown.status, unknown.body.code]).toEqual([401, -2_015]);
    const reader = new SignedClient(simulator, "read");
    expect((await place({}, reader)).body.code).toBe(-2_015);
    expect((await reader.call("GET", "/api/v3/account")).body).toMatchObject({ canTrade: false, canWithdraw: true });
    expect((await ann.raw("POST", "/api/v3/userDataStream", "")).status).toBe(410);
    expect((await ann.raw("PATCH", "/api/v3/order", "")).status).toBe(404);
  });

  test("an Ed25519 key signs REST requests too", async () => {
    const text = `timestamp=${Date.now()}`;
    const signature = sign(null, Buffer.from(text), ED25519.privateKey).toString("base64");
    const answer = await ann.raw(
      "GET",
      "/api/v3/account",
      `${text}&signature=${encodeURIComponent(signature)}`,
      false,
      "key-ed",
    );
    expect(answer.body.accountType).toBe("SPOT");
  });

  test("headers count weight and orders; a full window is refused, and a fill of a maker gives back", async () => {
    const carl = await tradingSimulator();
    const client = new SignedClient(carl);
    const first = await client.call("POST", "/api/v3/order", LIMIT);
    expect(first.headers.get("x-mbx-order-count-10s")).toBe("1");
    expect(Number(first.headers.get("x-mbx-used-weight-1m"))).toBe(0);
    // A hundred in ten seconds: two windows that meet under way take two hundred at most.
    const answers = await Promise.all(Array.from({ length: 250 }, () => client.call("POST", "/api/v3/order", LIMIT)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(50);
    expect(refused.length).toBeLessThanOrEqual(151);
    expect(refused[0]?.body.code).toBe(-1_015);
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    await carl.stop();
  });
});

describe("WebSocket API", () => {
  test("logon by Ed25519, orders without signature, events under both kinds of subscription", async () => {
    const api = await new ApiClient(simulator, "/ws-api/v3").opened();
    expect((await api.ask("session.logon", signedParams({}))).error.code).toBe(-4_056);
    expect((await api.ask("userDataStream.subscribe")).status).toBe(400);
    expect((await api.ask("session.logon", signedParams({}, "ed"))).result).toMatchObject({ apiKey: "key-ed" });
    expect((await api.ask("userDataStream.subscribe")).result).toEqual({ subscriptionId: 0 });
    expect((await api.ask("userDataStream.subscribe.signature", signedParams({}))).error.code).toBe(-2_035);
    const made = await api.ask("order.place", { ...LIMIT, timestamp: Date.now(), newClientOrderId: "ws-1" });
    expect(made).toMatchObject({ status: 200, result: { status: "NEW", clientOrderId: "ws-1" } });
    expect(made.rateLimits.map((row: Loose) => row.rateLimitType)).toEqual(["ORDERS", "ORDERS", "REQUEST_WEIGHT"]);
    const gone = await api.ask("order.cancel", {
      symbol: "BTCUSDT",
      origClientOrderId: "ws-1",
      timestamp: Date.now(),
      newClientOrderId: "ws-2",
      returnRateLimits: false,
    });
    expect(gone.rateLimits).toBeUndefined();
    await until(() => api.events.length >= 4, 2_000);
    expect(api.events.map(({ event }) => event.e)).toEqual([
      "executionReport",
      "outboundAccountPosition",
      "executionReport",
      "outboundAccountPosition",
    ]);
    expect(api.events[0]).toMatchObject({
      subscriptionId: 0,
      event: { c: "ws-1", C: "", x: "NEW", X: "NEW", t: -1, N: null, w: true },
    });
    expect(api.events[2].event).toMatchObject({ c: "ws-2", C: "ws-1", x: "CANCELED", X: "CANCELED" });
    expect((await api.ask("session.logout")).result.apiKey).toBeNull();
    expect(api.events.at(-1).event.e).toBe("eventStreamTerminated");
    expect((await api.ask("order.place", { ...LIMIT, timestamp: Date.now() })).error.code).toBe(-2_014);
    api.close();
  });

  test("a fill: TRADE with fee, then the balances; own signature; public methods; bad requests", async () => {
    const api = await new ApiClient(simulator, "/ws-api/v3").opened();
    expect((await api.ask("userDataStream.subscribe.signature", signedParams({}, "bob"))).result.subscriptionId).toBe(
      0,
    );
    const order = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.001", newOrderRespType: "RESULT" };
    const made = await api.ask("order.place", signedParams(order, "bob"));
    expect(made.result).toMatchObject({ status: "FILLED" });
    await until(() => api.events.length >= 3, 2_000);
    expect(api.events.map(({ event }) => event.x ?? event.e)).toEqual(["NEW", "TRADE", "outboundAccountPosition"]);
    expect(api.events[1].event).toMatchObject({
      X: "FILLED",
      l: "0.00100000",
      z: "0.00100000",
      N: "BTC",
      n: "0.00000100",
      m: false,
    });
    expect(api.events[2].event.B.map((row: Loose) => row.a).sort()).toEqual(["BTC", "USDT"]);
    expect((await api.ask("depth", { symbol: "BTCUSDT", limit: 5 })).result.bids).toHaveLength(5);
    expect((await api.ask("depth", { symbol: "NOPE" })).error.code).toBe(-1_121);
    expect((await api.ask("order.guess")).error.code).toBe(-1_020);
    expect((await api.ask("order.place", { ...signedParams(order, "bob"), quantity: "0.002" })).error.code).toBe(
      -1_022,
    );
    api.say("{");
    await until(() => api.events.length >= 4, 2_000);
    expect(api.events[3]).toMatchObject({ id: null, status: 400, error: { code: -1_135 } });
    api.close();
  });
});

describe("faults", () => {
  const fault = (change: object) =>
    fetch(`${simulator.url}/_sim/faults`, { method: "POST", body: JSON.stringify(change) });
  const clear = () =>
    fault({
      "lost-ack": 0,
      "failed-ack": 0,
      "late-ack": 0,
      "report-duplicate": 0,
      "report-drop": 0,
      "clock-skew-ms": 0,
      "http-5xx": 0,
    });

  test("an acknowledgement is lost, fails or comes late, and the order stands", async () => {
    await fault({ "lost-ack": 1 });
    await expect(place({ newClientOrderId: "lost" })).rejects.toThrow();
    await fault({ "lost-ack": 0, "failed-ack": 1 });
    const failed = await place({ newClientOrderId: "failed" });
    expect([failed.status, failed.body.code]).toEqual([503, -1_007]);
    await fault({ "failed-ack": 0, "late-ack": 1, "late-ack-ms": 80 });
    const from = performance.now();
    expect((await place({ newClientOrderId: "late" })).status).toBe(200);
    expect(performance.now() - from).toBeGreaterThan(75);
    await fault({ "late-ack": 0, "http-5xx": 1 });
    expect((await place({ newClientOrderId: "never" })).status).toBe(503);
    await clear();
    const open = (await ann.call("GET", "/api/v3/openOrders", { symbol: "BTCUSDT" })).body;
    expect(open.map((order: Loose) => order.clientOrderId).sort()).toEqual(["failed", "late", "lost"]);
    await ann.call("DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  test("reports are doubled and dropped, the clock is skewed, private streams end", async () => {
    const api = await new ApiClient(simulator, "/ws-api/v3").opened();
    await api.ask("userDataStream.subscribe.signature", signedParams({}));
    await fault({ "report-duplicate": 1 });
    await place();
    await until(() => api.events.length >= 4, 2_000);
    expect(api.events[0]).toEqual(api.events[1]);
    await fault({ "report-duplicate": 0, "report-drop": 1 });
    await ann.call("DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    expect(api.events).toHaveLength(4);
    await fault({ "clock-skew-ms": 30_000 });
    expect((await place()).body.code).toBe(-1_021);
    await clear();
    await fault({ now: "private-close" });
    expect(await until(() => api.isClosed, 2_000)).toBe(true);
  });

  test("the truth of an account, for checkers", async () => {
    const truth = (await (await fetch(`${simulator.url}/_sim/accounts/bob`)).json()) as Loose;
    expect(Object.keys(truth)).toEqual(["binance-spot", "binance-usdm"]);
    expect(truth["binance-spot"].fills.length).toBeGreaterThan(0);
    expect((await fetch(`${simulator.url}/_sim/accounts/nobody`)).status).toBe(404);
  });

  test("deposits and withdrawals come as balanceUpdate", async () => {
    const api = await new ApiClient(simulator, "/ws-api/v3").opened();
    await api.ask("userDataStream.subscribe.signature", signedParams({}, "bob"));
    const deposit = (body: object) =>
      fetch(`${simulator.url}/_sim/accounts/bob/deposit`, { method: "POST", body: JSON.stringify(body) });
    expect((await deposit({ venue: "binance-spot", asset: "BNB", amount: "1.5" })).status).toBe(200);
    expect((await deposit({ venue: "binance-spot", asset: "BNB", amount: "-100" })).status).toBe(400);
    expect((await deposit({ venue: "kraken", asset: "BNB", amount: "1" })).status).toBe(400);
    await deposit({ venue: "binance-spot", asset: "BNB", amount: "-0.5" });
    await until(() => api.events.length >= 4, 2_000);
    expect(api.events.map(({ event }) => event.d ?? event.B[0].f)).toEqual([
      "1.50000000",
      "6.50000000",
      "-0.50000000",
      "6.00000000",
    ]);
    api.close();
  });

  test("a 24 hours' close ends all connections, with a word before it where there is one", async () => {
    const api = await new ApiClient(simulator, "/ws-api/v3").opened();
    await fault({ now: "shutdown" });
    expect(await until(() => api.isClosed, 2_000)).toBe(true);
    expect(api.events).toMatchObject([{ event: { e: "serverShutdown" } }]);
  });

  test("a ban: 418 with Retry-After for all", async () => {
    const other = await tradingSimulator();
    const client = new SignedClient(other);
    await fetch(`${other.url}/_sim/faults`, { method: "POST", body: '{"now":"ban"}' });
    const banned = await client.call("GET", "/api/v3/account");
    expect([banned.status, banned.headers.get("retry-after")]).toEqual([418, "120"]);
    expect((await fetch(`${other.url}/api/v3/ping`)).status).toBe(418);
    await other.stop();
  });
});
