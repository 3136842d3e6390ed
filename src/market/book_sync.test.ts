/** Joining rules and flags one by one; the storms are in book_sync.fuzz.test.ts. */

import { describe, expect, test } from "bun:test";
import { MANTISSA_MAX } from "../core/brand.ts";
import { BOOK_ID_JUMP_MAX, DEFAULT_LIMITS } from "../core/limits.ts";
import { BookSide, bookText } from "./book.ts";
import { FastBook } from "./book_fast.ts";
import { BookFlag, BookSync } from "./book_sync.ts";
import { DEFAULT_MARKET_OPTIONS } from "./market_options.ts";

type Levels = readonly (readonly [number, number])[];
const BIDS: Levels = [[100, 5], [99, 5], [98, 5]]; // biome-ignore format: one line reads better.
const ASKS: Levels = [[101, 5], [102, 5], [103, 5]]; // biome-ignore format: one line reads better.

class Stream {
  readonly sync: BookSync;

  constructor(depthVisible = 1, levelsMax = 100) {
    const options = { ...DEFAULT_MARKET_OPTIONS, bookDepthVisible: depthVisible };
    this.sync = new BookSync(new FastBook(levelsMax), DEFAULT_LIMITS, options);
  }

  diff(first: number, prev: number, last: number, bids: Levels = [], asks: Levels = [], nowUs = 1): void {
    this.sync.diff(first, prev, last, bids.length, asks.length, nowUs);
    this.#levels(bids, asks);
  }

  snapshot(id: number, bids: Levels = BIDS, asks: Levels = ASKS, nowUs = 1): void {
    this.sync.snapshot(id, bids.length, asks.length, nowUs);
    this.#levels(bids, asks);
  }

  #levels(bids: Levels, asks: Levels): void {
    for (const [price, qty] of bids) this.sync.level(BookSide.Bid, price, qty);
    for (const [price, qty] of asks) this.sync.level(BookSide.Ask, price, qty);
    this.sync.frameEnd();
  }
}

test("a window that the venue keeps: the market may leave the snapshot's prices, and the book stays right", () => {
  for (const isWindow of [true, false]) {
    const stream = new Stream();
    const { sync } = stream;
    sync.snapshot(10, BIDS.length, ASKS.length, 1, isWindow);
    for (const [price, qty] of BIDS) sync.level(BookSide.Bid, price, qty);
    for (const [price, qty] of ASKS) sync.level(BookSide.Ask, price, qty);
    // All bids of the snapshot go, others come in below them.
    stream.diff(11, -1, 11, [[100, 0], [99, 0], [98, 0], [90, 1], [89, 1], [88, 1]]); // biome-ignore format: one line.
    expect([sync.valid, sync.needsSnapshot]).toEqual([isWindow, !isWindow]);
  }
});

describe("spot", () => {
  test("waits for a snapshot, drops older diffs, bridges, goes on, ignores what comes twice", () => {
    const stream = new Stream();
    const { sync } = stream;
    stream.diff(5, -1, 9, [[100, 1]]);
    stream.diff(10, -1, 14, [[100, 2]]);
    stream.diff(15, -1, 16, [[99, 7]]);
    expect([sync.flags, sync.needsSnapshot]).toEqual([0, true]);
    stream.snapshot(11);
    expect([sync.dropped, sync.applied, sync.lastUpdateId, sync.flags]).toEqual([1, 2, 16, BookFlag.Valid]);
    expect([sync.book.bestBidQty, sync.book.qtyAt(BookSide.Bid, 1), sync.needsSnapshot]).toEqual([2, 7, false]);
    stream.diff(15, -1, 16, [[99, 1]]);
    stream.diff(16, -1, 18, [[98, 0]]);
    expect([sync.duplicates, sync.lastUpdateId, sync.book.levels(BookSide.Bid)]).toEqual([1, 18, 2]);
    expect([sync.book.qtyAt(BookSide.Bid, 1), sync.gaps]).toEqual([7, 0]);
  });

  test("a snapshot older than the first diff is refused and touches nothing; another is wanted", () => {
    const stream = new Stream();
    stream.diff(20, -1, 25, [[100, 1]]);
    stream.snapshot(18);
    expect([stream.sync.snapshotsTooOld, stream.sync.snapshots, stream.sync.needsSnapshot]).toEqual([1, 0, true]);
    expect(stream.sync.book.levels(BookSide.Bid)).toBe(0);
    stream.snapshot(19);
    expect([stream.sync.valid, stream.sync.lastUpdateId]).toEqual([true, 25]);
  });

  test("a gap makes it invalid, diffs wait again and a newer snapshot joins them; an older one does not", () => {
    const stream = new Stream();
    const { sync } = stream;
    stream.snapshot(10);
    stream.diff(11, -1, 12);
    stream.diff(14, -1, 15, [[97, 1]]);
    expect([sync.gaps, sync.flags, sync.needsSnapshot]).toEqual([1, BookFlag.Gap, true]);
    stream.snapshot(12);
    expect([sync.valid, sync.snapshotsTooOld]).toEqual([false, 1]);
    stream.snapshot(13);
    expect([sync.valid, sync.lastUpdateId, sync.book.levels(BookSide.Bid)]).toEqual([true, 15, 4]);
  });

  test("a snapshot that the book has passed already changes nothing; ids beyond 2^32 are ids like any other", () => {
    const stream = new Stream();
    const start = 2 ** 40;
    stream.snapshot(start);
    stream.diff(start + 1, -1, start + 5, [[100, 9]]);
    stream.snapshot(start + 5);
    stream.snapshot(start + 3);
    expect([stream.sync.snapshotsIgnored, stream.sync.book.bestBidQty]).toEqual([2, 9]);
    expect([stream.sync.lastUpdateId, stream.sync.valid]).toEqual([start + 5, true]);
  });
});

