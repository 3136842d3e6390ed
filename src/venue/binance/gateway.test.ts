/**
 * A live gateway when things go wrong: answers lost and late, limits, clocks, streams that end, restarts. Covers gateway,
 * gateway_dialect, gateway_entry, gateway_calls, gateway_queries, gateway_trades, gateway_limits, gateway_budget,
 * gateway_capabilities, gateway_probe and private_listen_key with the simulator, and all of the wire that they stand on.
 */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { Code } from "../../core/code.ts";
import { problem } from "../../core/problem.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import { until } from "../../exchange/book_client.testing.ts";
import { clientOrderId as clientIdOf } from "../../model/client_order_id.ts";
import { Reject } from "../../model/denial.ts";
import { RecordKind as K, StreamState, VenueOrderStatus } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { KeyMaterial } from "../../secrets/key_material.ts";
import { Ed25519Signer, HmacSigner } from "../../secrets/request_signer.ts";
import { Fields } from "../wire/fields.ts";
import * as troubles from "../wire/gateway_troubles.testing.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import { ask, cancelOf, intent, kinds, nextOrder, nextQuery, taking } from "../wire/live_rig.testing.ts";
import type { RequestClient, RestAnswer } from "../wire/rest.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { gatewayLimitsOf } from "./gateway_limits.ts";
import type { AccountFacts } from "./gateway_probe.ts";
import { Questions } from "./gateway_queries.ts";
import {
  FETCH_CLIENT,
  GatewayRig,
  type RigMore,
  SECRET,
  stillSimulator,
  testInstrument,
} from "./gateway_rig.testing.ts";

setDefaultTimeout(60_000);

describe.each(["spot", "usdm"] as const)("%s", (market) => {
  const stage = new troubles.Stage<GatewayRig, RigMore>({
    start: () => stillSimulator(market),
    rig: (simulator, more) => new GatewayRig(simulator, market, more),
  });
  troubles.refusals(stage);
  troubles.unknownOrders(stage);
  troubles.lostAnswers(stage);
  troubles.cancels(stage);
  troubles.streamEnds(stage);
  troubles.handovers(stage);
  troubles.clocks(stage);
  troubles.tooManyRequests(stage, { areCancelsFree: false });
  troubles.restarts(stage);
  if (market === "usdm") troubles.replaces(stage, Reject.UnknownOrder);

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
    const requests = { weightMax: 60, windowUs: 60_000_000, requestsMax: 100 };
    const limits = { requests, cancelReserve: 40, questionReserve: 4, orderReserve: 50 };
    const rig = await stage.rig({ limits });
    const orders: Approved[] = [];
    for (let order = intent(); rig.gateway.open(order) === Code.Ok; order = intent()) orders.push(order);
    expect(orders.length).toBeGreaterThan(5);
    expect(orders.length).toBeLessThan(20);
    await rig.settle();
    for (const order of orders) expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    expect(kinds(await rig.settle())).toEqual(orders.map(() => "OrderCanceled"));
    expect(rig.gateway.query({ id: nextQuery(), kind: "balances" })).toBe(Code.RequestBudgetSpent);
    rig.gateway.stop();
  });

  test("trades of an order whose venue id was never told here: found by our own id, and without one nothing is said", async () => {
    const before = await stage.rig();
    const filled = taking({ instance: 5 });
    before.gateway.open(filled);
    const fill = (await before.settle()).find((r) => r.kind === K.OrderFilled);
    before.gateway.stop();
    const after = await stage.rig();
    const unnamed = { kind: "fills", instrument: 0, order: filled.order, sinceUs: 0 };
    const again = await ask(after, { ...unnamed, clientOrderId: clientIdOf(1, 1, 5, filled.order) });
    expect(again.map((r) => r.fillId)).toEqual([fill?.fillId as string]);
    expect(after.gateway.query({ ...unnamed, id: nextQuery() } as VenueQuery)).toBe(Code.Ok);
    expect((await after.settle()).map((r) => [K[r.kind], r.code])).toEqual([["QueryEnded", Code.QueryFailed]]);
    after.gateway.stop();
  });

  test("a long history says of an order whether there was one: pages from when it was made, and not only the newest", async () => {
    const sinceUs = Date.now() * 1_000 - 1_000_000;
    const rig = await stage.rig({ limits: { pageRows: 3 } });
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
    const none = nextOrder();
    const never = await ask(rig, query(none, sinceUs));
    expect(never.map((r) => [K[r.kind], r.code])).toEqual([["StatedOrder", VenueOrderStatus.NotFound]]);
    // Of when it was made nothing is known: the newest page is full, and proves nothing.
    expect(rig.gateway.query({ ...query(none, 0), id: nextQuery() } as VenueQuery)).toBe(Code.Ok);
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
    const probed = (apiKey: string, more: RigMore = {}) => {
      const signer = new HmacSigner(KeyMaterial.ofText(SECRET));
      const key = { apiKey, sign: (text: string) => signer.sign(text, "hex") };
      return new GatewayRig(simulator, market, { key, ...more }).probed();
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
    await until(() => rig.streams().length >= 2, 4_000);
    expect(rig.streams()).toEqual([StreamState.Down, StreamState.Up]);
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
    rig.gateway.query({ ...about, id: nextQuery() });
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
});
