/** Indicators (bar_input too) against plain recomputation and trading-signals. */

import { describe, expect, test } from "bun:test";
import { ATR, EMA, RSI, SMA } from "trading-signals";
import { Prng } from "../../core/prng.ts";
import { Atr } from "./atr.ts";
import { BarInput } from "./bar_input.ts";
import { Bollinger } from "./bollinger.ts";
import { Ema } from "./ema.ts";
import { Extreme } from "./extreme.ts";
import { Macd } from "./macd.ts";
import { Rsi } from "./rsi.ts";
import { Series } from "./series.ts";
import { Sma } from "./sma.ts";
import { Stdev } from "./stdev.ts";
import { Vwap } from "./vwap.ts";

const BARS = makeBars(400, 17);
const closes = BARS.map((bar) => bar.close);

function makeBars(count: number, seed: number): BarInput[] {
  const prng = new Prng(seed);
  let price = 2_680;
  return Array.from({ length: count }, (_, i) => {
    const bar = new BarInput();
    bar.startUs = i * 3_600_000_000;
    bar.endUs = bar.startUs + 3_600_000_000;
    bar.open = price;
    price += (prng.nextFloat() - 0.5) * 10;
    bar.close = price;
    bar.high = Math.max(bar.open, bar.close) + prng.nextFloat();
    bar.low = Math.min(bar.open, bar.close) - prng.nextFloat();
    bar.volume = 1 + prng.nextBelow(50);
    return bar;
  });
}

/** Values after each bar; NaN before the first. */
function run(indicator: { onBar(bar: BarInput): void }, read: Series): number[] {
  return BARS.map((bar) => {
    indicator.onBar(bar);
    return read.value;
  });
}

function near(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    const other = expected[i] as number;
    if (Number.isNaN(other)) expect(value).toBeNaN();
    else expect(Math.abs(value - other)).toBeLessThan(1e-7 * Math.max(1, Math.abs(other)));
  });
}

function windows(period: number, of: (window: number[]) => number, from = closes): number[] {
  return from.map((_, i) => (i + 1 < period ? Number.NaN : of(from.slice(i + 1 - period, i + 1))));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));

describe("indicators", () => {
  test("sma, stdev, highest, lowest, bollinger: the plain definition over each window", () => {
    const sma = new Sma(14);
    near(run(sma, sma), windows(14, mean));
    const stdev = new Stdev(14);
    near(run(stdev, stdev), windows(14, deviation));
    const highest = new Extreme(20, true);
    near(
      run(highest, highest),
      windows(
        20,
        (w) => Math.max(...w),
        BARS.map((bar) => bar.high),
      ),
    );
    const lowest = new Extreme(20, false, "close");
    near(
      run(lowest, lowest),
      windows(20, (w) => Math.min(...w)),
    );
    for (const [line, sign] of [
      ["upper", 1],
      ["middle", 0],
      ["lower", -1],
    ] as const) {
      const bands = new Bollinger(20, 2);
      near(
        run(bands, bands[line]),
        windows(20, (w) => mean(w) + sign * 2 * deviation(w)),
      );
    }
  });

  test("sma, ema, rsi and atr agree with trading-signals", () => {
    const theirs = (indicator: SMA | EMA | RSI) => {
      const values = closes.map((close) => {
        indicator.add(close);
        return indicator.isStable ? Number(indicator.getResultOrThrow()) : Number.NaN;
      });
      return values;
    };
    const sma = new Sma(9);
    near(run(sma, sma), theirs(new SMA(9)));
    const rsi = new Rsi(14);
    near(run(rsi, rsi).slice(-100), theirs(new RSI(14)).slice(-100));
    const atr = new Atr(14);
    const reference = new ATR(14);
    const ranges = BARS.map((bar) => {
      reference.add({ high: bar.high, low: bar.low, close: bar.close });
      return reference.isStable ? Number(reference.getResultOrThrow()) : Number.NaN;
    });
    near(run(atr, atr).slice(-100), ranges.slice(-100));
    // Theirs starts an EMA at the first price, ours at the mean of the first period: equal once the start is forgotten.
    const ema = new Ema(12);
    near(run(ema, ema).slice(-100), theirs(new EMA(12)).slice(-100));
  });

  test("macd is the difference of two averages, its signal an average of that", () => {
    const [fast, slow] = [new Ema(12), new Ema(26)];
    const [fastValues, slowValues] = [run(fast, fast), run(slow, slow)];
    const line = fastValues.map((value, i) => value - (slowValues[i] as number));
    const macd = new Macd(12, 26, 9);
    near(run(macd, macd.macd), line);
    const again = new Macd(12, 26, 9);
    const histogram = run(again, again.histogram);
    expect(histogram.findIndex((value) => !Number.isNaN(value))).toBe(25 + 8);
    expect(again.histogram.value).toBeCloseTo(again.macd.value - again.signal.value, 12);
  });

  test("vwap: over a window, or since the day began", () => {
    const typical = BARS.map((bar) => (bar.high + bar.low + bar.close) / 3);
    const share = (from: number, to: number) => {
      let [value, volume] = [0, 0];
      for (let i = from; i <= to; i++) {
        value += (typical[i] as number) * (BARS[i]?.volume ?? 0);
        volume += BARS[i]?.volume ?? 0;
      }
      return value / volume;
    };
    const window = new Vwap(10);
    near(
      run(window, window),
      BARS.map((_, i) => (i < 9 ? Number.NaN : share(i - 9, i))),
    );
    const day = new Vwap();
    near(
      run(day, day),
      BARS.map((_, i) => share(i - (i % 24), i)),
    );
  });

  test("ready exactly after `warmup` bars, also when one feeds another", () => {
    const rsi = new Rsi(14);
    const chain = [rsi, new Ema(5, rsi)];
    for (const make of [() => [new Sma(7)], () => [new Ema(9)], () => [new Atr(5)], () => chain, () => [new Vwap(3)]]) {
      const all = make();
      const last = all[all.length - 1] as Series;
      BARS.slice(0, last.warmup).forEach((bar, i) => {
        expect(last.ready).toBe(false);
        for (const indicator of all) indicator.onBar(bar);
        expect(last.ready).toBe(i + 1 === last.warmup);
      });
    }
  });

  test("at(-n) looks back, crossings are seen on their bar only, NaN crosses nothing", () => {
    const [a, b] = [new Series(1), new Series(1)];
    const seen: string[] = [];
    for (const [x, y] of [
      [1, 2],
      [2, 2],
      [3, 2],
      [4, 2],
      [2, 2],
      [1, 2],
    ] as const) {
      a.put(x, seen.length + 1);
      b.put(y, seen.length + 1);
      seen.push(`${a.crossedAbove(b) ? "above" : ""}${a.crossedBelow(b) ? "below" : ""}`);
    }
    expect(seen).toEqual(["", "", "above", "", "", "below"]);
    expect([a.at(-1), a.at(-2), a.at(-6)]).toEqual([1, 2, 1]);
    expect([a.at(0), a.at(-7), a.at(1)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(a.crossedBelow(1.5)).toBe(true);
    const empty = new Series(1);
    expect(empty.crossedAbove(a) || empty.crossedBelow(1)).toBe(false);
  });
});
