/**
 * A live gateway when things go wrong: answers lost and late, limits, clocks, streams that end, restarts. Covers gateway,
 * gateway_dialect, gateway_entry, gateway_calls, gateway_queries, gateway_limits, gateway_budget, gateway_capabilities and
 * gateway_probe with the simulator.
 */

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { RestThread } from "../../app/rest_client.ts";
import { Code } from "../../core/code.ts";
import type { Problem } from "../../core/problem.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import { until } from "../../exchange/book_client.testing.ts";
import { BybitClient } from "../../exchange/bybit/bybit_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { Reject } from "../../model/denial.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind as K, StreamState, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { KeyMaterial } from "../../secrets/key_material.ts";
import { HmacSigner } from "../../secrets/request_signer.ts";
import type { AccountFacts } from "../wire/live_dialect.ts";
import type { RequestClient } from "../wire/rest.ts";
import { ASK, BID, FETCH_CLIENT, GatewayRig, SECRET, stillSimulator } from "./gateway_rig.testing.ts";

setDefaultTimeout(20_000);

const kinds = (records: readonly TradingRecord[]) => records.map((r) => K[r.kind]);
let lastOrder = 0;
let lastQuery = 0;

function intent(more: Partial<TradingRecord> = {}): Approved {
  const record = new TradingRecord().reset(K.OrderIntent);
  const terms = {
    side: Side.Buy,
    orderType: OrderType.Limit,
    timeInForce: TimeInForce.Gtc,
    price: BID - 100,
    qty: 1_000,
  };
  Object.assign(record, { order: ++lastOrder, instrumentRevision: 1, attempt: 1, ...terms, ...more });
  return record as Readonly<TradingRecord> as Approved;
}

const taking = (more: Partial<TradingRecord> = {}) => intent({ price: ASK, timeInForce: TimeInForce.Ioc, ...more });

function cancelOf(order: Readonly<TradingRecord>, more: Partial<TradingRecord> = {}): TradingRecord {
  return Object.assign(new TradingRecord().copyFrom(order, K.CancelIntent), more);
}

async function ask(rig: GatewayRig, query: object): Promise<TradingRecord[]> {
  const id = ++lastQuery;
  expect(rig.gateway.query({ ...query, id } as VenueQuery)).toBe(Code.Ok);
  const told = await rig.settle();
  expect(told.filter((r) => r.kind === K.QueryEnded).map((r) => [r.attempt, r.code])).toEqual([[id, Code.Ok]]);
  return told.filter((r) => r.kind !== K.QueryEnded);
}

