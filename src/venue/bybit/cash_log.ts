/** Cash that moves without a fill, out of the transaction log: funding, transfers, interest, bonuses; it alone tells them. */

import { Wide, wideSub } from "../../core/wide.ts";
import { CashCause } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import type { BudgetLimits } from "../wire/budget.ts";
import { CashDesk, type CashLimits, type CashRow, type CashWords } from "../wire/cash_desk.ts";
import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk } from "../wire/live_answer.ts";
import type { LiveHost } from "../wire/live_dialect.ts";
import { listedPages, windowsOf } from "./gateway_queries.ts";
import { timeOf } from "./order_words.ts";

export const LOG_PATH = "/v5/account/transaction-log";
const FUNDING = "SETTLEMENT";
/** A quarter of a year: who was away for longer finds the rest by its balances. */
const BACK_MS_MAX = 90 * 86_400_000;

/** By `type`. Fills tell their own money: trades, liquidations, deleveraging and deliveries are not read. */
const CAUSES: Readonly<Record<string, CashCause>> = Object.freeze({
  TRANSFER_IN: CashCause.Transfer,
  TRANSFER_OUT: CashCause.Transfer,
  [FUNDING]: CashCause.Funding,
  INTEREST: CashCause.Interest,
  CURRENCY_BUY: CashCause.Conversion,
  CURRENCY_SELL: CashCause.Conversion,
  CONVERT: CashCause.Conversion,
  FEE_REFUND: CashCause.Fee,
  BONUS: CashCause.Transfer,
  BONUS_RECOLLECT: CashCause.Transfer,
  BONUS_TRANSFER_IN: CashCause.Transfer,
  BONUS_TRANSFER_OUT: CashCause.Transfer,
  AIRDROP: CashCause.Transfer,
  AUTO_DEDUCTION: CashCause.Transfer,
  BORROWED_AMOUNT_INS_LOAN: CashCause.Transfer,
  PRINCIPLE_REPAYMENT_INS_LOAN: CashCause.Transfer,
  AUTO_PRINCIPLE_REPAYMENT_INS_LOAN: CashCause.Transfer,
  TRANSFER_IN_INS_LOAN: CashCause.Transfer,
  TRANSFER_OUT_INS_LOAN: CashCause.Transfer,
  INTEREST_REPAYMENT_INS_LOAN: CashCause.Interest,
  AUTO_INTEREST_REPAYMENT_INS_LOAN: CashCause.Interest,
  AUTO_SOLD_COLLATERAL_INS_LOAN: CashCause.Conversion,
  AUTO_BUY_LIABILITY_INS_LOAN: CashCause.Conversion,
  SPOT_REPAYMENT_SELL: CashCause.Conversion,
  SPOT_REPAYMENT_BUY: CashCause.Conversion,
  TOKENS_SUBSCRIPTION: CashCause.Conversion,
  TOKENS_REDEMPTION: CashCause.Conversion,
  FLEXIBLE_STAKING_SUBSCRIPTION: CashCause.Transfer,
  FLEXIBLE_STAKING_REDEMPTION: CashCause.Transfer,
  FLEXIBLE_STAKING_REFUND: CashCause.Transfer,
  FIXED_STAKING_SUBSCRIPTION: CashCause.Transfer,
  FIXED_STAKING_REFUND: CashCause.Transfer,
});
/** Looked for each time; of the others one. */
const USUAL: readonly string[] = Object.freeze([FUNDING, "TRANSFER_IN", "TRANSFER_OUT"]);
const OTHERS: readonly string[] = Object.freeze(Object.keys(CAUSES).filter((type) => !USUAL.includes(type)));

export interface CashLogLimits {
  /** Requests to the log, which has a limit of its own. */
  readonly log: BudgetLimits;
  readonly logRows: number;
  readonly cash: CashLimits;
  /** Two looks are so far apart, however often the stream says that the wallet has changed: fills change it too. */
  readonly walletUs: number;
}

/** `take`: from the log's budget and the address's. */
export class CashLog {
  readonly #desk: CashDesk;
  readonly #profit = new Wide();

