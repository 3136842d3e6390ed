/** Makes the feed of a provider from its configuration. */

import type { Limits } from "../core/limits.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import type { RequestBudget } from "../venue/wire/budget.ts";
import { BinanceFeed } from "./binance_feed.ts";
import type { Config, ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedHost } from "./feed.ts";
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
  return config.adapter === "sim" ? new SimFeed(name, config, parts) : new BinanceFeed(name, config, parts);
}
