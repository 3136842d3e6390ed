/**
 * The public stream (public_channels, public_words, book_feed, connection, listings, texts): our own decoder of OKX reads
 * every frame, and its book is the feed's. A swap's sizes are contracts.
 */

import { expect, setDefaultTimeout, test } from "bun:test";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { Code } from "../../core/code.ts";
import { mantissaText } from "../../core/decimal.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { BookSide } from "../../market/book.ts";
import { instrumentOf } from "../../market/feed.testing.ts";
import { MarketState } from "../../market/market.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { OkxDecoder } from "../../venue/okx/decode.ts";
import { until } from "../book_client.testing.ts";
import type { Hub } from "../hub.ts";
import { type Simulator, startSimulator } from "../simulator.ts";
import { BookFeed } from "./book_feed.ts";
import { instrumentRow } from "./listings.ts";
import { type Loose, OkxClient, OkxSocket, okxSimulator } from "./okx_client.testing.ts";
import { OkxTrading } from "./okx_trading.ts";
import { shifted, trimmed } from "./texts.ts";

setDefaultTimeout(120_000);

const CHANNELS = ["books", "bbo-tbt", "trades", "mark-price", "funding-rate"];

/** A book by OKX's rules: throws on a gap. */
class Book {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  sequence = 0;
  updates = 0;

  take({ action, data }: Loose): void {
    const [row] = data;
    if (action === "snapshot") {
      this.bids.clear();
      this.asks.clear();
      if (row.prevSeqId !== -1) throw new Error("a snapshot follows nothing");
    } else if (row.prevSeqId !== this.sequence) throw new Error(`gap: ${row.prevSeqId} after ${this.sequence}`);
    if (row.checksum !== 0) throw new Error("checksum");
    this.sequence = row.seqId;
    this.updates++;
    for (const [px, sz] of row.bids) sz === "0" ? this.bids.delete(px) : this.bids.set(px, sz);
    for (const [px, sz] of row.asks) sz === "0" ? this.asks.delete(px) : this.asks.set(px, sz);
  }
}

const PRICE_SCALE = 4;
const QTY_SCALE = 8;

/** Our decoder and our books: what they make of the stream. */
class Reader {
  readonly #lane = MarketLane.create(DEFAULT_LIMITS);
  readonly #decoder = new OkxDecoder(this.#lane, DEFAULT_LIMITS);
  readonly #market = new MarketState(DEFAULT_LIMITS, { checkQuotes: false });

  constructor(readonly symbols: readonly string[]) {
    const scales = { priceScale: PRICE_SCALE, qtyScale: QTY_SCALE };
    symbols.forEach((symbol, instrument) => {
      this.#decoder.define({ symbol, instrument, revision: 1, ...scales });
      this.#market.define(
        instrumentOf({ id: instrument, name: `okx:${symbol}`, venue: "okx", venueSymbol: symbol, ...scales }),
      );
    });
  }

  get counts(): Record<string, number> {
    return this.#decoder.stats.byStream();
  }

  take(text: string): Code {
    const code = this.#decoder.decode(text, 1_700_000_000_000_000);
    const count = this.#lane.pending();
    for (let n = 0; n < count; n++) this.#market.onSlot(this.#lane, this.#lane.peek(n));
    this.#lane.release(count);
    return code;
  }

  /** Rows of a side, best first; throws while the book is not valid. */
  side(symbol: string, side: BookSide): string[] {
    const sync = this.#market.instrument(this.symbols.indexOf(symbol))?.book;
    if (sync?.valid !== true) throw new Error(`${symbol}: no valid book`);
    return Array.from({ length: Math.min(400, sync.book.levels(side)) }, (_, n) => {
      const price = mantissaText(sync.book.priceAt(side, n), PRICE_SCALE);
      return `${trimmed(price)} ${trimmed(mantissaText(sync.book.qtyAt(side, n), QTY_SCALE))}`;
    });
  }
}

/** Everything of both instruments over one socket until the feed has given so much. */
async function listen(simulator: Simulator, instIds: readonly string[]): Promise<OkxSocket> {
  const socket = await new OkxSocket(simulator, "public").opened();
  const args = instIds.flatMap((instId) => CHANNELS.map((channel) => ({ channel, instId })));
  await socket.subscribe(...args);
  return socket;
}

