/** Stops, trailing, OCO and brackets on recorded markets, through restart, gap and outage with each policy. */

import { describe, expect, test } from "bun:test";
import { Prng } from "../../src/core/prng.ts";
import { isTerminal, OrderFlag, OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { LegLink, legsText } from "../../src/model/order_legs.ts";
import { RecordKind } from "../../src/model/record.ts";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../support/fixtures.ts";
import { HeldReplay, readTape, type Tape } from "./held_replay.testing.ts";

const TAPES = [
  ["spot", ["marketdata/binance-spot/ethusdt_20240808.gz"]],
  ["usdm", ["marketdata/binance-usdm/ethusdt_20240808.gz"]],
] as const;
const NO_EXPIRY = { qty: 0, triggerBy: 0, trailOffset: 0, expireUs: 0, timeInForce: TimeInForce.Gtc };

const tick = (tape: Tape, price: number) => Math.round(price / tape.instrument.tick) * tape.instrument.tick;
const qtyOf = (tape: Tape) => tape.instrument.lot * 100;

/** Two frames between which the price was lower than at both of them, and by how much. */
function dip(tape: Tape, from: number): { at: number; until: number; trigger: number } {
  let best = { at: 0, until: 0, trigger: 0 };
  let depth = 0;
  for (let at = from; at < tape.frames - 1_500; at += 100) {
    const until = at + 1_000;
    const low = Math.min(...tape.prices.subarray(at, until));
    const ends = Math.min(tape.prices[at - 1] as number, ...tape.prices.subarray(until - 1, until + 100));
    if (ends - low <= depth) continue;
    depth = ends - low;
    best = { at, until, trigger: tick(tape, (ends + low) / 2) };
  }
  return best;
}

for (const [name, files] of TAPES) {
  describe.skipIf(!fixturesPresent)(`held orders on recorded data, ${name} (${FIXTURES_REASON})`, () => {
    const tape = fixturesPresent ? readTape(files.map(fixture), name) : (undefined as unknown as Tape);
    const STOP = { orderType: OrderType.StopMarket, flags: OrderFlag.ReduceOnly } as const;

    for (const [policy, flag, state] of [
      ["trigger", 0, "Filled"],
      ["keep", OrderFlag.OnOutageKeep, "Held"],
      ["cancel", OrderFlag.OnOutageCancel, "Withdrawn"],
    ] as const) {
      test(`stop, outage, ${policy}`, () => {
        const { at, until, trigger } = dip(tape, 3_000);
        const rig = new HeldReplay(tape);
        rig.run(at - 1_000);
        rig.buy(qtyOf(tape));
        const stop = rig.place({ ...STOP, qty: qtyOf(tape), triggerPrice: trigger, flags: STOP.flags | flag });
        expect(rig.stateOf(stop)).toBe("Held");
        // Only what the outage does is asked about: until then nothing may have reached it.
        const before = Math.min(...tape.prices.subarray(rig.frame, at));
        rig.run(at);
        expect([rig.stateOf(stop), before > trigger]).toEqual(["Held", true]);
        rig.restart(until);
        expect(rig.stateOf(stop)).toBe("Held");
        rig.run(until + 100);
        expect(rig.stateOf(stop)).toBe(state);
        expect(rig.positionQty).toBe(policy === "trigger" ? 0 : qtyOf(tape));
        expect(rig.replicaHash()).toBe(rig.state.hash());
      });
    }

    test("stop, no outage: fires in the very frame in which the recorded price reached it", () => {
      const rig = new HeldReplay(tape);
      rig.run(3_000);
      rig.buy(qtyOf(tape));
      const low = Math.min(...tape.prices.subarray(rig.frame));
      const trigger = tick(tape, (rig.price + low) / 2);
      const stop = rig.place({ ...STOP, qty: qtyOf(tape), triggerPrice: trigger });
      const fires = tape.prices.findIndex((price, frame) => frame >= rig.frame && price <= trigger);
      rig.run(fires);
      expect(rig.stateOf(stop)).toBe("Held");
      rig.run(fires + 1);
      expect(rig.stateOf(stop)).toBe("Sent");
      rig.run(fires + 200);
      expect([rig.stateOf(stop), rig.positionQty]).toEqual(["Filled", 0]);
    });

    test("trailing: the frame and watermark of a plain computation; restarts keep it within a basis point", () => {
      const offset = tick(tape, (tape.prices[3_000] as number) * 0.0005);
      for (const restarts of [0, 12]) {
        const rig = new HeldReplay(tape);
        const random = new Prng(7);
        rig.run(3_000);
        rig.buy(qtyOf(tape));
        const from = rig.frame;
        const stop = rig.place({ ...STOP, orderType: OrderType.TrailingStop, qty: qtyOf(tape), trailOffset: offset });
        let best = 0;
        let fires = from;
        for (; fires < tape.frames; fires++) {
          best = Math.max(best, tape.prices[fires] as number);
          if ((tape.prices[fires] as number) <= best - offset) break;
        }
        expect(fires).toBeLessThan(tape.frames);
        for (let n = 0; n < restarts; n++) {
          rig.run(rig.frame + random.nextBelow(Math.floor((fires - from) / restarts)));
          if (rig.stateOf(stop) !== "Held") break;
          let seen = 0;
          for (let i = from; i < rig.frame; i++) seen = Math.max(seen, tape.prices[i] as number);
          rig.restart();
          if (seen > 0) expect((seen - rig.orders.held.watermark(stop)) / seen).toBeLessThan(0.0001);
        }
        rig.run(fires);
        expect(rig.stateOf(stop)).toBe("Held");
        rig.run(restarts === 0 ? fires + 1 : tape.frames);
        expect(rig.stateOf(stop)).not.toBe("Held");
        const mark = rig.journal.records.findLast((r) => r.kind === RecordKind.WatermarkMoved && r.order === stop);
        if (restarts === 0) expect(mark?.price).toBe(best);
        rig.run(tape.frames);
        expect([rig.stateOf(stop), rig.positionQty]).toEqual(["Filled", 0]);
      }
    });

    for (const kind of ["bracket", "oco"] as const) {
      test(`${kind}: no sibling left alive, through restarts at random frames and outages`, () => {
        const ends = new Set<string>();
        for (let seed = 1; seed <= 6; seed++) {
          const random = new Prng(seed);
          const rig = new HeldReplay(tape);
          rig.run(3_000 + random.nextBelow(3_000));
          const near = tick(tape, rig.price * 0.0003 * (1 + random.nextBelow(4)));
          const stopAt = rig.price - near;
          const profitAt = tick(tape, rig.price + near * (0.5 + random.nextBelow(3)));
          const flags = OrderFlag.ReduceOnly;
          const side = Side.Sell;
          const stopLeg = {
            side,
            flags,
            orderType: OrderType.StopMarket,
            triggerPrice: stopAt,
            price: 0,
            ...NO_EXPIRY,
          };
          const limitLeg = { side, flags, orderType: OrderType.Limit, price: profitAt, triggerPrice: 0, ...NO_EXPIRY };
          const qty = qtyOf(tape);
          let stop = 0;
          let profit = 0;
          if (kind === "bracket") {
            const legs = [stopLeg, limitLeg].map((leg) => ({ ...leg, link: LegLink.Child }));
            const entry = rig.place({ side: Side.Buy, qty, venueOrderId: legsText(legs) });
            stop = entry + 1;
            profit = entry + 2;
          } else {
            rig.buy(qty);
            const venueOrderId = legsText([{ ...stopLeg, link: LegLink.Sibling }]);
            profit = rig.place({ flags, orderType: OrderType.Limit, price: profitAt, qty, venueOrderId });
            stop = profit + 1;
          }
          while (rig.frame < tape.frames) {
            rig.run(rig.frame + 200 + random.nextBelow(1_500));
            if (rig.frame < tape.frames) rig.restart(Math.min(tape.frames, rig.frame + random.nextBelow(3) * 100));
          }
          const done = [stop, profit].filter((order) => rig.stateOf(order) === "Filled");
          const alive = [stop, profit].filter((order) => !isTerminal(rig.orders.state(order)));
          const name = `seed ${seed}: stop ${rig.stateOf(stop)}, profit ${rig.stateOf(profit)}`;
          expect(`${name}: ${done.length} done`).toBe(`${name}: ${rig.positionQty === 0 ? 1 : 0} done`);
          if (done.length > 0) expect(`${name}: ${alive.length} alive`).toBe(`${name}: 0 alive`);
          else expect(rig.positionQty).toBe(qty);
          ends.add(done.length === 0 ? "open" : done[0] === stop ? "stop" : "profit");
          expect(rig.replicaHash()).toBe(rig.state.hash());
        }
        process.stdout.write(`  ${name} ${kind}: ended by ${[...ends].join(", ")}\n`);
      });
    }
  });
}
