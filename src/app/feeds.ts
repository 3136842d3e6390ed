/** Makes the feed of a provider from its configuration. */

import type { Limits } from "../core/limits.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import type { RequestBudget } from "../venue/wire/budget.ts";
import { BinanceFeed } from "./binance_feed.ts";
import { bybitFeed } from "./bybit_feed.ts";
import type { Config, ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedHost } from "./feed.ts";
import { okxFeed } from "./okx_feed.ts";
import { SimFeed } from "./sim_feed.ts";

/** What feeds are made of. */
export interface FeedParts {
  readonly config: Config;
  readonly lane: MarketLane;
  readonly limits: Limits;
  readonly thread: FeedHost;
  /** Weight of the address, of providers that live accounts share it with. */
  readonly budgets: ReadonlyMap<string, RequestBudget>;
  /** Last known price mantissa by instrument id. */
  readonly lastPrices: ReadonlyMap<number, number>;
}

export function makeFeed(name: string, config: ProviderConfig, parts: FeedParts): Feed {
  switch (config.adapter) {
    case "sim":
      return new SimFeed(name, config, parts);
    case "bybit-spot":
    case "bybit-linear":
      return bybitFeed(name, config, parts);
    case "okx":
      return okxFeed(name, config, parts);
    default:
      return new BinanceFeed(name, config, parts);
  }
}
