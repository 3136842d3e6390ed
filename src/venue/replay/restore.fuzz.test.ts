/** The simulated venue restored from D: random sessions cut at random records, several times over; then all ends properly. With restore. */

import { expect, test } from "bun:test";
import { Prng } from "../../core/prng.ts";
import { btcUsdt, btcUsdtPerp } from "../../match/synthetic_specs.ts";
import { isExposed, OrderFlag, OrderState, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { SimRig } from "../sim/rig.testing.ts";

const SESSIONS = process.env["MELTICA_FUZZ"] === "large" ? 600 : 20;
const CUTS = 4;
const SPECS = [btcUsdt(), btcUsdtPerp()];

function send(rig: SimRig, kind: RecordKind, fields: Partial<TradingRecord>): void {
  const record = Object.assign(new TradingRecord().reset(kind), {
    timeUs: rig.nowUs,
    instrumentRevision: 1,
    ...fields,
  });
  if (!rig.lanes.commands.put(record)) throw new Error("the command lane is full");
  rig.engine.poll();
}

/** A person at random: places near the touch, cancels, amends; resting, taking and post-only orders. */
function act(rig: SimRig, prng: Prng): void {
  const draw = prng.nextBelow(10);
  const order = Math.max(1, rig.state.orders.nextOrder - prng.nextBelow(12));
  const instrument = prng.nextBelow(2);
  const { tick, lot } = SPECS[instrument] as (typeof SPECS)[0];
  const market = rig.market.instrument(instrument);
  const mid = market?.referencePrice() ?? 0;
  if (mid === 0) return;
  const away = prng.nextBelow(60) - 8;
  const side = prng.nextBelow(2) === 0 ? Side.Buy : Side.Sell;
  const offset = Math.round((mid * away) / 100_000 / tick) * tick;
  const price = Math.round(mid / tick) * tick - (side === Side.Buy ? offset : -offset);
  const qty = lot * (1 + prng.nextBelow(instrument === 0 ? 30_000 : 300));
  if (draw < 6) {
    const rests = prng.nextBelow(5) > 0;
    const timeInForce = rests ? TimeInForce.Gtc : TimeInForce.Ioc;
    const flags = rests && prng.nextBelow(3) === 0 ? OrderFlag.PostOnly : 0;
    send(rig, RecordKind.CommandPlace, {
      instrument,
      side,
      price,
      qty,
      orderType: OrderType.Limit,
      timeInForce,
      flags,
      text: "by hand",
    });
  } else if (!rig.state.orders.has(order)) return;
  else if (draw < 8) send(rig, RecordKind.CommandCancel, { order });
  else send(rig, RecordKind.CommandAmend, { order, price: 0, qty: qty + rig.state.orders.cumQty(order) });
}

function live(rig: SimRig): number[] {
  const { orders } = rig.state;
  const found: number[] = [];
  for (let o = orders.firstOpenAll(); o !== 0; o = orders.nextOpenAll(o)) found.push(o);
  return found;
}

/** Fills of the journal, each id once, summed by order and by instrument, equal D's own sums. */
function conserved(rig: SimRig, seed: number): number {
  const ids = new Set<string>();
  const byOrder = new Map<number, number>();
  const byInstrument = [0, 0];
  for (const record of rig.records()) {
    if (record.kind !== RecordKind.OrderFilled) continue;
    expect(ids.has(record.fillId), `seed ${seed}: ${record.fillId} twice`).toBe(false);
    ids.add(record.fillId);
    byOrder.set(record.order, (byOrder.get(record.order) ?? 0) + record.qty);
    const sign = record.side === Side.Buy ? 1 : -1;
    byInstrument[record.instrument] = (byInstrument[record.instrument] as number) + sign * record.qty;
  }
  const { orders } = rig.state;
  for (const [order, qty] of byOrder) {
    expect(orders.cumQty(order), `seed ${seed} order ${order}`).toBe(qty);
    expect(qty, `seed ${seed} order ${order}`).toBeLessThanOrEqual(orders.qty(order));
    expect(orders.missingQty(order), `seed ${seed} order ${order}`).toBe(0);
  }
  expect(rig.positionQty(1), `seed ${seed}`).toBe(byInstrument[1] as number);
  return ids.size;
}

test(`${SESSIONS} sessions cut ${CUTS} times: every order ends, no fill twice, quantities conserved, venue and D agree`, () => {
  const seen = { restored: 0, fillsAfter: 0, pendingCancel: 0, pendingReplace: 0, neverAccepted: 0, fills: 0 };
  for (let seed = 1; seed <= SESSIONS; seed++) {
    const prng = new Prng(seed);
    const faults = { seed, latencyJitterUs: seed % 3 === 0 ? 20_000 : 0 };
    let rig = new SimRig(SPECS, seed, [], { gateway: { sessionTag: "0", faults, feeIn: "quote" } });
    rig.run(1);
    for (let cut = 1; cut <= CUTS; cut++) {
      for (let n = 0; n < 60; n++) {
        act(rig, prng);
        rig.run(prng.nextBelow(40_000));
      }
      // The last records may not have become durable.
      const all = rig.records();
      const past = all.slice(0, all.length - prng.nextBelow(12));
      const startUs = rig.nowUs + 1 + prng.nextBelow(3_000_000);
      rig = new SimRig(SPECS, seed * 100 + cut, [], {
        past,
        startUs,
        gateway: { sessionTag: String(cut), faults, feeIn: "quote" },
      });
      const before = new Set(live(rig));
      seen.restored += before.size;
      for (const order of before) {
        const flags = rig.state.orders.flags(order);
        if ((flags & OrderFlag.CancelPending) !== 0) seen.pendingCancel++;
        if ((flags & OrderFlag.ReplacePending) !== 0) seen.pendingReplace++;
      }
      const from = rig.state.record;
      rig.run(1 + prng.nextBelow(2) * 400_000);
      const fresh = rig.records().slice(from);
      seen.fillsAfter += fresh.filter((r) => r.kind === RecordKind.OrderFilled && before.has(r.order)).length;
    }
    rig.run(4_000_000); // Not found twice, two seconds apart.
    const unknown = live(rig).filter((o) => rig.state.orders.state(o) === OrderState.Unknown);
    expect(unknown, `seed ${seed}: answered, all of them`).toEqual([]);
    for (const order of live(rig)) send(rig, RecordKind.CommandCancel, { order });
    rig.run(1_000_000);
    expect(
      live(rig).map((o) => `${o} ${OrderState[rig.state.orders.state(o)]}`),
      `seed ${seed}`,
    ).toEqual([]);
    seen.fills += conserved(rig, seed);
    const { breaks, overfills, orphans, late } = rig.engine.reports.counters;
    expect([breaks, overfills, orphans, late], `seed ${seed}`).toEqual([0, 0, 0, 0]);
    for (let o = 1; o < rig.state.orders.nextOrder; o++) {
      expect(isExposed(rig.state.orders.state(o))).toBe(false);
      if (rig.state.orders.state(o) === OrderState.NeverAccepted) seen.neverAccepted++;
    }
    expect(rig.recovered().hash()).toBe(rig.state.hash());
  }
  console.log(`    ${JSON.stringify(seen)}`);
  // The test must have been somewhere: all of these happen.
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(0);
}, 60_000);
