/** Cash that moves without a fill, from the account's bills: each is told once, by its own number. */

import { CashCause } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { type BudgetLimits, RequestBudget } from "../wire/budget.ts";
import type { Param, RestAsk } from "../wire/live_answer.ts";
import type { LiveHost, Pages } from "../wire/live_dialect.ts";
import { newestPages } from "./gateway_pages.ts";
import { rowOf } from "./row_fields.ts";

export const BILLS_PATH = "/api/v5/account/bills";
const WEIGHT = 1;
/** Of one look. */
const PAGES_MAX = 20;
/** Bills are looked for from a while before the last one on: they may show up in another order than that of their times. */
const OVERLAP_MS = 60_000;
const SEEN_MAX = 10_000;

/** By `type`. Fills tell their own money: bills of trades, liquidations and deleveraging are not read. */
const CAUSES: Readonly<Record<string, CashCause>> = Object.freeze({
  "1": CashCause.Transfer,
  "3": CashCause.Settlement,
  "6": CashCause.Transfer,
  "7": CashCause.Interest,
  "8": CashCause.Funding,
  "10": CashCause.Liquidation,
  "11": CashCause.Conversion,
  "12": CashCause.Transfer,
  "27": CashCause.Conversion,
  "28": CashCause.Conversion,
  "29": CashCause.Conversion,
  "30": CashCause.Conversion,
});

/** Which bills an event of `balance_and_position` is about; any other event: all. */
const EVENTS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  funding_fee: ["8"],
  transferred: ["1", "6", "12"],
  interest_deduction: ["7"],
  delivered: ["3"],
  exercised: ["3"],
  settlement: ["3"],
  claw_back: ["10"],
  // Fills tell of these.
  snapshot: [],
  filled: [],
  adl: [],
  liquidation: [],
  // These move nothing.
  adjust_margin: [],
  set_leverage: [],
});
/** Looked for now and then whatever the stream says, and each time one of the others. */
const USUAL: readonly string[] = Object.freeze(["8", "1"]);
const OTHERS: readonly string[] = Object.freeze(Object.keys(CAUSES).filter((type) => !USUAL.includes(type)));

/** Pages of one type, newest first. */
interface Reading {
  readonly type: string;
  readonly pages: Pages;
  readonly rows: unknown[];
  readonly askedMs: number;
}

export interface BillLimits {
  readonly pageRows: number;
  readonly bills: BudgetLimits;
  readonly billsEveryUs: number;
  readonly billsRetryUs: number;
}

export class Bills {
  /** Their endpoint has a limit of its own: nothing else waits for them. */
  readonly #budget: RequestBudget;
  readonly #seen = new Set<string>();
  /** Types that are to be read. */
  #wanted = new Set<string>();
  /** By type: what is older has been read, by the venue's clock. */
  readonly #readMs = new Map<string, number>();
  /** By the venue's clock. Older movements, reconciliation finds. */
  #fromMs: number;
  /** When to look whatever the stream says. */
  #dueUs = Number.POSITIVE_INFINITY;
  #retryUs = 0;
  #turn = 0;
  #isAsking = false;

  constructor(
    readonly host: Pick<LiveHost, "call" | "builder" | "nowUs" | "clock">,
    readonly limits: BillLimits,
    /** By the venue's clock; 0: from the first look on. */
    sinceMs = 0,
  ) {
    this.#fromMs = sinceMs;
    this.#budget = new RequestBudget(limits.bills);
  }

