/** Binance USD-M over the wire: usdm_trade, usdm_orders, usdm_account, usdm_words, usdm_refusals, usdm_events, listen keys. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import { ApiClient, type Loose, SignedClient, signedParams, tradingSimulator } from "./signed_client.testing.ts";

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

const LIMIT = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.010", price: "59000" };
const place = (params: Record<string, string | number> = {}, client = ann) =>
  client.call("POST", "/fapi/v1/order", { ...LIMIT, ...params });
const fault = (change: object) =>
  fetch(`${simulator.url}/_sim/faults`, { method: "POST", body: JSON.stringify(change) });

describe("orders", () => {
  test("life: acknowledged without prices of fills, found with them, modified, cancelled", async () => {
    const made = await place({ newClientOrderId: "life" });
    expect(made.body).toMatchObject({ status: "NEW", clientOrderId: "life", price: "59000.0", origQty: "0.010" });
    expect(made.body).not.toHaveProperty("avgPrice");
    expect(made.body).not.toHaveProperty("cumQuote");
    expect(made.headers.get("x-mbx-order-count-1m")).toBe("1");
    const { orderId } = made.body;
    const found = await ann.call("GET", "/fapi/v1/order", { symbol: "BTCUSDT", orderId });
    expect(found.body).toMatchObject({ avgPrice: "0.0", cumQuote: "0", origType: "LIMIT" });
    const changed = await ann.call("PUT", "/fapi/v1/order", {
      symbol: "BTCUSDT",
      orderId,
      side: "BUY",
      quantity: "0.020",
      price: "59000",
    });
    expect(changed.body).toMatchObject({ orderId, origQty: "0.020", status: "NEW", modifyId: 1 });
    const same = await ann.call("PUT", "/fapi/v1/order", {
      symbol: "BTCUSDT",
      orderId,
      side: "BUY",
      quantity: "0.020",
      price: "59000",
    });
    expect(same.body.code).toBe(-5_027);
    expect((await place({ newClientOrderId: "life" })).body.code).toBe(-4_116);
    expect(
      (await ann.call("DELETE", "/fapi/v1/order", { symbol: "BTCUSDT", origClientOrderId: "life" })).body.status,
    ).toBe("CANCELED");
    expect((await ann.call("DELETE", "/fapi/v1/order", { symbol: "BTCUSDT", orderId })).body.code).toBe(-2_011);
    expect((await ann.call("GET", "/fapi/v1/openOrder", { symbol: "BTCUSDT", orderId })).body.code).toBe(-2_013);
  });

  test.each([
    [{ price: "59000.05" }, -4_014],
    [{ quantity: "0.0105" }, -4_023],
    [{ quantity: "0.0001" }, -4_005],
    [{ quantity: "0.001", price: "58500" }, 0],
    [{ price: "70000" }, -4_016],
    [{ quantity: "900" }, -2_019],
    [{ timeInForce: "GTX", price: "61000" }, -5_022],
    [{ timeInForce: "FOK", quantity: "100.000", price: "61000" }, -5_021],
    [{ reduceOnly: "true", side: "SELL" }, -2_022],
    [{ positionSide: "LONG" }, -4_061],
    [{ type: "STOP_MARKET", stopPrice: "50000" }, -4_120],
    [{ timeInForce: "GTD" }, -4_192],
    [{ symbol: "NOPE" }, -1_121],
    [{ quantity: "0.123456789" }, -1_111],
  ] as const)("%j: %i", async (change, code) => {
    expect((await place(change as Record<string, string>)).body.code ?? 0).toBe(code);
    await ann.call("DELETE", "/fapi/v1/allOpenOrders", { symbol: "BTCUSDT" });
  });

  test("batches: each item by itself; lists of ids in either spelling", async () => {
    const { symbol: _, ...rest } = LIMIT;
    const items = [
      { symbol: "BTCUSDT", ...rest },
      { symbol: "BTCUSDT", ...rest, quantity: "900" },
    ];
    const made = await ann.call("POST", "/fapi/v1/batchOrders", { batchOrders: JSON.stringify(items) }, true);
    expect(made.body).toMatchObject([{ status: "NEW" }, { code: -2_019 }]);
    const orderIdList = JSON.stringify([made.body[0].orderId, 7]);
    const gone = await ann.call("DELETE", "/fapi/v1/batchOrders", { symbol: "BTCUSDT", orderidlist: orderIdList });
    expect(gone.body).toMatchObject([{ status: "CANCELED" }, { code: -2_011 }]);
    const many = JSON.stringify(Array.from({ length: 6 }, () => items[0]));
    expect((await ann.call("POST", "/fapi/v1/batchOrders", { batchOrders: many })).body.code).toBe(-4_082);
    expect((await ann.call("POST", "/fapi/v1/batchOrders", { batchOrders: "[" })).body.code).toBe(-1_130);
  });

  test("countdown: orders are cancelled when it runs out, not when it is renewed or stopped", async () => {
    const path = "/fapi/v1/countdownCancelAll";
    await place({ newClientOrderId: "doomed" });
    expect((await ann.call("POST", path, { symbol: "BTCUSDT", countdownTime: 600 })).body).toEqual({
      symbol: "BTCUSDT",
      countdownTime: "600",
    });
    await ann.call("POST", path, { symbol: "BTCUSDT", countdownTime: 0 });
    await Bun.sleep(650);
    const open = async () => (await ann.call("GET", "/fapi/v1/openOrders", { symbol: "BTCUSDT" })).body.length;
    expect(await open()).toBe(1);
    await ann.call("POST", path, { symbol: "BTCUSDT", countdownTime: 50 });
    for (let n = 0; n < 40 && (await open()) > 0; n++) await Bun.sleep(50);
    expect(await open()).toBe(0);
    const { body } = await ann.call("GET", "/fapi/v1/allOrders", { symbol: "BTCUSDT" });
    expect(body.at(-1)).toMatchObject({ clientOrderId: "doomed", status: "CANCELED" });
  });

  test("priceMatch stands with the queue; RESULT says what a market order became", async () => {
    const queued = await place({ price: "", priceMatch: "QUEUE_5" });
    expect(queued.body.code).toBeUndefined();
    expect(queued.body.priceMatch).toBe("QUEUE_5");
    await ann.call("DELETE", "/fapi/v1/allOpenOrders", { symbol: "BTCUSDT" });
    const market = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.010" };
    expect((await bob.call("POST", "/fapi/v1/order", market)).body).toMatchObject({
      status: "NEW",
      executedQty: "0.000",
    });
    const result = await bob.call("POST", "/fapi/v1/order", { ...market, side: "SELL", newOrderRespType: "RESULT" });
    expect(result.body).toMatchObject({ status: "FILLED", executedQty: "0.010", cumQty: "0.010" });
  });
});

describe("account", () => {
  test("leverage, margin type, position mode, positions, fees", async () => {
    expect((await bob.call("POST", "/fapi/v1/leverage", { symbol: "BTCUSDT", leverage: 10 })).body.leverage).toBe(10);
    expect((await bob.call("POST", "/fapi/v1/leverage", { symbol: "BTCUSDT", leverage: 500 })).body.code).toBe(-4_028);
    expect(
      (await bob.call("POST", "/fapi/v1/marginType", { symbol: "BTCUSDT", marginType: "CROSSED" })).body.code,
    ).toBe(-4_046);
    expect((await bob.call("POST", "/fapi/v1/positionSide/dual", { dualSidePosition: "true" })).body).toEqual({
      code: 200,
      msg: "success",
    });
    expect((await bob.call("POST", "/fapi/v1/positionSide/dual", { dualSidePosition: "true" })).body.code).toBe(-4_059);
    const order = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.010", positionSide: "LONG" };
    await bob.call("POST", "/fapi/v1/order", order);
    const positions = (await bob.call("GET", "/fapi/v3/positionRisk")).body;
    expect(positions.map((row: Loose) => [row.positionSide, row.positionAmt])).toEqual([
      ["LONG", "0.010"],
      ["SHORT", "0.000"],
    ]);
    const account = (await bob.call("GET", "/fapi/v3/account")).body;
    expect(Number(account.totalPositionInitialMargin)).toBeCloseTo(60, -1);
    expect((await bob.call("GET", "/fapi/v2/account")).body.canTrade).toBe(true);
    expect((await bob.call("GET", "/fapi/v1/commissionRate", { symbol: "BTCUSDT" })).body.takerCommissionRate).toBe(
      "0.0005",
    );
    await bob.call("POST", "/fapi/v1/order", { ...order, side: "SELL" });
    const trades = (await bob.call("GET", "/fapi/v1/userTrades", { symbol: "BTCUSDT" })).body;
    expect(trades.at(-1)).toMatchObject({ positionSide: "LONG", buyer: false, maker: false, commissionAsset: "USDT" });
    expect((await bob.call("POST", "/fapi/v1/positionSide/dual", { dualSidePosition: "false" })).body.code).toBe(200);
  });
});

describe("user stream", () => {
  const openStream = async (path: string) => new ApiClient(simulator, path).opened();
  const names = (events: readonly Loose[]) => events.map((event) => event.e);

  test("a fill: thin trade, account, order; settings; filters of events; combined envelope", async () => {
    // Nobody else trades for her: what the tests before left open would fill when the market gets there.
    const eve = new SignedClient(simulator, "eve");
    const { listenKey } = (await eve.call("POST", "/fapi/v1/listenKey")).body;
    expect((await eve.call("POST", "/fapi/v1/listenKey")).body.listenKey).toBe(listenKey);
    const all = await openStream(`/private/ws?listenKey=${listenKey}`);
    const some = await openStream(`/private/stream?listenKey=${listenKey}&events=ACCOUNT_UPDATE`);
    await eve.call("POST", "/fapi/v1/order", { symbol: "BTCUSDT", side: "SELL", type: "MARKET", quantity: "0.001" });
    await until(() => all.events.length >= 4 && some.events.length >= 1, 2_000);
    expect(names(all.events)).toEqual(["ORDER_TRADE_UPDATE", "TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"]);
    const [placed, thin, account, traded] = all.events;
    expect(placed.o).toMatchObject({ x: "NEW", X: "NEW", t: 0, z: "0" });
    expect(traded.o).toMatchObject({ x: "TRADE", X: "FILLED", N: "USDT", l: "0.001", ps: "BOTH", m: false, t: thin.t });
    expect(account.a).toMatchObject({
      m: "ORDER",
      B: [{ a: "USDT" }],
      P: [{ s: "BTCUSDT", pa: "-0.001", ps: "BOTH" }],
    });
    expect(some.events).toMatchObject([{ stream: listenKey, data: { e: "ACCOUNT_UPDATE" } }]);
    await eve.call("POST", "/fapi/v1/leverage", { symbol: "BTCUSDT", leverage: 7 });
    await until(() => all.events.length >= 5, 2_000);
    expect(all.events[4]).toMatchObject({ e: "ACCOUNT_CONFIG_UPDATE", ac: { s: "BTCUSDT", l: 7 } });
    await eve.call("POST", "/fapi/v1/order", {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "MARKET",
      quantity: "0.001",
      reduceOnly: "true",
    });
    await fault({ now: "listen-key-expired" });
    await until(() => names(all.events).includes("listenKeyExpired"), 2_000);
    expect(all.events.at(-1)).toMatchObject({ e: "listenKeyExpired", listenKey });
    expect((await eve.call("PUT", "/fapi/v1/listenKey")).body.code).toBe(-1_125);
    await eve.call("POST", "/fapi/v1/order", { symbol: "BTCUSDT", side: "SELL", type: "MARKET", quantity: "0.001" });
    await Bun.sleep(30);
    expect(names(all.events).at(-1)).toBe("listenKeyExpired");
    for (const each of [all, some]) each.close();
  });

  test("conditional orders: own ids, own events, then a normal order", async () => {
    const { listenKey } = (await ann.call("POST", "/fapi/v1/listenKey")).body;
    const stream = await openStream(`/private/ws?listenKey=${listenKey}`);
    const mark = Number((await ann.raw("GET", "/fapi/v1/premiumIndex", "symbol=BTCUSDT")).body.markPrice);
    const order = {
      algoType: "CONDITIONAL",
      symbol: "BTCUSDT",
      side: "BUY",
      quantity: "0.001",
      workingType: "MARK_PRICE",
    };
    const text = (price: number) => price.toFixed(1);
    const far = await ann.call("POST", "/fapi/v1/algoOrder", {
      ...order,
      type: "STOP_MARKET",
      triggerPrice: text(mark * 1.2),
      clientAlgoId: "far",
    });
    expect(far.body).toMatchObject({
      clientAlgoId: "far",
      algoStatus: "NEW",
      orderType: "STOP_MARKET",
      algoType: "CONDITIONAL",
    });
    const beyond = await ann.call("POST", "/fapi/v1/algoOrder", {
      ...order,
      type: "STOP_MARKET",
      triggerPrice: text(mark * 0.9),
    });
    expect(beyond.body.code).toBe(-2_021);
    expect((await ann.call("DELETE", "/fapi/v1/allOpenOrders", { symbol: "BTCUSDT" })).body.code).toBe(200);
    expect((await ann.call("GET", "/fapi/v1/openAlgoOrders")).body).toHaveLength(1);
    expect((await ann.call("DELETE", "/fapi/v1/algoOrder", { clientAlgoId: "far" })).body).toMatchObject({
      code: "200",
    });
    const near = await ann.call("POST", "/fapi/v1/algoOrder", {
      ...order,
      type: "TRAILING_STOP_MARKET",
      callbackRate: "0.1",
      clientAlgoId: "near",
    });
    expect(near.body).toMatchObject({ algoStatus: "NEW", callbackRate: "0.1" });
    const word = (event: Loose) => (event.e === "ALGO_UPDATE" ? event.o.X : event.e);
    expect(await until(() => stream.events.map(word).includes("FINISHED"), 10_000)).toBe(true);
    expect(stream.events.map(word)).toEqual([
      "NEW",
      "CANCELED",
      "NEW",
      "TRIGGERED",
      "ORDER_TRADE_UPDATE",
      "TRADE_LITE",
      "ACCOUNT_UPDATE",
      "ORDER_TRADE_UPDATE",
      "FINISHED",
    ]);
    const done = (await ann.call("GET", "/fapi/v1/algoOrder", { clientAlgoId: "near" })).body;
    expect(done).toMatchObject({ algoStatus: "FINISHED" });
    expect(String(stream.events[4].o.i)).toBe(done.actualOrderId);
    stream.close();
  });

  test("the WebSocket API places, modifies and cancels", async () => {
    const api = await new ApiClient(simulator, "/ws-fapi/v1").opened();
    const made = await api.ask("order.place", signedParams({ ...LIMIT, newOrderRespType: "RESULT" }));
    expect(made).toMatchObject({ status: 200, result: { status: "NEW" } });
    const { orderId } = made.result;
    const changed = await api.ask(
      "order.modify",
      signedParams({ symbol: "BTCUSDT", orderId, side: "BUY", quantity: "0.011", price: "59000" }),
    );
    expect(changed.result.origQty).toBe("0.011");
    expect((await api.ask("order.status", signedParams({ symbol: "BTCUSDT", orderId }))).result.status).toBe("NEW");
    expect((await api.ask("order.cancel", signedParams({ symbol: "BTCUSDT", orderId }))).result.status).toBe(
      "CANCELED",
    );
    expect((await api.ask("v2/account.balance", signedParams({}))).result[0].asset).toBe("USDT");
    expect((await api.ask("userDataStream.start", { apiKey: "key-ann" })).result.listenKey).toHaveLength(64);
    api.close();
  });
});