describe("USD-M", () => {
  test("drops diffs below the snapshot, keeps the one that ends with it, then goes by prev", () => {
    const stream = new Stream();
    const { sync } = stream;
    stream.diff(5, 3, 9);
    stream.diff(10, 9, 14, [[100, 2]]);
    stream.diff(20, 14, 22, [[99, 7]]);
    stream.snapshot(14);
    expect([sync.dropped, sync.applied, sync.lastUpdateId, sync.valid]).toEqual([1, 2, 22, true]);
    stream.diff(30, 22, 33);
    stream.diff(30, 22, 33);
    expect([sync.duplicates, sync.gaps]).toEqual([1, 0]);
    stream.diff(33, 31, 36);
    expect([sync.gaps, sync.valid]).toEqual([1, false]);
  });

  test("a diff that follows the snapshot exactly joins it; one that begins after it does not", () => {
    const exact = new Stream();
    exact.diff(20, 14, 22);
    exact.snapshot(14);
    expect([exact.sync.valid, exact.sync.lastUpdateId]).toEqual([true, 22]);
    const late = new Stream();
    late.diff(20, 15, 22);
    late.snapshot(14);
    expect([late.sync.valid, late.sync.snapshotsTooOld, late.sync.snapshots]).toEqual([false, 1, 0]);
    // The same when the snapshot came first: it was too old, the stream lost nothing.
    const first = new Stream();
    first.snapshot(14);
    first.diff(20, 15, 22);
    expect([first.sync.valid, first.sync.snapshotsTooOld, first.sync.gaps]).toEqual([false, 1, 0]);
  });
});

describe("flags", () => {
  test("crossed: counted once, not valid until it uncrosses", () => {
    const stream = new Stream();
    stream.snapshot(10);
    stream.diff(11, -1, 11, [[101, 1]]);
    stream.diff(12, -1, 12, [[101, 2]]);
    expect([stream.sync.flags, stream.sync.crossedCount]).toEqual([BookFlag.Crossed, 1]);
    stream.diff(13, -1, 13, [[101, 0]]);
    expect(stream.sync.flags).toBe(BookFlag.Valid);
  });

  test("stale by engine time, until the next update", () => {
    const stream = new Stream();
    stream.snapshot(10, BIDS, ASKS, 1_000);
    expect(stream.sync.dueUs()).toBe(5_001_000);
    expect(stream.sync.time(5_000_999)).toBe(false);
    expect(stream.sync.time(5_001_000)).toBe(true);
    expect(stream.sync.time(5_001_001)).toBe(false);
    expect(stream.sync.flags).toBe(BookFlag.Valid | BookFlag.Stale);
    stream.diff(11, -1, 11, [], [], 6_000_000);
    expect([stream.sync.flags, stream.sync.dueUs()]).toEqual([BookFlag.Valid, 11_000_000]);
  });

  test("a diff that begins and ends where the book is says that nothing was missed", () => {
    const stream = new Stream();
    const { sync } = stream;
    stream.snapshot(10, BIDS, ASKS, 1);
    stream.diff(10, 10, 10, [], [], 2);
    stream.diff(10, 10, 12, [[100, 4]], [], 3);
    sync.doubt(0);
    expect([sync.valid, sync.needsSnapshot]).toEqual([false, true]);
    const staleUs = 3 + DEFAULT_MARKET_OPTIONS.bookStaleUsMax;
    sync.time(staleUs);
    stream.diff(12, 12, 12, [], [], staleUs);
    expect([sync.flags, sync.updateTimeUs, sync.needsSnapshot]).toEqual([BookFlag.Valid, staleUs, false]);
    // One of another place proves nothing: of before it is old, of behind it is a gap.
    stream.diff(11, 11, 11, [], [], staleUs + 1);
    expect([sync.updateTimeUs, sync.duplicates]).toEqual([staleUs, 1]);
    stream.diff(14, 14, 14, [], [], staleUs + 1);
    expect(sync.flags).toBe(BookFlag.Gap);
  });

  test("shallow: eaten below the snapshot's worst price; the best beyond it is not even valid", () => {
    const stream = new Stream(2);
    stream.snapshot(10);
    expect([stream.sync.knownToBid, stream.sync.knownToAsk]).toEqual([98, 103]);
    stream.diff(11, -1, 11, [[100, 0], [90, 4]]); // biome-ignore format: one line reads better.
    expect(stream.sync.flags).toBe(BookFlag.Valid);
    stream.diff(12, -1, 12, [[99, 0]]);
    expect([stream.sync.flags, stream.sync.needsSnapshot]).toEqual([BookFlag.Valid | BookFlag.Shallow, true]);
    stream.diff(13, -1, 13, [[98, 0]]);
    expect(stream.sync.flags).toBe(BookFlag.Shallow);
    stream.snapshot(20);
    expect([stream.sync.flags, stream.sync.needsSnapshot]).toEqual([BookFlag.Valid, false]);
  });

  test("a market of fewer levels than are visible is wholly known, not shallow", () => {
    const stream = new Stream(20);
    stream.snapshot(10);
    expect([stream.sync.flags, stream.sync.knownToBid, stream.sync.knownToAsk]).toEqual([
      BookFlag.Valid,
      0,
      MANTISSA_MAX,
    ]);
  });

  test("a full side is known less far", () => {
    const stream = new Stream(1, 3);
    stream.snapshot(10);
    stream.diff(11, -1, 11, [[100, 5], [97, 5]], [[100, 1]]); // biome-ignore format: one line reads better.
    expect([stream.sync.knownToBid, stream.sync.knownToAsk]).toEqual([98, 102]);
  });
});

