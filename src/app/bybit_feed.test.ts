/** Bybit's market data in a gateway's feed: instruments, books and marks of the simulator; definitions of the REST thread. */

import { afterAll, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import { until } from "../exchange/book_client.testing.ts";
import { bybitSimulator } from "../exchange/bybit/bybit_client.testing.ts";
import type { Simulator } from "../exchange/simulator.ts";
import { MarketState } from "../market/market.ts";
import { InstrumentKind } from "../model/order.ts";
import { MarketLane } from "../ring/market_lane.ts";
import { defaultConfig } from "./config.ts";
import { instrumentsOf, providerOffers } from "./config_instruments.ts";
import type { ProviderConfig } from "./config_schema.ts";
import { definitionsOf } from "./definitions.ts";
import type { Feed } from "./feed.ts";
import { makeFeed } from "./feeds.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, marketLaneSlots: 4_096, frameLevelsMax: 1_000, instrumentsMax: 16 };
const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
});

function world(simulator: Simulator, adapter: "bybit-spot" | "bybit-linear", symbols: string[]) {
  const { url: restUrl, wsUrl } = simulator;
  const urls = { environment: "production", wsUrl, restUrl, privateUrl: wsUrl } as const;
  const config: ProviderConfig = { adapter, ...urls, symbols, depth: "200", quotes: true };
  const lane = MarketLane.create(LIMITS);
  const market = new MarketState(LIMITS, { bookDepthVisible: 3 });
  const problems: Problem[] = [];
  const thread = {
    nowUs: () => Date.now() * 1_000,
    before: () => undefined,
    book: (instrument: number) => market.instrument(instrument)?.book,
    poll: () => {
      for (let pending = lane.pending(); pending > 0; pending--) {
        market.onSlot(lane, lane.peek(0));
        lane.release(1);
      }
    },
    onReconnect: (instrument: number) => market.onReconnect(instrument),
    problem: (found: Problem) => problems.push(found),
  };
  const feed: Feed = makeFeed("bybit", config, {
    config: defaultConfig("."),
    lane,
    limits: LIMITS,
    thread,
    budgets: new Map(),
    lastPrices: new Map(),
  });
  ends.push(() => feed.stop());
  return { feed, market, problems, config };
}

describe("at the simulator", () => {
  test.each(["bybit-spot", "bybit-linear"] as const)(
    "%s: asked, defined, streamed",
    async (adapter) => {
      const simulator = await bybitSimulator();
      ends.push(() => simulator.stop());
      const { feed, market, problems, config } = world(simulator, adapter, ["BTCUSDT"]);
      const drafts = await feed.prepare();
      const isSpot = adapter === "bybit-spot";
      expect(drafts.map(({ name, kind, venue }) => [name, kind, venue])).toEqual([
        [
          `bybit:BTC-USDT${isSpot ? "" : "-PERP"}`,
          isSpot ? InstrumentKind.Spot : InstrumentKind.LinearPerpetual,
          adapter,
        ],
      ]);
      expect(instrumentsOf(config)).toEqual(drafts.map(({ name }) => name));
      const listed = drafts.map((draft, id) => ({ ...draft, id, revision: 1 }));
      for (const each of listed) market.define(each);
      feed.start(listed);
      await until(() => market.instrument(0)?.book?.valid === true && feed.status().connected, 5_000);
      await until(() => isSpot || (market.instrument(0)?.markPrice ?? 0) > 0, 5_000);
      expect([feed.status().problem, feed.status().setAside, problems]).toEqual(["", 0, []]);
      const { bidPrice, askPrice } = market.instrument(0)!;
      expect(bidPrice > 0 && bidPrice < askPrice).toBe(true);
    },
    30_000,
  );

  test("a symbol that the venue does not list is named", async () => {
    const simulator = await bybitSimulator();
    ends.push(() => simulator.stop());
    const { feed } = world(simulator, "bybit-linear", ["BTCUSDT", "NONEUSDT"]);
    const said = await feed.prepare().catch((error: Error) => error.message);
    expect(said).toContain("bybit does not list NONEUSDT");
  }, 30_000);
});

describe("configuration and definitions", () => {
  test("a page tells what it has of what is wanted; only the venue without pages can say that a symbol is nowhere", () => {
    const page = JSON.stringify({
      retCode: 0,
      result: { nextPageCursor: "p2", list: [{ symbol: "A", baseCoin: "A", quoteCoin: "B" }] },
    });
    const read = definitionsOf(page, { market: "bybit-linear", symbols: ["A", "C"] });
    expect([read.instruments, read.cursor, read.problems.map(({ code }) => code)]).toEqual([
      [],
      "p2",
      ["EnumUnknown", "EnumUnknown"],
    ]);
    expect(
      definitionsOf('{"symbols":[]}', { market: "spot", symbols: ["C"] }).problems.map(({ code }) => code),
    ).toEqual(["SymbolUnknown"]);
  });

  test("instruments of a provider by name", () => {
    const provider = { adapter: "bybit-linear", symbols: ["BTCPERP", "BTCUSDT-26JUN26"] } as unknown as ProviderConfig;
    const offered = ["bybit:BTC-USDC-PERP", "bybit:BTC-USDT-20260626", "bybit:BTC-USDT-PERP", "binance:BTC-USDC-PERP"];
    expect(offered.map((name) => providerOffers(provider, name))).toEqual([true, true, false, false]);
  });
});
