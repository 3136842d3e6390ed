/**
 * The market session: what is subscribed and when, heartbeats, lost messages, storms, and the simulator over real sockets.
 * Covers session, session_topics, session_limits, category; wire's topic_session, topic_index and book_repair.
 */

import { afterAll, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, type Limits } from "../../core/limits.ts";
import { Prng } from "../../core/prng.ts";
import type { Problem } from "../../core/problem.ts";
import { until } from "../../exchange/book_client.testing.ts";
import { bybitSimulator } from "../../exchange/bybit/bybit_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { BookSide } from "../../market/book.ts";
import type { BookSync } from "../../market/book_sync.ts";
import { MarketState } from "../../market/market.ts";
import { InstrumentKind } from "../../model/order.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { FakeTime } from "../binance/session_time.testing.ts";
import type { OpenSocket } from "../wire/socket.ts";
import type { TopicSession, TopicSessionLimits } from "../wire/topic_session.ts";
import { CATEGORIES, type Category, categoryOf, kindOf, venueOf } from "./category.ts";
import { BybitDecoder } from "./decode.ts";
import { marketSession } from "./session.ts";
import { SESSION_LIMITS } from "./session_limits.ts";
import { BYBIT_DIALECT, readControl, type TopicChoice, topicsOf } from "./session_topics.ts";
import { TestVenue } from "./session_venue.testing.ts";

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
const LIMITS: Limits = { ...DEFAULT_LIMITS, marketLaneSlots: 4_096, frameLevelsMax: 500, instrumentsMax: 64 };
const BOOKS: TopicChoice = { trades: false, quotes: false, depth: "50", marks: false };
const ALL: TopicChoice = { trades: true, quotes: true, depth: "50", marks: true };
const SECOND_US = 1_000_000;

interface World {
  readonly symbols: readonly string[];
  readonly category?: Category;
  readonly topics?: TopicChoice;
  readonly openSocket?: OpenSocket;
  readonly url?: string;
  readonly time: { nowUs(): number; setTimer(delayMs: number, fn: () => void): unknown; clearTimer(h: unknown): void };
  readonly idle?: boolean;
  readonly limits?: Partial<TopicSessionLimits>;
}

class Rig {
  readonly market = new MarketState(LIMITS, { bookDepthVisible: 3 });
  readonly problems: Problem[] = [];
  readonly session: TopicSession;
  readonly decoder: BybitDecoder;
  onPoll: () => void = () => undefined;
  readonly #lane = MarketLane.create(LIMITS);

  constructor({
    symbols,
    category = "linear",
    topics = BOOKS,
    openSocket,
    url = "ws://venue",
    time,
    idle,
    limits,
  }: World) {
    this.decoder = new BybitDecoder(this.#lane, LIMITS);
    const scales = { priceScale: 2, qtyScale: 5 };
    symbols.forEach((symbol, id) => {
      this.decoder.define({ symbol, instrument: id, revision: 1, ...scales });
      const names = { name: `bybit:${symbol}`, venue: venueOf(category), venueSymbol: symbol, base: "B", quote: "Q" };
      const rules = { priceDecimals: 2, qtyDecimals: 5, tick: 1, lot: 1, qtyMin: 0, qtyMax: 0, notionalMin: 0 };
      this.market.define({ id, revision: 1, ...names, kind: kindOf(category), settle: "Q", ...scales, ...rules });
    });
    const prng = new Prng(SEED);
    const listed = symbols.map((symbol, instrument) => ({ symbol, instrument, streamed: idle !== true }));
    this.session = marketSession(
      { url, category, symbols: listed, topics, limits: LIMITS, ...(limits === undefined ? {} : { session: limits }) },
      {
        ...time,
        random: () => prng.nextFloat(),
        decode: (text, receiveUs) => void this.decoder.decode(text, receiveUs),
        poll: () => this.#poll(),
        book: (instrument) => this.book(instrument),
        onReconnect: (instrument) => this.market.onReconnect(instrument),
        problem: (p) => this.problems.push(p),
        ...(openSocket === undefined ? {} : { openSocket }),
      },
    );
  }

  book(instrument: number): BookSync | undefined {
    return this.market.instrument(instrument)?.book;
  }

  /** Levels as the test venue writes them. */
  textOf(instrument: number): string {
    const { book } = this.book(instrument) as BookSync;
    const side = (which: BookSide) => {
      const levels: [number, number][] = [];
      for (let n = 0; n < book.levels(which); n++) {
        levels.push([book.priceAt(which, n) / 100, book.qtyAt(which, n) / 100_000]);
      }
      return levels.sort(([x], [y]) => x - y).join(" ");
    };
    return `${side(BookSide.Bid)} | ${side(BookSide.Ask)}`;
  }

  codes(): string[] {
    return [...new Set(this.problems.map(({ code }) => code))];
  }

  #poll(): void {
    const lane = this.#lane;
    for (let pending = lane.pending(); pending > 0; pending--) {
      this.market.onSlot(lane, lane.peek(0));
      lane.release(1);
    }
    this.onPoll();
  }
}

