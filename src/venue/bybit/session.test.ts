/**
 * The market session: what is subscribed and when, heartbeats, lost messages, storms, and the simulator over real sockets.
 * Covers session, session_topics, session_limits, category; wire's topic_session, topic_index and book_repair.
 */

import { afterAll, describe, expect, test } from "bun:test";
import { until } from "../../exchange/book_client.testing.ts";
import { bybitSimulator } from "../../exchange/bybit/bybit_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { InstrumentKind } from "../../model/order.ts";
import { SEED } from "../wire/topic_session_rig.testing.ts";
import { expectHealed, lostSnapshots, pings } from "../wire/topic_troubles.testing.ts";
import { CATEGORIES, categoryOf, kindOf, venueOf } from "./category.ts";
import { SESSION_LIMITS } from "./session_limits.ts";
import { ALL, SessionRig, virtual } from "./session_rig.testing.ts";
import { BYBIT_DIALECT, readControl, topicsOf } from "./session_topics.ts";

const SECOND_US = 1_000_000;

describe("what is said", () => {
  test("topics by category, ten names a message at most, only differences by reference count", () => {
    expect(topicsOf("linear", "X", ALL).map(({ name }) => name)).toEqual([
      "publicTrade.X",
      "orderbook.1.X",
      "orderbook.50.X",
      "tickers.X",
    ]);
    expect(topicsOf("spot", "X", ALL).map(({ path }) => path)).toEqual(Array(3).fill("/v5/public/spot"));
    const forced = { ...ALL, liquidations: true };
    expect(topicsOf("linear", "X", forced).at(-1)?.name).toBe("allLiquidation.X");
    expect(topicsOf("spot", "X", forced)).toEqual(topicsOf("spot", "X", ALL));
    expect(topicsOf("spot", "X", { ...ALL, trades: false, quotes: false, depth: "none" })).toEqual([]);
    const symbols = Array.from({ length: 23 }, (_, n) => `S${n}USDT`);
    const { time, venue, rig } = virtual(symbols);
    rig.session.start();
    time.run(SECOND_US);
    const requests = venue.said.map((text) => JSON.parse(text));
    expect(requests.map(({ op, args }) => [op, args.length])).toEqual([
      ["subscribe", 10],
      ["subscribe", 10],
      ["subscribe", 3],
    ]);
    expect(rig.session.status()).toMatchObject({ connected: true, connections: 1, streams: 23 });
    venue.said.length = 0;
    expect([rig.session.subscribe(4), rig.session.subscribe(99), rig.session.unsubscribe(4)]).toEqual([
      true,
      false,
      true,
    ]);
    time.run(SECOND_US);
    expect(venue.said).toEqual([]);
    expect(rig.book(4)?.valid).toBe(true);
    rig.session.unsubscribe(4);
    time.run(SECOND_US);
    expect(venue.said.map((text) => JSON.parse(text))).toMatchObject([
      { op: "unsubscribe", args: ["orderbook.50.S4USDT"] },
    ]);
    expect(rig.book(4)?.valid).toBe(false);
    expect([rig.session.unsubscribe(4), rig.session.unsubscribe(77)]).toEqual([false, false]);
  });

  test("a refused topic is found by halves and told; the others stream", () => {
    const { time, venue, rig } = virtual(["AUSDT", "BUSDT", "CUSDT"]);
    venue.books.splice(1, 1);
    rig.session.start();
    time.run(3 * SECOND_US);
    expect(rig.problems.map(({ code, detail }) => [code, detail])).toEqual([
      ["SubscribeRefused", "orderbook.50.BUSDT: error:handler not found"],
    ]);
    expect([0, 1, 2].map((n) => rig.book(n)?.valid === true)).toEqual([true, false, true]);
  });

  pings(virtual, "AUSDT");

  test.each([
    ['{"success":true,"ret_msg":"subscribe","conn_id":"c","req_id":"7","op":"subscribe"}', "answer", 7, false],
    ['{"success":true,"ret_msg":"","conn_id":"c","req_id":"","op":"subscribe"}', "answer", undefined, false],
    ['{"success":false,"ret_msg":"args size >10","op":"unsubscribe","req_id":"8"}', "answer", 8, true],
    ['{"success":true,"ret_msg":"pong","conn_id":"c","op":"ping"}', "alive", undefined, undefined],
    ['{"op":"pong","args":["1"],"conn_id":"c"}', "alive", undefined, undefined],
    ['{"op":"auth","success":true}', "other", undefined, undefined],
    ['{"op":"subscribe"}', "other", undefined, undefined],
    ["[", "other", undefined, undefined],
    [`"${"x".repeat(9_000)}"`, "other", undefined, undefined],
  ])("%s", (text, kind, id, refused) => {
    expect(readControl(text)).toMatchObject({ kind, ...(refused === undefined ? {} : { id, refused }) } as object);
    expect(BYBIT_DIALECT.isData(text)).toBe(false);
  });

  test("categories have a venue each", () => {
    expect(CATEGORIES.map((each) => categoryOf(venueOf(each)))).toEqual([...CATEGORIES]);
    expect([categoryOf("bybit"), kindOf("spot"), kindOf("linear")]).toEqual([
      undefined,
      InstrumentKind.Spot,
      InstrumentKind.LinearPerpetual,
    ]);
    expect(SESSION_LIMITS.namesPerMessageMax).toBe(10);
  });
});

