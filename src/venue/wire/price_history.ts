/** The highest and lowest price that a venue traded between two times: whole bars, and trades at both edges. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { parseMantissa } from "../../core/decimal.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { RequestBudget } from "./budget.ts";
import type { RestAnswer, RestClient } from "./rest.ts";

/** Questions about one outage; with more, the venue or the clock is not what it should be. */
const REQUESTS_MAX = 32;
const MS_US = 1_000;

export interface HistoryRequest {
  readonly url: string;
  readonly weight: number;
}

export interface HistoryTrade {
  readonly id: number;
  readonly timeMs: number;
  readonly price: string;
}

/** How a venue is asked. Times in ms; a bar or trade at `toMs` is not asked for. Readers answer undefined for what they cannot read. */
export interface HistoryDialect {
  /** Bars that the venue keeps, longest first; each a whole multiple of the next. */
  readonly barsMs: readonly number[];
  /** Most bars in one answer. */
  readonly barsMax: number;
  bars(symbol: string, barMs: number, fromMs: number, toMs: number): HistoryRequest;
  readBars(value: unknown): readonly { readonly high: string; readonly low: string }[] | undefined;
  /** A page of trades, oldest first, after trade `afterId` where that is ≥ 0. */
  trades(symbol: string, fromMs: number, toMs: number, afterId: number): HistoryRequest;
  /** Trades in one page; fewer end the list. */
  readonly tradesMax: number;
  readTrades(value: unknown): readonly HistoryTrade[] | undefined;
}

export interface HistoryPorts {
  nowUs(): number;
  readonly rest: RestClient;
  readonly budget: RequestBudget;
}

export interface HistoryQuestion {
  readonly symbol: string;
  readonly priceScale: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Mantissas; both 0 when nothing was traded. */
export interface PriceRange {
  readonly high: number;
  readonly low: number;
}

/** `barMs` 0: trades. */
interface Part {
  readonly barMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export class PriceHistory {
  constructor(
    readonly dialect: HistoryDialect,
    readonly ports: HistoryPorts,
  ) {
    assert(dialect.barsMs.length > 0, Code.LimitRelationBroken);
  }

  /** `done` is called once, at once where nobody can be asked: what is known for sure, or why it is not known. */
  ask(question: HistoryQuestion, done: (range: PriceRange | Problem) => void): void {
    new Inquiry(this.dialect, this.ports, question, done).next();
  }
}

/** Whole bars in the middle, shorter ones at the edges, trades at the edges of the shortest: no bar reaches outside. */
export function partsOf(barsMs: readonly number[], fromMs: number, toMs: number): Part[] {
  const parts: Part[] = [];
  cover(0, fromMs, toMs);
  return parts;

  function cover(level: number, from: number, to: number): void {
    if (from >= to) return;
    const barMs = barsMs[level];
    if (barMs === undefined) {
      parts.push({ barMs: 0, fromMs: from, toMs: to });
      return;
    }
    const first = Math.ceil(from / barMs) * barMs;
    const last = Math.floor(to / barMs) * barMs;
    if (first >= last) return cover(level + 1, from, to);
    cover(level + 1, from, first);
    parts.push({ barMs, fromMs: first, toMs: last });
    cover(level + 1, last, to);
  }
}

class Inquiry {
  readonly #parts: Part[];
  #at = 0;
  #afterId = -1;
  #requests = 0;
  #high = 0;
  #low = 0;

  constructor(
    readonly dialect: HistoryDialect,
    readonly ports: HistoryPorts,
    readonly question: HistoryQuestion,
    readonly done: (range: PriceRange | Problem) => void,
  ) {
    const { fromUs, toUs } = question;
    this.#parts = partsOf(dialect.barsMs, Math.ceil(fromUs / MS_US), Math.floor(toUs / MS_US));
  }

  next(): void {
    const part = this.#parts[this.#at];
    if (part === undefined) return this.done({ high: this.#high, low: this.#low });
    const { dialect, ports, question } = this;
    const { barMs, fromMs, toMs } = part;
    const { symbol } = question;
    const upToMs = Math.min(toMs, fromMs + barMs * dialect.barsMax);
    const request =
      barMs > 0 ? dialect.bars(symbol, barMs, fromMs, upToMs) : dialect.trades(symbol, fromMs, toMs, this.#afterId);
    if (++this.#requests > REQUESTS_MAX) return this.#fail(`more than ${REQUESTS_MAX} requests`);
    const nowUs = ports.nowUs();
    if (!ports.budget.takeData(request.weight, nowUs)) return this.#fail("the request budget is spent");
    ports.rest.get(request.url, (answer) => {
      const value = this.#valueOf(answer);
      if (value === undefined) return;
      if (barMs > 0) this.#takeBars(part, upToMs, value);
      else this.#takeTrades(part, value);
    });
  }

  #valueOf({ status, text, problem: p }: RestAnswer): unknown {
    if (p !== undefined) return this.#fail(p.detail);
    if (status !== 200) return this.#fail(`HTTP ${status} ${text.slice(0, 200)}`);
    try {
      return JSON.parse(text);
    } catch {
      return this.#fail("the answer is no JSON");
    }
  }

  #takeBars(part: Part, upToMs: number, value: unknown): void {
    const bars = this.dialect.readBars(value);
    if (bars === undefined) return this.#fail("bars of an unknown form");
    for (const { high, low } of bars) if (!this.#take(high) || !this.#take(low)) return;
    if (upToMs < part.toMs) this.#parts[this.#at] = { ...part, fromMs: upToMs };
    else this.#at++;
    this.next();
  }

  #takeTrades({ toMs }: Part, value: unknown): void {
    const trades = this.dialect.readTrades(value);
    if (trades === undefined) return this.#fail("trades of an unknown form");
    for (const trade of trades) if (trade.timeMs < toMs && !this.#take(trade.price)) return;
    const last = trades.at(-1);
    const goesOn = last !== undefined && trades.length >= this.dialect.tradesMax && last.timeMs < toMs;
    if (goesOn && last.id <= this.#afterId) return this.#fail("trades come in no order");
    this.#afterId = goesOn ? last.id : -1;
    if (!goesOn) this.#at++;
    this.next();
  }

  #take(price: string): boolean {
    const { code, mantissa } = parseMantissa(price, this.question.priceScale);
    if (code !== Code.Ok || mantissa <= 0) {
      this.#fail(`${price.slice(0, 40)} is no price`);
      return false;
    }
    this.#high = Math.max(this.#high, mantissa);
    this.#low = this.#low === 0 ? mantissa : Math.min(this.#low, mantissa);
    return true;
  }

  #fail(why: string): undefined {
    this.done(problem(Code.HistoryUnknown, `${this.question.symbol}: ${why}`));
  }
}
