/** Reports that never come: whatever the stream loses, reconciliation brings orders, fills and positions to the venue's. */

import { expect, test } from "bun:test";
import { Prng } from "../../core/prng.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import { btcUsdt, btcUsdtPerp } from "../../match/synthetic_specs.ts";
import { isTerminal, OrderState, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { Readiness, RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { SimRig } from "../sim/rig.testing.ts";

const SESSIONS = process.env["MELTICA_FUZZ"] === "large" ? 400 : 5;
const SEED = Number(process.env["MELTICA_SEED"] ?? 1);
const SPECS = [btcUsdt(), btcUsdtPerp()];

/** A rig whose private stream loses some of what the venue says; answers to questions and cash come through. */
class DeafRig extends SimRig {
  lossIn = 3;
  lost = 0;
  readonly truth = new Map<number, TradingRecord>();
  readonly positions = new Map<number, number>();
  #isAsking = false;

  constructor(seed: number) {
    super(SPECS, seed, [], { gateway: { sessionTag: "0", feeIn: "quote" } });
    const prng = new Prng(seed * 7);
    const put = this.lanes.private.put.bind(this.lanes.private);
    this.lanes.private.put = (record) => {
      const isAnswer = record.kind >= RecordKind.StatedOrder || record.attempt > 0;
      if (this.#isAsking) this.#hear(record);
      if (this.#isAsking) return true;
      if (isAnswer || record.kind === RecordKind.CashMoved || prng.nextBelow(this.lossIn) > 0) return put(record);
      this.lost++;
      return true;
    };
    this.gateway.restore(this.state);
    this.engine.recover(this.nowUs);
  }

  /** What the venue itself says, told to the test alone. */
  ask(query: VenueQuery): void {
    this.#isAsking = true;
    expect(this.gateway.query(query)).toBe(0);
    for (let us = this.gateway.nextDueUs(); us < Number.POSITIVE_INFINITY; us = this.gateway.nextDueUs()) {
      if (us > this.nowUs + 60_000_000) break; // Funding, some time.
      this.gateway.advance(us);
    }
    this.#isAsking = false;
  }

  #hear(record: Readonly<TradingRecord>): void {
    if (record.kind === RecordKind.StatedOrder) this.truth.set(record.order, new TradingRecord().copyFrom(record));
    if (record.kind !== RecordKind.StatedPosition) return;
    this.positions.set(record.instrument, record.side === Side.Sell ? -record.qty : record.qty);
  }
}

function act(rig: DeafRig, prng: Prng): void {
  const instrument = prng.nextBelow(2);
  const { tick, lot } = SPECS[instrument] as (typeof SPECS)[0];
  const mid = rig.market.instrument(instrument)?.referencePrice() ?? 0;
  if (mid === 0) return;
  const side = prng.nextBelow(2) === 0 ? Side.Buy : Side.Sell;
  const offset = Math.round((mid * (prng.nextBelow(40) - 10)) / 100_000 / tick) * tick;
  const price = Math.round(mid / tick) * tick - (side === Side.Buy ? offset : -offset);
  const qty = lot * (1 + prng.nextBelow(instrument === 0 ? 20_000 : 200));
  const order = Math.max(1, rig.state.orders.nextOrder - 1 - prng.nextBelow(10));
  const draw = prng.nextBelow(10);
  const fields: Partial<TradingRecord> =
    draw < 6
      ? {
          kind: RecordKind.CommandPlace,
          instrument,
          side,
          price,
          qty,
          orderType: OrderType.Limit,
          timeInForce: TimeInForce.Gtc,
        }
      : draw < 8
        ? { kind: RecordKind.CommandCancel, order }
        : {
            kind: RecordKind.CommandAmend,
            order,
            qty: rig.state.orders.has(order) ? rig.state.orders.qty(order) + lot : 0,
          };
  const record = Object.assign(new TradingRecord(), { timeUs: rig.nowUs, instrumentRevision: 1, text: "hand" }, fields);
  if (!rig.lanes.commands.put(record)) throw new Error("the command lane is full");
  rig.engine.poll();
}

/** What closing has realised depends on the order of fills; only without a position must cash be equal to the unit. */
function flatten(rig: DeafRig): void {
  const held = rig.positionQty(1);
  if (held === 0) return;
  const record = new TradingRecord().reset(RecordKind.CommandPlace);
  const side = held > 0 ? Side.Sell : Side.Buy;
  const terms = { orderType: OrderType.Market, timeInForce: TimeInForce.Ioc, side, qty: Math.abs(held), instrument: 1 };
  rig.lanes.commands.put(Object.assign(record, { timeUs: rig.nowUs, instrumentRevision: 1, text: "flat" }, terms));
  rig.engine.poll();
}

const END: Readonly<Record<number, OrderState>> = {
  [VenueOrderStatus.Filled]: OrderState.Filled,
  [VenueOrderStatus.Canceled]: OrderState.Canceled,
  [VenueOrderStatus.Expired]: OrderState.Expired,
  [VenueOrderStatus.NotFound]: OrderState.NeverAccepted,
};

test(`${SESSIONS} sessions with a third of all reports lost: orders, fills and positions end as the venue has them`, () => {
  const seen = { orders: 0, lost: 0, unknown: 0, inferred: 0, queries: 0 };
  for (let n = 0; n < SESSIONS; n++) {
    const seed = SEED * 1_000 + n;
    const rig = new DeafRig(seed);
    const prng = new Prng(seed);
    expect(rig.state.readiness.ofAccount(0)).toBe(Readiness.Ready);
    for (let i = 0; i < 60; i++) {
      act(rig, prng);
      rig.run(prng.nextBelow(300_000));
    }
    rig.run(130_000_000); // Two sweeps, and what they ask for.
    rig.lossIn = 1_000_000_000;
    const { orders } = rig.state;
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      seen.unknown += orders.state(order) === OrderState.Unknown ? 1 : 0;
      const cancel = new TradingRecord().reset(RecordKind.CommandCancel);
      rig.lanes.commands.put(Object.assign(cancel, { timeUs: rig.nowUs, order, text: "the end" }));
      rig.engine.poll();
    }
    rig.run(70_000_000);
    flatten(rig);
    rig.run(130_000_000);
    for (let order = 1; order < orders.nextOrder; order++) {
      const state = orders.state(order);
      if (state === OrderState.Denied || state === OrderState.Withdrawn) continue;
      seen.orders++;
      rig.ask({ id: 1_000_000 + order, kind: "order", order, clientOrderId: "", instrument: orders.instrument(order) });
      const truth = rig.truth.get(order) as TradingRecord;
      const where = `seed ${seed} order ${order}`;
      expect(isTerminal(state), `${where}: ${OrderState[state]}`).toBe(true);
      if (state !== OrderState.Rejected)
        expect(OrderState[state], where).toBe(OrderState[END[truth.code] as number] as string);
      expect(orders.cumQty(order), where).toBe(Math.max(0, truth.cumQty));
    }
    rig.ask({ id: 2_000_000, kind: "positions" });
    expect(rig.positionQty(1), `seed ${seed}: position`).toBe(rig.positions.get(1) ?? 0);
    expect(rig.state.readiness.breaks(), `seed ${seed}`).toEqual([]);
    expect(rig.state.ledger.breaks.all(), `seed ${seed}`).toEqual([]);
    expect(rig.state.readiness.ofAccount(0), `seed ${seed}`).toBe(Readiness.Ready);
    expect(rig.recovered().hash()).toBe(rig.state.hash());
    seen.lost += rig.lost;
    seen.inferred += rig.engine.reports.counters.inferred;
    seen.queries += rig.engine.reconciler.counters.queries;
  }
  console.log(`    ${JSON.stringify(seen)}`);
  expect(seen.lost).toBeGreaterThan(100);
}, 60_000);
