/** The built-in strategies on the synthetic venue, engine and gateway included: both trade within 20 s, and go on trading. */

import { describe, expect, test } from "bun:test";
import { defaultSpecs } from "../../match/synthetic_specs.ts";
import { RecordKind, type TradingRecord } from "../../model/record.ts";
import emaCross from "../../strategy/builtin/ema_cross.ts";
import marketMaking from "../../strategy/builtin/market_making.ts";
import { type RigInstance, SimRig, START_US } from "./rig.testing.ts";

const SEEDS = 30;
const BOTH: readonly RigInstance[] = [
  { module: emaCross, tf: "1s" },
  { module: marketMaking, tf: "1s" },
];

interface Count {
  orders: number;
  fills: number;
  denied: number;
  firstFillS: number;
}

function count(records: readonly TradingRecord[], instance: number): Count {
  const own = records.filter((r) => r.instance === instance);
  const of = (kind: RecordKind) => own.filter((r) => r.kind === kind);
  const fills = of(RecordKind.OrderFilled);
  const firstFillS = ((fills[0]?.timeUs ?? Number.POSITIVE_INFINITY) - START_US) / 1_000_000;
  const denied = of(RecordKind.OrderDenied).length;
  return { orders: of(RecordKind.OrderIntent).length, fills: fills.length, denied, firstFillS };
}

describe("ema-cross and market-making on sim:BTC-USDT, tf=1s, default parameters", () => {
  test("trade within 20 s of model time at real-time rates: with seed 1, and with nearly every seed", () => {
    const first: number[][] = [[], []];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const rig = new SimRig(defaultSpecs(), seed, BOTH);
      rig.run(20_000_000);
      const records = rig.records();
      [1, 2].forEach((instance, n) => {
        const counted = count(records, instance);
        first[n]?.push(counted.firstFillS);
        expect(counted.denied).toBe(0);
        if (seed === 1) console.log(`    ${["ema-cross", "market-making"][n]} after 20 s: ${JSON.stringify(counted)}`);
        if (seed === 1) expect(counted.fills).toBeGreaterThan(0);
      });
      expect(rig.engine.host.problems).toEqual([]);
      expect(rig.recovered().hash()).toBe(rig.state.hash());
    }
    first.forEach((times, n) => {
      times.sort((a, b) => a - b);
      const [median, p90] = [times[SEEDS >> 1] as number, times[Math.floor(SEEDS * 0.9)] as number];
      console.log(
        `    ${["ema-cross", "market-making"][n]} first fill: median ${median} s, p90 ${p90} s of ${SEEDS} seeds`,
      );
      expect(median).toBeLessThan(10);
      expect(p90).toBeLessThan(16);
    });
  }, 20_000);

  test("ten minutes: crosses every few seconds to a minute, quotes are filled now and then, positions stay in bounds", () => {
    const rig = new SimRig(defaultSpecs(), 1, BOTH);
    rig.run(600_000_000);
    const records = rig.records();
    const crosses = records.filter((r) => r.instance === 1 && r.kind === RecordKind.OrderIntent).map((r) => r.timeUs);
    const gaps = crosses.slice(1).map((us, n) => (us - (crosses[n] as number)) / 1_000_000);
    gaps.sort((a, b) => a - b);
    const making = count(records, 2);
    console.log(`    ${crosses.length} crosses, median ${gaps[gaps.length >> 1]} s apart; ${JSON.stringify(making)}`);
    expect(crosses.length).toBeGreaterThan(15);
    expect(gaps[gaps.length >> 1]).toBeLessThan(30);
    expect(making.fills).toBeGreaterThan(60);
    expect(rig.positionQty(0)).toBeGreaterThanOrEqual(0);
    expect(rig.market.instrument(0)?.book?.valid).toBe(true);
    expect(rig.recovered().hash()).toBe(rig.state.hash());
  });

  test("a restart in the middle: the venue is restored, strategies go on, the same D from all records", () => {
    const before = new SimRig(defaultSpecs(), 2, BOTH, { gateway: { sessionTag: "1" } });
    before.run(40_000_000);
    const past = before.records();
    const startUs = before.nowUs + 3_000_000;
    const rig = new SimRig(defaultSpecs(), 3, BOTH, { past, startUs, gateway: { sessionTag: "2" } });
    expect(rig.state.hash()).toBe(rig.recovered().hash());
    rig.run(60_000_000);
    const records = rig.records();
    expect(rig.state.hash()).toBe(rig.recovered().hash());
    const ids = records.filter((r) => r.kind === RecordKind.OrderFilled).map((r) => r.fillId);
    expect(new Set(ids).size).toBe(ids.length);
    const fresh = records.slice(past.length).filter((r) => r.kind === RecordKind.OrderFilled);
    for (const instance of [1, 2]) expect(fresh.some((r) => r.instance === instance)).toBe(true);
    const { counters } = rig.engine.reports;
    expect([counters.breaks, counters.overfills, counters.orphans]).toEqual([0, 0, 0]);
  });

  test("on a perpetual both trade too", () => {
    const rig = new SimRig(defaultSpecs(), 1, BOTH, { main: 3 });
    rig.run(60_000_000);
    const records = rig.records();
    for (const instance of [1, 2]) {
      const counted = count(records, instance);
      console.log(`    perpetual, instance ${instance} after 60 s: ${JSON.stringify(counted)}`);
      expect(counted.fills).toBeGreaterThan(0);
    }
  });
});
