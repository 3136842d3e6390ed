/**
 * The market session: what is subscribed and when, heartbeats, lost messages, service upgrades, budgets, storms.
 * Covers session, session_topics, session_limits, environment; wire's topic_session, topic_index, book_repair.
 */

import { describe, expect, test } from "bun:test";
import type { TopicSession } from "../wire/topic_session.ts";
import { SEED } from "../wire/topic_session_rig.testing.ts";
import { expectHealed, lostSnapshots, pings } from "../wire/topic_troubles.testing.ts";
import { restHeaders } from "./environment.ts";
import { SESSION_LIMITS } from "./session_limits.ts";
import { ALL, BOOKS, virtual } from "./session_rig.testing.ts";
import { cutToWanted, isSnapshot, OKX_DIALECT, readControl, type TopicChoice, topicsOf } from "./session_topics.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;

const isUp = (session: TopicSession) => session.status().connected;

describe("what is said", () => {
  test("topics of spot and swaps, many names a message, only differences by reference count", () => {
    expect(topicsOf("BTC-USDT", ALL).map(({ name, path }) => `${path.slice(7)} ${name}`)).toEqual([
      "business trades-all:BTC-USDT",
      "public bbo-tbt:BTC-USDT",
      "public books:BTC-USDT",
    ]);
    expect(topicsOf("BTC-USDT-SWAP", { ...ALL, trades: "aggTrade" }).map(({ name }) => name)).toEqual([
      "trades:BTC-USDT-SWAP",
      "bbo-tbt:BTC-USDT-SWAP",
      "books:BTC-USDT-SWAP",
      "mark-price:BTC-USDT-SWAP",
      "funding-rate:BTC-USDT-SWAP",
      "index-tickers:BTC-USDT",
    ]);
    expect(topicsOf("BTC-USDT", { trades: "none", quotes: false, books: false, marks: true })).toEqual([]);
    const symbols = Array.from({ length: 230 }, (_, n) => `S${n}-USDT`);
    const { time, venue, rig } = virtual(symbols);
    rig.session.start();
    time.run(2 * SECOND_US);
    const sizes = venue.said.map((text) => JSON.parse(text)).map(({ op, args }) => `${op} ${args.length}`);
    expect(sizes.sort()).toEqual(["subscribe 100", "subscribe 100", "subscribe 30"]);
    expect(rig.session.status()).toMatchObject({ connected: true, connections: 2, streams: 230, problem: undefined });
    expect(symbols.every((_, n) => rig.book(n)?.valid === true)).toBe(true);
    venue.said.length = 0;
    const answers = [rig.session.subscribe(4), rig.session.subscribe(999), rig.session.unsubscribe(4)];
    expect(answers).toEqual([true, false, true]);
    time.run(SECOND_US);
    expect([venue.said, rig.book(4)?.valid]).toEqual([[], true]);
    rig.session.unsubscribe(4);
    time.run(SECOND_US);
    expect(venue.said.map((text) => JSON.parse(text))).toMatchObject([
      { op: "unsubscribe", args: [{ channel: "books", instId: "S4-USDT" }] },
    ]);
    expect(rig.book(4)?.valid).toBe(false);
  });

  test("a refused channel is told by its name at once; the others stream", () => {
    const { time, venue, rig } = virtual(["A-USDT", "B-USDT", "C-USDT"]);
    venue.books.splice(1, 1);
    rig.session.start();
    time.run(SECOND_US);
    expect(rig.problems.map(({ code, detail }) => [code, detail.slice(0, 40)])).toEqual([
      ["SubscribeRefused", "books:B-USDT: 60018 Wrong URL or channel"],
    ]);
    expect(venue.said).toHaveLength(1);
    expect([0, 1, 2].map((n) => rig.book(n)?.valid === true)).toEqual([true, false, true]);
  });

  pings(virtual, "A-USDT");

  const arg = '"arg":{"channel":"books","instId":"BTC-USDT"}';
  test.each([
    ["pong", { kind: "alive" }],
    [`{"id":"7","event":"subscribe",${arg},"connId":"c"}`, { kind: "answer", id: 7, stream: "books:BTC-USDT" }],
    [`{"event":"unsubscribe",${arg},"connId":"c"}`, { kind: "answer", id: undefined, refused: false }],
    ['{"id":"8","event":"error","code":"60012","msg":"Invalid request"}', { kind: "answer", id: 8, refused: true }],
    [
      '{"id":"9","event":"error","code":"60018","msg":"Wrong URL or channel:trades-all,instId:X-Y doesn\'t exist."}',
      { kind: "answer", id: 9, refused: true, stream: "trades-all:X-Y" },
    ],
    ['{"event":"notice","code":"64008","msg":"soon","connId":"c"}', { kind: "shutdown" }],
    ['{"event":"notice","code":"1"}', { kind: "other" }],
    ['{"id":"1","event":"error","code":"60014","msg":"Requests too frequent"}', { kind: "shutdown" }],
    ['{"event":"subscribe"}', { kind: "other" }],
    ['{"event":"channel-conn-count"}', { kind: "other" }],
    ["[", { kind: "other" }],
    [`"${"x".repeat(20_000)}"`, { kind: "other" }],
  ])("control %#", (text, expected) => {
    expect(readControl(text)).toMatchObject(expected as object);
    expect([OKX_DIALECT.isData(text), isSnapshot(text)]).toEqual([false, false]);
  });

  test("demo is the same REST with a header", () => {
    expect([restHeaders(true), restHeaders(false)]).toEqual([{ "x-simulated-trading": "1" }, {}]);
  });
});