/** The feed stands still from now on. */
function pause(simulator: Simulator): void {
  (simulator as unknown as { readonly pacer: { stop(): void } }).pacer.stop();
}

/** Every frame is read, only the answers to subscriptions are set aside, and the books are the feed's. */
function judge(socket: OkxSocket, simulator: Simulator, instIds: readonly string[]): Record<string, number> {
  const reader = new Reader(instIds);
  let setAside = 0;
  for (const text of socket.texts) {
    const code = reader.take(text);
    if (code !== Code.Ok) setAside++;
    if (code !== Code.Ok && code !== Code.ControlMessage) throw new Error(`${Code[code]}: ${text}`);
  }
  expect(setAside).toBe(instIds.length * CHANNELS.length);
  const okx = simulator.trading?.sides.find((side) => side instanceof OkxTrading) as OkxTrading;
  for (const instId of instIds) {
    const { market, contractPower } = okx.venue.listed(instId);
    const rows = (side: readonly (readonly [string, string])[]) =>
      side.map(([px, qty]) => `${trimmed(px)} ${shifted(qty, -contractPower)}`);
    expect(reader.side(instId, BookSide.Bid)).toEqual(rows(market.book.bids(400)));
    expect(reader.side(instId, BookSide.Ask)).toEqual(rows(market.book.asks(400)));
  }
  return reader.counts;
}

test("synthetic: every frame is read, and the books are the feed's", async () => {
  const simulator = await okxSimulator({ speed: 40 });
  const instIds = ["BTC-USDT", "BTC-USDT-SWAP"];
  const socket = await listen(simulator, instIds);
  await Bun.sleep(1_500);
  const okx = simulator.trading?.sides[0] as OkxTrading;
  pause(simulator);
  await Bun.sleep(100);
  const counts = judge(socket, simulator, instIds);
  expect(Object.keys(counts)).toEqual(expect.arrayContaining(CHANNELS));
  expect(okx.sockets.channels.published).toBeGreaterThan(100);
  socket.close();
  await simulator.stop();
});

test.skipIf(!fixturesPresent)(
  `captures of both markets, as fast as the client reads (${FIXTURES_REASON})`,
  async () => {
    const feed = ["marketdata/binance-spot/ethusdt_20240808.gz", "marketdata/binance-usdm/ethusdt_20240808.gz"].map(
      fixture,
    );
    const simulator = await startSimulator({ venues: ["okx"], feed, speed: 0 });
    const instIds = ["ETH-USDT", "ETH-USDT-SWAP"];
    const socket = await listen(simulator, instIds);
    expect(await until(() => simulator.status().done, 25_000)).toBe(true);
    await Bun.sleep(300);
    judge(socket, simulator, instIds);
    socket.close();
    await simulator.stop();
  },
);

test("a second subscriber is told a snapshot that the same updates follow; still books say so", async () => {
  const simulator = await okxSimulator();
  const first = await listen(simulator, ["BTC-USDT"]);
  await Bun.sleep(200);
  const second = await listen(simulator, ["BTC-USDT"]);
  await Bun.sleep(300);
  for (const { seen } of [first, second]) {
    const book = new Book();
    for (const message of seen) if (message.arg?.channel === "books" && message.data !== undefined) book.take(message);
    expect(book.updates).toBeGreaterThan(2);
  }
  const { hub } = simulator as unknown as { readonly hub: Hub };
  expect([hub.guests.size, hub.subscribers]).toEqual([2, 2]);
  const okx = simulator.trading?.sides[0] as OkxTrading;
  const feed = new BookFeed(okx.venue.listed("BTC-USDT"));
  const seqId = feed.snapshot(0)?.seqId;
  feed.update(1);
  expect(feed.keepAlive(59_999)).toBeUndefined();
  expect(feed.keepAlive(60_001)).toMatchObject({ asks: [], bids: [], prevSeqId: seqId, seqId });
  // The feed begins again: a venue that restarts.
  hub.restart();
  expect(await until(() => first.closeCode === 1_012 && second.closeCode === 1_012, 2_000)).toBe(true);
  expect(hub.guests.size).toBe(0);
  await simulator.stop();
});

