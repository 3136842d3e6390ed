/** Storms over BookSync: diffs dropped, doubled, reordered and cut, snapshots stale; never wrong while valid. */

import { describe, expect, test } from "bun:test";
import { present } from "../core/assert.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { BookSide, type L2Book } from "./book.ts";
import { FastBook } from "./book_fast.ts";
import { BookSync } from "./book_sync.ts";
import { DEFAULT_MARKET_OPTIONS } from "./market_options.ts";

const RUNS = process.env["MELTICA_FUZZ"] === "large" ? 20_000 : 200;
const SEED = Number(process.env["MELTICA_SEED"] ?? 77);
/** A buffer so small that it overflows now and then. */
const LIMITS = { ...DEFAULT_LIMITS, bookBufferLevelsMax: 120 };

type Random = (below: number) => number;
type Level = readonly [side: BookSide, price: number, qty: number];
interface Diff {
  readonly first: number;
  readonly prev: number;
  readonly last: number;
  readonly levels: readonly Level[];
}

function randomOf(seed: number): Random {
  let x = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** The venue: one atomic change per id, diffs that gather some, and what the book was at every id. */
class Truth {
  readonly diffs: Diff[] = [];
  readonly levels = new Map<string, Level>();
  readonly at = new Map<number, readonly Level[]>();

  constructor(
    readonly random: Random,
    readonly futures: boolean,
    public id: number,
  ) {
    for (let n = 0; n < 30; n++) this.#change();
    this.at.set(this.id, this.now());
  }

  now(): readonly Level[] {
    return [...this.levels.values()].sort((a, b) => a[0] - b[0] || (a[0] === BookSide.Bid ? b[1] - a[1] : a[1] - b[1]));
  }

  step(): void {
    const prev = this.id;
    const touched = new Map<string, Level>();
    // Futures ids are shared between symbols: some of them are not ours.
    if (this.futures) this.#idle(this.random(5));
    const first = this.id + 1;
    for (let n = this.random(4) + 1; n > 0; n--) {
      const level = this.#change();
      touched.set(`${level[0]}:${level[1]}`, level);
      this.id++;
      this.at.set(this.id, this.now());
    }
    this.diffs.push({ first, prev: this.futures ? prev : -1, last: this.id, levels: [...touched.values()] });
  }

  #idle(ids: number): void {
    for (let n = 0; n < ids; n++) this.at.set(++this.id, this.now());
  }

  #change(): Level {
    const side = this.random(2) as BookSide;
    const price = side === BookSide.Bid ? 1_000 - this.random(40) : 1_001 + this.random(40);
    const qty = this.random(3) === 0 ? 0 : this.random(1_000) + 1;
    if (qty === 0) this.levels.delete(`${side}:${price}`);
    else this.levels.set(`${side}:${price}`, [side, price, qty]);
    return [side, price, qty];
  }
}

function textOf(levels: readonly Level[]): string {
  return levels.map((level) => level.join(" ")).join("|");
}

function bookTextOf(book: L2Book): string {
  const levels: Level[] = [];
  for (let side = BookSide.Bid; side <= BookSide.Ask; side++) {
    for (let n = 0; n < book.levels(side); n++) levels.push([side, book.priceAt(side, n), book.qtyAt(side, n)]);
  }
  return textOf(levels);
}

function countOf(levels: readonly Level[], side: BookSide): number {
  return levels.filter((level) => level[0] === side).length;
}

function sendDiff(sync: BookSync, diff: Diff, cutAt = -1): void {
  const { levels } = diff;
  sync.diff(diff.first, diff.prev, diff.last, countOf(levels, BookSide.Bid), countOf(levels, BookSide.Ask), 1);
  for (const [n, level] of levels.entries()) {
    if (n === cutAt) break;
    sync.level(...level);
  }
  sync.frameEnd();
}

function sendSnapshot(sync: BookSync, truth: Truth, id: number, cutAt = -1): void {
  const levels = present(truth.at.get(id));
  sync.snapshot(id, countOf(levels, BookSide.Bid), countOf(levels, BookSide.Ask), 1);
  for (const [n, level] of levels.entries()) {
    if (n === cutAt) break;
    sync.level(...level);
  }
  sync.frameEnd();
}