describe("liquidations: one subscription for all swaps", () => {
  const LIQUIDATIONS: TopicChoice = { ...BOOKS, liquidations: true };
  const SWAPS = ["A-USDT-SWAP", "B-USDT-SWAP", "C-USDT"];
  const opened = () => {
    const world = virtual(SWAPS, SEED, { topics: LIQUIDATIONS, idle: true });
    const counts = () => SWAPS.map((_, n) => world.rig.market.instrument(n)?.liquidationCount);
    const asked = () =>
      world.venue.said
        .splice(0)
        .filter((text) => text !== "ping")
        .map((text) => JSON.parse(text) as { op: string; args: { channel: string; instType?: string }[] })
        .flatMap(({ op, args }) => args.map((arg) => ({ op, ...arg })))
        .filter(({ channel }) => channel === "liquidation-orders")
        .map(({ op, instType }) => `${op} ${instType}`);
    return { ...world, counts, asked };
  };

  test("it is asked for once, and left when nobody wants it; rows of others are dropped, and nothing is wrong with them", () => {
    const { time, venue, rig, counts, asked } = opened();
    const { session } = rig;
    session.start();
    for (const id of [0, 0, 1, 2]) session.subscribe(id);
    time.run(SECOND_US);
    expect([asked(), session.status().streams, isUp(session)]).toEqual([["subscribe SWAP"], 4, true]);
    venue.liquidate(["A-USDT-SWAP", "B-USDT-SWAP", "Z-USDT-SWAP"]);
    venue.liquidate(["Z-USDT-SWAP"]);
    expect(counts()).toEqual([1, 1, 0]);
    session.unsubscribe(1);
    time.run(SECOND_US);
    venue.liquidate(["A-USDT-SWAP", "B-USDT-SWAP"]);
    venue.liquidate(["B-USDT-SWAP"]);
    expect(counts()).toEqual([2, 1, 0]);
    session.unsubscribe(0);
    time.run(SECOND_US);
    expect(asked()).toEqual([]);
    session.unsubscribe(0);
    time.run(SECOND_US);
    expect([asked(), session.status().streams]).toEqual([["unsubscribe SWAP"], 1]);
    session.subscribe(1);
    time.run(SECOND_US);
    venue.liquidate(["A-USDT-SWAP", "B-USDT-SWAP"]);
    expect([asked(), counts()]).toEqual([["subscribe SWAP"], [2, 2, 0]]);
    expect([session.status().setAside, rig.decoder.stats.setAsideTotal, rig.problems]).toEqual([0, 0, []]);
  });

  test("after a reconnect it is asked for again; a silence of hours is none", () => {
    const { time, venue, rig, counts, asked } = opened();
    const { session } = rig;
    session.start();
    for (const id of [0, 1]) session.subscribe(id);
    time.run(SECOND_US);
    for (const peer of venue.open) venue.close(peer);
    time.run(5 * SECOND_US);
    expect([asked(), isUp(session)]).toEqual([["subscribe SWAP", "subscribe SWAP"], true]);
    venue.liquidate(["B-USDT-SWAP"]);
    expect(counts()).toEqual([0, 1, 0]);
    for (let minute = 0; minute < 180; minute++) {
      venue.keepAlive();
      time.run(MINUTE_US);
    }
    expect([asked(), session.status().silences]).toEqual([[], 0]);
  });

  test("told on two lines at once, during a hand-over, it counts once; told twice on one line, twice", () => {
    const { time, venue, rig, counts } = opened();
    rig.session.start();
    rig.session.subscribe(0);
    time.run(SECOND_US);
    const [peer] = venue.open;
    if (peer !== undefined) venue.upgrade(peer);
    time.run(SECOND_US);
    const listening = () => venue.open.filter(({ topics }) => topics.has("liquidation-orders:SWAP")).length;
    expect(listening()).toBe(2);
    venue.liquidate(["A-USDT-SWAP"]);
    expect(counts()).toEqual([1, undefined, undefined].map((n) => n ?? 0));
    venue.liquidate(["A-USDT-SWAP"]);
    expect(counts()[0]).toBe(2);
    time.run(20 * SECOND_US);
    expect(listening()).toBe(1);
    for (let n = 0; n < 3; n++) venue.liquidate(["A-USDT-SWAP"]);
    expect(counts()[0]).toBe(5);
  });

  test.each(["", "{", "[]", '{"data":[]}', '{"data":[{"instId":7}]}', '{"data":"x"}', `"${"x".repeat(300_000)}"`])(
    "what is of another form is the decoder's: %#",
    (text) => expect(cutToWanted(text, () => false)).toBe(text),
  );
});

