/**
 * A live gateway when things go wrong: answers lost and late, limits, clocks, streams that end, restarts. Covers gateway,
 * gateway_dialect, gateway_entry, gateway_calls, gateway_queries, gateway_trades, gateway_limits, gateway_budget,
 * gateway_capabilities, gateway_probe and private_listen_key with the simulator, and all of the wire that they stand on.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { RestThread } from "../../app/rest_client.ts";
import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { clientOrderId as clientIdOf } from "../../model/client_order_id.ts";
import { Reject } from "../../model/denial.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind as K, StreamState, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { KeyMaterial } from "../../secrets/key_material.ts";
import { Ed25519Signer, HmacSigner } from "../../secrets/request_signer.ts";
import { Fields } from "../wire/fields.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { RequestClient, RestAnswer } from "../wire/rest.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { gatewayLimitsOf } from "./gateway_limits.ts";
import type { AccountFacts } from "./gateway_probe.ts";
import { Questions } from "./gateway_queries.ts";
import { ASK, BID, FETCH_CLIENT, GatewayRig, SECRET, stillSimulator, testInstrument } from "./gateway_rig.testing.ts";

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

describe.each(["spot", "usdm"] as const)("%s", (market) => {
  let simulator: Simulator;
  const open: GatewayRig[] = [];
  const rigOf = async (more: GatewayRig["more"] = {}) => {
    const rig = await new GatewayRig(simulator, market, more).up();
    open.push(rig);
    return rig;
  };
  beforeAll(async () => {
    simulator = await stillSimulator(market);
  });
  afterAll(async () => {
    for (const rig of open) rig.gateway.stop();
    await simulator.stop();
  });

  test("what is refused is rejected with its reason, and nothing is open afterwards", async () => {
    const rig = await rigOf();
    const wouldTake = intent({ price: ASK + 100, flags: OrderFlag.PostOnly });
    const tooMuch = intent({ qty: 900_000_000 });
    expect([rig.gateway.open(wouldTake), rig.gateway.open(tooMuch)]).toEqual([Code.Ok, Code.Ok]);
    const told = await rig.settle();
    expect(kinds(told)).toEqual(["OrderRejected", "OrderRejected"]);
    const reasonOf = (order: number) => told.find((r) => r.order === order)?.code;
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
    const orders = Array.from({ length: 10 }, () => intent());
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
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted", "OrderFilled"]);
    rig.gateway.stop();
  });

  test("the venue leaves: another line takes over before, and reports are told once", async () => {
    const rig = await rigOf({ limits: { rolloverUs: 200_000, handoverUs: 100_000 } });
    await until(() => rig.gateway.status().handovers > 0, 3_000);
    for (let count = 0; count < 20; count++) {
      rig.gateway.open(taking());
      await Bun.sleep(20);
    }
    const told = await rig.settle();
    expect(kinds(told).filter((kind) => kind === "OrderAccepted").length).toBe(20);
    expect(kinds(told).filter((kind) => kind === "OrderFilled").length).toBe(20);
    expect(rig.gateway.status()).toMatchObject({ reconnects: 0 });
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
    rig.gateway.stop();
  });

  test("one order too many for the account stops orders alone: it is no refusal of the address, and names no time", () => {
    const budget = new GatewayBudget(gatewayLimitsOf(market));
    const btc = testInstrument(market, 0, "BTC");
    const text = '{"code":-1015,"msg":"Too many new orders; current limit is 50 orders per 10 SECOND."}';
    budget.onAnswer({ status: 429, text, headers: {} }, 0, 0);
    const may = (nowUs: number) => [
      budget.takeOrder(btc, nowUs),
      budget.takeCancel(1, nowUs),
      budget.takeQuery(1, nowUs),
    ];
    expect([budget.freezes, may(1), may(12_000_000)]).toEqual([1, [false, true, true], [true, true, true]]);
    const said = { id: 1, status: 429, error: { code: -1_015, msg: "Too many new orders" } };
    budget.onSocketAnswer(Fields.of(said), 429, 13_000_000);
    expect([budget.freezes, may(13_000_001)]).toEqual([2, [false, true, true]]);
    budget.onAnswer({ status: 429, text: '{"code":-1003,"msg":"Way too much"}', headers: {} }, 0, 14_000_000);
    expect(may(14_000_001)).toEqual([false, false, false]);
  });

  test("a socket's word of how long to be quiet is by the venue's clock, however ours goes", () => {
    const budget = new GatewayBudget(gatewayLimitsOf(market));
    const data = { serverTime: 1_700_000_000_000, retryAfter: 1_700_000_005_000 };
    const aheadUs = 1_700_000_060_000_000; // Ours is a minute ahead.
    budget.onSocketAnswer(Fields.of({ id: 1, status: 418, error: { code: -1_003, msg: "", data } }), 418, aheadUs);
    const may = (ms: number) => budget.takeCancel(1, aheadUs + ms * 1_000);
    expect([may(1), may(4_900), may(5_000)]).toEqual([false, false, true]);
  });

  test("our own limit: opens stop before cancels do", async () => {
    const alone = await stillSimulator(market); // The weight of an address is everybody's.
    const requests = { weightMax: 60, windowUs: 60_000_000, requestsMax: 100 };
    const limits = { requests, cancelReserve: 40, questionReserve: 4, orderReserve: 50 };
    const rig = await new GatewayRig(alone, market, { limits }).up();
    const orders: Approved[] = [];
    for (let order = intent(); rig.gateway.open(order) === Code.Ok; order = intent()) orders.push(order);
    expect(orders.length).toBeGreaterThan(5);
    expect(orders.length).toBeLessThan(20);
    await rig.settle();
    for (const order of orders) expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    expect(kinds(await rig.settle())).toEqual(orders.map(() => "OrderCanceled"));
    expect(rig.gateway.query({ id: ++lastQuery, kind: "balances" })).toBe(Code.RequestBudgetSpent);
    rig.gateway.stop();
    await alone.stop();
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
    // Its venue id was never told here: by our own id it is found, and without one nothing is said of its trades.
    const unnamed = { kind: "fills", instrument: 0, order: filled.order, sinceUs: 0 };
    const clientOrderId = clientIdOf(1, 1, 5, filled.order);
    const again = await ask(after, { ...unnamed, clientOrderId });
    expect(again.map((r) => r.fillId)).toEqual([fill?.fillId as string]);
    expect(after.gateway.query({ ...unnamed, id: ++lastQuery } as VenueQuery)).toBe(Code.Ok);
    expect((await after.settle()).map((r) => [K[r.kind], r.code])).toEqual([["QueryEnded", Code.QueryFailed]]);
    after.gateway.close(cancelOf(resting, { venueOrderId: found?.venueOrderId ?? "" }));
    expect((await after.settle()).map((r) => [K[r.kind], r.order])).toEqual([["OrderCanceled", resting.order]]);
    after.gateway.stop();
  });

  test("a long history says of an order whether there was one: pages from when it was made, and not only the newest", async () => {
    const sinceUs = Date.now() * 1_000 - 1_000_000;
    const rig = await rigOf({ limits: { pageRows: 3 } });
    const [first] = [taking(), ...Array.from({ length: 8 }, () => taking())].map((each) => {
      rig.gateway.open(each);
      return each;
    });
    await rig.settle();
    const query = (order: number, since: number) => ({
      kind: "orderHistory",
      order,
      clientOrderId: "",
      instrument: 0,
      sinceUs: since,
    });
    const [found] = await ask(rig, query(first?.order ?? 0, sinceUs));
    expect(found).toMatchObject({ order: first?.order, code: VenueOrderStatus.Filled });
    const never = await ask(rig, query(++lastOrder, sinceUs));
    expect(never.map((r) => [K[r.kind], r.code])).toEqual([["StatedOrder", VenueOrderStatus.NotFound]]);
    // Of when it was made nothing is known: the newest page is full, and proves nothing.
    expect(rig.gateway.query({ ...query(lastOrder, 0), id: ++lastQuery } as VenueQuery)).toBe(Code.Ok);
    expect((await rig.settle()).map((r) => [K[r.kind], r.code])).toEqual([["QueryEnded", Code.QueryFailed]]);
    rig.gateway.stop();
  });

  test("one order with more trades than a page has: the next pages are read too", async () => {
    const row = (id: number) => ({ symbol: "BTCUSDT", id, orderId: 77 });
    const questions = new Questions(market, 3, () => 1_700_000_100_000);
    const pages = questions.fills(testInstrument(market, 0, "BTC"), "77", 0);
    const [first, second] = [[row(1), row(2), row(3)], [row(4)]];
    const next = pages.next(first, first) as RestAsk;
    expect(next?.params).toContainEqual(["fromId", "4"]);
    expect(next?.params).toContainEqual(["orderId", "77"]);
    expect(pages.next(second, second)).toBeUndefined();
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
  test.each(["spot", "usdm"] as const)("%s: Ed25519, signed by the secrets room", async (market) => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const simulator = await stillSimulator(market, publicKey.export({ type: "spki", format: "pem" }).toString());
    const secret = KeyMaterial.ofText(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const signer = new Ed25519Signer(secret);
    const key = { apiKey: "key-ed", sign: (text: string) => signer.sign(text, "base64") };
    const rig = await new GatewayRig(simulator, market, { key }).up();
    for (let count = 0; count < 8; count++) rig.gateway.open(taking());
    expect(kinds(await rig.settle()).filter((kind) => kind === "OrderFilled").length).toBe(8);
    expect((await ask(rig, { kind: "balances" })).length).toBeGreaterThan(0);
    rig.gateway.stop();
    await simulator.stop();
  });

  test.each(["spot", "usdm"] as const)("%s: what a key may do is asked before it trades", async (market) => {
    const simulator = await stillSimulator(market);
    const probed = async (apiKey: string, more: GatewayRig["more"] = {}) => {
      const signer = new HmacSigner(KeyMaterial.ofText(SECRET));
      const key = { apiKey, sign: (text: string) => signer.sign(text, "hex") };
      const rig = new GatewayRig(simulator, market, { key, ...more });
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
      ...(market === "spot" ? { isUnbound: true } : {}), // USD-M does not say it.
    });
    expect(((await probed("key-ann")) as AccountFacts).assets).toContain("USDT");
    expect(await probed("key-read")).toMatchObject({ mayTrade: false, mayWithdraw: true });
    expect(await probed("key-none")).toMatchObject({ code: "AnswerRefused" });
    // A test network has no wallet: the account's own word counts, and there is nothing to withdraw.
    expect(await probed("key-read", { walletUrl: "" })).toMatchObject({ mayTrade: false, mayWithdraw: false });
    expect(await probed("key-ann", { walletUrl: "" })).toMatchObject({ mayTrade: true, mayWithdraw: false });
    await simulator.stop();
  });
});

describe("USD-M alone", () => {
  test("a listen key that ends is replaced, one that is used is prolonged", async () => {
    const simulator = await stillSimulator("usdm");
    const rig = await new GatewayRig(simulator, "usdm", { limits: { listenKeyRenewUs: 100_000 } }).up();
    await Bun.sleep(250);
    simulator.trading?.befall("listen-key-expired");
    await until(() => rig.told.filter((r) => r.kind === K.StreamChanged).length >= 2, 4_000);
    expect(rig.told.filter((r) => r.kind === K.StreamChanged).map((r) => r.code)).toEqual([
      StreamState.Down,
      StreamState.Up,
    ]);
    rig.gateway.open(taking());
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted", "OrderFilled"]);
    rig.gateway.stop();
    await simulator.stop();
  });

  test("neither a cancel nor a question overtakes the order that it is about; a cancel does not wait for ever", async () => {
    const simulator = await stillSimulator("usdm");
    const sent: string[] = [];
    const held: (() => void)[] = [];
    const rest: RequestClient = {
      send(request, done) {
        const what = `${request.method} ${new URL(request.url).pathname}`;
        sent.push(what);
        if (what === "POST /fapi/v1/order") held.push(() => FETCH_CLIENT.send(request, done));
        else FETCH_CLIENT.send(request, done);
      },
    };
    const rig = await new GatewayRig(simulator, "usdm", { rest }).up();
    sent.length = 0;
    const order = intent();
    rig.gateway.open(order);
    rig.gateway.close(cancelOf(order));
    const about = { kind: "order", order: order.order, clientOrderId: "", instrument: 0 } as const;
    rig.gateway.query({ ...about, id: ++lastQuery });
    await Bun.sleep(100);
    expect(sent).toEqual(["POST /fapi/v1/order"]);
    held.shift()?.();
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted", "OrderCanceled", "StatedOrder", "QueryEnded"]);
    expect(sent).toEqual(["POST /fapi/v1/order", "DELETE /fapi/v1/order", "GET /fapi/v1/order"]);
    sent.length = 0;
    const slow = intent();
    rig.gateway.open(slow);
    rig.gateway.close(cancelOf(slow));
    await until(() => sent.includes("DELETE /fapi/v1/order"), 2_000);
    await Bun.sleep(50);
    // It came before its order, and the venue had nothing to cancel: that is no refusal, it is sent again.
    expect(rig.told).toEqual([]);
    held.shift()?.();
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted", "OrderCanceled"]);
    rig.gateway.stop();
    await simulator.stop();
  });

  test("dead-man switch: what is renewed lives, what is not is cancelled by the venue", async () => {
    const simulator = await stillSimulator("usdm");
    const rig = await new GatewayRig(simulator, "usdm").up();
    rig.gateway.open(intent());
    await rig.settle();
    for (let count = 0; count < 4; count++) {
      expect(rig.gateway.armDeadMan(0, 400)).toBe(Code.Ok);
      await Bun.sleep(150);
    }
    expect(rig.told).toEqual([]);
    await until(() => rig.told.length > 0, 3_000);
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    expect(rig.problems).toEqual([]);
    rig.gateway.stop();
    await simulator.stop();
  });

  test("dead-man switch: told as the venue answers it, not when the request leaves", async () => {
    const simulator = await stillSimulator("usdm");
    let say: ((answer: RestAnswer) => RestAnswer) | undefined;
    const rest: RequestClient = {
      send(request, done) {
        const isSwitch = request.url.includes("countdownCancelAll");
        FETCH_CLIENT.send(request, (answer) => done(isSwitch && say !== undefined ? say(answer) : answer));
      },
    };
    const rig = await new GatewayRig(simulator, "usdm", { rest }).up();
    const armed = async (countdownMs = 60_000) => {
      const codes: Code[] = [];
      expect(rig.gateway.armDeadMan(0, countdownMs, (code) => codes.push(code))).toBe(Code.Ok);
      expect(codes).toEqual([]);
      await until(() => codes.length > 0, 3_000);
      return codes;
    };
    expect(await armed()).toEqual([Code.Ok]);
    say = (answer) => ({ ...answer, status: 400, text: '{"code":-1102,"msg":"countdownTime"}' });
    expect(await armed()).toEqual([Code.AnswerRefused]);
    say = () => ({ status: 0, text: "", headers: {}, problem: problem(Code.SocketLost, "cut") });
    expect(await armed()).toEqual([Code.AnswerMissing]);
    say = undefined;
    expect(await armed(0)).toEqual([Code.Ok]);
    expect(rig.problems.filter(({ detail }) => detail.includes("dead-man")).length).toBe(2);
    rig.gateway.stop();
    await simulator.stop();
  });

  test("an amend that the venue refuses leaves the order as it is", async () => {
    const simulator = await stillSimulator("usdm");
    const rig = await new GatewayRig(simulator, "usdm").up();
    const order = intent();
    rig.gateway.open(order);
    await rig.settle();
    const replace = (more: Partial<TradingRecord>) =>
      rig.gateway.open(
        Object.assign(intent({ order: order.order, attempt: 2 }), { kind: K.ReplaceIntent, ...more }) as Approved,
      );
    replace({ price: BID - 101, attempt: 2 });
    expect((await rig.settle()).map((r) => [K[r.kind], r.price, r.attempt])).toEqual([["OrderReplaced", BID - 101, 2]]);
    // "No need to modify": the terms are what was asked for, as they are when a client has sent it twice.
    replace({ price: BID - 101, attempt: 3 });
    expect((await rig.settle()).map((r) => [K[r.kind], r.price, r.attempt])).toEqual([["OrderReplaced", BID - 101, 3]]);
    rig.gateway.close(cancelOf(order));
    await rig.settle();
    replace({ price: BID - 200, attempt: 4 });
    expect((await rig.settle()).map((r) => [K[r.kind], r.attempt])).toEqual([["ReplaceRejected", 4]]);
    rig.gateway.stop();
    await simulator.stop();
  });
});
