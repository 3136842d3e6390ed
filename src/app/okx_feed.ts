/** OKX market data as a feed: spot and swaps together, in production, demo or at a simulator. */

import { OkxDecoder } from "../venue/okx/decode.ts";
import { restHeaders } from "../venue/okx/environment.ts";
import { isSwap } from "../venue/okx/naming.ts";
import { marketSession } from "../venue/okx/session.ts";
import { type InstType, instrumentsQuery } from "../venue/okx/symbols.ts";
import type { ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedParts } from "./feed.ts";
import { VenueFeed } from "./venue_feed.ts";

type OkxConfig = Extract<ProviderConfig, { adapter: "okx" }>;

export function okxFeed(name: string, config: OkxConfig, parts: FeedParts): Feed {
  const { adapter, environment, wsUrl, restUrl, symbols, trades, quotes } = config;
  const headers = restHeaders(environment !== "production");
  const { limits } = parts;
  const topics = { trades, quotes, books: true, marks: true };
  const lists = (["SPOT", "SWAP"] as const).filter((type) => symbols.some((symbol) => typeOf(symbol) === type));
  return new VenueFeed(
    name,
    {
      adapter,
      symbols,
      restUrl,
      decoder: new OkxDecoder(parts.lane, limits),
      // One list for each type.
      list: (rest, _before, count) => {
        const type = lists[count];
        if (type === undefined) return undefined;
        const wanted = symbols.filter((symbol) => typeOf(symbol) === type);
        const url = `${restUrl}${instrumentsQuery(type)}`;
        return new Promise((resolve) => rest.exchangeInfo(url, adapter, wanted, resolve, headers));
      },
      open: (listed, ports) => marketSession({ url: wsUrl, symbols: listed, topics, limits }, ports),
    },
    parts,
  );
}

function typeOf(symbol: string): InstType {
  return isSwap(symbol) ? "SWAP" : "SPOT";
}
