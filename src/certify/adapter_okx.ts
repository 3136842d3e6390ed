/** The rows of OKX for a certification: spot, and swaps, whose sizes are contracts. One adapter trades both. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { InstrumentDraft } from "../model/instrument.ts";
import { OkxDecoder } from "../venue/okx/decode.ts";
import { OkxGateway } from "../venue/okx/gateway.ts";
import type { GatewayLimits } from "../venue/okx/gateway_limits.ts";
import { isSwap } from "../venue/okx/naming.ts";
import { marketSession } from "../venue/okx/session.ts";
import { instrumentsQuery, parseInstruments } from "../venue/okx/symbols.ts";
import type { RestClient } from "../venue/wire/rest.ts";
import type { Adapter, GatewayParts, MarketLink, MarketParts, VenueUrls } from "./adapter.ts";
import { ask } from "./fetch_client.ts";
import { ENDLESS, QUICK_LIVE, QUICK_TOPICS, ROLLOVER, SILENCE, TIMERS } from "./quick.ts";
import type { Conditions } from "./subject.ts";
import { topicLink } from "./topic_link.ts";

export function okxAdapter(type: "spot" | "swap"): Adapter {
  return {
    venue: type === "spot" ? "okx" : "okx-swap",
    share: { adapter: "okx", trades: (symbol) => isSwap(symbol) === (type === "swap") },
    served: "okx",
    stageMarket: type === "spot" ? "binance-spot" : "binance-usdm",
    symbolOf: (base, quote) => `${base}-${quote}${type === "spot" ? "" : "-SWAP"}`,
    urls: ({ url, wsUrl }) => ({ restUrl: url, wsUrl, privateUrl: wsUrl }),
    list,
    deadManMsMin: 10_000,
    hasTradeNumbers: true,
    agelessReason: { market: "the venue ends no connection of market data for its age" },
    weightAtCard: 50,
    pauseMs: 2_600,
    gateway,
    market: session,
  };
}

/** One list for each type. */
async function list({ restUrl }: VenueUrls, symbols: readonly string[], rest: RestClient): Promise<InstrumentDraft[]> {
  const found = new Map<string, InstrumentDraft>();
  for (const type of ["SPOT", "SWAP"] as const) {
    if (!symbols.some((symbol) => isSwap(symbol) === (type === "SWAP"))) continue;
    const answer = await ask(rest, `${restUrl}${instrumentsQuery(type)}`);
    if (answer.problem !== undefined) throw new ProblemError(answer.problem);
    for (const draft of parseInstruments(answer.text).instruments) found.set(draft.venueSymbol, draft);
  }
  return symbols.map((symbol) => {
    const draft = found.get(symbol);
    if (draft !== undefined) return draft;
    throw new ProblemError(problem(Code.NoInstrument, `the venue does not list ${symbol}`));
  });
}

function gateway({ account, urls, key, conditions, isQuick, ...ports }: GatewayParts) {
  const { apiKey, passphrase, signer } = key;
  const isDemo = urls.environment !== undefined && urls.environment !== "production";
  const limits = isQuick ? limitsUnder(conditions) : {};
  const settings = { account, restUrl: urls.restUrl, privateUrl: `${urls.privateUrl}/ws/v5/private`, isDemo, limits };
  const sign = (payload: string) => signer.sign(payload, "base64");
  return new OkxGateway(settings, { ...ports, key: { apiKey, passphrase, sign } });
}

function limitsUnder({ rollover, silence, noBudget }: Conditions): Partial<GatewayLimits> {
  const endless = { ordersOfOne: ENDLESS, cancelsOfOne: ENDLESS, orders: ENDLESS, queries: ENDLESS, duties: ENDLESS };
  return {
    ...QUICK_LIVE,
    ...(rollover === true ? ROLLOVER : {}),
    ...(silence === true ? SILENCE : {}),
    ...(noBudget === true ? endless : {}),
  };
}

function session(parts: MarketParts): MarketLink {
  const { urls, instruments, lane, limits, isQuick } = parts;
  const symbols = instruments.map(({ venueSymbol, id }) => ({ symbol: venueSymbol, instrument: id, streamed: false }));
  const topics = { trades: "trade", quotes: true, books: true, marks: true } as const;
  const quick = isQuick ? { session: QUICK_TOPICS } : {};
  return topicLink(new OkxDecoder(lane, limits), parts, (ports) =>
    marketSession({ url: urls.wsUrl, symbols, topics, limits, ...quick }, { ...TIMERS, ...ports }),
  );
}