describe("broken frames", () => {
  test("too few or too many levels, a price of 0: invalid until a snapshot that holds the broken update", () => {
    for (const levels of [
      [[100, 1]],
      [
        [100, 1],
        [99, 1],
        [98, 1],
      ],
      [
        [100, 1],
        [0, 1],
      ],
    ] as Levels[]) {
      const stream = new Stream();
      stream.snapshot(10);
      stream.sync.diff(11, -1, 15, 2, 0, 1);
      for (const [price, qty] of levels) stream.sync.level(BookSide.Bid, price, qty);
      stream.sync.frameEnd();
      const whole = levels.length === 3;
      expect([stream.sync.valid, stream.sync.broken]).toEqual(whole ? [true, 0] : [false, 1]);
      if (whole) continue;
      stream.snapshot(14);
      expect(stream.sync.valid).toBe(false);
      stream.snapshot(15);
      expect(stream.sync.valid).toBe(true);
      expect(bookText(stream.sync.book)).toContain("B 100 5");
    }
  });

  test("an unreadable frame makes doubtful; the next diff that joins proves that nothing was lost", () => {
    const stream = new Stream();
    const { sync } = stream;
    stream.snapshot(10);
    expect(sync.doubt(10)).toBe(false);
    expect(sync.doubt(0)).toBe(true);
    expect([sync.flags, sync.needsSnapshot]).toEqual([BookFlag.Doubtful, true]);
    stream.diff(11, -1, 12);
    expect([sync.flags, sync.needsSnapshot]).toEqual([BookFlag.Valid, false]);
    sync.doubt(15);
    stream.snapshot(14);
    expect([sync.valid, sync.snapshotsTooOld]).toEqual([false, 1]);
    stream.snapshot(15);
    expect(sync.flags).toBe(BookFlag.Valid);
  });

  test("a diff whose first id is over its last is as good as unreadable", () => {
    const stream = new Stream();
    stream.snapshot(10);
    stream.diff(15, -1, 12, [[100, 99]]);
    expect([stream.sync.flags, stream.sync.book.bestBidQty]).toEqual([BookFlag.Doubtful, 5]);
  });
});

