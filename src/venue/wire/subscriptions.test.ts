/** Subscriptions: only differences are sent, one message at a time, and the venue's answer decides. */

import { describe, expect, test } from "bun:test";
import { Prng } from "../../core/prng.ts";
import { type SubscriptionLimits, Subscriptions } from "./subscriptions.ts";

const LIMITS: SubscriptionLimits = { namesPerMessageMax: 4, messageGapUsMin: 100, answerUsMax: 1_000 };

const DIALECT = {
  request: (subscribe: boolean, params: readonly string[], id: number) =>
    JSON.stringify({ method: subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE", params, id }),
};

interface Message {
  readonly method: string;
  readonly params: string[];
  readonly id: number;
}

function said(text: string | undefined): Message | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Message);
}

describe("differences", () => {
  test("are sent in pieces, each after the answer to the one before and not too soon", () => {
    const wanted = new Set(["a", "b", "c", "d", "e"]);
    const subscriptions = new Subscriptions(wanted, LIMITS, DIALECT);
    expect(said(subscriptions.next(0))).toEqual({ method: "SUBSCRIBE", params: ["a", "b", "c", "d"], id: 1 });
    expect(subscriptions.next(500)).toBeUndefined(); // The first is not answered yet.
    subscriptions.answer(1, false);
    expect(said(subscriptions.next(500))?.params).toEqual(["e"]);
    subscriptions.answer(2, false);
    expect(subscriptions.settled).toBe(false); // It has not looked yet whether more is to be said.
    expect(subscriptions.next(700)).toBeUndefined();
    expect(subscriptions.settled).toBe(true);
    wanted.delete("b");
    wanted.add("f");
    subscriptions.change();
    expect(subscriptions.settled).toBe(false);
    expect(said(subscriptions.next(800))).toEqual({ method: "UNSUBSCRIBE", params: ["b"], id: 3 });
    subscriptions.answer(3, false);
    expect(subscriptions.next(850)).toBeUndefined(); // Too soon.
    expect(said(subscriptions.next(900))).toEqual({ method: "SUBSCRIBE", params: ["f"], id: 4 });
    expect(subscriptions.holds("f")).toBe(false);
    subscriptions.answer(4, false);
    expect([..."abcdef"].filter((name) => subscriptions.holds(name))).toEqual([..."acdef"]);
  });

  test("that are gone again are never sent", () => {
    const wanted = new Set(["a"]);
    const subscriptions = new Subscriptions(wanted, LIMITS, DIALECT);
    wanted.delete("a");
    expect(subscriptions.next(0)).toBeUndefined();
    expect(subscriptions.settled).toBe(true);
  });

  test("a stream is renewed by leaving it and taking it again", () => {
    const subscriptions = new Subscriptions(new Set(["a", "b"]), LIMITS, DIALECT);
    subscriptions.next(0);
    subscriptions.answer(1, false);
    subscriptions.renew("a");
    subscriptions.renew("unknown");
    expect(said(subscriptions.next(200))).toMatchObject({ method: "UNSUBSCRIBE", params: ["a"] });
    subscriptions.answer(2, false);
    expect(said(subscriptions.next(400))).toMatchObject({ method: "SUBSCRIBE", params: ["a"] });
  });
});

describe("answers", () => {
  test("to other ids, to nothing, and without an id are not taken for a yes", () => {
    const subscriptions = new Subscriptions(new Set(["a"]), LIMITS, DIALECT);
    subscriptions.answer(1, false);
    subscriptions.next(0);
    subscriptions.answer(7, false);
    subscriptions.answer(undefined, false);
    expect(subscriptions.holds("a")).toBe(false);
    expect(subscriptions.overdue(999)).toBe(false);
    expect(subscriptions.overdue(1_000)).toBe(true);
    subscriptions.answer(1, false);
    expect(subscriptions.holds("a")).toBe(true);
    expect(subscriptions.overdue(5_000)).toBe(false);
  });

  test("a refused batch is halved until the bad name stands alone; the others are taken", () => {
    const bad = "c";
    const subscriptions = new Subscriptions(new Set([..."abcdefgh"]), LIMITS, DIALECT);
    const refused: (string | undefined)[] = [];
    let messages = 0;
    for (let nowUs = 0; nowUs < 10_000; nowUs += 100) {
      const message = said(subscriptions.next(nowUs));
      if (message === undefined) continue;
      messages++;
      refused.push(subscriptions.answer(message.id, message.params.includes(bad)));
    }
    expect(refused.filter((name) => name !== undefined)).toEqual([bad]);
    expect([..."abcdefgh"].filter((name) => !subscriptions.holds(name))).toEqual([bad]);
    expect(subscriptions.settled).toBe(true);
    expect(subscriptions.refusedCount).toBe(1);
    expect(messages).toBeLessThan(12);
  });

  test("a refused UNSUBSCRIBE counts as left", () => {
    const wanted = new Set(["a"]);
    const subscriptions = new Subscriptions(wanted, LIMITS, DIALECT);
    subscriptions.next(0);
    subscriptions.answer(1, false);
    wanted.delete("a");
    subscriptions.change();
    subscriptions.next(200);
    subscriptions.answer(2, true);
    expect(subscriptions.holds("a")).toBe(false);
  });
});