describe.each(["spot", "linear"] as const)("%s", (category) => {
  let simulator: Simulator;
  const open: GatewayRig[] = [];
  const rigOf = async (more: GatewayRig["more"] = {}) => {
    const rig = await new GatewayRig(simulator, category, more).up();
    open.push(rig);
    return rig;
  };
  // The venue counts by account and second: each test has an account of its own.
  beforeEach(async () => {
    simulator = await stillSimulator(category);
  });
  afterEach(async () => {
    for (const rig of open.splice(0)) rig.gateway.stop();
    await simulator.stop();
  });

  test("what is refused is rejected with its reason, and nothing is open afterwards", async () => {
    const rig = await rigOf();
    const wouldTake = intent({ price: ASK + 100, flags: OrderFlag.PostOnly });
    const tooMuch = intent({ qty: 900_000_000 });
    expect([rig.gateway.open(wouldTake), rig.gateway.open(tooMuch)]).toEqual([Code.Ok, Code.Ok]);
    const told = await rig.settle();
    // Received is not accepted, and even accepted may end as rejected.
    expect(kinds(told).filter((kind) => kind !== "OrderAccepted")).toEqual(["OrderRejected", "OrderRejected"]);
    const reasonOf = (order: number) => told.findLast((r) => r.order === order)?.code;
    expect(reasonOf(wouldTake.order)).toBe(Reject.WouldTake);
    expect([Reject.InsufficientBalance, Reject.Filter]).toContain(reasonOf(tooMuch.order) as Reject);
    expect(await ask(rig, { kind: "openOrders", instrument: "all" })).toEqual([]);
    rig.gateway.stop();
  });

  test("what the venue has not, leaves no byte", async () => {
    const rig = await rigOf();
    expect(rig.gateway.open(intent({ orderType: OrderType.StopMarket }))).toBe(Code.MessageUnknown);
    expect(rig.gateway.open(intent({ instrument: 5 }))).toBe(Code.NoInstrument);
    expect(rig.gateway.open(intent({ instrumentRevision: 2 }))).toBe(Code.NoInstrument);
    expect(rig.gateway.query({ id: 9_999, kind: "openOrders", instrument: 5 })).toBe(Code.MessageUnknown);
    expect(rig.gateway.status()).toMatchObject({ requestsOpen: 0, questionsOpen: 0 });
    rig.gateway.stop();
    expect(rig.gateway.open(intent())).toBe(Code.SocketLost);
  });

  test("a cancel of everything that comes too early is sent again by itself, a little later", async () => {
    const asked: number[] = [];
    const kindsOfOrders = category === "spot" ? 3 : 1;
    const text = '{"retCode":10006,"retMsg":"Too many visits!","result":{}}';
    const rest: RequestClient = {
      send(request, done) {
        if (!request.url.endsWith("/cancel-all")) return FETCH_CLIENT.send(request, done);
        asked.push(performance.now());
        if (asked.length > kindsOfOrders) return FETCH_CLIENT.send(request, done);
        queueMicrotask(() => done({ status: 200, text, headers: {} }));
      },
    };
    const rig = await rigOf({ rest, limits: { cancelWaitUsMax: 200_000 } });
    rig.gateway.open(intent());
    await rig.settle();
    expect(rig.gateway.closeAll(0)).toBe(Code.Ok);
    await Bun.sleep(400);
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    expect(asked.length).toBe(2 * kindsOfOrders);
    expect((asked[kindsOfOrders] ?? 0) - (asked[kindsOfOrders - 1] ?? 0)).toBeGreaterThan(190);
    rig.gateway.stop();
  });

  test("an acknowledgement that says nothing leaves the order unknown, unless the stream has shown it", async () => {
    const rig = await rigOf();
    simulator.faults({ "failed-ack": 1, "report-drop": 1 });
    rig.gateway.open(intent());
    expect(kinds(await rig.settle())).toEqual(["OrderUnknown"]);
    simulator.faults({ "report-drop": 0 });
    const shown = intent();
    rig.gateway.open(shown);
    const told = kinds(await rig.settle());
    expect(["OrderAccepted", "OrderUnknown OrderAccepted"]).toContain(told.join(" "));
    simulator.faults({ "failed-ack": 0 });
    rig.gateway.closeAll(0xffff_ffff);
    await rig.settle();
    expect(await ask(rig, { kind: "openOrders", instrument: "all" })).toEqual([]);
    rig.gateway.stop();
  });

  test("an answer that never comes: unknown after its time, and the order is found by its id", async () => {
    const rig = await rigOf({ limits: { requestUsMax: 300_000 } });
    simulator.faults({ "lost-ack": 1, "report-drop": 1 });
    const order = intent();
    rig.gateway.open(order);
    expect(kinds(await rig.settle())).toEqual(["OrderUnknown"]);
    simulator.faults({ "lost-ack": 0, "report-drop": 0 });
    const [found] = await ask(rig, { kind: "order", order: order.order, clientOrderId: "", instrument: 0 });
    expect(found).toMatchObject({ code: VenueOrderStatus.Open, order: order.order });
    rig.gateway.close(cancelOf(order));
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    rig.gateway.stop();
  });

  test("a cancel whose answer and report are lost is sent again, and tells how the order ended", async () => {
    const rig = await rigOf({ limits: { requestUsMax: 300_000 } });
    const order = intent();
    rig.gateway.open(order);
    await rig.settle();
    simulator.faults({ "lost-ack": 1, "report-drop": 1 });
    rig.gateway.close(cancelOf(order));
    await Bun.sleep(100);
    simulator.faults({ "lost-ack": 0, "report-drop": 0 });
    const told = await rig.settle();
    expect(told.map((r) => [K[r.kind], r.order, r.cumQty])).toEqual([["OrderCanceled", order.order, 0]]);
    rig.gateway.stop();
  });

  test("a cancel on the heels of its order ends it", async () => {
    const rig = await rigOf();
    const orders = Array.from({ length: 6 }, () => intent());
    for (const order of orders) {
      expect(rig.gateway.open(order)).toBe(Code.Ok);
      expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    }
    const told = await rig.settle();
    for (const { order } of orders) {
      expect(kinds(told.filter((r) => r.order === order))).toEqual(["OrderAccepted", "OrderCanceled"]);
    }
    rig.gateway.stop();
  });

  test("cancel-all reaches what is still under way", async () => {
    const rig = await rigOf();
    for (let count = 0; count < 5; count++) rig.gateway.open(intent());
    expect(rig.gateway.closeAll(0xffff_ffff)).toBe(Code.Ok);
    const told = await rig.settle();
    expect(kinds(told).filter((kind) => kind === "OrderCanceled").length).toBe(5);
    expect(await ask(rig, { kind: "openOrders", instrument: "all" })).toEqual([]);
    rig.gateway.stop();
  });

  test("the stream ends: told, nothing opens, cancels still pass, and it comes back", async () => {
    const rig = await rigOf();
    const order = intent();
    rig.gateway.open(order);
    await rig.settle();
    simulator.trading?.befall("private-close");
    await until(() => rig.told.some((r) => r.kind === K.StreamChanged && r.code === StreamState.Down), 2_000);
    expect(rig.gateway.open(intent())).toBe(Code.SocketLost);
    expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    await until(() => rig.told.some((r) => r.kind === K.StreamChanged && r.code === StreamState.Up), 3_000);
    expect(kinds(await rig.settle())).toContain("OrderCanceled");
    expect(rig.gateway.status()).toMatchObject({ reconnects: 1, isUp: true });
    expect(rig.problems.map(({ code }) => code)).toContain("SocketLost");
    rig.gateway.open(taking());
    // What it did first, an order row or an execution, the venue leaves open.
    expect(kinds(await rig.settle()).sort()).toEqual(["OrderAccepted", "OrderFilled"]);
    rig.gateway.stop();
  });

  test("a connection of orders that is down keeps nothing from leaving: orders and cancels go by REST", async () => {
    const rig = new GatewayRig(simulator, category, { tradePath: "/v5/nowhere" });
    open.push(await rig.up());
    const order = intent();
    expect(rig.gateway.open(order)).toBe(Code.Ok);
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
    expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    rig.gateway.stop();
  });

  test("a replace: by our terms, refused when the order is gone, told when it is what it was", async () => {
    const rig = await rigOf();
    const order = intent();
    rig.gateway.open(order);
    await rig.settle();
    const replace = (price: number, qty: number, attempt: number) =>
      Object.assign(new TradingRecord().copyFrom(order, K.ReplaceIntent), {
        price,
        qty,
        attempt,
      }) as unknown as Approved;
    rig.gateway.open(replace(BID - 200, 2_000, 2));
    const told = await rig.settle();
    expect(told.map((r) => [K[r.kind], r.price, r.qty, r.attempt])).toEqual([["OrderReplaced", BID - 200, 2_000, 2]]);
    rig.gateway.open(replace(BID - 200, 2_000, 3));
    expect((await rig.settle()).map((r) => [K[r.kind], r.attempt])).toEqual([["OrderReplaced", 3]]);
    rig.gateway.close(cancelOf(order));
    await rig.settle();
    rig.gateway.open(replace(BID - 300, 2_000, 4));
    const refused = await rig.settle();
    expect(refused.map((r) => [K[r.kind], r.code, r.attempt])).toEqual([["ReplaceRejected", Reject.UnknownOrder, 4]]);
    rig.gateway.stop();
  });

  test.each([-30_000, 30_000])(
    "a venue clock that is %i ms off is no trouble; one that jumps is measured anew",
    async (skew) => {
      simulator.faults({ "clock-skew-ms": skew });
      const rig = await rigOf();
      rig.gateway.open(intent());
      expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
      expect(Math.abs(rig.gateway.status().clockOffsetUs - skew * 1_000)).toBeLessThan(100_000);
      simulator.faults({ "clock-skew-ms": 0 });
      const refused = intent();
      rig.gateway.open(refused);
      expect(kinds(await rig.settle())).toEqual(["OrderRejected"]);
      await until(() => Math.abs(rig.gateway.status().clockOffsetUs) < 100_000, 3_000);
      rig.gateway.open(intent());
      expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
      rig.gateway.closeAll(0xffff_ffff);
      await rig.settle();
      rig.gateway.stop();
    },
  );

  test("too many requests: the order is refused, and nothing leaves until the venue listens again", async () => {
    const rig = await rigOf({ limits: { freezeUs: 400_000 } });
    simulator.faults({ "http-429": 1 });
    const order = intent();
    rig.gateway.open(order);
    const told = await rig.settle();
    expect(told.map((r) => [K[r.kind], r.code])).toEqual([["OrderRejected", Reject.RateLimit]]);
    simulator.faults({ "http-429": 0 });
    expect(rig.gateway.status().freezes).toBeGreaterThan(0);
    expect(rig.gateway.open(intent())).toBe(Code.RequestBudgetSpent);
    // Orders alone are frozen.
    expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    await rig.settle();
    rig.gateway.stop();
  });

  test("our own limit: orders stop, cancels have their own, and the venue never says that it was too much", async () => {
    const rig = await rigOf();
    const orders: Approved[] = [];
    for (let order = intent(); rig.gateway.open(order) === Code.Ok; order = intent()) orders.push(order);
    expect(orders.length).toBe(category === "spot" ? 18 : 9);
    await rig.settle();
    for (const order of orders) expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    expect(kinds(await rig.settle())).toEqual(orders.map(() => "OrderCanceled"));
    expect(rig.gateway.status()).toMatchObject({ freezes: 0 });
    rig.gateway.stop();
  });

  test("the address is shut out: nothing has come through, questions stop, the stream goes on", async () => {
    const rig = await rigOf({ isRestOnly: true });
    simulator.faults({ "http-418": 1 });
    const order = intent();
    rig.gateway.open(order);
    expect((await rig.settle()).map((r) => [K[r.kind], r.code])).toEqual([["OrderRejected", Reject.RateLimit]]);
    expect(rig.gateway.query({ id: ++lastQuery, kind: "balances" })).toBe(Code.RequestBudgetSpent);
    expect(rig.gateway.status().isUp).toBe(true);
    rig.gateway.stop();
  });

  test("a restart: what the old one left is found, named by our numbers, and can be cancelled", async () => {
    const before = await rigOf();
    const resting = intent({ instance: 5 });
    const filled = taking({ instance: 5 });
    before.gateway.open(resting);
    before.gateway.open(filled);
    const seen = await before.settle();
    before.gateway.stop();
    const after = await rigOf();
    const [found] = await ask(after, { kind: "openOrders", instrument: "all" });
    expect(found).toMatchObject({ order: resting.order, code: VenueOrderStatus.Open, qty: 1_000 });
    const fill = seen.find((r) => r.kind === K.OrderFilled);
    const { venueOrderId = "" } = fill ?? {};
    const trades = await ask(after, { kind: "fills", instrument: 0, order: filled.order, venueOrderId, sinceUs: 0 });
    expect(trades.map((r) => [r.fillId, r.feeLo, r.feeAsset])).toEqual([
      [fill?.fillId, fill?.feeLo, fill?.feeAsset] as never,
    ]);
    after.gateway.close(cancelOf(resting, { venueOrderId: found?.venueOrderId ?? "" }));
    expect((await after.settle()).map((r) => [K[r.kind], r.order])).toEqual([["OrderCanceled", resting.order]]);
    after.gateway.stop();
  });

  test("one order is found wherever the venue keeps it: alive or ended, by question or from history", async () => {
    const rig = await rigOf();
    const [resting, filled] = [intent(), taking()];
    rig.gateway.open(resting);
    rig.gateway.open(filled);
    await rig.settle();
    for (const kind of ["order", "orderHistory"] as const) {
      const found = async ({ order }: Approved) =>
        (await ask(rig, { kind, order, clientOrderId: "", instrument: 0 }))[0]?.code;
      expect([kind, await found(resting), await found(filled)]).toEqual([
        kind,
        VenueOrderStatus.Open,
        VenueOrderStatus.Filled,
      ]);
    }
    rig.gateway.stop();
  });

  test("lists in pages are read to their end", async () => {
    const rig = await rigOf({ limits: { orderRows: 2, fillRows: 2 } });
    const orders = Array.from({ length: 5 }, () => intent());
    for (const order of orders) rig.gateway.open(order);
    await rig.settle();
    const open = await ask(rig, { kind: "openOrders", instrument: "all" });
    expect(open.map(({ order }) => order)).toEqual(orders.map(({ order }) => order));
    await Bun.sleep(1_250); // As many orders as it takes in a second.
    for (let count = 0; count < 5; count++) rig.gateway.open(taking());
    const fills = (await rig.settle()).filter(({ kind }) => kind === K.OrderFilled);
    const told = await ask(rig, {
      kind: "fills",
      instrument: 0,
      order: 0,
      sinceUs: 1 + (fills[0]?.exchangeTimeUs ?? 0) - 1,
    });
    expect(told.map(({ fillId }) => fillId)).toEqual(fills.map(({ fillId }) => fillId));
    rig.gateway.stop();
  });

  test("the same over the REST thread", async () => {
    const rest = new RestThread({ baseUrls: [simulator.url] });
    const rig = await rigOf({ rest });
    const order = intent();
    rig.gateway.open(order);
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
    rig.gateway.close(cancelOf(order));
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    expect((await ask(rig, { kind: "balances" })).length).toBeGreaterThan(1);
    rig.gateway.stop();
    rest.close();
  });
});

