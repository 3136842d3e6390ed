/** Cash that moves without a fill, from the account's bills: each is told once, by its own number. */

import { CashCause } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { type BudgetLimits, RequestBudget } from "../wire/budget.ts";
import { CashDesk, type CashRow, type CashWords } from "../wire/cash_desk.ts";
import type { Param } from "../wire/live_answer.ts";
import type { LiveHost, Pages } from "../wire/live_dialect.ts";
import { newestPages } from "./gateway_pages.ts";
import { rowOf } from "./row_fields.ts";

export const BILLS_PATH = "/api/v5/account/bills";
const WEIGHT = 1;
/** Of one look. */
const PAGES_MAX = 20;
/** Bills are looked for from a while before the last one on: they may show up in another order than that of their times. */
const OVERLAP_MS = 60_000;

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

export interface BillLimits {
  readonly pageRows: number;
  readonly bills: BudgetLimits;
  readonly billsEveryUs: number;
  readonly billsRetryUs: number;
}

export class Bills {
  /** Their endpoint has a limit of its own: nothing else waits for them. */
  readonly #budget: RequestBudget;
  readonly #desk: CashDesk;

  constructor(
    readonly host: Pick<LiveHost, "call" | "builder" | "nowUs" | "clock" | "problem">,
    readonly limits: BillLimits,
    /** By the venue's clock; 0: from the first look on. */
    sinceMs = 0,
  ) {
    this.#budget = new RequestBudget(limits.bills);
    const { billsEveryUs, billsRetryUs } = limits;
    const waits = { everyUs: billsEveryUs, retryUs: billsRetryUs, overlapMs: OVERLAP_MS, pagesMax: PAGES_MAX };
    this.#desk = new CashDesk(host, waits, this.#words(), sinceMs);
  }

  /** The stream is up. */
  begin(): void {
    this.#desk.begin();
  }

  /** The stream tells that something has moved. */
  look(event: string): void {
    this.#desk.want(EVENTS[event] ?? [...USUAL, ...OTHERS]);
  }

  tick(nowUs: number): void {
    this.#desk.tick(nowUs);
  }

  #words(): CashWords {
    return {
      usual: USUAL,
      others: OTHERS,
      pages: (type, sinceMs) => this.#pages(type, sinceMs),
      take: (weight, nowUs) => this.#budget.take(weight, nowUs),
      rowOf: billOf,
      tell: (value) => this.#bill(value),
    };
  }

  #pages(type: string, sinceMs: number): Pages {
    const params: readonly Param[] = [
      ["type", type],
      ["begin", String(sinceMs)],
    ];
    return newestPages([{ path: BILLS_PATH, params, weight: WEIGHT }], "billId", this.limits.pageRows);
  }

  #bill(value: unknown): void {
    const { builder, nowUs } = this.host;
    const row = rowOf(value);
    const id = row.id("billId");
    const type = row.text("type");
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

/** Its time is read with the rest: one without a time is not old. */
function billOf(value: unknown): CashRow {
  const row = rowOf(value);
  const id = row.id("billId");
  row.text("type");
  const timeMs = row.source["ts"];
  return { id: row.bad === "" ? id : "", timeMs: typeof timeMs === "number" ? timeMs : Number.POSITIVE_INFINITY };
}