  /** The stream is up: what moved while nobody listened is looked for, from now on every few seconds. */
  begin(): void {
    const nowUs = this.host.nowUs();
    if (this.#fromMs === 0) this.#fromMs = this.host.clock.nowMs(nowUs);
    this.#dueUs = nowUs;
  }

  /** The stream tells that something has moved. */
  look(event: string): void {
    this.#want(EVENTS[event] ?? [...USUAL, ...OTHERS]);
  }

  /** One type after the other: trades, which have bills too, would fill the pages. */
  tick(nowUs: number): void {
    if (nowUs >= this.#dueUs) {
      this.#dueUs = nowUs + this.limits.billsEveryUs;
      this.#want([...USUAL, OTHERS[this.#turn++ % OTHERS.length] as string]);
    }
    const [type] = this.#wanted;
    if (type === undefined || this.#isAsking || nowUs < this.#retryUs) return;
    if (!this.#budget.take(WEIGHT, nowUs)) return;
    this.#isAsking = true;
    this.#wanted.delete(type);
    const sinceMs = Math.max(0, (this.#readMs.get(type) ?? this.#fromMs) - OVERLAP_MS);
    const params: readonly Param[] = [
      ["type", type],
      ["begin", String(sinceMs)],
    ];
    const pages = newestPages([{ path: BILLS_PATH, params, weight: WEIGHT }], "billId", this.limits.pageRows);
    this.#page({ type, pages, rows: [], askedMs: this.host.clock.nowMs(nowUs) }, pages.first, 1);
  }

  /** What is wanted last is read first: the stream has just named it. */
  #want(types: readonly string[]): void {
    this.#wanted = new Set([...types, ...this.#wanted]);
  }

  #page(reading: Reading, ask: RestAsk, count: number): void {
    const { pages, rows } = reading;
    this.host.call(ask, ({ isOk, value }) => {
      const found = isOk ? pages.rows(value) : undefined;
      const next = found === undefined ? "broken" : pages.next(found, value);
      rows.push(...(found ?? []));
      if (next === "broken" || count > PAGES_MAX) return this.#failed(reading);
      if (next === undefined) return this.#tell(reading);
      if (!this.#budget.take(WEIGHT, this.host.nowUs())) return this.#failed(reading);
      this.#page(reading, next, count + 1);
    });
  }

  #failed({ type }: Reading): void {
    this.#isAsking = false;
    this.#wanted.add(type);
    this.#retryUs = this.host.nowUs() + this.limits.billsRetryUs;
  }

  #tell({ type, rows, askedMs }: Reading): void {
    this.#isAsking = false;
    this.#readMs.set(type, Math.max(askedMs, this.#fromMs));
    for (const row of rows.toReversed()) this.#bill(row);
    const oldest = this.#seen.values();
    while (this.#seen.size > SEEN_MAX) this.#seen.delete(oldest.next().value as string);
  }

  #bill(value: unknown): void {
    const { builder, nowUs } = this.host;
    const row = rowOf(value);
    const id = row.id("billId");
    const type = row.text("type");
    const timeMs = row.source["ts"];
    // What was there before the first look is in what the account was opened with, or found by reconciliation.
    const isOld = typeof timeMs === "number" && timeMs < this.#fromMs;
    if (row.bad === "" && (isOld || this.#seen.has(id))) return;
    this.#seen.add(id);
    const cause = CAUSES[type];
    const asset = builder.parts.assetId(row.text("ccy", ""));
    if (row.bad !== "" || cause === undefined || asset === undefined) {
      const why =
        row.bad !== "" ? `field ${row.bad}` : cause === undefined ? `type ${type}` : "asset is not defined here";
      builder.stats.setAside(`bill: ${why}`, row.source);
      return;
    }
    const record = new TradingRecord().reset(RecordKind.CashMoved);
    record.account = builder.parts.account;
    record.timeUs = nowUs();
    record.exchangeTimeUs = row.timeUs("ts");
    record.asset = asset;
    record.code = cause;
    record.fillId = `bill-${id}`;
    if (row.amount("balChg", builder.wide)) {
      record.amountHi = builder.wide.hi;
      record.amountLo = builder.wide.lo;
      if (builder.wide.isZero()) return;
    }
    const instrument = cause === CashCause.Funding ? builder.parts.instrument(row.text("instId", "")) : undefined;
    if (instrument !== undefined) {
      record.instrument = instrument.id;
      record.instrumentRevision = instrument.revision;
    }
    builder.tell(`bill ${CashCause[cause]}`, record, row);
  }
}