describe("keys", () => {
  test.each(["spot", "linear"] as const)("%s: what a key may do is asked before it trades", async (category) => {
    const simulator = await stillSimulator(category);
    const probed = async (apiKey: string) => {
      const signer = new HmacSigner(KeyMaterial.ofText(SECRET));
      const key = { apiKey, sign: (text: string) => signer.sign(text, "hex") };
      const rig = new GatewayRig(simulator, category, { key });
      rig.gateway.start();
      await until(() => rig.gateway.clock.isKnown, 2_000);
      const facts = await new Promise<AccountFacts | Problem>((resolve) => rig.gateway.probe(resolve));
      rig.gateway.stop();
      return facts;
    };
    expect(await probed("key-ann")).toMatchObject({
      mayTrade: true,
      mayWithdraw: false,
      isHedged: false,
      isUnbound: true,
    });
    expect(((await probed("key-ann")) as AccountFacts).assets.toSorted()).toEqual(["BTC", "USDT"]);
    expect(await probed("key-read")).toMatchObject({ mayTrade: false, mayWithdraw: true });
    expect(await probed("key-none")).toMatchObject({ code: "AnswerRefused" });
    if (category === "linear") {
      await new BybitClient(simulator).post("/v5/position/switch-mode", { category, symbol: "BTCUSDT", mode: 3 });
      expect(await probed("key-ann")).toMatchObject({ isHedged: true });
    }
    await simulator.stop();
  });

  test("a key that is refused: said, and never up", async () => {
    const simulator = await stillSimulator("linear");
    const rig = new GatewayRig(simulator, "linear", { key: { apiKey: "key-ann", sign: () => "00" } });
    rig.gateway.start();
    await until(() => rig.problems.length > 1, 3_000);
    expect(new Set(rig.problems.map(({ code }) => code))).toEqual(new Set(["SubscribeRefused"]));
    expect(rig.gateway.status().isUp).toBe(false);
    rig.gateway.stop();
    await simulator.stop();
  });
});
