/** Captured Binance markets in Bybit's words, read by the gateway's own decoder: nothing set aside, and the same book. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { Code } from "../../core/code.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { BookSide } from "../../market/book.ts";
import { instrumentOf } from "../../market/feed.testing.ts";
import { MarketState } from "../../market/market.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { BybitDecoder } from "../../venue/bybit/decode.ts";
import { until } from "../book_client.testing.ts";
import { startSimulator } from "../simulator.ts";
import { SocketClient } from "../socket_client.testing.ts";
import type { Loose } from "./bybit_client.testing.ts";
import { cutText, leanText } from "./listing.ts";

setDefaultTimeout(120_000);

/** A thousand levels on demand: the same in kind, and three times as long. */
const DEPTH = process.env["MELTICA_FUZZ"] === "large" ? 1_000 : 50;
const SCALES = { priceScale: 8, qtyScale: 8 };

async function follow(feed: readonly string[], category: string, symbol: string) {
  const simulator = await startSimulator({
    venues: ["binance-spot", "binance-usdm", "bybit"],
    speed: 0,
    feed,
  });
  const client = await SocketClient.open(`${simulator.wsUrl}/v5/public/${category}`);
  const args = [`orderbook.${DEPTH}.${symbol}`, `orderbook.1.${symbol}`, `publicTrade.${symbol}`];
  client.socket.send(JSON.stringify({ op: "subscribe", args }));
  await until(() => simulator.status().done, 50_000);
  const idle = () => {
    const before = client.texts.length;
    return Bun.sleep(200).then(() => client.texts.length === before);
  };
  while (!(await idle()));
  const rest: Loose = await (
    await fetch(`${simulator.url}/v5/market/orderbook?category=${category}&symbol=${symbol}&limit=${DEPTH}`)
  ).json();
  client.close();
  await simulator.stop();
  return { texts: client.texts, rest: rest.result };
}

function read(symbol: string, texts: readonly string[]) {
  const lane = MarketLane.create(DEFAULT_LIMITS);
  const decoder = new BybitDecoder(lane, DEFAULT_LIMITS);
  const market = new MarketState(DEFAULT_LIMITS, { checkQuotes: false });
  decoder.define({ symbol, instrument: 0, revision: 1, ...SCALES });
  market.define(instrumentOf({ name: `bybit:${symbol}`, venue: "bybit", venueSymbol: symbol, ...SCALES }));
  for (const text of texts) {
    decoder.decode(text, 1_733_011_201_000_000);
    const count = lane.pending();
    for (let n = 0; n < count; n++) market.onSlot(lane, lane.peek(n));
    lane.release(count);
  }
  const sync = market.instrument(0)?.book;
  const side = (which: BookSide) =>
    Array.from({ length: sync?.book.levels(which) ?? 0 }, (_, n) => [
      sync?.book.priceAt(which, n),
      sync?.book.qtyAt(which, n),
    ]);
  return { stats: decoder.stats, sync, bids: side(BookSide.Bid), asks: side(BookSide.Ask) };
}

const mantissas = (levels: readonly [string, string][]) =>
  levels.map(([price, qty]) => [Math.round(Number(price) * 1e8), Math.round(Number(qty) * 1e8)]);

test.skipIf(!fixturesPresent).each([
  [0, "spot"],
  [1, "linear"],
] as const)(`marketdata %i as %s (${FIXTURES_REASON})`, async (at, category) => {
  const expected = JSON.parse(readFileSync(fixture("marketdata/expected.json"), "utf8"))[at];
  const feed = expected.files.map((name: string) => fixture(`marketdata/${name}`));
  const { texts, rest } = await follow(feed, category, "ETHUSDT");
  const { stats, sync, bids, asks } = read("ETHUSDT", texts);
  // The answer to the subscription, and nothing else.
  expect(stats.setAsideTotal).toBe(1);
  expect(stats.setAsideOf(Code.ControlMessage)).toBe(1);
  expect(sync?.valid).toBe(true);
  expect(sync?.gaps).toBe(0);
  // Levels that have left its depth and come back are told again: the book is the venue's, all of it.
  expect([bids, asks]).toEqual([mantissas(rest.b), mantissas(rest.a)]);
  const { bestBid, bestAsk } = expected.final as Record<string, [string, string]>;
  const lean = (level: readonly [string, string] | undefined) => level?.map(leanText);
  expect([lean(rest.b[0]), lean(rest.a[0])]).toEqual([lean(bestBid), lean(bestAsk)]);
  expect(cutText(bestBid?.[0] ?? "", 2)).toBe(rest.b[0][0]);
  console.log(`  ${category}: ${texts.length} frames, ${JSON.stringify(stats.byStream())}`);
});
