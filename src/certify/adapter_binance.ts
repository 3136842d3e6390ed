/** The rows of Binance, spot and USD-M, for a certification. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { BinanceDecoder } from "../venue/binance/decode.ts";
import type { BinanceMarket } from "../venue/binance/fast_path.ts";
import { BinanceGateway } from "../venue/binance/gateway.ts";
import type { GatewayLimits } from "../venue/binance/gateway_limits.ts";
import { MarketSession, type SessionLimits } from "../venue/binance/session.ts";
import { parseExchangeInfo } from "../venue/binance/symbols.ts";
import type { RestClient } from "../venue/wire/rest.ts";
import type { Adapter, GatewayParts, MarketLink, MarketParts, VenueUrls } from "./adapter.ts";
import { ask } from "./fetch_client.ts";
import { ENDLESS, QUICK_LIVE, QUICK_MARKET, ROLLOVER, SILENCE, TIMERS } from "./quick.ts";
import type { Conditions } from "./subject.ts";

export function binanceAdapter(market: BinanceMarket): Adapter {
  const venue = market === "spot" ? "binance-spot" : "binance-usdm";
  return {
    venue,
    served: venue,
    stageMarket: venue,
    symbolOf: (base, quote) => `${base}${quote}`,
    urls: ({ url, wsUrl }) => ({
      restUrl: url,
      wsUrl,
      privateUrl: `${wsUrl}${market === "spot" ? "/ws-api/v3" : "/private"}`,
    }),
    list: (urls, symbols, rest) => list(market, urls, symbols, rest),
    ...(market === "usdm" ? { deadManMsMin: 1_000 } : {}),
    hasTradeNumbers: true,
    weightAtCard: market === "spot" ? 4_000 : 1_300,
    pauseMs: 0,
    gateway: (parts) => gateway(market, parts),
    market: (parts) => session(market, parts),
  };
}

async function list(market: BinanceMarket, { restUrl }: VenueUrls, symbols: readonly string[], rest: RestClient) {
  const path = market === "spot" ? "/api/v3/exchangeInfo" : "/fapi/v1/exchangeInfo";
  const answer = await ask(rest, `${restUrl}${path}`);
  if (answer.problem !== undefined) throw new ProblemError(answer.problem);
  const { instruments, problems } = parseExchangeInfo(answer.text, market);
  return symbols.map((symbol) => {
    const found = instruments.find(({ venueSymbol }) => venueSymbol === symbol);
    if (found !== undefined) return found;
    throw new ProblemError(problems[0] ?? problem(Code.NoInstrument, `the venue does not list ${symbol}`));
  });
}

function gateway(market: BinanceMarket, { account, urls, key, conditions, isQuick, ...ports }: GatewayParts) {
  const encoding = key.signer.scheme === "ed25519" ? "base64" : "hex";
  const binanceKey = { apiKey: key.apiKey, sign: (payload: string) => key.signer.sign(payload, encoding) };
  const { restUrl, privateUrl, walletUrl } = urls;
  const limits = {
    ...(isQuick ? limitsUnder(conditions) : {}),
    ...(conditions.wideBudget === true ? WIDE[market] : {}),
  };
  const wallet = walletUrl === undefined ? {} : { walletUrl };
  return new BinanceGateway({ market, account, restUrl, privateUrl, ...wallet, limits }, { ...ports, key: binanceKey });
}

function limitsUnder(conditions: Conditions): Partial<GatewayLimits> {
  const requests = { weightMax: 75, windowUs: 60_000_000, requestsMax: 100 };
  return {
    ...QUICK_LIVE,
    freezeUs: 400_000,
    ...(conditions.rollover === true ? ROLLOVER : {}),
    ...(conditions.silence === true ? SILENCE : {}),
    ...(conditions.noBudget === true ? { requests: ENDLESS, orders: ENDLESS } : {}),
    ...(conditions.tightBudget === true ? { requests, cancelReserve: 40, questionReserve: 4, orderReserve: 50 } : {}),
  };
}

/** Of 6000 and 2400 a minute: cards ask much, and would wait for minutes with the half that trading takes. */
const WIDE: Readonly<Record<BinanceMarket, Partial<GatewayLimits>>> = Object.freeze({
  spot: {
    requests: { weightMax: 5_600, windowUs: 70_000_000, requestsMax: 8_192 },
    cancelReserve: 300,
    orderReserve: 500,
  },
  usdm: {
    requests: { weightMax: 2_200, windowUs: 70_000_000, requestsMax: 8_192 },
    cancelReserve: 100,
    orderReserve: 200,
  },
});

function session(market: BinanceMarket, parts: MarketParts): MarketLink {
  const { urls, instruments, lane, limits, conditions, isQuick } = parts;
  const decoder = new BinanceDecoder(market, lane, limits);
  for (const { id, revision, venueSymbol, priceScale, qtyScale } of instruments) {
    decoder.define({ symbol: venueSymbol, instrument: id, revision, priceScale, qtyScale });
  }
  const quick: Partial<SessionLimits> = {
    ...QUICK_MARKET,
    ...(conditions.rollover === true ? { rolloverUs: 500_000, handoverUs: 60_000 } : {}),
  };
  const made = new MarketSession(
    {
      url: urls.wsUrl,
      restUrl: urls.restUrl,
      market,
      symbols: instruments.map(({ venueSymbol, id }) => ({ symbol: venueSymbol, instrument: id, streamed: false })),
      streams: { trades: "trade", quotes: true, depth: "100ms" },
      limits,
      ...(isQuick ? { session: quick } : {}),
    },
    {
      ...TIMERS,
      nowUs: () => parts.nowUs(),
      decode: (text, receiveUs) => {
        decoder.decode(text, receiveUs);
      },
      decodeSnapshot: (text, receiveUs, symbol) => {
        decoder.decodeDepthSnapshot(text, receiveUs, symbol);
      },
      poll: () => parts.poll(),
      book: (instrument) => parts.market.instrument(instrument)?.book,
      onReconnect: (instrument) => parts.market.onReconnect(instrument),
      problem: (found) => parts.problem(found),
      rest: parts.rest,
    },
  );
  const setAside = () => made.status().setAside + decoder.stats.setAsideTotal;
  return {
    start: () => made.start(),
    stop: () => made.stop(),
    subscribe: (instrument) => made.subscribe(instrument),
    unsubscribe: (instrument) => made.unsubscribe(instrument),
    status: () => ({ ...made.status(), setAside: setAside() }),
  };
}