describe("ids beyond what can be: one of them never keeps a book from its venue", () => {
  const FAR = 2 ** 52;
  /** A spot book at 20 and a USD-M book at 20, with what follows in each. */
  const KINDS = [
    ["spot", (from: number, to: number) => [from + 1, -1, to] as const],
    ["USD-M", (from: number, to: number) => [from + 1, from, to] as const],
  ] as const;

  test.each(KINDS)("%s: a diff that joins and ends absurdly far is a gap, and no id to wait for", (_name, next) => {
    const stream = new Stream();
    const { sync } = stream;
    stream.snapshot(20);
    stream.diff(...next(20, 22));
    stream.diff(...next(22, FAR), [[100, 66]]);
    expect([sync.valid, sync.needsSnapshot, sync.lastUpdateId, sync.book.bestBidQty]).toEqual([false, true, 22, 5]);
    stream.diff(...next(22, 25), [[100, 7]]);
    stream.diff(...next(25, 30), [[100, 8]]);
    stream.snapshot(24);
    expect([sync.valid, sync.lastUpdateId, sync.book.bestBidQty]).toEqual([true, 30, 8]);
  });

  test.each(KINDS)("%s: one that waits for a snapshot is dropped, first or between others", (_name, next) => {
    for (const isFirst of [true, false]) {
      const stream = new Stream();
      const { sync } = stream;
      if (isFirst) stream.diff(...next(FAR - 9, FAR));
      stream.diff(...next(20, 22));
      if (!isFirst) stream.diff(...next(FAR - 9, FAR));
      stream.diff(...next(22, 25), [[100, 7]]);
      for (let id = 21; id < 25 && !sync.valid; id++) stream.snapshot(id);
      if (!sync.valid) stream.snapshot(25);
      stream.diff(...next(25, 30), [[100, 8]]);
      expect([isFirst, sync.valid, sync.lastUpdateId, sync.book.bestBidQty]).toEqual([isFirst, true, 30, 8]);
    }
  });

  test.each(KINDS)("%s: a snapshot of an absurd id holds until the next diff alone", (_name, next) => {
    const stream = new Stream();
    const { sync } = stream;
    stream.snapshot(FAR);
    stream.diff(...next(20, 22), [[100, 7]]);
    expect([sync.valid, sync.needsSnapshot]).toEqual([false, true]);
    stream.snapshot(21);
    expect([sync.valid, sync.lastUpdateId, sync.book.bestBidQty]).toEqual([true, 22, 7]);
    stream.snapshot(FAR);
    expect([sync.valid, sync.lastUpdateId]).toEqual([true, FAR]);
    stream.snapshot(30);
    expect([sync.valid, sync.lastUpdateId]).toEqual([true, 30]);
  });

  test("an unreadable or broken frame of an absurd id asks for a snapshot, not for one past it", () => {
    for (const isSynced of [true, false]) {
      const stream = new Stream();
      const { sync } = stream;
      if (isSynced) stream.snapshot(20);
      sync.doubt(FAR);
      stream.snapshot(25);
      expect([isSynced, sync.valid, sync.lastUpdateId]).toEqual([isSynced, true, 25]);
    }
    const stream = new Stream();
    stream.sync.diff(21, 20, FAR, 2, 0, 1);
    stream.sync.frameEnd();
    stream.snapshot(25);
    expect([stream.sync.valid, stream.sync.lastUpdateId]).toEqual([true, 25]);
  });

  test("a diff that says that it follows and ends far below is none: the venue contradicts itself", () => {
    const stream = new Stream();
    const { sync } = stream;
    const held = 3 * BOOK_ID_JUMP_MAX;
    stream.snapshot(held);
    stream.diff(held + 1, held, held + 2);
    stream.diff(1, held + 2, 5, [[100, 66]]);
    expect([sync.valid, sync.needsSnapshot, sync.lastUpdateId, sync.book.bestBidQty]).toEqual([
      false,
      true,
      held + 2,
      5,
    ]);
    stream.snapshot(held + 3);
    expect([sync.valid, sync.lastUpdateId]).toEqual([true, held + 3]);
  });

  test("as far as the limit says, an id is believed", () => {
    const stream = new Stream();
    const { sync } = stream;
    stream.snapshot(20);
    stream.diff(21, -1, 20 + BOOK_ID_JUMP_MAX);
    expect([sync.valid, sync.lastUpdateId]).toEqual([true, 20 + BOOK_ID_JUMP_MAX]);
    stream.diff(21 + BOOK_ID_JUMP_MAX, -1, 21 + 2 * BOOK_ID_JUMP_MAX);
    expect([sync.valid, sync.gaps]).toEqual([false, 1]);
  });
});

test("a reset forgets ids and levels; a rescale keeps what waits and what is known", () => {
  const stream = new Stream(1);
  stream.snapshot(10);
  stream.sync.rescale(10, 100);
  expect([stream.sync.book.bestBid, stream.sync.book.bestBidQty, stream.sync.knownToBid]).toEqual([1_000, 500, 980]);
  expect(stream.sync.valid).toBe(true);
  stream.sync.reset();
  expect([stream.sync.flags, stream.sync.lastUpdateId, stream.sync.book.bestBid]).toEqual([0, -1, 0]);
  stream.snapshot(3);
  expect(stream.sync.valid).toBe(true);
  stream.sync.rescale(1, 2e15);
  expect([stream.sync.valid, stream.sync.needsSnapshot]).toEqual([false, true]);
});