  constructor(
    readonly host: Pick<LiveHost, "call" | "builder" | "nowUs" | "clock" | "problem">,
    readonly limits: CashLogLimits,
    readonly take: (weight: number, nowUs: number) => boolean,
    /** By the venue's clock; 0: from the first look on. */
    sinceMs = 0,
  ) {
    this.#desk = new CashDesk(host, limits.cash, this.#words(), sinceMs);
  }

  /** The stream is up. */
  begin(): void {
    this.#desk.begin();
  }

  tick(nowUs: number): void {
    this.#desk.tick(nowUs);
  }

  /** The stream says that a position has paid or was paid. */
  funded(): void {
    this.#desk.want([FUNDING]);
  }

  walletChanged(): void {
    this.#desk.soon(this.limits.walletUs);
  }

  #words(): CashWords {
    return {
      usual: USUAL,
      others: OTHERS,
      pages: (type, sinceMs) => {
        const nowMs = this.host.clock.nowMs(this.host.nowUs());
        const windows = windowsOf(Math.max(sinceMs, nowMs - BACK_MS_MAX), nowMs);
        const scopes = windows.map((window): Param[] => [["accountType", "UNIFIED"], ["type", type], ...window]);
        return listedPages(logAsk, scopes, this.limits.logRows);
      },
      take: this.take,
      rowOf: logRow,
      tell: (value) => this.#told(value),
    };
  }

  /**
   * `change` is all of it. With USDC contracts a row of funding has the profit of a session too, `cashFlow`: our books keep
   * the price that was paid, so it is not told, as it is not on the stream.
   */
  #told(value: unknown): void {
    const { builder } = this.host;
    const row = Fields.of(value);
    const id = row.text("id");
    const type = row.text("type");
    const code = row.text("currency");
    const cause = row.bad === "" ? CAUSES[type] : undefined;
    const asset = builder.parts.assetId(code);
    if (cause === undefined || asset === undefined) {
      const what = cause === undefined ? `type ${type}` : "asset is not defined here";
      builder.stats.setAside(`log: ${row.bad === "" ? what : `field ${row.bad}`}`, row.source);
      return;
    }
    const { wide } = builder;
    const isRead = row.amount("change", wide);
    if (isRead && type === FUNDING) this.#leaveProfit(row, wide);
    if (row.bad === "" && wide.isZero()) return;
    const record = this.#record(row, asset, cause, wide);
    record.fillId = `log-${id}`;
    builder.tell(`log ${CashCause[cause]}`, record, row);
  }

  #leaveProfit(row: Fields, change: Wide): void {
    const profit = this.#profit.zero();
    if (row.text("cashFlow", "") === "" || !row.amount("cashFlow", profit) || profit.isZero()) return;
    this.host.builder.stats.setAside("log: profit of a session", row.source);
    wideSub(change, change, profit);
  }

  #record(row: Fields, asset: number, cause: CashCause, amount: Wide): TradingRecord {
    const { builder, nowUs } = this.host;
    const record = new TradingRecord().reset(RecordKind.CashMoved);
    record.account = builder.parts.account;
    record.timeUs = nowUs();
    record.exchangeTimeUs = timeOf(row, "transactionTime");
    record.asset = asset;
    record.code = cause;
    record.amountHi = amount.hi;
    record.amountLo = amount.lo;
    const instrument = cause === CashCause.Funding ? builder.parts.instrument(row.text("symbol", "")) : undefined;
    if (instrument !== undefined) {
      record.instrument = instrument.id;
      record.instrumentRevision = instrument.revision;
    }
    return record;
  }
}

function logAsk(params: readonly Param[]): RestAsk {
  return { method: "GET", path: LOG_PATH, params, security: "signed", weight: 1 };
}

/** Its time is read with the rest: one without a time is not old. */
function logRow(value: unknown): CashRow {
  const row = Fields.of(value);
  const id = row.text("id");
  row.text("type");
  const timeUs = timeOf(row, "transactionTime");
  return row.bad === "" ? { id, timeMs: timeUs / 1_000 } : { id: "", timeMs: 0 };
}
