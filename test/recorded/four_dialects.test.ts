/** Captured sessions in the words of four venues, each by its own decoder: the same quotes, books and trades. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../../src/exchange/book_client.testing.ts";
import { CapturedFeed } from "../../src/exchange/captured_feed.ts";
import type { Feed } from "../../src/exchange/feed.ts";
import { type Simulator, startSimulator } from "../../src/exchange/simulator.ts";
import { SocketClient } from "../../src/exchange/socket_client.testing.ts";
import { BookSide } from "../../src/market/book.ts";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../support/fixtures.ts";
import { CutFeed } from "./cut_feed.ts";
import { TwinFeed } from "./twin_feed.ts";
import { type Venue, World } from "./world.ts";

setDefaultTimeout(120_000);

/** Half a minute of the capture; the whole of it on demand. */
const FRAMES_MAX = process.env["MELTICA_FUZZ"] === "large" ? 100_000 : 4_000;
/** What Bybit tells; OKX has 400, Binance everything. */
const DEPTH = 200;
const PRICE_SCALE = 4;
const QTY_SCALE = 8;
const RECEIVED_US = 1_733_011_201_000_000;

interface Dialect {
  readonly name: string;
  readonly venue: Venue;
  readonly symbol: string;
  readonly path: string;
  readonly subscribe: object;
}

const binance = (depth: string) => ({
  method: "SUBSCRIBE",
  params: [`ethusdt@${depth}`, "ethusdt@bookTicker", "ethusdt@trade"],
  id: 1,
});
const okx = (instId: string) => ({
  op: "subscribe",
  args: ["books", "bbo-tbt", "trades"].map((channel) => ({ channel, instId })),
});
const bybit = { op: "subscribe", args: [`orderbook.${DEPTH}.ETHUSDT`, "orderbook.1.ETHUSDT", "publicTrade.ETHUSDT"] };
const SPOT: readonly Dialect[] = [
  {
    name: "binance spot",
    venue: "binance-spot",
    symbol: "ETHUSDT",
    path: "/spot/stream",
    subscribe: binance("depth@100ms"),
  },
  { name: "okx spot", venue: "okx", symbol: "ETH-USDT", path: "/ws/v5/public", subscribe: okx("ETH-USDT") },
  { name: "bybit spot", venue: "bybit", symbol: "ETHUSDT", path: "/v5/public/spot", subscribe: bybit },
];
const perpetuals = (depth: string): readonly Dialect[] => [
  {
    name: "binance usdm",
    venue: "binance-usdm",
    symbol: "ETHUSDT",
    path: "/usdm/stream",
    subscribe: binance(depth),
  },
  { name: "okx swap", venue: "okx", symbol: "ETH-USDT-SWAP", path: "/ws/v5/public", subscribe: okx("ETH-USDT-SWAP") },
  { name: "bybit linear", venue: "bybit", symbol: "ETHUSDT", path: "/v5/public/linear", subscribe: bybit },
];

interface Told {
  readonly dialect: Dialect;
  readonly texts: readonly string[];
  /** Of Binance: the book by REST. */
  readonly snapshot: string | undefined;
  /** Quantities are in contracts of ten to this power of the base. */
  readonly contractPower: number;
}

async function listen(feed: Feed, dialects: readonly Dialect[]): Promise<Told[]> {
  const simulator = await startSimulator({
    venues: ["binance-spot", "binance-usdm", "okx", "bybit"],
    feed,
    speed: 0,
  });
  const clients = await Promise.all(dialects.map(({ path }) => SocketClient.open(simulator.wsUrl + path)));
  // Before the first subscription the feed stands still, and the book is the one that was captured.
  const snapshots = await Promise.all(dialects.map(({ venue }) => bookOf(simulator, venue)));
  const powers = await Promise.all(dialects.map((dialect) => contractPowerOf(simulator, dialect)));
  // All in one go: who comes later misses what came before.
  for (const [at, { subscribe }] of dialects.entries()) clients[at]?.socket.send(JSON.stringify(subscribe));
  await until(() => simulator.status().done, 40_000);
  for (let seen = -1; seen !== total(clients); ) {
    seen = total(clients);
    await Bun.sleep(150);
  }
  for (const client of clients) client.close();
  await simulator.stop();
  return dialects.map((dialect, at) => ({
    dialect,
    texts: (clients[at] as SocketClient).texts,
    snapshot: snapshots[at],
    contractPower: powers[at] as number,
  }));
}

const total = (clients: readonly SocketClient[]) => clients.reduce((sum, { texts }) => sum + texts.length, 0);

async function bookOf({ url }: Simulator, venue: Venue): Promise<string | undefined> {
  if (venue !== "binance-spot" && venue !== "binance-usdm") return undefined;
  const path = venue === "binance-spot" ? "/api/v3/depth?limit=5000" : "/fapi/v1/depth?limit=1000";
  return (await fetch(`${url}${path}&symbol=ETHUSDT`)).text();
}

/** What one contract is, as the venue's own list says: `ctVal`. */
async function contractPowerOf({ url }: Simulator, { symbol }: Dialect): Promise<number> {
  if (!symbol.endsWith("-SWAP")) return 0;
  const answer = await (await fetch(`${url}/api/v5/public/instruments?instType=SWAP`)).json();
  const { ctVal } = answer.data.find(({ instId }: { readonly instId: string }) => instId === symbol);
  return Math.round(Math.log10(Number(ctVal))); // number-ok: a power of ten
}

