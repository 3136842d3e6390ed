/** Applies a realistic stream of depth levels to the fast book, against a Map with a sorted array of its prices. */

import { BookSide, type L2Book } from "../src/market/book.ts";
import { FastBook } from "../src/market/book_fast.ts";
import type { Bench, PreparedBench } from "./bench.ts";

const LEVELS = 3_000;
const UPDATES = 1 << 20;
/** Each call of `run` goes once through the stream; the books stay warm and never grow without bound. */
const BASELINE_UPDATES = 1 << 17;
const LEVELS_MAX = 16_384;

interface Stream {
  readonly sides: Uint8Array;
  readonly prices: Float64Array;
  readonly qtys: Float64Array;
}

const bench: Bench = {
  name: "book.delta",
  unit: "ns",
  baseline: "Map + sorted array of prices",
  allocationFree: true,
  prepare(): PreparedBench {
    const stream = streamOf(UPDATES);
    const fast = new FastBook(LEVELS_MAX);
    const plain = new PlainBook();
    fill(fast);
    fill(plain);
    let check = 0;
    return {
      ops: UPDATES,
      baselineOps: BASELINE_UPDATES,
      run(): void {
        const { sides, prices, qtys } = stream;
        for (let n = 0; n < UPDATES; n++) fast.set(sides[n] as BookSide, prices[n] as number, qtys[n] as number);
        check += fast.bestBid;
      },
      baselineRun(): void {
        const { sides, prices, qtys } = stream;
        for (let n = 0; n < BASELINE_UPDATES; n++) {
          plain.set(sides[n] as BookSide, prices[n] as number, qtys[n] as number);
        }
        check += plain.best(BookSide.Bid);
        if (check < 0) throw new Error("prices are positive");
      },
    };
  },
};

export default bench;

/**
 * Shaped like a captured ETH-USDT stream: messages of some 40 levels, sorted by price within a side; half of the levels
 * within the best hundred, the rest far out; a fifth inserts, a fifth deletes; nine of ten inserts bring back a price
 * that was deleted before; the middle drifts.
 */
function streamOf(updates: number): Stream {
  const random = randomOf(20_240_808);
  const sides = new Uint8Array(updates);
  const prices = new Float64Array(updates);
  const qtys = new Float64Array(updates);
  const live: [Set<number>, Set<number>] = [new Set(), new Set()];
  for (let depth = 0; depth < LEVELS; depth++) {
    live[0].add(MIDDLE - depth * STEP);
    live[1].add(MIDDLE + STEP + depth * STEP);
  }
  let middle = MIDDLE;
  let n = 0;
  while (n < updates) {
    if (random(6) === 0) middle += (random(5) - 2) * STEP;
    for (let side = 0; side <= 1; side++) {
      const own = live[side] as Set<number>;
      const message = Array.from({ length: 12 + random(20) }, () => priceOf(side, middle, random));
      for (const price of [...new Set(message)].sort((a, b) => a - b)) {
        if (n === updates) break;
        const qty = qtyOf(own.has(price), random);
        if (qty === 0) own.delete(price);
        else own.add(price);
        sides[n] = side;
        prices[n] = price;
        qtys[n] = qty;
        n++;
      }
    }
  }
  return { sides, prices, qtys };
}

const MIDDLE = 26_780_000;
const STEP = 100;

/** A price on its own side of the middle: half within 100 steps, a third within 400, the rest up to 3,000. */
function priceOf(side: number, middle: number, random: (below: number) => number): number {
  const kind = random(6);
  const away = kind < 3 ? random(100) : kind < 5 ? random(400) : random(LEVELS);
  return side === BookSide.Bid ? middle - away * STEP : middle + STEP + away * STEP;
}

/** Known prices are changed or deleted, others come back; so that about 60 % change, 20 % delete and 20 % insert. */
function qtyOf(known: boolean, random: (below: number) => number): number {
  const qty = 1 + random(50_000_000);
  return known && random(4) === 0 ? 0 : qty;
}

function fill(book: Pick<L2Book, "set">): void {
  for (let depth = LEVELS - 1; depth >= 0; depth--) {
    book.set(BookSide.Bid, MIDDLE - depth * STEP, 1_000_000 + depth);
    book.set(BookSide.Ask, MIDDLE + STEP + depth * STEP, 1_000_000 + depth);
  }
}

/** How one writes it without a second thought: quantities by price, and the prices in order. */
class PlainBook {
  readonly #sides = [
    { qtys: new Map<number, number>(), prices: [] as number[] },
    { qtys: new Map<number, number>(), prices: [] as number[] },
  ] as const;

  set(side: BookSide, price: number, qty: number): void {
    const { qtys, prices } = this.#sides[side];
    if (qty !== 0 && qtys.has(price)) {
      qtys.set(price, qty);
      return;
    }
    if (qty === 0 && !qtys.delete(price)) return;
    let low = 0;
    let high = prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((prices[middle] as number) < price) low = middle + 1;
      else high = middle;
    }
    if (qty === 0) prices.splice(low, 1);
    else {
      prices.splice(low, 0, price);
      qtys.set(price, qty);
    }
  }

  best(side: BookSide): number {
    const { prices } = this.#sides[side];
    return (side === BookSide.Bid ? prices.at(-1) : prices[0]) ?? 0;
  }
}

function randomOf(seed: number): (below: number) => number {
  let x = seed | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}