describe("books", () => {
  test("one lost message: the topic is subscribed anew at once, and the book is the venue's again", () => {
    const { time, venue, rig } = virtual(["AUSDT"]);
    rig.session.start();
    time.run(SECOND_US);
    venue.faults.drop = 1;
    venue.step();
    venue.faults.drop = 0;
    venue.step();
    expect(rig.book(0)?.valid).toBe(false);
    time.run(SECOND_US);
    expect([rig.book(0)?.valid, rig.session.status().repairs, rig.codes()]).toEqual([true, 1, ["BookGap"]]);
    expect(rig.textOf(0)).toBe(venue.textOf("AUSDT"));
    // The venue's service begins again at 1: no gap, a new book.
    venue.faults.restart = 1;
    venue.step();
    venue.faults.restart = 0;
    venue.step();
    expect([rig.book(0)?.valid, rig.session.status().repairs]).toEqual([true, 1]);
    expect(rig.textOf(0)).toBe(venue.textOf("AUSDT"));
  });

  lostSnapshots(virtual, "AUSDT", [4, 30]);

  test.each(Array.from({ length: 12 }, (_, n) => SEED + n))(
    "storm %p: a valid book is the venue's, calm heals all",
    (seed) => {
      const symbols = ["AUSDT", "BUSDT", "CUSDT"];
      const { time, venue, rig } = virtual(symbols, seed);
      let compared = 0;
      const wrong: string[] = [];
      // Frames come with no delay, so what is valid must be the venue's book as of its last word.
      const compare = () => {
        symbols.forEach((symbol, n) => {
          const book = rig.book(n);
          if (book?.valid !== true || told.has(n)) return;
          compared++;
          if (rig.textOf(n) !== venue.textOf(symbol)) wrong.push(`${symbol} at ${book.lastUpdateId}`);
        });
      };
      const told = new Set<number>();
      rig.session.start();
      Object.assign(venue.faults, { drop: 0.01, corrupt: 0.01, cut: 0.002, restart: 0.01, refuse: 0.3 });
      for (let step = 0; step < 1_500; step++) {
        venue.step();
        time.run(20_000);
        if (step % 10 === 0) {
          // A message that was dropped just now shows only with the next one.
          const { faults } = venue;
          const kept = { ...faults };
          Object.assign(faults, { drop: 0, corrupt: 0, cut: 0, restart: 0 });
          venue.step();
          compare();
          Object.assign(faults, kept);
        }
      }
      Object.assign(venue.faults, { drop: 0, corrupt: 0, cut: 0, restart: 0, refuse: 0 });
      for (let step = 0; step < 900; step++) {
        venue.step();
        time.run(100_000);
      }
      compare();
      expectHealed(rig, symbols, { wrong, compared });
    },
  );
});

const simulators: Simulator[] = [];
afterAll(() => Promise.all(simulators.map((each) => each.stop())));

describe("at the simulator, over real sockets", () => {
  test.each(["spot", "linear"] as const)(
    "%s: books, quotes, trades and marks under drops and cuts",
    async (category) => {
      const simulator = await bybitSimulator();
      simulators.push(simulator);
      const time = {
        nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1_000),
        setTimer: (delayMs: number, fn: () => void) => setTimeout(fn, delayMs),
        clearTimer: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout>),
      };
      const limits = {
        reconnect: { waitUsMin: 2_000, firstUsMax: 20_000, waitUsMax: 100_000 },
        snapshotRetry: { waitUsMin: 2_000, firstUsMax: 20_000, waitUsMax: 100_000 },
        doubtUsMax: 50_000,
      };
      const symbols = ["BTCUSDT"];
      const rig = new SessionRig({ symbols, category, topics: ALL, url: simulator.wsUrl, time, limits });
      rig.session.start();
      await until(() => rig.book(0)?.valid === true, 5_000);
      simulator.faults({ drop: 0.02, duplicate: 0.02, cut: 0.005, corrupt: 0.01 });
      await Bun.sleep(1_500);
      simulator.faults({ drop: 0, duplicate: 0, cut: 0, corrupt: 0 });
      await until(() => rig.book(0)?.valid === true && rig.session.status().connected, 5_000);
      const status = rig.session.status();
      const names = ["publicTrade", "orderbook.1", "orderbook", ...(category === "linear" ? ["tickers"] : [])];
      const seen = rig.decoder.stats.byStream();
      for (const name of names) expect([name, (seen[name] ?? 0) > 0]).toEqual([name, true]);
      expect(status.repairs + status.reconnects).toBeGreaterThan(0);
      rig.session.stop();
    },
    30_000,
  );
});