/** A session at the small venue, in virtual time. */
function virtual(symbols: readonly string[], seed = SEED, more: Partial<World> = {}) {
  const time = new FakeTime();
  const ports = { nowUs: () => time.nowUs, setTimer: time.setTimer, clearTimer: time.clearTimer };
  const venue = new TestVenue(symbols, seed, (run) => void time.at(time.nowUs + 3_000, run));
  const rig = new Rig({ symbols, time: ports, openSocket: venue.open, ...more });
  return { time, venue, rig };
}

describe("what is said", () => {
  test("topics by category, ten names a message at most, only differences by reference count", () => {
    expect(topicsOf("linear", "X", ALL).map(({ name }) => name)).toEqual([
      "publicTrade.X",
      "orderbook.1.X",
      "orderbook.50.X",
      "tickers.X",
    ]);
    expect(topicsOf("spot", "X", ALL).map(({ path }) => path)).toEqual(Array(3).fill("/v5/public/spot"));
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

  test("our ping goes each 20 s though data comes; without any answer the connection is replaced", () => {
    const { time, venue, rig } = virtual(["AUSDT"]);
    rig.session.start();
    for (let second = 0; second < 130; second++) {
      venue.step();
      time.run(SECOND_US);
    }
    expect(venue.peers.map(({ pings }) => pings)).toEqual([6]);
    expect(rig.problems).toEqual([]);
    venue.isSilent = true;
    time.run(40 * SECOND_US);
    expect(rig.codes()).toContain("HeartbeatLost");
    venue.isSilent = false;
    time.run(20 * SECOND_US);
    expect([rig.book(0)?.valid, rig.textOf(0)]).toEqual([true, venue.textOf("AUSDT")]);
    rig.session.stop();
    expect(rig.book(0)?.valid).toBe(false);
  });

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

  test("a snapshot that never comes is asked for by subscribing again, less and less often", () => {
    const { time, venue, rig } = virtual(["AUSDT"]);
    venue.faults.drop = 1;
    rig.session.start();
    time.run(120 * SECOND_US);
    const { repairs } = rig.session.status();
    expect([repairs > 4, repairs < 30]).toEqual([true, true]);
    venue.faults.drop = 0;
    time.run(60 * SECOND_US);
    expect(rig.book(0)?.valid).toBe(true);
  });

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
      expect(wrong).toEqual([]);
      expect(symbols.map((_, n) => rig.book(n)?.valid)).toEqual([true, true, true]);
      expect(compared).toBeGreaterThan(50);
      expect(rig.session.status().repairs).toBeGreaterThan(3);
      expect(rig.session.status().reconnects).toBeGreaterThan(0);
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
      const rig = new Rig({ symbols, category, topics: ALL, url: simulator.wsUrl, time, limits });
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
