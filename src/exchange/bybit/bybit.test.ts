/**
 * Bybit at the simulator over real sockets (bybit_exchange, sockets, session, order_endpoints, query_endpoints,
 * account_endpoints, read_order, words, events, endpoint, params, bybit_error, rate_limits, disconnect_guard, ids).
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import { BybitClient, BybitSocket, bybitSimulator, type Loose } from "./bybit_client.testing.ts";
import { Ids } from "./ids.ts";
import { RateLimits } from "./rate_limits.ts";

setDefaultTimeout(120_000);

let simulator: Simulator;
let ann: BybitClient;
beforeAll(async () => {
  simulator = await bybitSimulator();
  ann = new BybitClient(simulator);
});
afterAll(() => simulator.stop());

let links = 0;
const link = () => `link-${++links}`;
const rows = async (client: BybitClient, path: string, params: Record<string, string>): Promise<Loose[]> =>
  (await client.get(path, params)).result.list;

async function touch(category: string): Promise<{ readonly bid: number; readonly ask: number }> {
  const { result } = await ann.get("/v5/market/orderbook", { category, symbol: "BTCUSDT", limit: 5 });
  return { bid: Number(result.b[0][0]), ask: Number(result.a[0][0]) };
}

async function limit(category: string, more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const { bid } = await touch(category);
  const price = (bid * 0.98).toFixed(1);
  return { category, symbol: "BTCUSDT", side: "Buy", orderType: "Limit", qty: "0.01", price, ...more };
}

const create = (body: unknown, client = ann) => client.post("/v5/order/create", body);
const find = async (category: string, orderId: string): Promise<Loose> =>
  (await rows(ann, "/v5/order/realtime", { category, orderId }))[0];

describe("orders over REST", () => {
  test.each(["spot", "linear"])(
    "%s: create, find by either id, amend, cancel; then it is history",
    async (category) => {
      const orderLinkId = link();
      const made = await create(await limit(category, { orderLinkId }));
      expect(made).toMatchObject({ retCode: 0, retMsg: "OK", result: { orderLinkId }, retExtInfo: {} });
      const { orderId } = made.result;
      expect(orderId).toMatch(category === "spot" ? /^\d{19}$/ : /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      const open = (await rows(ann, "/v5/order/realtime", { category, orderLinkId }))[0];
      expect(open).toMatchObject({ orderId, orderStatus: "New", rejectReason: "EC_NoError", avgPrice: "", category });
      const amended = await ann.post("/v5/order/amend", { category, symbol: "BTCUSDT", orderId, qty: "0.02" });
      expect(amended).toMatchObject({ retCode: 0, result: { orderId, orderLinkId } });
      expect(Number((await find(category, orderId)).qty)).toBe(0.02);
      const gone = await ann.post("/v5/order/cancel", { category, symbol: "BTCUSDT", orderLinkId });
      expect(gone).toMatchObject({ retCode: 0, result: { orderId } });
      const past = (await rows(ann, "/v5/order/history", { category, symbol: "BTCUSDT" }))[0];
      expect(past).toMatchObject({ orderId, orderStatus: "Cancelled", cancelType: "CancelByUser" });
      const again = await ann.post("/v5/order/cancel", { category, symbol: "BTCUSDT", orderId });
      expect(again.retCode).toBe(category === "spot" ? 170_213 : 110_001);
      // Client ids are for ever.
      expect((await create(await limit(category, { orderLinkId }))).retCode).toBe(
        category === "spot" ? 170_141 : 110_072,
      );
    },
  );

  test("a market buy of spot is by value unless it says otherwise, and leaves a rest", async () => {
    const head = { category: "spot", symbol: "BTCUSDT", side: "Buy", orderType: "Market" };
    const { orderId } = (await create({ ...head, qty: "100" })).result;
    const order = await find("spot", orderId);
    expect(order).toMatchObject({
      orderStatus: "PartiallyFilledCanceled",
      timeInForce: "IOC",
      marketUnit: "quoteCoin",
    });
    expect(order).toMatchObject({ qty: "100", rejectReason: "EC_CancelForNoFullFill" });
    expect(Number(order.cumExecValue)).toBeGreaterThan(99);
    expect(Number(order.cumExecValue) + Number(order.leavesValue)).toBeCloseTo(100, 8);
    const base = (await create({ ...head, qty: "0.01", marketUnit: "baseCoin" })).result;
    expect(await find("spot", base.orderId)).toMatchObject({ orderStatus: "Filled", qty: "0.01000" });
    const fills = await rows(ann, "/v5/execution/list", { category: "spot", orderId: base.orderId });
    expect(fills[0]).toMatchObject({ execType: "Trade", feeCurrency: "BTC", feeRate: "0.001", isMaker: false });
    const fees = fills.reduce((sum, { execFee }) => sum + Number(execFee), 0);
    expect(Number((await find("spot", base.orderId)).cumFeeDetail.BTC)).toBeCloseTo(fees, 10);
  });

  test("received is not accepted: what cannot stand ends on the order, not in the answer", async () => {
    for (const [category, status] of [
      ["spot", "Rejected"],
      ["linear", "Cancelled"],
    ] as const) {
      const { ask } = await touch(category);
      const crossing = await limit(category, { timeInForce: "PostOnly", price: (ask + 50).toFixed(1) });
      const made = await create(crossing);
      expect(made.retCode).toBe(0);
      expect(await find(category, made.result.orderId)).toMatchObject({
        orderStatus: status,
        rejectReason: "EC_PostOnlyWillTakeLiquidity",
        timeInForce: "PostOnly",
      });
      const fok = await create(await limit(category, { timeInForce: "FOK" }));
      expect(fok.retCode).toBe(0);
      expect(await find(category, fok.result.orderId)).toMatchObject({
        orderStatus: "Cancelled",
        rejectReason: "EC_NoEnoughQtyToFill",
      });
      const ioc = await create(await limit(category, { timeInForce: "IOC" }));
      expect(await find(category, ioc.result.orderId)).toMatchObject({ rejectReason: "EC_NoImmediateQtyToFill" });
    }
  });

  test("batches: each member by itself, with its code", async () => {
    const good = await limit("linear");
    const { category: _, ...member } = good;
    const made = await ann.post("/v5/order/create-batch", {
      category: "linear",
      request: [member, { ...member, qty: "0.0000001" }, { ...member, qty: "0.02" }],
    });
    expect(made.retCode).toBe(0);
    expect(made.retExtInfo.list).toMatchObject([{ code: 0 }, { code: 10_001, msg: "Qty invalid" }, { code: 0 }]);
    const [first, bad, third] = made.result.list;
    expect([bad.orderId, first.category]).toEqual(["", "linear"]);
    const amended = await ann.post("/v5/order/amend-batch", {
      category: "linear",
      request: [{ symbol: "BTCUSDT", orderId: first.orderId, qty: "0.03" }],
    });
    expect(amended.retExtInfo.list).toEqual([{ code: 0, msg: "OK" }]);
    const gone = await ann.post("/v5/order/cancel-batch", {
      category: "linear",
      request: [
        { symbol: "BTCUSDT", orderId: first.orderId },
        { symbol: "BTCUSDT", orderId: "no" },
      ],
    });
    expect(gone.retExtInfo.list.map(({ code }: Loose) => code)).toEqual([0, 110_001]);
    expect((await ann.post("/v5/order/cancel-all", { category: "linear" })).retCode).toBe(10_001);
    const all = await ann.post("/v5/order/cancel-all", { category: "linear", settleCoin: "USDT" });
    expect(all.result).toEqual({ list: [{ orderId: third.orderId, orderLinkId: "" }], success: "1" });
  });

  test("positions, leverage, reduce only; both modes", async () => {
    const bob = new BybitClient(simulator, "bob");
    const head = { category: "linear", symbol: "BTCUSDT", orderType: "Market" };
    const where = { category: "linear", symbol: "BTCUSDT" };
    expect(await rows(bob, "/v5/position/list", where)).toMatchObject([{ size: "0.000", side: "", positionIdx: 0 }]);
    const leverage = { ...where, buyLeverage: "5", sellLeverage: "5" };
    expect((await bob.post("/v5/position/set-leverage", leverage)).retCode).toBe(0);
    expect((await bob.post("/v5/position/set-leverage", leverage)).retCode).toBe(110_043);
    expect((await create({ ...head, side: "Sell", qty: "0.02" }, bob)).retCode).toBe(0);
    const [held] = await rows(bob, "/v5/position/list", { category: "linear", settleCoin: "USDT" });
    expect(held).toMatchObject({ size: "0.020", side: "Sell", leverage: "5" });
    expect((await create({ ...head, side: "Sell", qty: "0.02", reduceOnly: true }, bob)).retCode).toBe(110_017);
    expect((await create({ ...head, side: "Buy", qty: "0", reduceOnly: true }, bob)).retCode).toBe(0);
    expect(await rows(bob, "/v5/position/list", { category: "linear", settleCoin: "USDT" })).toEqual([]);
    const mode = { category: "linear", coin: "USDT", mode: 3 };
    expect((await bob.post("/v5/position/switch-mode", mode)).retCode).toBe(0);
    expect((await bob.post("/v5/position/switch-mode", mode)).retCode).toBe(110_025);
    expect((await create({ ...head, side: "Buy", qty: "0.01" }, bob)).retCode).toBe(10_001);
    expect((await create({ ...head, side: "Buy", qty: "0.01", positionIdx: 1 }, bob)).retCode).toBe(0);
    expect((await create({ ...head, side: "Sell", qty: "0.02", positionIdx: 2 }, bob)).retCode).toBe(0);
    const both = await rows(bob, "/v5/position/list", where);
    expect(both).toMatchObject([
      { positionIdx: 1, side: "Buy" },
      { positionIdx: 2, side: "Sell", size: "0.020" },
    ]);
  });

  test("conditional orders wait, fire, or are cancelled before they do", async () => {
    const { bid, ask } = await touch("linear");
    const stop = {
      category: "linear",
      symbol: "BTCUSDT",
      side: "Sell",
      orderType: "Market",
      qty: "0.01",
      triggerPrice: (bid * 0.97).toFixed(1),
      triggerDirection: 2,
    };
    const { orderId } = (await create(stop)).result;
    expect(await find("linear", orderId)).toMatchObject({ orderStatus: "Untriggered", stopOrderType: "Stop" });
    expect((await create({ ...stop, triggerPrice: (ask * 1.03).toFixed(1) })).retCode).toBe(110_093);
    expect((await create({ ...stop, triggerDirection: undefined })).retCode).toBe(10_001);
    await ann.post("/v5/order/cancel-all", { category: "linear", symbol: "BTCUSDT" });
    expect(await find("linear", orderId)).toMatchObject({ orderStatus: "Deactivated" });
    const { category: _c, triggerDirection: _d, ...ofSpot } = stop;
    const spot = { ...ofSpot, category: "spot", orderFilter: "StopOrder" };
    const waits = (await create(spot)).result.orderId;
    // Spot's cancel-all means plain orders unless it says otherwise.
    await ann.post("/v5/order/cancel-all", { category: "spot", symbol: "BTCUSDT" });
    expect(await find("spot", waits)).toMatchObject({ orderStatus: "Untriggered" });
    await ann.post("/v5/order/cancel-all", { category: "spot", symbol: "BTCUSDT", orderFilter: "StopOrder" });
    expect(await find("spot", waits)).toMatchObject({ orderStatus: "Deactivated" });
  });

  test("pages go by cursor, newest first", async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await create(await limit("spot"))).result.orderId);
    const seen: string[] = [];
    let cursor = "";
    for (let n = 0; n < 5; n++) {
      const more: Record<string, string> = cursor === "" ? {} : { cursor };
      const { result } = await ann.get("/v5/order/realtime", { category: "spot", limit: 2, ...more });
      seen.push(...result.list.map(({ orderId }: Loose) => orderId));
      cursor = result.nextPageCursor;
      if (cursor === "") break;
    }
    expect(seen).toEqual(made);
    expect((await ann.post("/v5/order/cancel-all", { category: "spot" })).result.list).toHaveLength(5);
  });
});

describe("what is refused", () => {
  test("keys, signatures, times, permissions, paths", async () => {
    const stranger = new BybitClient(simulator, "eve");
    const path = "/v5/account/wallet-balance";
    expect((await stranger.get(path, { accountType: "UNIFIED" })).retCode).toBe(10_003);
    const late = async (time: number) => (await ann.raw("GET", path, "accountType=UNIFIED", time)).json() as Loose;
    expect((await late(Date.now() - 6_000)).retCode).toBe(10_002);
    expect((await late(Date.now() + 5_000)).retCode).toBe(10_002);
    expect((await late(Date.now())).retCode).toBe(0);
    const reader = new BybitClient(simulator, "read");
    expect((await reader.get(path, { accountType: "UNIFIED" })).retCode).toBe(0);
    expect((await create(await limit("spot"), reader)).retCode).toBe(10_005);
    const { result } = await reader.get("/v5/user/query-api");
    expect(result).toMatchObject({
      readOnly: 1,
      uta: 1,
      permissions: { Spot: [], Wallet: expect.arrayContaining(["Withdraw"]) },
    });
    const lost = await ann.raw("GET", "/v5/no/such", "");
    expect(lost.status).toBe(404);
    const signature = await fetch(`${simulator.url}${path}?accountType=UNIFIED`, {
      headers: {
        "X-BAPI-API-KEY": "key-ann",
        "X-BAPI-TIMESTAMP": String(Date.now()),
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": "00",
      },
    });
    expect(((await signature.json()) as Loose).retCode).toBe(10_004);
  });

  const CASES: readonly (readonly [string, Record<string, unknown>, number])[] = [
    ["spot", { symbol: "NOPE" }, 170_121],
    ["linear", { symbol: "NOPE" }, 10_001],
    ["spot", { qty: 0.01 }, 10_001],
    ["spot", { side: "BUY" }, 10_001],
    ["spot", { price: "50000.001" }, 170_134],
    ["spot", { qty: "0.0000001" }, 170_136],
    ["spot", { qty: "0.00001" }, 170_140],
    ["spot", { qty: "100" }, 170_131],
    ["linear", { qty: "0.00015" }, 10_001],
    ["linear", { qty: "8000" }, 110_007],
    ["linear", { price: "900000" }, 110_003],
    ["spot", { price: "900000" }, 170_193],
    ["spot", { takeProfit: "70000" }, 10_001],
    ["spot", { timeInForce: "GTX" }, 10_001],
    ["linear", { orderLinkId: "ä" }, 10_001],
  ];
  test.each(CASES)("%s %j: %i", async (category, more, code) => {
    const made = await create(await limit(category, more));
    expect(made).toMatchObject({ retCode: code, result: {} });
  });

  test("more in a second than an account may: 10006, and headers say how many are left", async () => {
    const limits = new RateLimits();
    expect(limits.take("ann", "create", 10, 4, 1_000)).toEqual({ limit: 10, left: 6, resetMs: 2_000 });
    expect(() => limits.take("ann", "create", 10, 7, 1_500)).toThrow("10006");
    expect(limits.take("ann", "create", 10, 6, 1_500).left).toBe(0);
    expect(limits.take("bob", "create", 10, 1, 1_500).left).toBe(9);
    expect(limits.take("ann", "create", 10, 1, 2_000).left).toBe(9);
    const { headers } = await ann.raw("GET", "/v5/account/info", "");
    expect(headers.get("x-bapi-limit")).toBe("50");
    const bad = JSON.stringify({ category: "linear", symbol: "BTCUSDT", orderId: "x" });
    const all = await Promise.all(Array.from({ length: 15 }, () => ann.raw("POST", "/v5/order/cancel", bad)));
    const codes = await Promise.all(all.map(async (answer) => ((await answer.json()) as Loose).retCode));
    expect(codes).toContain(10_006);
    // The next test may go on.
    await Bun.sleep(1_000);
  });

  test("ids of another kind or of no order are none", () => {
    const ids = new Ids(7);
    for (const category of ["spot", "linear"] as const) {
      const text = ids.order(category, 47_543_495_001);
      expect(ids.orderOf(category, text)).toBe(47_543_495_001);
      expect(ids.orderOf(category, text.slice(1))).toBe(0);
      expect(ids.orderOf(category === "spot" ? "linear" : "spot", text)).toBe(0);
    }
    expect(ids.execution("spot", 5, true)).not.toBe(ids.execution("spot", 5, false));
  });
});

describe("private streams and order entry", () => {
  test("login, topics, and what an order's life tells", async () => {
    const socket = await new BybitSocket(simulator, "/v5/private").opened();
    expect(await socket.ask({ op: "subscribe", args: ["order"], req_id: "1" })).toMatchObject({ success: false });
    expect(await socket.auth(Date.now() - 1)).toMatchObject({ success: false, op: "auth" });
    expect(await socket.auth(Date.now() + 5_000, "wrong")).toMatchObject({ success: false, op: "auth" });
    expect(await socket.auth()).toMatchObject({ success: true, op: "auth" });
    const topics = ["order.spot", "execution", "wallet", "position"];
    expect(await socket.ask({ op: "subscribe", args: topics, req_id: "2" })).toMatchObject({
      success: true,
      req_id: "2",
      op: "subscribe",
    });
    expect(await socket.ask({ op: "ping", req_id: "3" })).toMatchObject({ op: "pong", req_id: "3" });
    const { orderId } = (
      await create({ category: "spot", symbol: "BTCUSDT", side: "Sell", orderType: "Market", qty: "0.01" })
    ).result;
    const done = await socket.see((m) => m.topic === "order.spot" && m.data[0].orderStatus === "Filled");
    expect(done.data[0]).toMatchObject({ orderId, side: "Sell", leavesQty: "0.00000", category: "spot" });
    expect(done.creationTime).toBeNumber();
    const fill = await socket.see((m) => m.topic === "execution");
    expect(fill.data[0]).toMatchObject({ orderId, feeCurrency: "USDT", orderType: "Market" });
    const wallet = await socket.see((m) => m.topic === "wallet" && m.data[0].coin.length === 2);
    expect(wallet.data[0].accountType).toBe("UNIFIED");
    const fills = await rows(ann, "/v5/execution/list", { category: "spot", orderId });
    const told = socket.messages.filter((m) => m.topic === "execution").map((m) => m.data[0].execId);
    expect(told).toEqual(fills.map(({ execId }) => execId).reverse());
    await create({ category: "linear", symbol: "BTCUSDT", side: "Buy", orderType: "Market", qty: "0.01" });
    expect((await socket.see((m) => m.topic === "position")).data[0]).toMatchObject({ side: "Buy", size: "0.010" });
    // Of the linear order nothing was asked for.
    expect(socket.messages.some((m) => m.topic === "order.spot" && m.data[0].category === "linear")).toBe(false);
    socket.close();
  });

  test("order entry: create, amend, cancel, batches; what is wrong is answered by request id", async () => {
    const socket = await new BybitSocket(simulator, "/v5/trade").opened();
    const order = await limit("linear");
    expect(await socket.order("order.create", order, "a")).toMatchObject({ retCode: 10_004 });
    expect(await socket.auth()).toMatchObject({ retCode: 0, op: "auth" });
    expect(await socket.auth()).toMatchObject({ retCode: 20_001 });
    const made = await socket.order("order.create", order, "b");
    expect(made).toMatchObject({ retCode: 0, retMsg: "OK", op: "order.create", header: { "X-Bapi-Limit": "10" } });
    const { orderId } = made.data;
    const named = { category: "linear", symbol: "BTCUSDT", orderId };
    expect(await socket.order("order.amend", { ...named, qty: "0.03" }, "c")).toMatchObject({ retCode: 0 });
    expect(await socket.order("order.cancel", named, "d")).toMatchObject({ retCode: 0, data: { orderId } });
    expect(await socket.order("order.cancel", named, "e")).toMatchObject({ retCode: 110_001, data: {} });
    const from = socket.messages.length;
    socket.say({ reqId: "e", header: {}, op: "order.cancel", args: [named] });
    expect(await socket.see((m) => m.reqId === "e", from)).toMatchObject({ retCode: 20_006 });
    const { category: _, ...member } = order;
    const batch = await socket.order("order.create-batch", { category: "linear", request: [member, {}] }, "f");
    expect(batch).toMatchObject({ retCode: 0, retExtInfo: { list: [{ code: 0 }, { code: 10_001 }] } });
    expect(await socket.order("order.nope", {}, "g")).toMatchObject({ retCode: 10_404 });
    expect(await socket.ask({ op: "ping" })).toMatchObject({ op: "pong", retCode: 0 });
    socket.close();
    await ann.post("/v5/order/cancel-all", { category: "linear", settleCoin: "USDT" });
  });

  test("one address for everything; nonsense is answered", async () => {
    const socket = await new BybitSocket(simulator, "/v5/any/linear", "bob").opened();
    await socket.auth();
    await socket.ask({ op: "subscribe", args: ["order", "publicTrade.BTCUSDT"] });
    await socket.see((m) => m.topic === "publicTrade.BTCUSDT");
    for (const text of ["", "nonsense", "[]", '{"op":7}', '{"op":"subscribe"}', '{"op":"subscribe","args":[1]}']) {
      const from = socket.messages.length;
      socket.say(text === "" ? "{}" : text);
      expect(await socket.see((m) => m.success === false, from)).toMatchObject({ success: false });
    }
    socket.close();
  });

  test("orders go when the guarded stream is gone for so long, and not before", async () => {
    const other = await bybitSimulator();
    const client = new BybitClient(other);
    expect((await client.post("/v5/order/disconnected-cancel-all", { timeWindow: 1 })).retCode).toBe(10_001);
    const set = { timeWindow: 3, product: "DERIVATIVES" };
    expect((await client.post("/v5/order/disconnected-cancel-all", set)).retCode).toBe(0);
    const socket = await new BybitSocket(other, "/v5/private").opened();
    await socket.auth();
    await socket.ask({ op: "subscribe", args: ["dcp.future"] });
    const price = "50000";
    const body = { category: "linear", symbol: "BTCUSDT", side: "Buy", orderType: "Limit", qty: "0.01", price };
    const { orderId } = (await create(body, client)).result;
    const kept = (await create({ ...body, category: "spot" }, client)).result.orderId;
    const status = async (category: string, id: string) =>
      (await rows(client, "/v5/order/realtime", { category, orderId: id }))[0].orderStatus;
    socket.close();
    await Bun.sleep(1_000);
    expect(await status("linear", orderId)).toBe("New");
    await Bun.sleep(2_600);
    expect(await status("linear", orderId)).toBe("Cancelled");
    expect(await status("spot", kept)).toBe("New");
    await other.stop();
  });

  test("faults: an answer is lost after it took effect; a report twice; a stream that ends", async () => {
    const socket = await new BybitSocket(simulator, "/v5/private", "bob").opened();
    await socket.auth();
    await socket.ask({ op: "subscribe", args: ["order"] });
    const bob = new BybitClient(simulator, "bob");
    const set = (shares: object) =>
      fetch(`${simulator.url}/simulate/faults`, { method: "POST", body: JSON.stringify(shares) });
    await set({ "failed-ack": 1, "report-duplicate": 1 });
    const orderLinkId = link();
    expect((await create(await limit("spot", { orderLinkId }), bob)).retCode).toBe(10_000);
    const from = socket.messages.length;
    await socket.see((m) => m.topic === "order" && m.data[0].orderLinkId === orderLinkId, 0);
    await until(() => socket.messages.length >= from + 1, 1_000);
    expect(socket.messages.filter((m) => m.topic === "order" && m.data[0].orderLinkId === orderLinkId)).toHaveLength(2);
    await set({ "failed-ack": 0, "report-duplicate": 0, "lost-ack": 1 });
    const lost = create(await limit("spot", { orderLinkId: link() }), bob);
    expect(await lost.catch(() => "no answer")).toBe("no answer");
    await set({ "lost-ack": 0, now: "private-close" });
    expect(await until(() => socket.isClosed, 2_000)).toBe(true);
    const all = await bob.post("/v5/order/cancel-all", { category: "spot" });
    expect(all.result.list).toHaveLength(2);
  });
});

test("the truth for checkers: one account over both categories, and it adds up with the wallet", async () => {
  const truth = (await (await fetch(`${simulator.url}/simulate/accounts/ann`)).json()) as Loose;
  const { result } = await ann.get("/v5/account/wallet-balance", { accountType: "UNIFIED" });
  const coins = new Map(result.list[0].coin.map((row: Loose) => [row.coin, row]));
  const { free, locked } = truth.bybit.balances.USDT;
  expect(Number((coins.get("USDT") as Loose).walletBalance)).toBeCloseTo(Number(free) + Number(locked), 8);
  expect(truth.bybit.orders.map(({ symbol }: Loose) => symbol)).toContain("linear:BTCUSDT");
  expect(truth["binance-spot"].orders).toEqual([]);
});
