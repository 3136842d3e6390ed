/** Sizes of strategies are of the base asset, whatever a contract stands for: what reaches the engine are contracts. */

import { describe, expect, test } from "bun:test";
import { InstrumentKind, Side } from "../model/order.ts";
import { RecordKind } from "../model/record.ts";
import type { Market, Order } from "./api.ts";
import { onMain, TestPort } from "./test_port.testing.ts";

/** Price 2680, equity 10,000; quantities with 6 decimals, a lot of 0.0001 contracts. */
function swap(contractSize: number, contractScale: number, kind = InstrumentKind.LinearPerpetual): TestPort {
  return new TestPort({ kind, contractSize, contractScale });
}

function once(port: TestPort, run: (main: Market) => void): string[] {
  const refused: string[] = [];
  let isDone = false;
  const module = onMain((main) => ({
    onQuote() {
      if (!isDone) run(main);
      isDone = true;
    },
    onReject: ({ reason }) => refused.push(reason),
  }));
  expect(port.start(module)).toBe("");
  port.quote();
  return refused;
}

const contracts = (port: TestPort) => port.placed.map(({ qty }) => qty / 1e6);

describe("a contract of", () => {
  test.each([
    ["a hundredth", 1, 2, 100],
    ["one", 1, 0, 1],
    ["eight", 8, 0, 0.125],
    ["a thousand", 1_000, 0, 0.001],
    ["five hundredths", 5, 2, 20],
  ])("%s of the base: each way to say a size", (_, size, scale, perBase) => {
    const port = swap(size, scale);
    const limit = 2_500;
    const refused = once(port, (main) => {
      main.buy({ base: 40 }, { limit, why: "of the base" });
      main.buy({ base: "40" }, { limit, why: "of the base, as text" });
      main.buy({ quote: 100_000 }, { limit, why: "of the quote" });
      main.buy({ equity: 10 }, { limit, why: "of equity" });
      main.buy({ base: 40 }, { limit, display: 40, tif: "gtc", why: "shown" });
    });
    expect(refused).toEqual([]);
    expect(contracts(port)).toEqual([40, 40, 40, 40, 40].map((base) => base * perBase));
  });

  test.each([
    [1, 2, 0.01],
    [1_000, 0, 1_000],
    [5, 2, 0.05],
  ])(
    "%p at scale %p: what is held, asked and filled comes back as base, and can be said again",
    (size, scale, base) => {
      const port = swap(size, scale);
      const seen: number[] = [];
      let order: Order | undefined;
      const module = onMain((main) => ({
        onQuote() {
          if (order !== undefined) return;
          order = main.buy({ base: (main.lot * 69).toFixed(9) }, { limit: 2_600, why: "in lots" });
          seen.push(main.lot / base, order.size / base, main.bidSize / base);
        },
        onFill(fill) {
          seen.push(fill.size / base, main.position.size / base);
          main.sell({ base: main.position.size }, { why: "out" });
          main.target(-main.position.size * (2_680.05 / 10_000) * 2, { why: "other side" });
          order?.amend({ size: (main.lot * 50).toFixed(9) });
        },
      }));
      expect(port.start(module)).toBe("");
      port.quote();
      port.report(RecordKind.OrderAccepted, 1);
      port.fill(1, 3_500);
      expect(seen.map((value) => Number(value.toPrecision(12)))).toEqual([0.0001, 0.0069, 1, 0.0035, 0.0035]);
      expect(port.placed.slice(0, 2).map(({ side, qty }) => [side, qty])).toEqual([
        [Side.Buy, 6_900],
        [Side.Sell, 3_500],
      ]);
      expect(port.amended.map(({ qty }) => qty)).toEqual([5_000]);
    },
  );

  test("the quote, of an inverse swap: only a number of contracts is a size", () => {
    const port = swap(100, 0, InstrumentKind.InversePerpetual);
    const refused = once(port, (main) => {
      main.buy({ base: 3 }, { limit: 2_500, why: "contracts" });
      main.buy({ quote: 300 }, { limit: 2_500, why: "q" });
      main.buy({ equity: 0.1 }, { limit: 2_500, why: "e" });
      main.target(0.5, { why: "t" });
    });
    expect(contracts(port)).toEqual([3]);
    expect(refused.map((text) => text.split(" ").slice(0, 2).join(" "))).toEqual([
      "size quote",
      "size equity",
      "target: sizes",
    ]);
  });
});
