/** Binance market data as a feed: one market; what was traded before can be asked for. */

import type { Problem } from "../core/problem.ts";
import type { Instrument } from "../model/instrument.ts";
import { BinanceDecoder } from "../venue/binance/decode.ts";
import { historyDialect } from "../venue/binance/history.ts";
import { MarketSession } from "../venue/binance/session.ts";
import { sessionLimitsOf } from "../venue/binance/session_limits.ts";
import { RequestBudget } from "../venue/wire/budget.ts";
import { PriceHistory, type PriceRange } from "../venue/wire/price_history.ts";
import type { ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedParts } from "./feed.ts";
import { type FeedVenue, VenueFeed } from "./venue_feed.ts";

type BinanceConfig = Extract<ProviderConfig, { adapter: "binance-spot" | "binance-usdm" }>;

export class BinanceFeed extends VenueFeed implements Feed {
  readonly #history: PriceHistory;
  readonly #instruments = new Map<number, Instrument>();

  constructor(name: string, config: BinanceConfig, parts: FeedParts) {
    const market = config.adapter === "binance-spot" ? "spot" : "usdm";
    const budget = parts.budgets.get(name) ?? new RequestBudget(sessionLimitsOf(market).requests);
    super(name, venueOf(config, market, parts, budget), parts);
    const { rest } = this;
    this.#history = new PriceHistory(historyDialect(config.restUrl, market), {
      nowUs: () => parts.thread.nowUs(),
      rest,
      budget,
    });
  }

  override start(instruments: readonly Instrument[]): void {
    for (const instrument of instruments) this.#instruments.set(instrument.id, instrument);
    super.start(instruments);
  }

  history(instrument: number, fromUs: number, toUs: number, done: (range: PriceRange | Problem) => void): void {
    const known = this.#instruments.get(instrument);
    if (known === undefined) return;
    const { venueSymbol: symbol, priceScale } = known;
    this.#history.ask({ symbol, priceScale, fromUs, toUs }, done);
  }
}

function venueOf(
  config: BinanceConfig,
  market: "spot" | "usdm",
  { lane, limits, thread }: FeedParts,
  budget: RequestBudget,
): FeedVenue {
  const { adapter, symbols, wsUrl, restUrl, trades, quotes, depth, redundant } = config;
  const decoder = new BinanceDecoder(market, lane, limits);
  const path = market === "spot" ? "/api/v3/exchangeInfo" : "/fapi/v1/exchangeInfo";
  const streams = { trades, quotes, depth };
  return {
    adapter,
    symbols,
    restUrl,
    decoder,
    list: (rest, before) => {
      if (before !== undefined) return undefined; // There are no pages.
      return new Promise((resolve) => rest.exchangeInfo(`${restUrl}${path}`, market, symbols, resolve));
    },
    open: (listed, ports, rest) => {
      const decodeSnapshot = (text: string, receiveUs: number, symbol: string) => {
        thread.before(receiveUs);
        decoder.decodeDepthSnapshot(text, receiveUs, symbol);
      };
      const settings = { url: wsUrl, restUrl, market, symbols: listed, streams, limits, session: { redundant } };
      return new MarketSession(settings, { ...ports, decodeSnapshot, rest, budget });
    },
  };
}
