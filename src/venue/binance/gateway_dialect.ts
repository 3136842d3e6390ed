/** Binance as a live gateway speaks it: spot by its WebSocket API, USD-M by REST and a listen key. */

import { Code } from "../../core/code.ts";
import { problem } from "../../core/problem.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import type { Evidence } from "../../model/record.ts";
import type { RequestBudget } from "../wire/budget.ts";
import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import type { LineWords, LiveDialect, LiveHost } from "../wire/live_dialect.ts";
import { Heard } from "../wire/private_link.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { readRest, readSocket, restRequest } from "./gateway_calls.ts";
import { capabilitiesOf } from "./gateway_capabilities.ts";
import { OrderWords, verdictOf } from "./gateway_entry.ts";
import { feeAsk } from "./gateway_fees.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { probeAccount } from "./gateway_probe.ts";
import { Questions, weightOf } from "./gateway_queries.ts";
import { venueOf } from "./naming.ts";
import { CLOCK_OFF, NO_SUCH_ORDER, rejectOf } from "./order_outcome.ts";
import { type BinanceKey, type RequestTime, signedParams } from "./order_sign.ts";
import { ListenKey } from "./private_listen_key.ts";
import { PrivateReader } from "./private_reader.ts";
import { RowReader } from "./private_rows.ts";

export interface BinanceParts {
  readonly market: BinanceMarket;
  readonly restUrl: string;
  readonly walletUrl?: string;
  readonly privateUrl: string;
  readonly limits: GatewayLimits;
  readonly key: BinanceKey;
  readonly budget: RequestBudget | undefined;
}

export function binanceDialect(parts: BinanceParts, host: LiveHost): LiveDialect {
  const { market, limits, key, walletUrl = parts.restUrl } = parts;
  const budget = new GatewayBudget(limits, parts.budget);
  const time = (): RequestTime => {
    return { timestampMs: host.clock.nowMs(host.nowUs()), recvWindowMs: limits.recvWindowMs };
  };
  const say = (id: number, method: string, params: readonly Param[]) =>
    JSON.stringify({ id, method, params: signedParams(params, time(), key) });
  const words = new OrderWords(market, host.ids, say);
  const questions = new Questions(market, limits.pageRows, () => host.clock.nowMs(host.nowUs()));
  const listenKey = new ListenKey(host, budget, limits);
  return {
    venue: venueOf(market),
    capabilities: capabilitiesOf(market, limits),
    budget,
    stream: streamWords(parts, host, budget, listenKey, time),
    request: (ask) => restRequest(ask.path.startsWith("/sapi/") ? walletUrl : parts.restUrl, ask, time(), key),
    readRest,
    place: (instrument, order, id) => words.place(instrument, order, id),
    amend: (instrument, order, ref) => words.amend(instrument, order, ref),
    cancel: (instrument, ref) => words.cancel(instrument, ref),
    cancelAll: (instrument) => words.cancelAll(instrument),
    deadMan: (instrument, countdownMs) => words.deadMan(instrument, countdownMs),
    verdictOf,
    rejectOf: ({ code, msg }: VenueAnswer) => rejectOf(code, msg),
    isClockOff: ({ code }) => code === CLOCK_OFF,
    acknowledge: (kind, value, instrument, report) => words.acknowledge(kind, value, instrument, report),
    // Spot names each order that it has cancelled; USD-M only says that it did.
    canceledRows: (value) => (Array.isArray(value) ? value : []),
    clockAsk: () => clockAsk(market),
    clockMs: (value) => Fields.of(value).whole("serverTime", 0),
    weightOf: (query: VenueQuery) => weightOf(market, query),
    order: (instrument, ref) => questions.order(instrument, ref),
    history: (instrument, ref) => questions.history(instrument, ref),
    openOrders: (instrument) => questions.openOrders(instrument),
    fills: (instrument, venueOrderId, sinceUs) => questions.fills(instrument, venueOrderId, sinceUs),
    positions: () => questions.positions(),
    balances: () => questions.balances(),
    isMissing: ({ code }) => code === NO_SUCH_ORDER,
    reader: (query: number, evidence: Evidence) => new RowReader(host.builder, query, evidence, host.nowUs()),
    probe: (done) => probeAccount(market, walletUrl !== "", host.call, done),
    fees: (instrument) => feeAsk(market, instrument),
    tick: (nowUs) => {
      if (market === "usdm") listenKey.tick(nowUs);
    },
  };
}

function clockAsk(market: BinanceMarket): RestAsk {
  const path = market === "spot" ? "/api/v3/time" : "/fapi/v1/time";
  return { method: "GET", path, params: [], security: "none", weight: 1 };
}

function streamWords(
  { market, privateUrl, key }: BinanceParts,
  host: LiveHost,
  budget: GatewayBudget,
  listenKey: ListenKey,
  time: () => RequestTime,
): LineWords {
  const greeted = (answer: VenueAnswer) => {
    if (answer.isOk) return Heard.Greeted;
    host.clockOff();
    host.problem(problem(Code.SubscribeRefused, `${venueOf(market)}, private stream: ${answer.msg}`));
    return Heard.Refused;
  };
  const reader = new PrivateReader(market, host.builder, (message) => {
    budget.onSocketAnswer(message, message.whole("status", 0), host.nowUs());
    const answer = readSocket(message);
    if (message.source["id"] === GREETING) return greeted(answer);
    host.answer(message.whole("id", 0), answer);
    return Heard.Data;
  });
  return {
    address: (done) => {
      if (market === "spot") return done(privateUrl);
      listenKey.get((found) => done(found === undefined ? undefined : `${privateUrl}/ws?listenKey=${found}`));
    },
    greeting: () => {
      if (market === "usdm") return undefined;
      const params = signedParams([], time(), key);
      return JSON.stringify({ id: GREETING, method: "userDataStream.subscribe.signature", params });
    },
    text: (text) => {
      const heard = reader.text(text, host.nowUs());
      if (heard === Heard.Deaf) listenKey.forget();
      return heard;
    },
  };
}

const GREETING = "subscribe";
