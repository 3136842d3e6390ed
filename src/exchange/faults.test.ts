/** Faults as text and JSON: read, refused with the nearest name, counted. */

import { describe, expect, test } from "bun:test";
import { FAULT_KINDS, Faults } from "./faults.ts";

describe("Faults", () => {
  test("are read from text", () => {
    expect(Faults.parse("drop=0.01, stale-snapshot=1,delay-ms=50")).toEqual({
      drop: 0.01,
      "stale-snapshot": 1,
      "delay-ms": 50,
    });
    expect(Faults.parse("")).toEqual({});
  });

  test.each([
    ["drop", "has no such form"],
    ["drop=-1", "drop cannot be -1"],
    ["clock-skew-ms=-700000", "clock-skew-ms cannot be"],
    ["drop=2", "drop cannot be 2"],
    ["dorp=0.1", 'no fault is called "dorp"'],
  ])("%s is refused", (text, detail) => {
    expect(() => Faults.parse(text)).toThrow(detail);
  });

  test("the nearest name is the hint", () => {
    expect(new Faults().change({ dorp: 0.1 })).toMatchObject({ hint: expect.stringContaining("drop") });
  });

  test("each venue has counts of its own under one plan", () => {
    const faults = new Faults();
    faults.change({ drop: 0.5, "delay-ms": 7 });
    const [okx, bybit] = [faults.at("okx"), faults.at("bybit")];
    expect([okx.share("drop"), bybit.timeMs("delay-ms"), faults.at("okx") === okx]).toEqual([0.5, 7, true]);
    okx.count("drop");
    okx.count("drop");
    bybit.count("close");
    expect(faults.countsByVenue).toEqual({ okx: { drop: 2 }, bybit: { close: 1 } });
    expect([faults.counts.drop, faults.counts.close]).toEqual([2, 1]);
  });

  test("a change is taken whole or not at all", () => {
    const faults = new Faults();
    expect(faults.change({ drop: 0.5, close: "no" })).toMatchObject({ code: "BodyInvalid" });
    expect(faults.share("drop")).toBe(0);
    expect(faults.change({ drop: 0.5, "silence-ms": 10 })).toBeUndefined();
    expect([faults.share("drop"), faults.timeMs("silence-ms")]).toEqual([0.5, 10]);
    faults.count("drop");
    expect(faults.counts.drop).toBe(1);
    expect(Object.keys(faults.counts)).toEqual([...FAULT_KINDS]);
    expect(faults.plan["delay-ms"]).toBe(250);
  });
});
