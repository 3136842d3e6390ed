/** Fast book against the plain one in lockstep: a million seeded updates of a drifting market, deep levels, clears, full sides. */

import { expect, test } from "bun:test";
import { BookSide, firstDifference } from "./book.ts";
import { FastBook } from "./book_fast.ts";
import { ReferenceBook } from "./book_reference.ts";

const UPDATES = process.env["MELTICA_FUZZ"] === "large" ? 20_000_000 : 1_000_000;
const SEED = Number(process.env["MELTICA_SEED"] ?? 20261121);

/** xorshift32, so that a seed gives the same run everywhere. */
function randomOf(seed: number): (below: number) => number {
  let x = seed | 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

function difference(fast: FastBook, plain: ReferenceBook): string {
  if (fast.bestBid !== plain.bestBid) return `bestBid ${fast.bestBid} ${plain.bestBid}`;
  if (fast.bestAsk !== plain.bestAsk) return `bestAsk ${fast.bestAsk} ${plain.bestAsk}`;
  if (fast.bestBidQty !== plain.bestBidQty) return `bestBidQty ${fast.bestBidQty} ${plain.bestBidQty}`;
  if (fast.bestAskQty !== plain.bestAskQty) return `bestAskQty ${fast.bestAskQty} ${plain.bestAskQty}`;
  return "";
}

function fullDifference(fast: FastBook, plain: ReferenceBook): string {
  for (let side = BookSide.Bid; side <= BookSide.Ask; side++) {
    if (fast.levels(side) !== plain.levels(side)) return `levels ${side} ${fast.levels(side)} ${plain.levels(side)}`;
    if (fast.lostAt(side) !== plain.lostAt(side)) return `lostAt ${side} ${fast.lostAt(side)} ${plain.lostAt(side)}`;
    const depth = firstDifference(fast, plain, side);
    if (depth >= 0) return `side ${side} depth ${depth}`;
  }
  return "";
}

/** Runs `updates` of one market shape; answers the first difference, or "". */
function lockstep(seed: number, updates: number, levelsMax: number, deepEvery: number, clearEvery: number): string {
  const random = randomOf(seed);
  const fast = new FastBook(levelsMax);
  const plain = new ReferenceBook(levelsMax);
  let middle = 268_000;
  for (let n = 0; n < updates; n++) {
    if (random(200) === 0) middle += random(81) - 40;
    if (clearEvery > 0 && random(clearEvery) === 0) {
      fast.clear();
      plain.clear();
    }
    const side = random(2) as BookSide;
    // Mostly near the top, now and then anywhere; sometimes on the wrong side of the market, so that the book crosses.
    const reach = random(deepEvery) === 0 ? 100_000 : random(3) === 0 ? 3_000 : 60;
    const away = random(reach) - (random(50) === 0 ? 5 : 0);
    const price = side === BookSide.Bid ? middle - away : middle + 1 + away;
    const kind = random(100);
    let qty = random(1_000_000) + 1;
    if (kind < 30) qty = 0;
    else if (kind === 99) qty = 9_007_199_254_740_991;
    fast.set(side, price, qty);
    plain.set(side, price, qty);
    const best = difference(fast, plain);
    if (best !== "") return `update ${n}: ${best}`;
    if (n % 97 === 0 && fast.qtyOf(side, price + 1) !== plain.qtyOf(side, price + 1)) return `update ${n}: qtyOf`;
    if (n % 997 === 0) {
      const depth = random(40);
      if (fast.priceAt(side, depth) !== plain.priceAt(side, depth)) return `update ${n}: priceAt ${depth}`;
      if (fast.qtyAt(side, depth + 3) !== plain.qtyAt(side, depth + 3)) return `update ${n}: qtyAt ${depth + 3}`;
    }
    if (n % 10_000 === 9_999) {
      const full = fullDifference(fast, plain);
      if (full !== "") return `update ${n}: ${full}`;
    }
  }
  return fullDifference(fast, plain);
}

test(`${UPDATES} random updates give 0 differences (seed ${SEED})`, () => {
  expect(lockstep(SEED, UPDATES * 0.6, 16_384, 10, 0)).toBe("");
  expect(lockstep(SEED + 1, UPDATES * 0.2, 16_384, 3, 20_000)).toBe("");
  expect(lockstep(SEED + 2, UPDATES * 0.1, 700, 4, 0)).toBe("");
  expect(lockstep(SEED + 3, UPDATES * 0.1, 3, 50, 5_000)).toBe("");
});

test("the lockstep finds a planted fault: an update that only one book sees", () => {
  const fast = new FastBook(100);
  const plain = new ReferenceBook(100);
  for (let price = 1; price <= 50; price++) {
    fast.set(BookSide.Bid, price, 5);
    plain.set(BookSide.Bid, price, 5);
  }
  expect(fullDifference(fast, plain)).toBe("");
  fast.set(BookSide.Bid, 20, 6);
  expect(difference(fast, plain)).toBe("");
  expect(fullDifference(fast, plain)).toBe("side 0 depth 30");
});
