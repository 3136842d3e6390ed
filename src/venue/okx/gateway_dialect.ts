/** OKX as a live gateway speaks it: spot and swaps of one account, orders by the private socket, questions by REST. */

import { Code } from "../../core/code.ts";
import { problem } from "../../core/problem.ts";
import type { RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import type { LineWords, LiveDialect, LiveHost } from "../wire/live_dialect.ts";
import { Heard } from "../wire/private_link.ts";
import { Countdown } from "./countdown.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { readRest, restRequest } from "./gateway_calls.ts";
import { capabilitiesOf } from "./gateway_capabilities.ts";
import { OrderWords } from "./gateway_entry.ts";
import { feeAsk } from "./gateway_fees.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { probeAccount } from "./gateway_probe.ts";
import { Questions, weightOf } from "./gateway_queries.ts";
import { InstrumentCodes } from "./instrument_codes.ts";
import type { TradeMode } from "./order_args.ts";
import { isClockOff, isLimit, NO_SUCH_ORDER, NOT_LOGGED_IN, rejectOf, verdictOf } from "./order_outcome.ts";
import { loginText, type OkxKey } from "./order_sign.ts";
import { Bills } from "./private_bills.ts";
import { PrivateReader } from "./private_reader.ts";
import { RowReader } from "./private_rows.ts";
import { rowOf } from "./row_fields.ts";

export const OKX = "okx";
/** Orders of one batch. */
const BATCH_MAX = 20;

export interface OkxParts {
  readonly restUrl: string;
  readonly privateUrl: string;
  readonly limits: GatewayLimits;
  readonly key: OkxKey;
  readonly mode: TradeMode;
  readonly isDemo: boolean;
  /** 0: since the private stream is up. */
  readonly cashSinceMs: number;
}

export function okxDialect(parts: OkxParts, host: LiveHost): LiveDialect {
  const { limits, key, isDemo } = parts;
  const nowMs = () => host.clock.nowMs(host.nowUs());
  const budget = new GatewayBudget(limits);
  const codes = new InstrumentCodes(host, budget, limits.codesAgainUs);
  const words = new OrderWords({ codes, mode: parts.mode, deadlineMs: () => nowMs() + limits.validMs });
  const questions = new Questions(limits.pageRows, nowMs);
  const countdown = new Countdown();
  const bills = new Bills(host, limits, parts.cashSinceMs);
  return {
    venue: OKX,
    capabilities: capabilitiesOf(limits),
    budget,
    stream: streamWords(parts, host, budget, bills),
    request: (ask) =>
      restRequest(ask, { baseUrl: parts.restUrl, key, nowMs: nowMs(), validMs: limits.validMs, isDemo }),
    readRest,
    place: (instrument, order, id) => words.place(instrument, order, id),
    amend: (instrument, order, ref) => words.amend(instrument, order, ref),
    cancel: (instrument, ref) => words.cancel(instrument, ref),
    cancelMany: (orders) => words.cancelMany(orders),
    batchMax: BATCH_MAX,
    deadMan: ({ id }, countdownMs) => countdown.ask(id, countdownMs, host.nowUs()),
    verdictOf,
    rejectOf: ({ code }: VenueAnswer) => rejectOf(code),
    isClockOff: ({ code }) => isClockOff(code),
    acknowledge: (kind, value, _, report) => words.acknowledge(kind, value, report),
    canceledRows: () => [],
    clockAsk,
    clockMs: (value) => rowOf(Array.isArray(value) ? value[0] : undefined).whole("ts", 0),
    weightOf,
    order: (instrument, ref) => questions.order(instrument, ref),
    history: (instrument, ref) => questions.history(instrument, ref),
    openOrders: (instrument) => questions.openOrders(instrument),
    fills: (instrument, venueOrderId, sinceUs) => {
      codes.of(instrument);
      return questions.fills(instrument, venueOrderId, sinceUs);
    },
    positions: () => questions.positions(),
    balances: () => questions.balances(),
    isMissing: ({ code }) => code === NO_SUCH_ORDER,
    reader: (query, evidence) => new RowReader(host.builder, query, evidence, host.nowUs()),
    probe: (done) => probeAccount(host.call, done),
    fees: (instrument) => feeAsk(instrument),
    tick: (nowUs) => bills.tick(nowUs),
  };
}

function clockAsk(): RestAsk {
  return { method: "GET", path: "/api/v5/public/time", params: [], security: "none", weight: 1 };
}

function streamWords({ privateUrl, key }: OkxParts, host: LiveHost, budget: GatewayBudget, bills: Bills): LineWords {
  const reader = new PrivateReader({
    builder: host.builder,
    answer: (id, answer) => {
      if (isLimit(answer.code)) budget.onOrderLimit(host.nowUs());
      host.answer(id, answer);
      if (answer.code === NOT_LOGGED_IN) host.drop("the venue has logged us out");
    },
    cashMoved: (event) => bills.look(event),
    refused: (answer) => {
      host.clockOff();
      host.problem(problem(Code.SubscribeRefused, `${OKX}, private stream: ${answer.msg}`));
    },
  });
  return {
    address: (done) => done(privateUrl),
    greeting: () => loginText(key, host.clock.nowMs(host.nowUs())),
    text: (text, reply) => {
      const heard = reader.text(text, host.nowUs(), reply);
      if (heard === Heard.Greeted) bills.begin();
      return heard;
    },
    ping: () => "ping",
  };
}
