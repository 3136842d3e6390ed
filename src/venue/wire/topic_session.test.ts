/** Parts of topic_session: topic_index finds names by their bytes, book_repair leaves a book in peace until it is lost. The whole, and line_session under it, stands in bybit/session.test.ts. */

import { describe, expect, test } from "bun:test";
import { Prng } from "../../core/prng.ts";
import { BookFlag, type BookSync } from "../../market/book_sync.ts";
import { BookRepair } from "./book_repair.ts";
import { TopicIndex } from "./topic_index.ts";

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
const HEAD = '{"topic":"';

describe("topics", () => {
  test(`equal a map of names, whatever comes and goes, seed ${SEED}`, () => {
    const prng = new Prng(SEED);
    const index = new TopicIndex<{ readonly name: string }>({ head: HEAD });
    const known = new Map<string, { readonly name: string }>();
    for (let step = 0; step < 4_000; step++) {
      const name = `${["a", "ab", "b.", "publicTrade."][Math.floor(prng.nextFloat() * 4)]}${Math.floor(prng.nextFloat() * 60)}`;
      if (known.has(name)) {
        index.remove(name);
        known.delete(name);
      } else {
        const topic = { name };
        index.add(topic);
        known.set(name, topic);
      }
      const asked = `ab${Math.floor(prng.nextFloat() * 60)}`;
      expect(index.ofFrame(`${HEAD}${asked}","data":[]}`)).toBe(known.get(asked) as { name: string });
      expect(index.get(asked)).toBe(known.get(asked) as { name: string });
    }
    expect([...index].map(({ name }) => name).sort()).toEqual([...known.keys()].sort());
    expect(index.size).toBe(known.size);
  });

  test("a name that is only begun, one without end, and an endless one are nobody's", () => {
    const index = new TopicIndex<{ readonly name: string }>({ head: HEAD });
    index.add({ name: "tickers.A" });
    const texts = ["", HEAD, `${HEAD}tickers.A`, `${HEAD}tickers.AB"`, `${HEAD}tickers."`, HEAD + "x".repeat(9_999)];
    expect(texts.map((text) => index.ofFrame(text))).toEqual(texts.map(() => undefined));
    expect(() => index.add({ name: "tickers.A" })).toThrow();
    index.remove("nobody");
  });
});

describe("repair", () => {
  const limits = {
    ...{ snapshotUsMax: 100, doubtUsMax: 20, snapshotSettledUs: 1_000 },
    snapshotRetry: { waitUsMin: 2, firstUsMax: 10, waitUsMax: 80 },
  };
  const book = (flags: number, needsSnapshot = true) => ({ flags, needsSnapshot }) as unknown as BookSync;

  test("a gap at once, a doubt after a while, a snapshot that does not come after a longer one; only while subscribed", () => {
    for (const [flags, waitUs] of [
      [BookFlag.Gap, 0],
      [BookFlag.Doubtful, 20],
      [0, 100],
    ] as const) {
      const repair = new BookRepair(limits, () => 0.5);
      expect(repair.isDue(book(flags), false, 0)).toBe(false);
      const due: number[] = [];
      for (let nowUs = 1_000; nowUs < 1_200 && due.length === 0; nowUs++) {
        if (repair.isDue(book(flags), true, nowUs)) due.push(nowUs - 1_000);
      }
      expect([flags, due]).toEqual([flags, [waitUs]]);
    }
  });

  test("waits longer each time, and begins again once the book has been whole for a while", () => {
    const repair = new BookRepair(limits, () => 0.99);
    const due: number[] = [];
    for (let nowUs = 0; nowUs < 400; nowUs++) if (repair.isDue(book(BookFlag.Gap), true, nowUs)) due.push(nowUs);
    const waits = due.map((at, n) => at - (due[n - 1] ?? 0));
    expect(waits.at(-1)).toBeGreaterThan(waits[1] as number);
    expect(repair.isDue(book(0, false), true, 2_000)).toBe(false);
    expect([repair.isDue(book(BookFlag.Gap), true, 2_001), repair.isDue(book(BookFlag.Gap), true, 2_012)]).toEqual([
      true,
      true,
    ]);
    expect(repair.repairs).toBe(due.length + 2);
  });
});
