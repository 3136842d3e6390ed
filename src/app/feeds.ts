/** Makes the feed of a provider from its configuration. */

import { BinanceFeed } from "./binance_feed.ts";
import { bybitFeed } from "./bybit_feed.ts";
import type { ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedParts } from "./feed.ts";
import { okxFeed } from "./okx_feed.ts";
import { SimFeed } from "./sim_feed.ts";

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
