/** Bybit market data as a feed: one category. */

import { BybitDecoder } from "../venue/bybit/decode.ts";
import { marketSession } from "../venue/bybit/session.ts";
import { instrumentsQuery } from "../venue/bybit/symbols.ts";
import type { ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedParts } from "./feed.ts";
import { VenueFeed } from "./venue_feed.ts";

type BybitConfig = Extract<ProviderConfig, { adapter: "bybit-spot" | "bybit-linear" }>;

export function bybitFeed(name: string, config: BybitConfig, parts: FeedParts): Feed {
  const { adapter, wsUrl, restUrl, symbols, depth, quotes } = config;
  const { limits } = parts;
  const category = adapter === "bybit-spot" ? "spot" : "linear";
  const topics = { trades: true, quotes, depth, marks: true };
  return new VenueFeed(
    name,
    {
      adapter,
      symbols,
      restUrl,
      decoder: new BybitDecoder(parts.lane, limits),
      // Under a thousand contracts a page, about two pages.
      list: (rest, before) => {
        if (before?.cursor === "") return undefined;
        const url = `${restUrl}${instrumentsQuery(category, before?.cursor ?? "")}`;
        return new Promise((resolve) => rest.exchangeInfo(url, adapter, symbols, resolve));
      },
      open: (listed, ports) => marketSession({ url: wsUrl, category, symbols: listed, topics, limits }, ports),
    },
    parts,
  );
}
