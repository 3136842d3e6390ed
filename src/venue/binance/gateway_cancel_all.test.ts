/** A cancel of everything at USD-M whose answers are lost, late, refused, or say what is not so: bounded, later each time, ended by evidence. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { ALL_INSTRUMENTS } from "../../engine/ports.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind as K, TradingRecord } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import type { RequestClient, RestAnswer, RestRequest } from "../wire/rest.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { BID, FETCH_CLIENT, GatewayRig, stillSimulator } from "./gateway_rig.testing.ts";

setDefaultTimeout(20_000);
let simulator: Simulator;
let order = 1;
beforeAll(async () => {
  simulator = await stillSimulator("usdm");
});
afterAll(() => simulator.stop());

type Instead = (request: RestRequest, count: number) => RestAnswer | undefined;

/** `instead`: answers before they leave. `count`: how often all of the symbol was cancelled before. */
async function rigOf(instead: Instead, limits: Partial<GatewayLimits> = {}) {
  const asked: { atMs: number; symbol: string }[] = [];
  const rest: RequestClient = {
    send(request, done) {
      const symbol = /symbol=(\w+)/.exec(request.url)?.[1] ?? "";
      const count = asked.filter((each) => each.symbol === symbol).length;
      if (request.url.includes("allOpenOrders")) asked.push({ atMs: performance.now(), symbol });
      const answer = instead(request, count);
      if (answer === undefined) FETCH_CLIENT.send(request, done);
      else queueMicrotask(() => done(answer));
    },
  };
  const rig = await new GatewayRig(simulator, "usdm", { rest, limits: { cancelWaitUsMax: 50_000, ...limits } }).up();
  for (const instrument of [0, 0, 1]) rig.gateway.open(intent(instrument));
  await rig.settle();
  const times = (symbol: string) => asked.filter((each) => each.symbol === symbol).map(({ atMs }) => atMs);
  const canceled = () => rig.told.filter(({ kind }) => kind === K.OrderCanceled).length;
  return { rig, times, canceled };
}

function intent(instrument: number): Approved {
  return Object.assign(new TradingRecord().reset(K.OrderIntent), {
    ...{ order: order++, instrument, attempt: 1, instrumentRevision: 1, side: Side.Buy, price: BID - 100, qty: 1_000 },
    ...{ orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc },
  }) as Approved;
}

const isOfAll = ({ url }: RestRequest) => /(all|algo)OpenOrders/.test(url);
const SICK: RestAnswer = { status: 503, text: "<html>", headers: {} };

test("one instrument's answer says nothing: the others are cancelled at once, and it is asked again, later each time", async () => {
  const { rig, times, canceled } = await rigOf((request, count) =>
    isOfAll(request) && request.url.includes("BTCUSDT") && count < (request.url.includes("algo") ? 4 : 3)
      ? SICK
      : undefined,
  );
  expect(rig.gateway.closeAll(ALL_INSTRUMENTS)).toBe(Code.Ok);
  await until(() => canceled() >= 1, 3_000);
  expect(rig.told.filter(({ kind }) => kind === K.OrderCanceled).map((r) => r.instrument)).toEqual([1]);
  await until(() => canceled() === 3, 5_000);
  const asked = times("BTCUSDT");
  const waits = asked.slice(1).map((atMs, n) => atMs - (asked[n] as number));
  expect(asked.length).toBe(4);
  for (const [n, least] of [50, 100, 200].entries()) expect(waits[n] as number).toBeGreaterThan(least - 5);
  expect(times("ETHUSDT").length).toBe(1);
  expect(rig.problems).toEqual([]);
  rig.gateway.stop();
});

test("never answered: it ends, it is told, and what of ours is open is cancelled order by order", async () => {
  const limits = { cancelWaitUsMax: 5_000, cancelAllTriesMax: 4 };
  const { rig, times, canceled } = await rigOf((request) => (isOfAll(request) ? SICK : undefined), limits);
  expect(rig.gateway.closeAll(ALL_INSTRUMENTS)).toBe(Code.Ok);
  await until(() => canceled() === 3, 5_000);
  await rig.settle();
  expect([times("BTCUSDT").length, times("ETHUSDT").length]).toEqual([4, 4]);
  expect(rig.problems.map(({ code }) => code)).toEqual(Array(4).fill("CancelUnanswered")); // Two kinds of order.
  rig.gateway.stop();
});

test("said to be done, and it is not: each order's own end is looked for, those that have told theirs are left alone", async () => {
  const done: RestAnswer = { status: 200, text: '{"code":200,"msg":"done"}', headers: {} };
  const { rig, canceled } = await rigOf((request) =>
    isOfAll(request) && request.url.includes("BTCUSDT") ? done : undefined,
  );
  let byOrder = 0;
  const { send } = FETCH_CLIENT;
  FETCH_CLIENT.send = (request, answered) => {
    if (request.method === "DELETE" && request.url.includes("/v1/order?")) byOrder++;
    send(request, answered);
  };
  expect(rig.gateway.closeAll(ALL_INSTRUMENTS)).toBe(Code.Ok);
  await until(() => canceled() === 3, 5_000);
  await Bun.sleep(200);
  FETCH_CLIENT.send = send;
  expect([canceled(), byOrder]).toEqual([3, 2]);
  expect(rig.problems).toEqual([]);
  rig.gateway.stop();
});

test("all reports and the answer are lost: how each order ended is asked, and told once", async () => {
  const { rig, canceled } = await rigOf(() => undefined);
  simulator.faults({ "report-drop": 1, "failed-ack": 1 });
  expect(rig.gateway.closeAll(0)).toBe(Code.Ok);
  await Bun.sleep(100); // Some tries of it, or one on a slow machine: it must be right with both.
  simulator.faults({ "failed-ack": 0 });
  await until(() => canceled() >= 2, 5_000);
  simulator.faults({ "report-drop": 0 });
  expect((await rig.settle()).filter(({ kind }) => kind === K.OrderCanceled).length).toBe(2);
  rig.gateway.closeAll(ALL_INSTRUMENTS);
  await rig.settle();
  rig.gateway.stop();
});

test("no budget: it waits for it, and that is no try", async () => {
  let isBusy = false;
  const limits = { freezeUs: 400_000, cancelWaitUsMax: 20_000, cancelAllTriesMax: 1 };
  const busy: RestAnswer = { status: 429, text: '{"code":-1003,"msg":"Too many requests"}', headers: {} };
  const isOrder = ({ method, url }: RestRequest) => method === "POST" && url.includes("/v1/order");
  const { rig, times, canceled } = await rigOf((request) => (isBusy && isOrder(request) ? busy : undefined), limits);
  isBusy = true;
  rig.gateway.open(intent(0));
  await until(() => rig.told.some(({ kind }) => kind === K.OrderRejected), 3_000);
  expect(rig.gateway.closeAll(ALL_INSTRUMENTS)).toBe(Code.Ok);
  expect(times("BTCUSDT").length).toBe(0);
  await until(() => canceled() === 3, 5_000);
  expect([times("BTCUSDT").length, times("ETHUSDT").length]).toEqual([1, 1]);
  expect(rig.problems).toEqual([]);
  rig.gateway.stop();
});
