/**
 * What every live gateway must come through at its venue's simulator: answers lost and late, cancels that hurry, streams
 * that end, clocks, limits, restarts. A venue calls the groups that hold for it, inside a `describe` with its stage.
 */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { RestThread } from "../../app/rest_client.ts";
import { Code } from "../../core/code.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { Reject } from "../../model/denial.ts";
import { OrderFlag, OrderType } from "../../model/order.ts";
import { RecordKind as K, StreamState, type TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { LiveLimits } from "./live_limits.ts";
import { ask, askOpen, cancelOf, intent, kinds, type LiveRig, replaceOf, taking } from "./live_rig.testing.ts";
import type { RequestClient } from "./rest.ts";
import { ASK, BID } from "./still_market.testing.ts";

const ALL = 0xffff_ffff;

/** What the groups change of a rig. */
export interface TroubleMore {
  readonly limits?: Partial<LiveLimits & { readonly freezeUs: number }>;
  readonly rest?: RequestClient;
}

export interface StageParts<Rig extends LiveRig, More> {
  start(): Promise<Simulator>;
  rig(simulator: Simulator, more: More): Rig;
  /** By number; the first is meant where none is named. */
  readonly instruments?: readonly number[];
  /** Orders at a time that the venue's limits take. */
  readonly burst?: number;
}

/**
 * For the tests of one `describe`: a simulator, and the gateways at it. Each test has its own: venues count by account,
 * address and second, and what one test has spent the next one would miss.
 */
export class Stage<Rig extends LiveRig = LiveRig, More extends TroubleMore = TroubleMore> {
  readonly instruments: readonly number[];
  readonly burst: number;
  readonly #rigs: Rig[] = [];
  #simulator: Simulator | undefined;

  constructor(readonly parts: StageParts<Rig, More>) {
    this.instruments = parts.instruments ?? [0];
    this.burst = parts.burst ?? 10;
    beforeEach(async () => {
      this.#simulator = await parts.start();
    });
    afterEach(async () => {
      for (const rig of this.#rigs.splice(0)) rig.gateway.stop();
      await this.#simulator?.stop();
    });
  }

  /** Of the test that runs. */
  get simulator(): Simulator {
    if (this.#simulator === undefined) throw new Error("no test runs");
    return this.#simulator;
  }

  get instrument(): number {
    return this.instruments[0] ?? 0;
  }

  /** A gateway that is up; it is stopped when the simulator is. */
  async rig(more = {} as More): Promise<Rig> {
    const rig = this.parts.rig(this.simulator, more);
    this.#rigs.push(rig);
    return rig.up();
  }

  resting(more: Partial<TradingRecord> = {}) {
    return intent({ instrument: this.instrument, ...more });
  }

  taking(more: Partial<TradingRecord> = {}) {
    return taking({ instrument: this.instrument, ...more });
  }
}

export function unknownOrders(stage: Stage): void {
  test("what the venue has not, leaves no byte", async () => {
    const rig = await stage.rig();
    expect(rig.gateway.open(stage.resting({ orderType: OrderType.StopMarket }))).toBe(Code.MessageUnknown);
    expect(rig.gateway.open(stage.resting({ instrument: 9 }))).toBe(Code.NoInstrument);
    expect(rig.gateway.open(stage.resting({ instrumentRevision: 2 }))).toBe(Code.NoInstrument);
    expect(rig.gateway.query({ id: 9_999, kind: "openOrders", instrument: 9 })).toBe(Code.MessageUnknown);
    expect(rig.gateway.status()).toMatchObject({ requestsOpen: 0, questionsOpen: 0 });
    rig.gateway.stop();
    expect(rig.gateway.open(stage.resting())).toBe(Code.SocketLost);
  });
}

/** `isAcceptedFirst`: the venue may say that it has an order which it rejects a moment later. */
export function refusals(stage: Stage, { isAcceptedFirst = false } = {}): void {
  test("what is refused is rejected with its reason, and nothing is open afterwards", async () => {
    const rig = await stage.rig();
    const wouldTake = stage.resting({ price: ASK + 100, flags: OrderFlag.PostOnly });
    const tooMuch = stage.resting({ qty: 900_000_000 });
    expect([rig.gateway.open(wouldTake), rig.gateway.open(tooMuch)]).toEqual([Code.Ok, Code.Ok]);
    const told = (await rig.settle()).filter(({ kind }) => !(isAcceptedFirst && kind === K.OrderAccepted));
    expect(kinds(told)).toEqual(["OrderRejected", "OrderRejected"]);
    const reasonOf = (order: number) => told.find((r) => r.order === order)?.code;
    expect(reasonOf(wouldTake.order)).toBe(Reject.WouldTake);
    expect([Reject.InsufficientBalance, Reject.Filter]).toContain(reasonOf(tooMuch.order) as Reject);
    expect(await askOpen(rig)).toEqual([]);
    rig.gateway.stop();
  });
}

export function lostAnswers(stage: Stage): void {
  const each = stage.instruments.flatMap((instrument) =>
    ["failed-ack", "lost-ack"].map((fault) => [fault, instrument] as const),
  );
  test.each(each)("%s, instrument %i: unknown after its time, and the order is found by its id", async (...which) => {
    const [fault, instrument] = which;
    const rig = await stage.rig({ limits: { requestUsMax: 300_000 } });
    stage.simulator.faults({ [fault]: 1, "report-drop": 1 });
    const order = stage.resting({ instrument });
    rig.gateway.open(order);
    expect(kinds(await rig.settle())).toEqual(["OrderUnknown"]);
    stage.simulator.faults({ [fault]: 0, "report-drop": 0 });
    const [found] = await ask(rig, { kind: "order", order: order.order, clientOrderId: "", instrument });
    expect(found).toMatchObject({ code: VenueOrderStatus.Open, order: order.order });
    rig.gateway.close(cancelOf(order));
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    rig.gateway.stop();
  });

  test("an acknowledgement that says nothing leaves the order unknown, unless the stream has shown it", async () => {
    const rig = await stage.rig();
    stage.simulator.faults({ "failed-ack": 1, "report-drop": 1 });
    rig.gateway.open(stage.resting());
    expect(kinds(await rig.settle())).toEqual(["OrderUnknown"]);
    stage.simulator.faults({ "report-drop": 0 });
    rig.gateway.open(stage.resting());
    const told = kinds(await rig.settle());
    expect(["OrderAccepted", "OrderUnknown OrderAccepted"]).toContain(told.join(" "));
    stage.simulator.faults({ "failed-ack": 0 });
    rig.gateway.closeAll(ALL);
    await rig.settle();
    expect(await askOpen(rig)).toEqual([]);
    rig.gateway.stop();
  });
}

export function cancels(stage: Stage): void {
  test("a cancel whose answer and report are lost is sent again, and tells how the order ended", async () => {
    const rig = await stage.rig({ limits: { requestUsMax: 300_000 } });
    const order = stage.resting();
    rig.gateway.open(order);
    await rig.settle();
    stage.simulator.faults({ "lost-ack": 1, "report-drop": 1 });
    rig.gateway.close(cancelOf(order));
    await Bun.sleep(100);
    stage.simulator.faults({ "lost-ack": 0, "report-drop": 0 });
    const told = await rig.settle();
    expect(told.map((r) => [K[r.kind], r.order, r.cumQty])).toEqual([["OrderCanceled", order.order, 0]]);
    rig.gateway.stop();
  });

  test("a cancel on the heels of its order ends it", async () => {
    const rig = await stage.rig();
    const { burst, instruments } = stage;
    const orders = Array.from({ length: burst }, (_, at) =>
      stage.resting({ instrument: instruments[at % instruments.length] as number }),
    );
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
    const rig = await stage.rig();
    for (let count = 0; count < 5; count++) rig.gateway.open(stage.resting());
    expect(rig.gateway.closeAll(ALL)).toBe(Code.Ok);
    expect(kinds(await rig.settle()).filter((kind) => kind === "OrderCanceled").length).toBe(5);
    expect(await askOpen(rig)).toEqual([]);
    rig.gateway.stop();
  });
}

/** `isUnordered`: what the venue tells first of a fill, the order or the trade, it leaves open. */
export function streamEnds(stage: Stage, { isUnordered = false } = {}): void {
  test("the stream ends: told, nothing opens, cancels still pass, and it comes back", async () => {
    const rig = await stage.rig();
    const order = stage.resting();
    rig.gateway.open(order);
    await rig.settle();
    stage.simulator.trading?.befall("private-close");
    await until(() => rig.streams().includes(StreamState.Down), 2_000);
    expect(rig.gateway.open(stage.resting())).toBe(Code.SocketLost);
    expect(rig.gateway.close(cancelOf(order))).toBe(Code.Ok);
    await until(() => rig.streams().includes(StreamState.Up), 3_000);
    expect(kinds(await rig.settle())).toContain("OrderCanceled");
    expect(rig.gateway.status()).toMatchObject({ reconnects: 1, isUp: true });
    expect(rig.problems.map(({ code }) => code)).toContain("SocketLost");
    rig.gateway.open(stage.taking());
    const told = kinds(await rig.settle());
    expect(isUnordered ? told.sort() : told).toEqual(["OrderAccepted", "OrderFilled"]);
    rig.gateway.stop();
  });
}

/** Where a connection lives for a day at most. */
export function handovers(stage: Stage): void {
  test("a connection's day ends: another line takes over before, and reports are told once", async () => {
    const rig = await stage.rig({ limits: { rolloverUs: 200_000, handoverUs: 100_000 } });
    await until(() => rig.gateway.status().handovers > 0, 3_000);
    for (let count = 0; count < 20; count++) {
      rig.gateway.open(stage.taking());
      await Bun.sleep(20);
    }
    const told = await rig.settle();
    expect(kinds(told).filter((kind) => kind === "OrderAccepted").length).toBe(20);
    expect(kinds(told).filter((kind) => kind === "OrderFilled").length).toBe(20);
    expect(rig.gateway.status()).toMatchObject({ reconnects: 0 });
    rig.gateway.stop();
  });
}

/** Where an order carries the time of its sending. */
export function clocks(stage: Stage): void {
  test.each([-30_000, 30_000])(
    "a venue clock that is %i ms off is no trouble; one that jumps is measured anew",
    async (skew) => {
      stage.simulator.faults({ "clock-skew-ms": skew });
      const rig = await stage.rig();
      rig.gateway.open(stage.resting());
      expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
      expect(Math.abs(rig.gateway.status().clockOffsetUs - skew * 1_000)).toBeLessThan(100_000);
      stage.simulator.faults({ "clock-skew-ms": 0 });
      rig.gateway.open(stage.resting());
      expect(kinds(await rig.settle())).toEqual(["OrderRejected"]);
      await until(() => Math.abs(rig.gateway.status().clockOffsetUs) < 100_000, 3_000);
      rig.gateway.open(stage.resting());
      expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
      rig.gateway.closeAll(ALL);
      await rig.settle();
      rig.gateway.stop();
    },
  );
}

/** `areCancelsFree`: what the venue refused counts for new orders alone. */
export function tooManyRequests(stage: Stage, { areCancelsFree = true } = {}): void {
  test("too many requests: the order is refused, and nothing opens until the venue listens again", async () => {
    const rig = await stage.rig({ limits: { freezeUs: 400_000 } });
    const resting = stage.resting();
    if (areCancelsFree) {
      rig.gateway.open(resting);
      expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
    }
    stage.simulator.faults({ "http-429": 1 });
    rig.gateway.open(stage.resting());
    const told = await rig.settle();
    expect(told.map((r) => [K[r.kind], r.code])).toEqual([["OrderRejected", Reject.RateLimit]]);
    stage.simulator.faults({ "http-429": 0 });
    expect(rig.gateway.status().freezes).toBeGreaterThan(0);
    expect(rig.gateway.open(stage.resting())).toBe(Code.RequestBudgetSpent);
    if (areCancelsFree) {
      expect(rig.gateway.close(cancelOf(resting))).toBe(Code.Ok);
      expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    }
    rig.gateway.stop();
  });
}

export function restarts(stage: Stage): void {
  test("a restart: what the old one left is found, named by our numbers, and can be cancelled", async () => {
    const before = await stage.rig();
    const resting = stage.resting({ instance: 5 });
    const filled = stage.taking({ instance: 5 });
    before.gateway.open(resting);
    before.gateway.open(filled);
    const seen = await before.settle();
    before.gateway.stop();
    const after = await stage.rig();
    const [found] = await askOpen(after);
    expect(found).toMatchObject({ order: resting.order, code: VenueOrderStatus.Open, qty: 1_000 });
    const fill = seen.find((r) => r.kind === K.OrderFilled);
    const { instrument } = stage;
    const about = { instrument, order: filled.order, venueOrderId: fill?.venueOrderId ?? "", sinceUs: 0 };
    const trades = await ask(after, { kind: "fills", ...about });
    expect(trades.map((r) => [r.fillId, r.feeLo, r.feeAsset])).toEqual([
      [fill?.fillId, fill?.feeLo, fill?.feeAsset] as never,
    ]);
    after.gateway.close(cancelOf(resting, { venueOrderId: found?.venueOrderId ?? "" }));
    expect((await after.settle()).map((r) => [K[r.kind], r.order])).toEqual([["OrderCanceled", resting.order]]);
    after.gateway.stop();
  });

  test("the same over the REST thread", async () => {
    const rest = new RestThread({ baseUrls: [stage.simulator.url] });
    const rig = await stage.rig({ rest });
    const order = stage.resting();
    rig.gateway.open(order);
    expect(kinds(await rig.settle())).toEqual(["OrderAccepted"]);
    rig.gateway.close(cancelOf(order));
    expect(kinds(await rig.settle())).toEqual(["OrderCanceled"]);
    expect((await ask(rig, { kind: "balances" })).length).toBeGreaterThan(1);
    rig.gateway.stop();
    rest.close();
  });
}

/** `tooLate`: what the venue says of an order that has ended. */
export function replaces(stage: Stage, tooLate: Reject): void {
  test("an amend: answered once with its attempt, unchanged terms too; one that is refused leaves the order as it is", async () => {
    const rig = await stage.rig();
    const order = stage.resting();
    rig.gateway.open(order);
    await rig.settle();
    const terms = { price: BID - 101, qty: 2_000 };
    // The second time nothing changes: the terms are what was asked for, as they are when a client has sent it twice.
    for (const attempt of [2, 3]) {
      rig.gateway.open(replaceOf(order, { ...terms, attempt }));
      const replaced = (await rig.settle()).map((r) => [K[r.kind], r.price, r.qty, r.attempt]);
      expect(replaced).toEqual([["OrderReplaced", BID - 101, 2_000, attempt]]);
    }
    rig.gateway.close(cancelOf(order));
    await rig.settle();
    rig.gateway.open(replaceOf(order, { ...terms, price: BID - 200, attempt: 4 }));
    const refused = (await rig.settle()).map((r) => [K[r.kind], r.code, r.attempt]);
    expect(refused).toEqual([["ReplaceRejected", tooLate, 4]]);
    rig.gateway.stop();
  });
}

/** `make`: with a key that the venue does not take. */
export function keyRefused(start: () => Promise<Simulator>, make: (simulator: Simulator) => LiveRig): void {
  test("a key that is refused: said, and never up", async () => {
    const simulator = await start();
    const rig = make(simulator);
    rig.gateway.start();
    const codes = () => rig.problems.map(({ code }) => code);
    await until(() => codes().filter((code) => code === "SubscribeRefused").length > 1, 3_000);
    expect(new Set(codes())).toEqual(new Set(["SubscribeRefused"]));
    expect(rig.streams()).not.toContain(StreamState.Up);
    expect(rig.gateway.status().isUp).toBe(false);
    rig.gateway.stop();
    await simulator.stop();
  });
}