describe("books", () => {
  test("one lost message: the channel is subscribed anew at once, and the book is the venue's again", () => {
    const { time, venue, rig } = virtual(["A-USDT"]);
    rig.session.start();
    time.run(SECOND_US);
    const [peer] = venue.open;
    venue.faults.drop = 1;
    for (let n = 0; n < 5; n++) venue.step();
    venue.faults.drop = 0;
    venue.step();
    if (peer !== undefined) venue.tell(peer);
    expect(rig.book(0)?.valid).toBe(false);
    time.run(SECOND_US);
    expect([rig.book(0)?.valid, rig.session.status().repairs, rig.codes()]).toEqual([true, 1, ["BookGap"]]);
    expect(rig.textOf(0)).toBe(venue.textOf("A-USDT"));
    const requests = venue.said.map((text) => JSON.parse(text).op);
    expect(requests).toEqual(["subscribe", "unsubscribe", "subscribe"]);
  });

  test("a still book says so each minute: no gap, not stale, nothing is asked", () => {
    const { time, venue, rig } = virtual(["A-USDT"]);
    rig.session.start();
    time.run(SECOND_US);
    for (let minute = 0; minute < 30; minute++) {
      venue.keepAlive();
      time.run(MINUTE_US);
      rig.market.onTime(time.nowUs - MINUTE_US + 1);
      expect([rig.book(0)?.valid, rig.book(0)?.updateTimeUs]).toEqual([true, time.nowUs - MINUTE_US]);
    }
    expect([rig.session.status().repairs, rig.session.status().silences, rig.codes()]).toEqual([0, 0, []]);
  });

  test("numbers begin again after maintenance: no gap; when that message is lost, the book falls", () => {
    const { time, venue, rig } = virtual(["A-USDT"]);
    const settle = () => {
      for (const peer of venue.open) venue.tell(peer);
    };
    rig.session.start();
    time.run(SECOND_US);
    for (let n = 0; n < 20; n++) venue.step();
    settle();
    venue.faults.maintenance = 1;
    venue.step();
    venue.faults.maintenance = 0;
    settle();
    venue.step();
    settle();
    expect([rig.book(0)?.valid, rig.session.status().repairs]).toEqual([true, 0]);
    expect(rig.textOf(0)).toBe(venue.textOf("A-USDT"));
    for (let n = 0; n < 60; n++) venue.step();
    settle();
    Object.assign(venue.faults, { maintenance: 1, drop: 1 });
    venue.step();
    settle();
    Object.assign(venue.faults, { maintenance: 0, drop: 0 });
    venue.step();
    settle();
    expect(rig.book(0)?.valid).toBe(false);
    time.run(3 * SECOND_US);
    expect([rig.book(0)?.valid, rig.session.status().repairs]).toEqual([true, 1]);
    expect(rig.textOf(0)).toBe(venue.textOf("A-USDT"));
  });

  test("before a service upgrade a second connection takes over: no book is ever invalid, no trade is missed", () => {
    const symbols = ["A-USDT", "B-USDT"];
    const { time, venue, rig } = virtual(symbols, SEED, { topics: { ...BOOKS, trades: "trade" } });
    rig.session.start();
    time.run(SECOND_US);
    venue.step();
    time.run(SECOND_US);
    let invalid = 0;
    rig.onPoll = () => {
      for (const [n] of symbols.entries()) if (rig.book(n)?.valid !== true) invalid++;
    };
    for (let round = 0; round < 3; round++) {
      for (const peer of venue.open) venue.upgrade(peer);
      for (let n = 0; n < 150; n++) {
        venue.step();
        time.run(100_000);
      }
    }
    for (const peer of venue.open) venue.tell(peer);
    expect([invalid, rig.session.status().reconnects, rig.session.status().repairs]).toEqual([0, 0, 0]);
    expect([venue.peers.length, venue.open.length, rig.codes()]).toEqual([8, 2, []]);
    expect(symbols.map((_, n) => rig.textOf(n))).toEqual(symbols.map((symbol) => venue.textOf(symbol)));
    const market = rig.market.instrument(0);
    expect([market?.tradeIdGaps, market?.tradeCount]).toEqual([0, venue.lastTradeId - 1_000]);
    expect(market?.tradeDuplicates).toBeGreaterThan(0);
  });

  test("the second connection dies while it takes over: the books come back on the first", () => {
    const { time, venue, rig } = virtual(["A-USDT"]);
    rig.session.start();
    time.run(SECOND_US);
    const [first] = venue.open;
    if (first === undefined) throw new Error("no connection");
    venue.upgrade(first);
    time.run(SECOND_US);
    expect([venue.open.length, rig.book(0)?.valid]).toEqual([2, true]);
    venue.faults.refuse = 1;
    venue.close(venue.open[1] as (typeof venue.open)[number]);
    expect(rig.book(0)?.valid).toBe(false);
    time.run(500_000);
    venue.tell(first);
    expect([rig.book(0)?.valid, rig.textOf(0), isUp(rig.session)]).toEqual([true, venue.textOf("A-USDT"), true]);
  });

  test("the second connection never brings a snapshot: the book falls when the first one ends, and is asked for", () => {
    const { time, venue, rig } = virtual(["A-USDT"]);
    rig.session.start();
    time.run(SECOND_US);
    const [first] = venue.open;
    if (first === undefined) throw new Error("no connection");
    venue.upgrade(first);
    while (venue.open.length < 2) time.run(1_000);
    venue.faults.drop = 1;
    time.run(SECOND_US);
    venue.faults.drop = 0;
    const wrong: string[] = [];
    for (let n = 0; n < 100; n++) {
      venue.step();
      for (const peer of venue.open) venue.tell(peer);
      if (rig.book(0)?.valid === true && rig.textOf(0) !== venue.textOf("A-USDT")) wrong.push(`step ${n}`);
      time.run(100_000);
    }
    expect([wrong, rig.book(0)?.valid, venue.open.length, rig.session.status().reconnects]).toEqual([[], true, 1, 0]);
  });

  test("a budget that is spent: another connection goes on, and the venue never has to refuse", () => {
    const symbols = Array.from({ length: 100 }, (_, n) => `S${n}-USDT`);
    const { time, venue, rig } = virtual(symbols);
    rig.session.start();
    time.run(SECOND_US);
    for (let round = 0; round < 6; round++) {
      venue.faults.drop = 1;
      for (const peer of venue.open) {
        venue.step();
        venue.tell(peer);
      }
      venue.faults.drop = 0;
      for (let n = 0; n < 20; n++) {
        venue.step();
        time.run(1_000_000);
      }
    }
    for (const peer of venue.open) venue.tell(peer);
    expect([venue.refusedForPace, rig.session.status().reconnects]).toEqual([0, 0]);
    expect(Math.max(...venue.peers.map(({ changes }) => changes))).toBeLessThanOrEqual(400);
    expect(venue.peers.length).toBeGreaterThan(2);
    expect(rig.session.status().repairs).toBeGreaterThan(400);
    expect(symbols.map((_, n) => rig.textOf(n))).toEqual(symbols.map((symbol) => venue.textOf(symbol)));
  });

  lostSnapshots(virtual, "A-USDT", [3, 25]);

  test("our budget of names is below the venue's", () => {
    expect(SESSION_LIMITS.names?.weightMax).toBeLessThan(480);
  });

  test.each(Array.from({ length: 12 }, (_, n) => SEED + n))(
    "storm %p: a valid book is the venue's, calm heals all",
    (seed) => {
      const symbols = ["A-USDT", "B-USDT", "C-USDT-SWAP"];
      // Every other storm has a budget that is soon spent: connections are then replaced for that alone.
      const names = { weightMax: 12, windowUs: 60 * SECOND_US, requestsMax: 12 };
      const limits = { names, streamsPerConnectionMax: 6, namesPerMessageMax: 4 };
      const { time, venue, rig } = virtual(symbols, seed, seed % 2 === 0 ? { limits } : {});
      let compared = 0;
      const wrong: string[] = [];
      // What was dropped shows with the next message: each connection is told what is left, then what is valid must be so.
      const compare = () => {
        for (const book of venue.books) book.seqId++;
        for (const peer of venue.open) venue.tell(peer);
        symbols.forEach((symbol, n) => {
          const book = rig.book(n);
          if (book?.valid !== true) return;
          compared++; // What nobody wants is not valid either.
          if (rig.textOf(n) !== venue.textOf(symbol)) wrong.push(`${symbol} at ${book.lastUpdateId}`);
        });
      };
      rig.session.start();
      const faults = { ...venue.faults };
      const stormy = { drop: 0.01, duplicate: 0.02, corrupt: 0.01, cut: 0.002, maintenance: 0.01, upgrade: 0.004 };
      for (let step = 0; step < 2_000; step++) {
        Object.assign(venue.faults, stormy, { refuse: 0.3, slow: 0.1 });
        // Users come and go: the last instrument is wanted now and then only.
        if (step % 97 === 50) rig.session.unsubscribe(2);
        if (step % 97 === 80) rig.session.subscribe(2);
        venue.step();
        time.run(20_000);
        if (step % 10 !== 0) continue;
        Object.assign(venue.faults, faults);
        compare();
      }
      Object.assign(venue.faults, faults);
      rig.session.subscribe(2);
      for (let step = 0; step < 1_500; step++) {
        venue.step();
        time.run(100_000);
      }
      compare();
      expectHealed(rig, symbols, { wrong, compared });
    },
  );
});
