/**
 * A live gateway when things go wrong: answers lost and late, limits, clocks, streams that end, restarts. Covers gateway,
 * gateway_dialect, gateway_entry, gateway_calls, gateway_queries, gateway_limits, gateway_budget, gateway_capabilities and
 * gateway_probe with the simulator.
 */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { BybitClient } from "../../exchange/bybit/bybit_client.testing.ts";
import { Reject } from "../../model/denial.ts";
import { RecordKind as K, VenueOrderStatus } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { KeyMaterial } from "../../secrets/key_material.ts";
import { HmacSigner } from "../../secrets/request_signer.ts";
import * as troubles from "../wire/gateway_troubles.testing.ts";
import type { AccountFacts } from "../wire/live_dialect.ts";
import { ask, askOpen, cancelOf, intent, kinds, nextQuery, taking } from "../wire/live_rig.testing.ts";
import type { RequestClient } from "../wire/rest.ts";
import { FETCH_CLIENT, GatewayRig, type RigMore, SECRET, stillSimulator } from "./gateway_rig.testing.ts";

setDefaultTimeout(60_000);

describe.each(["spot", "linear"] as const)("%s", (category) => {
  const stage = new troubles.Stage<GatewayRig, RigMore>({
    start: () => stillSimulator(category),
    rig: (simulator, more) => new GatewayRig(simulator, category, more),
    burst: 6,
  });
  // Received is not accepted, and even accepted may end as rejected.
  troubles.refusals(stage, { isAcceptedFirst: true });
  troubles.unknownOrders(stage);
  troubles.lostAnswers(stage);
  troubles.cancels(stage);
  troubles.streamEnds(stage, { isUnordered: true });
  troubles.clocks(stage);
  troubles.tooManyRequests(stage);
  troubles.restarts(stage);
  troubles.replaces(stage, Reject.UnknownOrder);

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
    const rig = await stage.rig({ rest, limits: { cancelWaitUsMax: 200_000 } });
    rig.gateway.open(intent());
    await rig.settle();
    expect(rig.gateway.closeAll(0)).toBe(Code.Ok);
    await Bun.sleep(400);
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    expect(asked.length).toBe(2 * kindsOfOrders);
    expect((asked[kindsOfOrders] ?? 0) - (asked[kindsOfOrders - 1] ?? 0)).toBeGreaterThan(190);
    rig.gateway.stop();
  });

  test("a connection of orders that is down keeps nothing from leaving: orders and cancels go by REST", async () => {
    const rig = await stage.rig({ tradePath: "/v5/nowhere" });
    const order = intent();
    expect(rig.gateway.open(order)).toBe(Code.Ok);
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
    expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    rig.gateway.stop();
  });

  test("our own limit: orders stop, cancels have their own, and the venue never says that it was too much", async () => {
    const rig = await stage.rig();
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
    const rig = await stage.rig({ isRestOnly: true });
    stage.simulator.faults({ "http-418": 1 });
    const order = intent();
    rig.gateway.open(order);
    expect((await rig.settle()).map((r) => [K[r.kind], r.code])).toEqual([["OrderRejected", Reject.RateLimit]]);
    expect(rig.gateway.query({ id: nextQuery(), kind: "balances" })).toBe(Code.RequestBudgetSpent);
    expect(rig.gateway.status().isUp).toBe(true);
    rig.gateway.stop();
  });

  test("one order is found wherever the venue keeps it: alive or ended, by question or from history", async () => {
    const rig = await stage.rig();
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
    const rig = await stage.rig({ limits: { orderRows: 2, fillRows: 2 } });
    const orders = Array.from({ length: 5 }, () => intent());
    for (const order of orders) rig.gateway.open(order);
    await rig.settle();
    const open = await askOpen(rig);
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
});

describe("keys", () => {
  test.each(["spot", "linear"] as const)("%s: what a key may do is asked before it trades", async (category) => {
    const simulator = await stillSimulator(category);
    const probed = (apiKey: string) => {
      const signer = new HmacSigner(KeyMaterial.ofText(SECRET));
      const key = { apiKey, sign: (text: string) => signer.sign(text, "hex") };
      return new GatewayRig(simulator, category, { key }).probed();
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

  troubles.keyRefused(
    () => stillSimulator("linear"),
    (simulator) => new GatewayRig(simulator, "linear", { key: { apiKey: "key-ann", sign: () => "00" } }),
  );
});