interface Seen {
  readonly name: string;
  /** `bid qty ask qty`, as often as it changed. */
  readonly quotes: string[];
  /** Best levels of both sides, as often as they changed, with the venue's time. */
  readonly books: string[];
  readonly bookTimesMs: number[];
  readonly trades: string[];
  readonly gaps: number;
  readonly asides: number;
}

/** All that the decoder and the market make of it. */
function read({ dialect, texts, snapshot, contractPower }: Told): Seen {
  const scales = { priceScale: PRICE_SCALE, qtyScale: QTY_SCALE + contractPower };
  const world = new World(dialect.venue, dialect.symbol, scales);
  const [quotes, books, trades, bookTimesMs]: [string[], string[], string[], number[]] = [[], [], [], []];
  let [quoteCount, tradeCount, version] = [0, 0, 0];
  world.onSlot = () => {
    const { market } = world;
    if (market.quoteCount > quoteCount) {
      quoteCount = market.quoteCount;
      changed(quotes, `${market.bidPrice} ${market.bidQty} ${market.askPrice} ${market.askQty}`);
    }
    if (market.tradeCount === tradeCount) return;
    tradeCount = market.tradeCount;
    trades.push(`${market.lastTradeTimeUs} ${market.lastSide} ${market.lastPrice} ${market.lastQty}`);
  };
  if (snapshot !== undefined) world.snapshot(snapshot, RECEIVED_US);
  for (const text of texts) {
    world.decode(text, RECEIVED_US);
    const { book } = world.market;
    if (book === undefined || !book.valid || book.version === version) continue;
    version = book.version;
    if (changed(books, digestOf(world))) bookTimesMs.push(timeMsOf(text));
  }
  const gaps = world.market.book?.gaps ?? 0;
  return { name: dialect.name, quotes, books, bookTimesMs, trades, gaps, asides: world.decoder.stats.setAsideTotal };
}

function changed(list: string[], value: string): boolean {
  if (list.at(-1) === value) return false;
  list.push(value);
  return true;
}

function digestOf(world: World): string {
  const { book } = world.sync;
  const side = (which: BookSide) =>
    Array.from({ length: Math.min(DEPTH, book.levels(which)) }, (_, n) => [
      book.priceAt(which, n),
      book.qtyAt(which, n),
    ]);
  return JSON.stringify([side(BookSide.Bid), side(BookSide.Ask)]);
}

function timeMsOf(text: string): number {
  const found = /"(?:E|ts)":"?(\d{13})/.exec(text)?.[1] ?? "0";
  return Number(found); // number-ok: milliseconds
}

/** The ends of both, as far as both go back: they listened from different moments, to the same end. */
function common<T>(one: readonly T[], other: readonly T[]): [T[], T[]] {
  const length = Math.min(one.length, other.length);
  return [one.slice(one.length - length), other.slice(other.length - length)];
}

/** Where they part first, seen from the end; -1: nowhere. */
function parting(one: readonly string[], other: readonly string[]): number {
  const [a, b] = common(one, other);
  return a.findLastIndex((value, at) => value !== b[at]);
}

/** Six or three that must be one: `frames` of the feed for each market. */
function compare(told: readonly Told[], frames: number): void {
  const all = told.map(read);
  const [first, ...others] = all as [Seen, ...Seen[]];
  for (const { name, quotes, books, trades, gaps } of all) {
    console.log(`  ${name}: ${quotes.length} quotes, ${books.length} books, ${trades.length} trades`);
    const isMuch = quotes.length > frames / 4 && books.length > frames / 20 && trades.length > frames / 50;
    expect([name, gaps, isMuch]).toEqual([name, 0, true]);
  }
  for (const other of others) {
    const { name } = other;
    expect([name, "quotes", parting(first.quotes, other.quotes)]).toEqual([name, "quotes", -1]);
    expect([name, "books", parting(first.books, other.books)]).toEqual([name, "books", -1]);
    expect([name, "trades", parting(first.trades, other.trades)]).toEqual([name, "trades", -1]);
    // A venue's time never goes back: a trade that was told before gives the book its time.
    const [ours, theirs] = common(first.bookTimesMs, other.bookTimesMs);
    // The first book is an answer of REST where there are such, and has no time there.
    const late = ours.map((ms, at) => (theirs[at] as number) - ms).slice(1);
    const atOnce = late.filter((ms) => ms === 0).length;
    const isSame = Math.min(...late) >= 0 && Math.max(...late) < 100 && atOnce > 0.95 * late.length;
    expect([name, "times", isSame]).toEqual([name, "times", true]);
  }
  // Contracts taken for the base would have been seen.
  const swap = told.find(({ contractPower }) => contractPower !== 0) as Told;
  expect(parting(first.quotes, read({ ...swap, contractPower: 0 }).quotes)).toBeGreaterThan(-1);
}

describe.skipIf(!fixturesPresent)(`captures (${FIXTURES_REASON})`, () => {
  test("a session of spot, as spot and as perpetual: six markets of four venues", async () => {
    const feed = new TwinFeed([fixture("marketdata/binance-spot/ethusdt_20240808.gz")], FRAMES_MAX);
    compare(await listen(feed, [...SPOT, ...perpetuals("depth@100ms")]), feed.frameCount / 2);
  });

  test("a session of a perpetual: three venues", async () => {
    const file = fixture("marketdata/binance-usdm/ethusdt_20240808.gz");
    const feed = new CutFeed(new CapturedFeed([file], ["binance-usdm"]), FRAMES_MAX);
    compare(await listen(feed, perpetuals("depth@0ms")), feed.frameCount);
  });
});