test("200 random users: whatever is wanted in the end is held in the end, and messages keep their distance", () => {
  for (let seed = 0; seed < 200; seed++) {
    const prng = new Prng(seed);
    const wanted = new Set<string>();
    const subscriptions = new Subscriptions(wanted, LIMITS, DIALECT);
    let sentUs = -1_000;
    let open: Message | undefined;
    for (let nowUs = 0; nowUs < 9_000; nowUs += 50) {
      if (nowUs < 5_000 && prng.nextBelow(3) === 0) {
        const name = `s${prng.nextBelow(9)}`;
        if (!wanted.delete(name)) wanted.add(name);
        subscriptions.change();
      }
      if (open !== undefined && prng.nextBelow(2) === 0) {
        subscriptions.answer(open.id, false);
        open = undefined;
      }
      const message = said(subscriptions.next(nowUs));
      if (message === undefined) continue;
      expect(open).toBeUndefined();
      expect(nowUs - sentUs).toBeGreaterThanOrEqual(LIMITS.messageGapUsMin);
      expect(message.params.length).toBeLessThanOrEqual(LIMITS.namesPerMessageMax);
      sentUs = nowUs;
      open = message;
    }
    const names = Array.from({ length: 9 }, (_, n) => `s${n}`);
    expect(names.filter((name) => subscriptions.holds(name))).toEqual(names.filter((name) => wanted.has(name)));
    expect(subscriptions.heldCount).toBe(wanted.size);
  }
});

describe("a venue that answers stream by stream", () => {
  test("the message is answered when all of its streams are; the refused one is not asked again", () => {
    const wanted = new Set(["a", "b", "c"]);
    const subscriptions = new Subscriptions(wanted, LIMITS, DIALECT);
    subscriptions.next(0);
    expect(subscriptions.answer(undefined, false, "a")).toBeUndefined();
    expect(subscriptions.answer(undefined, false, "x")).toBeUndefined();
    expect(subscriptions.answer(undefined, true, "b")).toBe("b");
    expect(subscriptions.overdue(2_000)).toBe(true);
    subscriptions.answer(undefined, false, "c");
    expect(subscriptions.overdue(2_000)).toBe(false);
    expect(subscriptions.next(3_000)).toBeUndefined();
    expect([subscriptions.settled, subscriptions.heldCount, subscriptions.refusedCount]).toEqual([true, 2, 1]);
    wanted.delete("a");
    subscriptions.change();
    expect(said(subscriptions.next(4_000))).toEqual({ method: "UNSUBSCRIBE", params: ["a"], id: 2 });
    subscriptions.answer(undefined, false, "a");
    expect(subscriptions.holds("a")).toBe(false);
  });
});

describe("a venue that counts names", () => {
  test("what the window has no room for waits, and says so; names of later on go when there is room again", () => {
    const names = { weightMax: 6, windowUs: 10_000, requestsMax: 6 };
    const wanted = new Set(["a", "b", "c", "d"]);
    const subscriptions = new Subscriptions(wanted, { ...LIMITS, names }, DIALECT);
    subscriptions.next(0);
    subscriptions.answer(1, false);
    for (const name of ["a", "b", "c"]) subscriptions.renew(name);
    expect(subscriptions.next(1_000)).toBeUndefined();
    expect([subscriptions.starved, subscriptions.settled]).toEqual([true, false]);
    expect(said(subscriptions.next(10_000))).toMatchObject({ method: "UNSUBSCRIBE", params: ["a", "b", "c"] });
    expect(subscriptions.starved).toBe(false);
  });
});
