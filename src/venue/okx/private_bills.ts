/** Cash that moves without a fill, from the account's bills: each is told once, by its own number. */

import { CashCause } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { LiveBudget, LiveHost, Pages } from "../wire/live_dialect.ts";
import { newestPages } from "./gateway_pages.ts";
import { rowOf } from "./row_fields.ts";

const WEIGHT = 4;
/** Of one look. */
const PAGES_MAX = 20;
/** Bills are looked for from a while before the last one on: they may show up in another order than that of their times. */
const OVERLAP_MS = 60_000;
const SEEN_MAX = 10_000;

/** By `type`. Fills tell their own money: those of trades, liquidations and deleveraging are not told again. */
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
const OF_FILLS: readonly string[] = Object.freeze(["2", "5", "9", "13"]);

export interface BillLimits {
  readonly pageRows: number;
  readonly billsEveryUs: number;
  readonly billsRetryUs: number;
}

export class Bills {
  readonly #seen = new Set<string>();
  /** By the venue's clock. Older movements, reconciliation finds. */
  #fromMs: number;
  #dueUs = Number.POSITIVE_INFINITY;
  #isAsking = false;

  constructor(
    readonly host: Pick<LiveHost, "call" | "builder" | "nowUs" | "clock">,
    readonly budget: LiveBudget,
    readonly limits: BillLimits,
    /** By the venue's clock; 0: from the first look on. */
    sinceMs = 0,
  ) {
    this.#fromMs = sinceMs;
  }

  /** Something has moved, or may have while nobody listened. */
  look(): void {
    const nowUs = this.host.nowUs();
    if (this.#fromMs === 0) this.#fromMs = this.host.clock.nowMs(nowUs);
    this.#dueUs = nowUs;
  }

  tick(nowUs: number): void {
    if (nowUs < this.#dueUs || this.#isAsking) return;
    if (!this.budget.takeQuery(WEIGHT, nowUs)) return;
    this.#isAsking = true;
    this.#dueUs = nowUs + this.limits.billsEveryUs;
    const from = String(Math.max(0, this.#fromMs - OVERLAP_MS));
    const list = { path: "/api/v5/account/bills", params: [["begin", from]] as const, weight: WEIGHT };
    this.#page(newestPages([list], "billId", this.limits.pageRows), undefined, [], 1);
  }

  #page(pages: Pages, ask: RestAsk | undefined, rows: unknown[], count: number): void {
    this.host.call(ask ?? pages.first, ({ isOk, value }) => {
      const found = isOk ? pages.rows(value) : undefined;
      const next = found === undefined ? "broken" : pages.next(found, value);
      rows.push(...(found ?? []));
      if (next === "broken" || count > PAGES_MAX) return this.#failed();
      if (next === undefined) return this.#tell(rows.reverse());
      if (!this.budget.takeQuery(next.weight, this.host.nowUs())) return this.#failed();
      this.#page(pages, next, rows, count + 1);
    });
  }

  #failed(): void {
    this.#isAsking = false;
    this.#dueUs = Math.min(this.#dueUs, this.host.nowUs() + this.limits.billsRetryUs);
  }

  #tell(rows: readonly unknown[]): void {
    this.#isAsking = false;
    for (const row of rows) this.#bill(row);
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
    if (row.bad === "" && (isOld || this.#seen.has(id) || OF_FILLS.includes(type))) return;
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