interface Storm {
  readonly wrong: string;
  readonly validChecks: number;
  readonly sync: BookSync;
}

/** One storm and its quiet end; `wrong` is "" when the book was never wrong while valid, and right at the end. */
function storm(seed: number, futures: boolean, brokenToo: boolean): Storm {
  const random = randomOf(seed);
  const truth = new Truth(
    random,
    futures,
    [5, 2 ** 31 - 30, 2 ** 32 - 30, 35_346_513_512, 5_123_107_856_276][seed % 5]!,
  );
  const sync = new BookSync(new FastBook(1_000), LIMITS, { ...DEFAULT_MARKET_OPTIONS, bookDepthVisible: 1 });
  const firstId = truth.id;
  let sent = 0;
  let checks = 0;
  const wrong = (): string => {
    if (!sync.valid) return "";
    checks++;
    const expected = textOf(present(truth.at.get(sync.lastUpdateId)));
    const got = bookTextOf(sync.book);
    return got === expected ? "" : `seed ${seed}, at ${sync.lastUpdateId}: ${got} but was ${expected}`;
  };
  for (let n = 0; n < 150; n++) {
    truth.step();
    const dice = random(100);
    const next = present(truth.diffs[sent]);
    const cutAt = brokenToo && random(40) === 0 ? random(3) : -1;
    if (dice < 6)
      sent++; // Lost.
    else if (dice < 12 && truth.diffs.length > sent + 1) {
      sendDiff(sync, present(truth.diffs[sent + 1])); // Two change places.
      if (wrong() !== "") return { wrong: wrong(), validChecks: checks, sync };
      sendDiff(sync, next);
      sent += 2;
    } else if (dice < 20)
      sendDiff(sync, present(truth.diffs[random(sent + 1)])); // An old one again.
    else if (dice < 88) sendDiff(sync, present(truth.diffs[sent++]), cutAt);
    if (brokenToo && random(60) === 0) sync.doubt(random(2) === 0 ? 0 : (truth.diffs[sent]?.last ?? 0));
    if (wrong() !== "") return { wrong: wrong(), validChecks: checks, sync };
    // A snapshot of any age, whether it was asked for or not.
    if (random(sync.needsSnapshot ? 4 : 25) === 0) {
      const age = random(3) === 0 ? random(200) : random(6);
      sendSnapshot(sync, truth, Math.max(firstId, truth.id - age), cutAt);
      if (wrong() !== "") return { wrong: wrong(), validChecks: checks, sync };
    }
  }
  while (sent < truth.diffs.length) sendDiff(sync, present(truth.diffs[sent++]));
  if (sync.needsSnapshot || !sync.valid) sendSnapshot(sync, truth, truth.id);
  truth.step();
  sendDiff(sync, present(truth.diffs.at(-1)));
  if (!sync.valid || sync.lastUpdateId !== truth.id)
    return { wrong: `seed ${seed}: not synced`, validChecks: checks, sync };
  return { wrong: wrong(), validChecks: checks, sync };
}

describe(`${RUNS} storms each (seed ${SEED})`, () => {
  for (const futures of [false, true]) {
    for (const brokenToo of [false, true]) {
      test(`${futures ? "USD-M" : "spot"}${brokenToo ? ", with cut frames" : ""}: wrong while valid = 0`, () => {
        let checks = 0;
        let gaps = 0;
        let tooOld = 0;
        let duplicates = 0;
        let overflowed = 0;
        for (let n = 0; n < RUNS; n++) {
          const result = storm(SEED + n, futures, brokenToo);
          expect(result.wrong).toBe("");
          checks += result.validChecks;
          gaps += result.sync.gaps;
          tooOld += result.sync.snapshotsTooOld;
          duplicates += result.sync.duplicates;
          overflowed += result.sync.overflowed;
        }
        // The storms must really have blown: a test that never loses anything proves nothing.
        expect(checks).toBeGreaterThan(RUNS * 20);
        expect(gaps).toBeGreaterThan(RUNS);
        expect(tooOld).toBeGreaterThan(RUNS / 4);
        expect(duplicates).toBeGreaterThan(RUNS);
        expect(overflowed).toBeGreaterThan(0);
      });
    }
  }
});
