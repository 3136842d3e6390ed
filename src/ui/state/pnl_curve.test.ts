/** The curve: exact totals, several accounts as one line, history and live points together, bounded. */

import { describe, expect, test } from "bun:test";
import type { PnlView } from "../../control/views.ts";
import { BOUNDS } from "./bounds.ts";
import { PnlCurve } from "./pnl_curve.ts";

function point(seconds: number, equity: string, account = "a", asset = "USDT"): PnlView {
  const time = { iso: "", us: seconds * 1e6 };
  const whole = { by: "account" as const, instance: null, funding: "0", complete: true, unvalued: [] };
  return { ...whole, account, asset, equity, realizedPnl: "1.5", unrealizedPnl: "-0.25", fees: "0.1", time };
}

describe("one account", () => {
  test("the line is the change since the first point; points come once and in order", () => {
    const curve = new PnlCurve();
    curve.add([point(1, "100"), point(2, "101.5"), point(2, "101.5"), point(1, "7"), point(3, "99")]);
    expect(curve.columns("USDT")).toEqual([
      [1, 2, 3],
      [0, 1.5, -1],
    ]);
    expect(curve.total("USDT")).toEqual({
      asset: "USDT",
      equity: "99",
      realized: "1.5",
      unrealized: "-0.25",
      fees: "0.1",
      change: "-1",
      sinceUs: 1e6,
    });
    expect(curve.total("EUR")).toBeUndefined();
    expect(curve.columns("EUR")).toEqual([[], []]);
  });

  test("history that arrives after live points goes before them", () => {
    const curve = new PnlCurve();
    curve.add([point(10, "105")]);
    curve.load([point(9, "104"), point(1, "100")]);
    expect(curve.columns("USDT")).toEqual([
      [1, 9, 10],
      [0, 4, 5],
    ]);
    expect([curve.firstUs, new PnlCurve().firstUs]).toEqual([1e6, Number.POSITIVE_INFINITY]);
    curve.load([]);
    expect(curve.total("USDT")?.change).toBe("5");
  });

  test("is thinned when it is full, and keeps its first and latest points", () => {
    const curve = new PnlCurve();
    const count = BOUNDS.curvePointsMax * 3;
    for (let i = 0; i <= count; i++) curve.add([point(i, String(i))]);
    const [seconds, changes] = curve.columns("USDT");
    expect(seconds.length).toBeLessThanOrEqual(BOUNDS.curvePointsMax);
    expect(seconds.length).toBeGreaterThan(BOUNDS.curvePointsMax / 2);
    expect([seconds[0], seconds.at(-1), changes.at(-1)]).toEqual([0, count, count]);
    expect(seconds.every((second, i) => second === changes[i])).toBe(true);
  });
});

describe("several", () => {
  test("accounts of one asset add up, each at its last known value", () => {
    const curve = new PnlCurve();
    curve.add([point(1, "100"), point(2, "50", "b"), point(3, "101"), point(4, "49.5", "b"), point(4, "102")]);
    expect(curve.columns("USDT")).toEqual([
      [1, 2, 3, 4],
      [0, 0, 1, 1.5],
    ]);
    expect(curve.total("USDT")).toMatchObject({ equity: "151.5", change: "1.5", fees: "0.2" });
  });

  test("assets stay apart", () => {
    const curve = new PnlCurve();
    curve.add([point(1, "100"), point(1, "1", "a", "BTC")]);
    expect(curve.assets()).toEqual(["USDT", "BTC"]);
    expect(curve.total("BTC")?.equity).toBe("1");
  });
});
