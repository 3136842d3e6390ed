/** Bybit as a live gateway speaks it: reports on one connection, orders on another, both also by REST. */

import { Code } from "../../core/code.ts";
import { problem } from "../../core/problem.ts";
import type { RequestBudget } from "../wire/budget.ts";
import type { Fields } from "../wire/fields.ts";
import type { VenueAnswer } from "../wire/live_answer.ts";
import type { LineWords, LiveDialect, LiveHost } from "../wire/live_dialect.ts";
import { Heard } from "../wire/private_link.ts";
import { CashLog } from "./cash_log.ts";
import { type Category, venueOf } from "./category.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { readRest, readSocket } from "./gateway_calls.ts";
import { capabilitiesOf } from "./gateway_capabilities.ts";
import { acknowledge, OrderWords } from "./gateway_entry.ts";
import { feeAsk } from "./gateway_fees.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { probeAccount } from "./gateway_probe.ts";
import { Questions, weightOf } from "./gateway_queries.ts";
import { CLOCK_OFF, isMissing, rejectOf, verdictOf } from "./order_outcome.ts";
import { type BybitKey, loginText, type RequestTime, restRequest } from "./order_sign.ts";
import { OrderTerms } from "./order_terms.ts";
import { type ReaderEnds, readPrivate } from "./private_reader.ts";
import { ReportRows } from "./private_reports.ts";
import { RowReader } from "./private_rows.ts";
import { clockAsk, clockMs } from "./venue_time.ts";

export interface BybitParts {
  readonly category: Category;
  readonly restUrl: string;
  readonly privateUrl: string;
  readonly tradeUrl: string | undefined;
  readonly limits: GatewayLimits;
  readonly key: BybitKey;
  readonly budget: RequestBudget | undefined;
  /** 0: since the private stream is up. */
  readonly cashSinceMs: number;
  /** Symbols of this category that may be traded. */
  symbols(): readonly string[];
}

const WALLET = "wallet";
const PING = '{"op":"ping"}';

export function bybitDialect(parts: BybitParts, host: LiveHost): LiveDialect {
  const { category, limits, key, tradeUrl } = parts;
  const budget = new GatewayBudget(limits, parts.budget);
  const terms = new OrderTerms(limits.ordersMax);
  const time = (): RequestTime => {
    return { timestampMs: host.clock.nowMs(host.nowUs()), recvWindowMs: limits.recvWindowMs };
  };
  const words = new OrderWords(category, terms, tradeUrl !== undefined, time);
  const questions = new Questions(category, limits.orderRows, limits.fillRows, () => time().timestampMs);
  const cash = new CashLog(host, limits, (weight, nowUs) => budget.takeLog(weight, nowUs), parts.cashSinceMs);
  const rows = new ReportRows(category, host.builder, terms, () => cash.funded());
  const lines = new Lines(parts, host, budget, { rows, cash }, time);
  return {
    venue: venueOf(category),
    capabilities: capabilitiesOf(category, limits),
    budget,
    stream: lines.stream(),
    ...(tradeUrl === undefined ? {} : { orders: lines.orders(tradeUrl) }),
    request: (ask) => restRequest(parts.restUrl, ask, time(), key),
    readRest,
    place: (instrument, order, id) => words.place(instrument, order, id),
    amend: (instrument, order, ref) => words.amend(instrument, order, ref),
    cancel: (instrument, ref) => words.cancel(instrument, ref),
    cancelAll: (instrument) => words.cancelAll(instrument),
    deadMan: () => undefined,
    verdictOf,
    rejectOf,
    isClockOff: ({ code }: VenueAnswer) => code === CLOCK_OFF,
    acknowledge: (_kind, value, _instrument, report) => acknowledge(value, report),
    canceledRows: () => [],
    clockAsk,
    clockMs,
    weightOf: (query) => weightOf(category, query),
    order: (instrument, ref) => questions.order(instrument, ref),
    history: (instrument, ref) => questions.history(instrument, ref),
    openOrders: (instrument) => questions.openOrders(instrument),
    fills: (instrument, venueOrderId, sinceUs) => questions.fills(instrument, venueOrderId, sinceUs),
    positions: () => questions.positions(),
    balances: () => questions.balances(),
    isMissing: ({ code }: VenueAnswer) => isMissing(code),
    reader: (query, evidence) => new RowReader(host.builder, query, evidence, host.nowUs()),
    probe: (done) => probeAccount(category, parts.symbols(), host.call, done),
    fees: (instrument) => feeAsk(category, instrument),
    tick: (nowUs) => cash.tick(nowUs),
  };
}

/** Both connections: a login, and on the one of reports the topics of this category. */
class Lines {
  constructor(
    readonly parts: BybitParts,
    readonly host: LiveHost,
    readonly budget: GatewayBudget,
    readonly told: { readonly rows: ReportRows; readonly cash: CashLog },
    readonly time: () => RequestTime,
  ) {}

  stream(): LineWords {
    const { category, privateUrl } = this.parts;
    const args = [`order.${category}`, `execution.${category}`, WALLET];
    if (category === "linear") args.push("position.linear");
    const subscribe = JSON.stringify({ req_id: "topics", op: "subscribe", args });
    const onLogin = (reply: (text: string) => boolean) => {
      reply(subscribe);
      return Heard.Data;
    };
    return this.#line(privateUrl, "private stream", onLogin, () => this.told.cash.begin());
  }

  orders(url: string): LineWords {
    return this.#line(url, "connection of orders", () => Heard.Greeted);
  }

  #line(
    url: string,
    what: string,
    onLogin: (reply: (text: string) => boolean) => Heard,
    onTopics: () => void = () => undefined,
  ): LineWords {
    const { host, parts } = this;
    const { rows, cash } = this.told;
    const refused = (message: Fields, doing: string) => {
      host.clockOff(); // A login that is out of time is refused as any other.
      const said = message.text("ret_msg", "") || message.text("retMsg", "");
      host.problem(problem(Code.SubscribeRefused, `${venueOf(parts.category)}, ${what}: ${doing}: ${said}`));
      return Heard.Refused;
    };
    return {
      address: (done) => done(url),
      greeting: () => loginText(this.time().timestampMs + parts.limits.loginMs, parts.key),
      ping: () => PING,
      text: (text, reply) => {
        const ends: ReaderEnds = {
          stats: host.builder.stats,
          row: (topic, row) => {
            rows.read(topic, row, host.nowUs());
            if (topic === WALLET) cash.walletChanged();
          },
          login: (message) => (isYes(message) ? onLogin(reply) : refused(message, "login")),
          subscribed: (message) => {
            if (!isYes(message)) return refused(message, "subscription");
            onTopics();
            return Heard.Greeted;
          },
          answer: (message) => this.#answer(message),
        };
        return readPrivate(text, ends);
      },
    };
  }

  #answer(message: Fields): void {
    this.budget.onSocketAnswer(message, this.host.nowUs());
    const id = message.text("reqId", "");
    this.host.answer(/^\d{1,15}$/.test(id) ? Number.parseInt(id, 10) : 0, readSocket(message));
  }
}

/** One kind of connection says `success`, the other `retCode`. */
function isYes({ source }: Fields): boolean {
  return source["success"] === true || (source["success"] === undefined && source["retCode"] === 0);
}
