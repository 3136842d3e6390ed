/**
 * OKX's live gateway when things go wrong: answers lost and late, limits, clocks, streams that end, restarts. Covers
 * gateway, gateway_dialect, gateway_entry, gateway_calls, gateway_queries, gateway_pages, gateway_limits, gateway_budget,
 * gateway_capabilities, gateway_probe, countdown, instrument_codes, order_outcome and private_bills with the simulator.
 */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { CASH_SCALE, wideText } from "../../core/decimal.ts";
import { problem } from "../../core/problem.ts";
import { Wide } from "../../core/wide.ts";
import { until } from "../../exchange/book_client.testing.ts";
import { OkxTrading } from "../../exchange/okx/okx_trading.ts";
import { amountOf } from "../../exchange/trading/amount.ts";
import { Reject } from "../../model/denial.ts";
import { CashCause, OrderFlag, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind as K, type TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { KeyMaterial } from "../../secrets/key_material.ts";
import { HmacSigner } from "../../secrets/request_signer.ts";
import * as troubles from "../wire/gateway_troubles.testing.ts";
import type { VenueAnswer } from "../wire/live_answer.ts";
import { Verdict } from "../wire/live_dialect.ts";
import { ask, askOpen, intent as intentOf, kinds, taking as takingOf } from "../wire/live_rig.testing.ts";
import type { RequestClient, RestAnswer } from "../wire/rest.ts";
import { PASSPHRASE } from "../wire/still_market.testing.ts";
import { Countdown } from "./countdown.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { gatewayLimitsOf } from "./gateway_limits.ts";
import {
  ASK,
  BID,
  FETCH_CLIENT,
  GatewayRig,
  type RigMore,
  SECRET,
  SPOT,
  SWAP,
  stillSimulator,
  testInstrument,
  testKey,
} from "./gateway_rig.testing.ts";
import { verdictOf } from "./order_outcome.ts";

setDefaultTimeout(60_000);

const intent = (more: Partial<TradingRecord> = {}) => intentOf({ instrument: SWAP, ...more });
const taking = (more: Partial<TradingRecord> = {}) => takingOf({ instrument: SWAP, ...more });

/** Requests by REST, in the order of sending. */
function watched(sent: string[]): RequestClient {
  return {
    send(request, done) {
      sent.push(`${request.method} ${new URL(request.url).pathname.slice("/api/v5/".length)}`);
      FETCH_CLIENT.send(request, done);
    },
  };
}

describe("with the simulator", () => {
  const stage = new troubles.Stage<GatewayRig, RigMore>({
    start: stillSimulator,
    rig: (simulator, more) => new GatewayRig(simulator, more),
    instruments: [SWAP, SPOT],
  });
  troubles.unknownOrders(stage);
  troubles.lostAnswers(stage);
  troubles.cancels(stage);
  troubles.streamEnds(stage);
  troubles.handovers(stage);
  troubles.tooManyRequests(stage);
  troubles.restarts(stage);
  troubles.replaces(stage, Reject.AlreadyDone);

  test("the first order of an instrument goes by REST, which takes its name; the others by the socket", async () => {
    const sent: string[] = [];
    const rig = await stage.rig({ rest: watched(sent) });
    rig.gateway.open(taking());
    await rig.settle();
    rig.gateway.open(taking());
    rig.gateway.open(taking({ side: Side.Sell, price: BID }));
    const told = await rig.settle();
    expect(kinds(told).filter((kind) => kind === "OrderFilled").length).toBe(2);
    expect(sent.filter((what) => /trade\/order|instruments/.test(what))).toEqual([
      "GET public/instruments",
      "POST trade/order",
    ]);
    rig.gateway.stop();
  });

  test("what is refused is rejected with its reason, what would take ends by itself, and nothing is open", async () => {
    const rig = await stage.rig();
    const wouldTake = intent({ price: ASK + 100, flags: OrderFlag.PostOnly });
    const tooMuch = intent({ instrument: SPOT, qty: 9_000_000_000 });
    const unfillable = intent({ price: ASK, timeInForce: TimeInForce.Fok, qty: 90_000_000 });
    for (const each of [wouldTake, tooMuch, unfillable]) expect(rig.gateway.open(each)).toBe(Code.Ok);
    const told = await rig.settle();
    const of = (order: Approved) => told.filter((r) => r.order === order.order).map((r) => [K[r.kind], r.code]);
    expect(of(wouldTake).at(-1)).toEqual(["OrderExpired", Reject.WouldTake]);
    expect(of(tooMuch)).toEqual([["OrderRejected", Reject.InsufficientBalance]]);
    expect(["OrderExpired", "OrderRejected"]).toContain(of(unfillable).at(-1)?.[0] as string);
    expect(await askOpen(rig)).toEqual([]);
    rig.gateway.stop();
  });

  test("a service upgrade: another line takes over before", async () => {
    const rig = await stage.rig({ limits: { handoverUs: 100_000 } });
    stage.simulator.trading?.befall("shutdown");
    await until(() => rig.gateway.status().handovers > 0, 3_000);
    rig.gateway.stop();
  });

  test.each([-60_000, 60_000])("a venue clock that is %i ms off is no trouble", async (skew) => {
    stage.simulator.faults({ "clock-skew-ms": skew });
    const rig = await stage.rig();
    rig.gateway.open(intent());
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
    expect(Math.abs(rig.gateway.status().clockOffsetUs - skew * 1_000)).toBeLessThan(100_000);
    stage.simulator.faults({ "clock-skew-ms": 0 });
    // The signed question says so, and the clock is measured anew.
    rig.gateway.closeAll(0xffff_ffff);
    await rig.settle();
    await until(() => Math.abs(rig.gateway.status().clockOffsetUs) < 100_000, 3_000);
    rig.gateway.closeAll(0xffff_ffff);
    await rig.settle();
    expect(await askOpen(rig)).toEqual([]);
    rig.gateway.stop();
  });
});

test("cash that comes and goes is told once, with what it is", async () => {
  const simulator = await stillSimulator();
  const rig = await new GatewayRig(simulator).up();
  simulator.trading?.deposit("ann", "okx", "USDT", "12.5");
  simulator.trading?.deposit("ann", "okx", "BTC", "-0.1");
  await until(() => rig.told.filter((r) => r.kind === K.CashMoved).length >= 2, 5_000);
  simulator.trading?.deposit("ann", "okx", "USDT", "1");
  await until(() => rig.told.filter((r) => r.kind === K.CashMoved).length >= 3, 5_000);
  const told = (await rig.settle()).filter((r) => r.kind === K.CashMoved);
  const amount = ({ amountHi, amountLo }: TradingRecord) =>
    wideText(Object.assign(new Wide(), { hi: amountHi, lo: amountLo }), CASH_SCALE);
  expect(told.map((r) => [r.code, r.asset, amount(r)])).toEqual([
    [CashCause.Transfer, 0, "12.5"],
    [CashCause.Transfer, 1, "-0.1"],
    [CashCause.Transfer, 0, "1"],
  ]);
  rig.gateway.stop();
  await simulator.stop();
});

test("a kill cancels more than one batch, one page and one window of limits hold", async () => {
  const simulator = await stillSimulator();
  const rig = await new GatewayRig(simulator, { limits: { pageRows: 20, cancelWaitUsMax: 50_000 } }).up();
  for (let count = 0; count < 50; count++) rig.gateway.open(intent({ instrument: count % 2 === 0 ? SPOT : SWAP }));
  expect(kinds(await rig.settle()).filter((kind) => kind === "OrderAccepted").length).toBe(50);
  const open = await askOpen(rig);
  expect(new Set(open.map((r) => r.order)).size).toBe(50);
  expect(rig.gateway.closeAll(0xffff_ffff)).toBe(Code.Ok);
  await until(() => rig.told.filter((r) => r.kind === K.OrderCanceled).length === 50, 5_000);
  expect(rig.problems).toEqual([]);
  rig.gateway.stop();
  await simulator.stop();
});

test("an order that never came is found missing however many others ended before it", async () => {
  const simulator = await stillSimulator();
  const rig = await new GatewayRig(simulator, { limits: { pageRows: 5 } }).up();
  const side = simulator.trading?.sides[0];
  if (!(side instanceof OkxTrading)) throw new Error("no OKX");
  const { core } = side.venue;
  const ann = core.account("ann");
  const terms = { symbol: "BTC-USDT", side: "buy", type: "limit", timeInForce: "gtc", prevention: "none" } as const;
  const [price, qty] = [amountOf("50000"), amountOf("0.001")];
  for (let n = 0; n < 60; n++) core.place(ann, { ...terms, price, qty, clientId: `old${n}` });
  core.cancelAll(ann);
  await Bun.sleep(20);
  const order = intent({ instrument: SPOT }).order;
  const sinceUs = Date.now() * 1_000;
  const query = { kind: "orderHistory", instrument: SPOT, order, clientOrderId: "", venueOrderId: "", sinceUs };
  await rig.settle();
  const told = await ask(rig, query);
  expect(told.map((r) => [K[r.kind], r.order, r.code])).toEqual([["StatedOrder", order, VenueOrderStatus.NotFound]]);
  rig.gateway.stop();
  await simulator.stop();
});

test("dead-man switch: what is renewed lives, what is not is cancelled by the venue", async () => {
  const simulator = await stillSimulator();
  const rig = await new GatewayRig(simulator).up();
  rig.gateway.open(intent());
  await rig.settle();
  // The venue takes one a second, and none below ten seconds: its clock is moved on instead.
  for (const [at, skewMs] of [16_000, 32_000].entries()) {
    expect(rig.gateway.armDeadMan(SWAP, 20_000)).toBe(Code.Ok);
    await Bun.sleep(50);
    simulator.faults({ "clock-skew-ms": skewMs });
    await Bun.sleep(1_100);
    expect([at, rig.told.length]).toEqual([at, 0]);
  }
  simulator.faults({ "clock-skew-ms": 53_000 });
  await until(() => rig.told.length > 0, 3_000);
  expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
  expect(rig.problems).toEqual([]);
  rig.gateway.stop();
  await simulator.stop();
});

test("dead-man switch: told as the venue answers it; what is left to a request under way shares its fate", async () => {
  const simulator = await stillSimulator();
  let say: ((answer: RestAnswer) => RestAnswer) | undefined;
  let asked = 0;
  const requests: number[] = [];
  const rest: RequestClient = {
    send(request, done) {
      const isSwitch = request.url.includes("cancel-all-after");
      if (isSwitch) asked++;
      FETCH_CLIENT.send(request, (answer) => done(isSwitch && say !== undefined ? say(answer) : answer));
    },
  };
  const rig = await new GatewayRig(simulator, { rest }).up();
  /** Both instruments at once, and a third time after the answer: one request for the first two. */
  const armed = async () => {
    const codes: Code[] = [];
    const ask = (instrument: number) =>
      expect(rig.gateway.armDeadMan(instrument, 60_000, (code) => codes.push(code))).toBe(Code.Ok);
    ask(SWAP);
    ask(SPOT);
    expect(codes).toEqual([]);
    requests.push(asked);
    await until(() => codes.length >= 2, 3_000);
    ask(SWAP + 1); // Stands for itself on a machine that is slow: with the same answer.
    await until(() => codes.length >= 3, 3_000);
    await Bun.sleep(1_200);
    return codes;
  };
  const same = (code: Code) => [code, code, code];
  expect(await armed()).toEqual(same(Code.Ok));
  // The venue refuses with HTTP 200.
  say = (answer) => ({ ...answer, text: '{"code":"51000","msg":"Parameter timeOut error","data":[]}' });
  expect(await armed()).toEqual(same(Code.AnswerRefused));
  say = () => ({ status: 0, text: "", headers: {}, problem: problem(Code.SocketLost, "cut") });
  expect(await armed()).toEqual(same(Code.AnswerMissing));
  expect(requests[0]).toBe(1);
  rig.gateway.stop();
  await simulator.stop();
});

test("what a key may do is asked before it trades; a wrong passphrase is told", async () => {
  const simulator = await stillSimulator();
  const probed = (apiKey: string, passphrase = PASSPHRASE) => {
    const signer = new HmacSigner(KeyMaterial.ofText(SECRET));
    const key = { ...testKey(apiKey, SECRET, passphrase), sign: (text: string) => signer.sign(text, "base64") };
    return new GatewayRig(simulator, { key }).probed();
  };
  const can = { mayTrade: true, mayWithdraw: false, isHedged: false, isUnbound: true };
  expect(await probed("key-ann")).toMatchObject({ ...can, assets: ["USDT", "BTC"] });
  expect(await probed("key-read")).toMatchObject({ mayTrade: false, mayWithdraw: true });
  expect(await probed("key-ann", "other")).toMatchObject({ code: "AnswerRefused" });
  await simulator.stop();
});

troubles.keyRefused(
  stillSimulator,
  (simulator) => new GatewayRig(simulator, { key: testKey("key-ann", SECRET, "other") }),
);

describe("parts", () => {
  const answer = (code: number): VenueAnswer => ({ isOk: code === 0, value: [], code, msg: "", isSent: true });
  const verdict = (kind: "new" | "cancel" | "replace", code: number) => Verdict[verdictOf(kind, answer(code))];

  test.each([
    [0, "Done", "Received", "Received"],
    [51_008, "Refused", "Refused", "Refused"],
    [50_011, "Refused", "Later", "Refused"],
    [50_102, "Refused", "Later", "Refused"],
    [50_001, "Unknown", "Unknown", "Unknown"],
    [50_004, "Unknown", "Unknown", "Unknown"],
    [50_013, "Unknown", "Unknown", "Unknown"],
    [50_026, "Unknown", "Unknown", "Unknown"],
    [51_011, "Unknown", "Unknown", "Unknown"],
    [51_016, "Unknown", "Unknown", "Unknown"],
    [51_054, "Unknown", "Unknown", "Unknown"],
    [51_149, "Unknown", "Later", "Unknown"],
    [51_401, "Refused", "Gone", "Refused"],
    [51_410, "Refused", "Received", "Refused"],
    [51_500, "Refused", "Refused", "Unchanged"],
    [63_999, "Unknown", "Unknown", "Unknown"],
    [77_777, "Unknown", "Unknown", "Unknown"],
  ])("code %i: a new order is %s, a cancel %s, an amend %s", (code, placed, canceled, replaced) => {
    expect([verdict("new", code), verdict("cancel", code), verdict("replace", code)]).toEqual([
      placed,
      canceled,
      replaced,
    ]);
    // Without a word of the venue nobody knows.
    expect(Verdict[verdictOf("new", { ...answer(0), isOk: false })]).toBe("Unknown");
  });

  test("one countdown for all instruments: it ends with the last of them, and is not sent twice at a time", () => {
    const countdown = new Countdown();
    const said = (instrument: number, ms: number, atS: number) => {
      const ask = countdown.ask(instrument, ms, atS * 1_000_000);
      return ask === "standing" ? ask : ask.body;
    };
    expect(said(0, 120_000, 0)).toBe('{"timeOut":"120"}');
    expect(said(1, 120_000, 0.1)).toBe("standing");
    expect(said(1, 120_000, 30)).toBe('{"timeOut":"120"}');
    // What still stands for the other one.
    expect(said(1, 0, 60)).toBe('{"timeOut":"60"}');
    expect(said(0, 0, 70)).toBe('{"timeOut":"0"}');
    expect(said(0, 400, 70.1)).toBe('{"timeOut":"10"}');
    expect(said(0, 600_000, 80)).toBe('{"timeOut":"120"}');
    // One that was never renewed has run out, and holds nothing up.
    expect(said(1, 0, 900)).toBe('{"timeOut":"0"}');
  });

  test("budget: orders of one instrument leave those of others, cancels and questions their room", () => {
    const limits = gatewayLimitsOf();
    const budget = new GatewayBudget(limits);
    const [spot, swap] = [testInstrument(SPOT), testInstrument(SWAP)];
    let taken = 0;
    while (budget.takeOrder(spot, 0)) taken++;
    expect(taken).toBe(limits.ordersOfOne.weightMax);
    expect([budget.takeOrder(swap, 0), budget.takeCancel(1, 0, spot), budget.takeQuery(4, 0)]).toEqual([
      true,
      true,
      true,
    ]);
    budget.onOrderLimit(0);
    expect([budget.takeOrder(swap, 1), budget.takeCancel(20, 1, spot), budget.takeQuery(4, 1)]).toEqual([
      false,
      true,
      true,
    ]);
    const tooMany = (method: "GET" | "POST", path: string) => {
      const ask = { method, path: `/api/v5/${path}`, params: [], security: "signed", weight: 1 } as const;
      budget.onAnswer({ status: 429, text: "", headers: {} }, 0, 1, ask);
    };
    tooMany("GET", "account/bills");
    tooMany("GET", "account/trade-fee");
    tooMany("POST", "trade/cancel-order");
    expect(budget.takeQuery(1, 2)).toBe(true);
    tooMany("GET", "trade/fills");
    expect([budget.takeQuery(1, 2), budget.takeCancel(1, 2, spot), budget.takeCancel(1, 2)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(budget.used(2)).toMatchObject({ orders: 55, freezes: 3 });
    expect(budget.takeOrder(spot, 3_000_000)).toBe(true);
  });
});
