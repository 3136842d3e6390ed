/** Instruments: dense ids, rising revisions, scales with room to spare. */

import { describe, expect, test } from "bun:test";
import { ETH } from "../engine/engine.testing.ts";
import { InstrumentTable, scaleFor } from "./instrument.ts";

describe("InstrumentTable", () => {
  test("ids are dense, revisions rise by one, names and symbols are found", () => {
    const table = new InstrumentTable();
    expect(() => table.define({ ...ETH, id: 1 })).toThrow(/IdNotDense/);
    table.define(ETH);
    expect(() => table.define(ETH)).toThrow(/IdNotDense/);
    table.define({ ...ETH, revision: 2, tick: 10 });
    expect(table.get(0)?.tick).toBe(10);
    expect(table.count).toBe(1);
    expect(table.byName("binance:ETH-USDT")?.id).toBe(0);
    expect(table.bySymbol("binance-spot", "ETHUSDT")?.revision).toBe(2);
    expect(table.bySymbol("binance-usdm", "ETHUSDT")).toBeUndefined();
    expect(() => table.define({ ...ETH, revision: 3, tick: 0 })).toThrow(/ValueOutOfRange/);
    expect(() => table.define({ ...ETH, revision: 3, priceScale: 12, qtyScale: 9 })).toThrow(/ValueOutOfRange/);
  });

  test("two spare decimals where both scales and their product still fit", () => {
    expect([scaleFor(2, 4), scaleFor(8, 0), scaleFor(8, 8), scaleFor(0, 8)]).toEqual([4, 8, 8, 2]);
  });
});