test("what is listed: spot as it is, a perpetual as a swap in contracts; public answers over REST", async () => {
  const simulator = await okxSimulator();
  const okx = simulator.trading?.sides[0] as OkxTrading;
  expect(okx.venue.listings.map(instrumentRow)).toMatchObject([
    { instId: "BTC-USDT", tickSz: "0.01", lotSz: "0.00001", minSz: "0.00001", ctVal: "", baseCcy: "BTC" },
    { instId: "BTC-USDT-SWAP", ctVal: "0.01", lotSz: "0.1", ctValCcy: "BTC", settleCcy: "USDT", uly: "BTC-USDT" },
  ]);
  pause(simulator);
  const client = new OkxClient(simulator);
  const get = async (path: string) => (await client.call("GET", path)).data;
  const swap = okx.venue.listed("BTC-USDT-SWAP");
  const [book] = await get("market/books?instId=BTC-USDT-SWAP&sz=5");
  expect(book.bids).toHaveLength(5);
  const raw = swap.market.book.qtyOf(true, book.bids[4][0]);
  if (raw !== undefined) expect(book.bids[4][1]).toBe(shifted(raw, 2));
  expect(await get("market/trades?instId=BTC-USDT&limit=3")).toHaveLength(3);
  expect((await get("market/candles?instId=BTC-USDT&bar=1m"))[0]).toHaveLength(9);
  expect(await get("market/ticker?instId=BTC-USDT-SWAP")).toMatchObject([{ instType: "SWAP" }]);
  expect(await get("market/tickers?instType=SPOT")).toHaveLength(1);
  expect(await get("public/mark-price?instType=SWAP")).toMatchObject([{ instId: "BTC-USDT-SWAP" }]);
  expect(await get("public/funding-rate?instId=BTC-USDT-SWAP")).toMatchObject([{ method: "current_period" }]);
  expect((await get("public/time"))[0].ts).toMatch(/^\d{13}$/);
  expect(await client.call("GET", "market/books?instId=NO-PE")).toMatchObject({ code: "51001", data: [] });
  expect(await client.call("GET", "public/instruments")).toMatchObject({ code: "50014" });
  expect(await client.raw("GET", "public/nothing")).toMatchObject({ status: 404 });
  expect([await client.raw("GET", "../v3/time"), (await fetch(`${simulator.url}/api/v3/time`)).status]).toMatchObject([
    { status: 404 },
    404,
  ]);
  await simulator.stop();
});

test("texts: shifted and trimmed exactly", () => {
  expect(["1.50", "100", "0.00", "7.", "1200"].map(trimmed)).toEqual(["1.5", "100", "0", "7", "1200"]);
  expect([
    shifted("0.0123", 2),
    shifted("5", 2),
    shifted("123.45", -2),
    shifted("0.001", -3),
    shifted("10", -1),
  ]).toEqual(["1.23", "500", "1.2345", "0.000001", "1"]);
});

test("an index is told by the name of its pair, until it is left; one without a swap is no channel", async () => {
  const simulator = await okxSimulator({ speed: 40 });
  const socket = await new OkxSocket(simulator, "public").opened();
  const arg = { channel: "index-tickers", instId: "BTC-USDT" };
  expect(await socket.subscribe(arg)).toMatchObject({ event: "subscribe", arg });
  await until(() => socket.rows("index-tickers").length > 2, 5_000);
  const [row] = socket.rows("index-tickers");
  expect([row.instId, Math.abs(Number(row.idxPx) / 60_000 - 1) < 0.05]).toEqual(["BTC-USDT", true]); // number-ok: near the start
  expect(await socket.subscribe({ ...arg, instId: "NONE-USDT" })).toMatchObject({ event: "error", code: "60018" });
  socket.say({ op: "unsubscribe", args: [arg] });
  await socket.next(({ event }) => event === "unsubscribe", 0);
  const told = socket.rows("index-tickers").length;
  await Bun.sleep(200);
  expect(socket.rows("index-tickers").length).toBe(told);
  socket.close();
  await simulator.stop();
});
