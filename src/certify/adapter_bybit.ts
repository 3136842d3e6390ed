/** The rows of Bybit, spot and linear contracts, for a certification. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { InstrumentDraft } from "../model/instrument.ts";
import { type Category, venueOf } from "../venue/bybit/category.ts";
import { BybitDecoder } from "../venue/bybit/decode.ts";
import { BybitGateway } from "../venue/bybit/gateway.ts";
import type { GatewayLimits } from "../venue/bybit/gateway_limits.ts";
import { marketSession } from "../venue/bybit/session.ts";
import { instrumentsQuery, parseInstruments } from "../venue/bybit/symbols.ts";
import type { RestClient } from "../venue/wire/rest.ts";
import type { Adapter, GatewayParts, MarketLink, MarketParts, VenueUrls } from "./adapter.ts";
import { ask } from "./fetch_client.ts";
import { ENDLESS, QUICK_LIVE, QUICK_TOPICS, SILENCE, TIMERS } from "./quick.ts";
import type { Conditions } from "./subject.ts";
import { topicLink } from "./topic_link.ts";

const AGELESS = "the venue ends no connection for its age";
/** About a thousand contracts a page. */
const PAGES_MAX = 10;

export function bybitAdapter(category: Category): Adapter {
  return {
    venue: venueOf(category),
    served: "bybit",
    stageMarket: category === "spot" ? "binance-spot" : "binance-usdm",
    symbolOf: (base, quote) => `${base}${quote}`,
    urls: ({ url, wsUrl }) => ({ restUrl: url, wsUrl, privateUrl: `${wsUrl}/v5` }),
    list: (urls, symbols, rest) => list(category, urls, symbols, rest),
    hasTradeNumbers: false,
    weightAtCard: 200,
    pauseMs: 1_300,
    agelessReason: { orders: AGELESS, market: AGELESS },
    gateway: (parts) => gateway(category, parts),
    market: (parts) => session(category, parts),
  };
}

async function list(category: Category, { restUrl }: VenueUrls, symbols: readonly string[], rest: RestClient) {
  const found = new Map<string, InstrumentDraft>();
  let cursor = "";
  for (let page = 0; page === 0 || (cursor !== "" && page < PAGES_MAX); page++) {
    const answer = await ask(rest, `${restUrl}${instrumentsQuery(category, cursor)}`);
    if (answer.problem !== undefined) throw new ProblemError(answer.problem);
    const read = parseInstruments(answer.text, category);
    for (const draft of read.instruments) found.set(draft.venueSymbol, draft);
    cursor = read.cursor;
  }
  return symbols.map((symbol) => {
    const draft = found.get(symbol);
    if (draft !== undefined) return draft;
    throw new ProblemError(problem(Code.NoInstrument, `the venue does not list ${symbol}`));
  });
}

function gateway(category: Category, { account, urls, key, conditions, isQuick, ...ports }: GatewayParts) {
  const { restUrl, privateUrl: base, environment } = urls;
  // Demo accounts have no connection of orders: they go by REST.
  const trade = environment === "demo" ? {} : { tradeUrl: `${base}/trade` };
  const limits = isQuick ? limitsUnder(conditions) : {};
  const settings = { category, account, restUrl, privateUrl: `${base}/private`, ...trade, limits };
  const sign = (payload: string) => key.signer.sign(payload, "hex");
  return new BybitGateway(settings, { ...ports, key: { apiKey: key.apiKey, sign } });
}

function limitsUnder(conditions: Conditions): Partial<GatewayLimits> {
  const orders = { weightMax: 6, windowUs: 60_000_000, requestsMax: 16 };
  return {
    ...QUICK_LIVE,
    settleUs: 300_000,
    freezeUs: 400_000,
    ...(conditions.silence === true ? SILENCE : {}),
    ...(conditions.noBudget === true ? { requests: ENDLESS, orders: ENDLESS, cancels: ENDLESS, queries: ENDLESS } : {}),
    ...(conditions.tightBudget === true ? { orders } : {}),
  };
}

function session(category: Category, parts: MarketParts): MarketLink {
  const { urls, instruments, lane, limits, isQuick } = parts;
  const decoder = new BybitDecoder(lane, limits);
  const symbols = instruments.map(({ venueSymbol, id }) => ({ symbol: venueSymbol, instrument: id, streamed: false }));
  const topics = { trades: true, quotes: true, depth: "200", marks: category === "linear" } as const;
  const quick = isQuick ? { session: QUICK_TOPICS } : {};
  return topicLink(decoder, parts, (ports) =>
    marketSession({ url: urls.wsUrl, category, symbols, topics, limits, ...quick }, { ...TIMERS, ...ports }),
  );
}
