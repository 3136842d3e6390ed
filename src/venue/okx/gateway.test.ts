/**
 * OKX's live gateway when things go wrong: answers lost and late, limits, clocks, streams that end, restarts. Covers
 * gateway, gateway_dialect, gateway_entry, gateway_calls, gateway_queries, gateway_pages, gateway_limits, gateway_budget,
 * gateway_capabilities, gateway_probe, countdown, instrument_codes, order_outcome and private_bills with the simulator.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { RestThread } from "../../app/rest_client.ts";
import { Code } from "../../core/code.ts";
import { CASH_SCALE, wideText } from "../../core/decimal.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { Wide } from "../../core/wide.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import { until } from "../../exchange/book_client.testing.ts";
import { OkxTrading } from "../../exchange/okx/okx_trading.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { amountOf } from "../../exchange/trading/amount.ts";
import { Reject } from "../../model/denial.ts";
import { CashCause, OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind as K, StreamState, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { KeyMaterial } from "../../secrets/key_material.ts";
import { HmacSigner } from "../../secrets/request_signer.ts";
import type { VenueAnswer } from "../wire/live_answer.ts";
import { type AccountFacts, Verdict } from "../wire/live_dialect.ts";
import type { RequestClient, RestAnswer } from "../wire/rest.ts";
import { Countdown } from "./countdown.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { gatewayLimitsOf } from "./gateway_limits.ts";
import {
  ASK,
  BID,
  FETCH_CLIENT,
  GatewayRig,
  SECRET,
  SPOT,
  SWAP,
  stillSimulator,
  testInstrument,
  testKey,
} from "./gateway_rig.testing.ts";
import { verdictOf } from "./order_outcome.ts";

setDefaultTimeout(20_000);

const kinds = (records: readonly TradingRecord[]) => records.map((r) => K[r.kind]);
let lastOrder = 0;
let lastQuery = 0;

function intent(more: Partial<TradingRecord> = {}): Approved {
  const record = new TradingRecord().reset(K.OrderIntent);
  const terms = {
    instrument: SWAP,
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

function replaceOf(order: Readonly<TradingRecord>, more: Partial<TradingRecord>): Approved {
  return Object.assign(intent({ order: order.order, attempt: 2 }), { kind: K.ReplaceIntent, ...more }) as Approved;
}

async function ask(rig: GatewayRig, query: object): Promise<TradingRecord[]> {
  const id = ++lastQuery;
  expect(rig.gateway.query({ ...query, id } as VenueQuery)).toBe(Code.Ok);
  const told = await rig.settle();
  expect(told.filter((r) => r.kind === K.QueryEnded).map((r) => [r.attempt, r.code])).toEqual([[id, Code.Ok]]);
  return told.filter((r) => r.kind !== K.QueryEnded);
}

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
  let simulator: Simulator;
  const open: GatewayRig[] = [];
  const rigOf = async (more: GatewayRig["more"] = {}) => {
    const rig = await new GatewayRig(simulator, more).up();
    open.push(rig);
    return rig;
  };
  beforeAll(async () => {
    simulator = await stillSimulator();
  });
  afterAll(async () => {
    for (const rig of open) rig.gateway.stop();
    await simulator.stop();
  });

  test("the first order of an instrument goes by REST, which takes its name; the others by the socket", async () => {
    const sent: string[] = [];
    const rig = await rigOf({ rest: watched(sent) });
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
    const rig = await rigOf();
    const wouldTake = intent({ price: ASK + 100, flags: OrderFlag.PostOnly });
    const tooMuch = intent({ instrument: SPOT, qty: 9_000_000_000 });
    const unfillable = intent({ price: ASK, timeInForce: TimeInForce.Fok, qty: 90_000_000 });
    for (const each of [wouldTake, tooMuch, unfillable]) expect(rig.gateway.open(each)).toBe(Code.Ok);
    const told = await rig.settle();
    const of = (order: Approved) => told.filter((r) => r.order === order.order).map((r) => [K[r.kind], r.code]);
    expect(of(wouldTake).at(-1)).toEqual(["OrderExpired", Reject.WouldTake]);
    expect(of(tooMuch)).toEqual([["OrderRejected", Reject.InsufficientBalance]]);
    expect(["OrderExpired", "OrderRejected"]).toContain(of(unfillable).at(-1)?.[0] as string);
    expect(await ask(rig, { kind: "openOrders", instrument: "all" })).toEqual([]);
    rig.gateway.stop();
  });

  test("what the venue has not, leaves no byte", async () => {
    const rig = await rigOf();
    expect(rig.gateway.open(intent({ orderType: OrderType.StopMarket }))).toBe(Code.MessageUnknown);
    expect(rig.gateway.open(intent({ instrument: 9 }))).toBe(Code.NoInstrument);
    expect(rig.gateway.open(intent({ instrumentRevision: 2 }))).toBe(Code.NoInstrument);
    expect(rig.gateway.query({ id: 9_999, kind: "openOrders", instrument: 9 })).toBe(Code.MessageUnknown);
    expect(rig.gateway.status()).toMatchObject({ requestsOpen: 0, questionsOpen: 0 });
    rig.gateway.stop();
    expect(rig.gateway.open(intent())).toBe(Code.SocketLost);
  });

  test.each([SPOT, SWAP])(
    "instrument %i: an answer that says nothing or never comes leaves the order unknown",
    async (instrument) => {
      const rig = await rigOf({ limits: { requestUsMax: 300_000 } });
      for (const fault of ["failed-ack", "lost-ack"]) {
        simulator.faults({ [fault]: 1, "report-drop": 1 });
        const order = intent({ instrument });
        rig.gateway.open(order);
        expect(kinds(await rig.settle())).toEqual(["OrderUnknown"]);
        simulator.faults({ [fault]: 0, "report-drop": 0 });
        const [found] = await ask(rig, { kind: "order", order: order.order, clientOrderId: "", instrument });
        expect(found).toMatchObject({ code: VenueOrderStatus.Open, order: order.order });
        rig.gateway.close(cancelOf(order));
        expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
      }
      rig.gateway.stop();
    },
  );

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

  test("cancels on the heels of their orders, and cancel-all of what is still under way", async () => {
    const rig = await rigOf();
    const orders = Array.from({ length: 10 }, (_, at) => intent({ instrument: at % 2 === 0 ? SPOT : SWAP }));
    for (const order of orders) {
      expect(rig.gateway.open(order)).toBe(Code.Ok);
      expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    }
    const told = await rig.settle();
    for (const { order } of orders) {
      expect(kinds(told.filter((r) => r.order === order))).toEqual(["OrderAccepted", "OrderCanceled"]);
    }
    for (let count = 0; count < 5; count++) rig.gateway.open(intent());
    expect(rig.gateway.closeAll(0xffff_ffff)).toBe(Code.Ok);
    expect(kinds(await rig.settle()).filter((kind) => kind === "OrderCanceled").length).toBe(5);
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
    rig.gateway.open(taking());
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted", "OrderFilled"]);
    rig.gateway.stop();
  });

  test("a service upgrade and a day's end: another line takes over before, and reports are told once", async () => {
    const rig = await rigOf({ limits: { handoverUs: 100_000 } });
    simulator.trading?.befall("shutdown");
    await until(() => rig.gateway.status().handovers > 0, 3_000);
    rig.gateway.stop();
    const other = await rigOf({ limits: { rolloverUs: 200_000, handoverUs: 100_000 } });
    for (let count = 0; count < 20; count++) {
      other.gateway.open(taking());
      await Bun.sleep(20);
    }
    const told = await other.settle();
    expect(kinds(told).filter((kind) => kind === "OrderAccepted").length).toBe(20);
    expect(kinds(told).filter((kind) => kind === "OrderFilled").length).toBe(20);
    expect(other.gateway.status()).toMatchObject({ reconnects: 0 });
    expect(other.gateway.status().handovers).toBeGreaterThan(0);
    other.gateway.stop();
  });

  test.each([-60_000, 60_000])("a venue clock that is %i ms off is no trouble", async (skew) => {
    simulator.faults({ "clock-skew-ms": skew });
    const rig = await rigOf();
    rig.gateway.open(intent());
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
    expect(Math.abs(rig.gateway.status().clockOffsetUs - skew * 1_000)).toBeLessThan(100_000);
    simulator.faults({ "clock-skew-ms": 0 });
    // The signed question says so, and the clock is measured anew.
    rig.gateway.closeAll(0xffff_ffff);
    await rig.settle();
    await until(() => Math.abs(rig.gateway.status().clockOffsetUs) < 100_000, 3_000);
    rig.gateway.closeAll(0xffff_ffff);
    await rig.settle();
    expect(await ask(rig, { kind: "openOrders", instrument: "all" })).toEqual([]);
    rig.gateway.stop();
  });

  test("too many requests: the order is refused, orders wait, cancels do not", async () => {
    const rig = await rigOf({ limits: { freezeUs: 400_000 } });
    const first = intent();
    rig.gateway.open(first);
    await rig.settle();
    simulator.faults({ "http-429": 1 });
    rig.gateway.open(intent());
    const told = await rig.settle();
    expect(told.map((r) => [K[r.kind], r.code])).toEqual([["OrderRejected", Reject.RateLimit]]);
    simulator.faults({ "http-429": 0 });
    expect(rig.gateway.status().freezes).toBeGreaterThan(0);
    expect(rig.gateway.open(intent())).toBe(Code.RequestBudgetSpent);
    expect(rig.gateway.close(cancelOf(first))).toBe(Code.Ok);
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
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
    const trades = await ask(after, { kind: "fills", instrument: SWAP, order: filled.order, venueOrderId, sinceUs: 0 });
    expect(trades.map((r) => [r.fillId, r.feeLo, r.feeAsset])).toEqual([
      [fill?.fillId, fill?.feeLo, fill?.feeAsset] as never,
    ]);
    after.gateway.close(cancelOf(resting, { venueOrderId: found?.venueOrderId ?? "" }));
    expect((await after.settle()).map((r) => [K[r.kind], r.order])).toEqual([["OrderCanceled", resting.order]]);
    after.gateway.stop();
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

  test("an amend: answered once with its attempt, unchanged terms too; one that is refused leaves the order as it is", async () => {
    const rig = await rigOf();
    const order = intent();
    rig.gateway.open(order);
    await rig.settle();
    rig.gateway.open(replaceOf(order, { price: BID - 101, qty: 900, attempt: 2 }));
    const replaced = await rig.settle();
    expect(replaced.map((r) => [K[r.kind], r.price, r.qty, r.attempt])).toEqual([["OrderReplaced", BID - 101, 900, 2]]);
    rig.gateway.open(replaceOf(order, { price: BID - 101, qty: 900, attempt: 3 }));
    expect((await rig.settle()).map((r) => [K[r.kind], r.price, r.attempt])).toEqual([["OrderReplaced", BID - 101, 3]]);
    rig.gateway.close(cancelOf(order));
    await rig.settle();
    rig.gateway.open(replaceOf(order, { price: BID - 200, attempt: 4 }));
    expect((await rig.settle()).map((r) => [K[r.kind], r.code, r.attempt])).toEqual([
      ["ReplaceRejected", Reject.AlreadyDone, 4],
    ]);
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
  const open = await ask(rig, { kind: "openOrders", instrument: "all" });
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
  const probed = async (apiKey: string, passphrase = "pass") => {
    const signer = new HmacSigner(KeyMaterial.ofText(SECRET));
    const key = { ...testKey(apiKey, SECRET, passphrase), sign: (text: string) => signer.sign(text, "base64") };
    const rig = new GatewayRig(simulator, { key });
    rig.gateway.start();
    await until(() => rig.gateway.clock.isKnown, 2_000);
    const facts = await new Promise<AccountFacts | Problem>((resolve) => rig.gateway.probe(resolve));
    await Bun.sleep(100);
    rig.gateway.stop();
    return [facts, rig.problems.map(({ code }) => code), rig.gateway.status().isUp] as const;
  };
  const [facts, problems] = await probed("key-ann");
  expect(facts).toMatchObject({
    mayTrade: true,
    mayWithdraw: false,
    isHedged: false,
    isUnbound: true,
    assets: ["USDT", "BTC"],
  });
  expect(problems).toEqual([]);
  expect((await probed("key-read"))[0]).toMatchObject({ mayTrade: false, mayWithdraw: true });
  const [refused, why, isUp] = await probed("key-ann", "other");
  expect(refused).toMatchObject({ code: "AnswerRefused" });
  expect(why).toContain("SubscribeRefused");
  expect(isUp).toBe(false);
  await simulator.stop();
});

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
