/**
 * Public data (public_topics, book_channel, market_endpoints, tickers, bars_words, listing): sequencing of books, and
 * that what a client builds from the stream is the book.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import { BookChannel, type Levels, REPEAT_MS } from "./book_channel.ts";
import { BybitSocket, bybitSimulator, type Loose } from "./bybit_client.testing.ts";
import { cutText, leanText } from "./listing.ts";
import { changedFields } from "./tickers.ts";

setDefaultTimeout(120_000);

describe("one topic", () => {
  const bids = (...levels: string[]): Levels => levels.map((level) => level.split("x") as [string, string]);

  test("a snapshot first, then changes; what leaves the depth has a size of 0", () => {
    const channel = new BookChannel(50);
    expect(channel.isReady).toBe(false);
    expect(channel.update(bids("9x1"), bids("10x1"), 0)).toEqual({
      type: "snapshot",
      b: [["9", "1"]],
      a: [["10", "1"]],
      u: 1,
    });
    expect(channel.update(bids("9x1"), bids("10x1"), 1)).toBeUndefined();
    const delta = channel.update(bids("9x2", "8x1"), bids("11x4"), 2);
    expect(delta).toEqual({
      type: "delta",
      b: [
        ["9", "2"],
        ["8", "1"],
      ],
      a: [
        ["11", "4"],
        ["10", "0"],
      ],
      u: 2,
    });
    expect(channel.snapshot()).toEqual({
      type: "snapshot",
      b: [
        ["9", "2"],
        ["8", "1"],
      ],
      a: [["11", "4"]],
      u: 2,
    });
    expect(channel.restart(bids("7x1"), bids("8x1"), 3)).toMatchObject({ type: "snapshot", u: 1 });
    channel.resume(bids("6x1"), bids("8x1"), 3);
    expect(channel.snapshot()).toMatchObject({ b: [["6", "1"]], u: 2 });
  });

  test("level 1 is snapshots only, and a quiet one is told again with the same u", () => {
    const channel = new BookChannel(1);
    channel.update(bids("9x1"), bids("10x1"), 0);
    expect(channel.update(bids("9x2"), bids("10x1"), 5)).toMatchObject({ type: "snapshot", u: 2 });
    expect(channel.repeat(5 + REPEAT_MS - 1)).toBeUndefined();
    expect(channel.repeat(5 + REPEAT_MS)).toMatchObject({ u: 2, b: [["9", "2"]] });
    expect(channel.repeat(6 + REPEAT_MS)).toBeUndefined();
    expect(new BookChannel(50).repeat(99_999)).toBeUndefined();
  });

  test("whoever follows has the levels, whatever they become", () => {
    const side = fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), fc.integer({ min: 1, max: 4 }).map(String));
    fc.assert(
      fc.property(fc.array(fc.tuple(side, side), { minLength: 1, maxLength: 12 }), (books) => {
        const channel = new BookChannel(50);
        const mine = { b: new Map<string, string>(), a: new Map<string, string>() };
        let u = 0;
        for (const [b, a] of books) {
          const message = channel.update(Object.entries(b), Object.entries(a), 0);
          if (message === undefined) continue;
          expect(message.u).toBe(++u);
          for (const half of ["b", "a"] as const) {
            if (message.type === "snapshot") mine[half].clear();
            for (const [price, qty] of message[half]) {
              if (qty === "0") mine[half].delete(price);
              else mine[half].set(price, qty);
            }
          }
          expect(Object.fromEntries(mine.b)).toEqual(b);
          expect(Object.fromEntries(mine.a)).toEqual(a);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test("numbers as the venue writes them", () => {
  expect([cutText("60000.10000000", 2), cutText("60000", 2), cutText("7.5", 0)]).toEqual(["60000.10", "60000.00", "7"]);
  expect([leanText("0.50000000"), leanText("100"), leanText("2.000")]).toEqual(["0.5", "100", "2"]);
  expect(changedFields({ symbol: "A", x: "1", y: "2" }, { symbol: "A", x: "1", y: "3" })).toEqual({
    symbol: "A",
    y: "3",
  });
  expect(changedFields({ symbol: "A" }, { symbol: "A" })).toBeUndefined();
});

describe("over sockets", () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await bybitSimulator({ accounts: [] });
  });
  afterAll(() => simulator.stop());
  const ask = async (path: string): Promise<Loose> => (await fetch(`${simulator.url}/v5/market/${path}`)).json();

  test.each(["spot", "linear"])("%s: books of all depths are dense and equal to the market's", async (category) => {
    const socket = await new BybitSocket(simulator, `/v5/public/${category}`).opened();
    const depths = [1, 50, 200, 1_000];
    const args = depths.map((depth) => `orderbook.${depth}.BTCUSDT`);
    expect(await socket.ask({ op: "subscribe", args, req_id: "x" })).toMatchObject({ success: true, req_id: "x" });
    await until(() => socket.messages.length > 120, 8_000);
    for (const depth of depths) {
      const messages = socket.messages.filter(({ topic }) => topic === `orderbook.${depth}.BTCUSDT`);
      expect(messages[0]?.type).toBe("snapshot");
      expect(messages.length).toBeGreaterThan(5);
      const book = { b: new Map<string, string>(), a: new Map<string, string>() };
      let last = 0;
      for (const { type, data, ts, cts } of messages) {
        expect(data.s).toBe("BTCUSDT");
        expect(ts).toBe(cts);
        if (last !== 0 && depth !== 1) expect([type, data.u]).toEqual(["delta", last + 1]);
        if (last !== 0 && depth === 1) expect([type, data.u - last <= 1]).toEqual(["snapshot", true]);
        last = data.u;
        for (const half of ["b", "a"] as const) {
          if (type === "snapshot") book[half].clear();
          for (const [price, qty] of data[half]) {
            if (qty === "0") book[half].delete(price);
            else book[half].set(price, qty);
          }
          expect(book[half].size).toBeLessThanOrEqual(depth);
        }
        const bid = Math.max(...[...book.b.keys()].map(Number));
        expect(bid).toBeLessThan(Math.min(...[...book.a.keys()].map(Number)));
      }
    }
    socket.close();
  });

  test.each(["spot", "linear"])("%s: an answer of REST counts as the topic of 1,000 levels does", async (category) => {
    const socket = await new BybitSocket(simulator, `/v5/public/${category}`).opened();
    const topic = "orderbook.1000.BTCUSDT";
    await socket.ask({ op: "subscribe", args: [topic] });
    await until(() => socket.messages.filter((message) => message.topic === topic).length > 3, 8_000);
    const { result: picture } = await ask(`orderbook?category=${category}&symbol=BTCUSDT&limit=1000`);
    await until(() => socket.messages.some(({ data }) => data?.u >= picture.u), 8_000);
    const book = { b: new Map<string, string>(), a: new Map<string, string>() };
    for (const { data } of socket.messages.filter(
      (message) => message.topic === topic && message.data.u <= picture.u,
    )) {
      for (const half of ["b", "a"] as const) {
        for (const [price, qty] of data[half]) {
          if (qty === "0") book[half].delete(price);
          else book[half].set(price, qty);
        }
      }
    }
    for (const half of ["b", "a"] as const) {
      expect(Object.fromEntries(book[half])).toEqual(Object.fromEntries(picture[half]));
      expect(book[half].size).toBeGreaterThan(20);
    }
    socket.close();
  });

  test("trades, tickers and bars; linear tickers say what has changed", async () => {
    const spot = await new BybitSocket(simulator, "/v5/public/spot").opened();
    const linear = await new BybitSocket(simulator, "/v5/public/linear").opened();
    const args = ["publicTrade.BTCUSDT", "tickers.BTCUSDT", "kline.1.BTCUSDT"];
    await spot.ask({ op: "subscribe", args });
    await linear.ask({ op: "subscribe", args });
    const trade = (await spot.see(({ topic }) => topic === args[0])).data[0];
    expect(trade).toMatchObject({ s: "BTCUSDT", BT: false, i: expect.stringMatching(/^\d{19}$/) });
    expect(["Buy", "Sell"]).toContain(trade.S);
    expect((await linear.see(({ topic }) => topic === args[0])).data[0].L).toMatch(/Tick$/);
    expect(await spot.see(({ topic }) => topic === args[1])).toMatchObject({ type: "snapshot" });
    expect((await spot.see(({ topic }) => topic === args[2])).data[0]).toMatchObject({ interval: "1", confirm: false });
    const whole = await linear.see(({ topic }) => topic === args[1]);
    expect(whole).toMatchObject({ type: "snapshot", data: { symbol: "BTCUSDT", fundingIntervalHour: "8" } });
    const delta = await linear.see(({ topic, type }) => topic === args[1] && type === "delta");
    expect(Object.keys(delta.data).length).toBeLessThan(Object.keys(whole.data).length);
    expect(spot.messages.filter(({ topic }) => topic === args[1]).every(({ type }) => type === "snapshot")).toBe(true);
    expect(await spot.ask({ op: "ping" })).toMatchObject({ success: true, ret_msg: "pong", op: "ping" });
    spot.close();
    linear.close();
  });

  test("what cannot be subscribed to fails as a whole", async () => {
    const socket = await new BybitSocket(simulator, "/v5/public/spot").opened();
    const refused = async (args: string[]) => (await socket.ask({ op: "subscribe", args })).success === false;
    for (const name of [
      "orderbook.7.BTCUSDT",
      "publicTrade.NOPE",
      "nope.BTCUSDT",
      "kline.7.BTCUSDT",
      "tickers",
      "order",
    ]) {
      expect(await refused(["publicTrade.BTCUSDT", name])).toBe(true);
    }
    expect(await refused(Array.from({ length: 11 }, (_, n) => `publicTrade.S${n}`))).toBe(true);
    expect(await refused(["publicTrade.BTCUSDT"])).toBe(false);
    const from = socket.messages.length;
    socket.say({ op: "subscribe", args: ["publicTrade.BTCUSDT"] });
    await socket.see(({ ret_msg }) => /already subscribed/.test(ret_msg ?? ""), from);
    socket.say({ op: "unsubscribe", args: ["publicTrade.BTCUSDT"] });
    await socket.see(({ op }) => op === "unsubscribe", from);
    const after = socket.messages.length;
    await Bun.sleep(300);
    expect(socket.messages.length).toBe(after);
    socket.close();
  });

  test("REST: time, instruments of all categories, book, trades, tickers, bars, errors", async () => {
    expect(await ask("time")).toMatchObject({ retCode: 0, result: { timeSecond: expect.stringMatching(/^\d{10}$/) } });
    for (const category of ["spot", "linear"]) {
      const where = `category=${category}&symbol=BTCUSDT`;
      expect((await ask(`instruments-info?${where}`)).result.list).toMatchObject([
        { symbol: "BTCUSDT", status: "Trading" },
      ]);
      const { result: book } = await ask(`orderbook?${where}&limit=7`);
      expect([book.b.length, book.a.length, book.s]).toEqual([7, 7, "BTCUSDT"]);
      const { result: trades } = await ask(`recent-trade?${where}&limit=5`);
      expect(trades.list).toHaveLength(5);
      expect(Number(trades.list[0].seq)).toBeGreaterThan(Number(trades.list[4].seq));
      expect((await ask(`tickers?${where}`)).result.list[0]).toMatchObject({ symbol: "BTCUSDT" });
      expect((await ask(`kline?${where}&interval=1`)).result.list[0]).toHaveLength(7);
      expect((await ask(`kline?${where}&interval=7`)).retCode).toBe(10_001);
    }
    expect((await ask("instruments-info?category=inverse")).result.list).toEqual([]);
    expect((await ask("orderbook?category=spot&symbol=NOPE")).retCode).toBe(10_001);
    expect((await ask("tickers?category=nope")).retCode).toBe(10_001);
    // Without accounts no key is known.
    const answer = await fetch(`${simulator.url}/v5/account/info`, { headers: { "X-BAPI-API-KEY": "x" } });
    expect(((await answer.json()) as Loose).retCode).toBe(10_003);
  });
});
