/** Positions, balances, movements of cash, and what was made, out of records and of the ledger after each. */

import { CASH_SCALE, mantissaTextShort, parseWide, wideText } from "../core/decimal.ts";
import { Wide, wideAdd, wideSub } from "../core/wide.ts";
import type { CashRow } from "../ledger/cash.ts";
import { type Position, WHOLE } from "../ledger/position.ts";
import { type Instrument, moneyOf } from "../model/instrument.ts";
import { CashCause } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { contractValue } from "../model/value.ts";
import type { ProjectionContext } from "./projection_context.ts";
import type { Row } from "./tables.ts";
import { legText, lowerFirst } from "./words.ts";

const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;
/** Digits of an average entry beyond the price's own. */
const AVERAGE_MORE_DECIMALS = 2;

/** Where and when something was changed last. */
interface Touch {
  readonly record: number;
  readonly timeUs: number;
}

/** What an account (or an instance) has made in one asset. */
interface Made {
  readonly account: number;
  readonly instance: number;
  readonly asset: number;
  readonly realized: Wide;
}

export class MoneyProjection {
  /** As the ledger had it after the last record: what a record changes is the difference. */
  readonly #realized = new Map<Readonly<Position>, Wide>();
  readonly #totals = new Map<CashRow, Wide>();
  readonly #open = new Set<Readonly<Position>>();
  /** Of accounts: what their positions' profit is in. */
  readonly #moneys = new Set<string>();
  readonly #cash = new Map<string, CashRow>();
  #wholesSeen = 0;
  #partsSeen = 0;
  /** Fees paid in the money of the position, by its key: D has them by asset alone. */
  readonly #fees = new Map<string, Wide>();
  readonly #made = new Map<string, Made>();
  // What is to be written when the batch ends, and when the minute or the day does.
  readonly #positions = new Map<Readonly<Position>, Touch>();
  readonly #daily = new Map<Readonly<Position>, Touch>();
  readonly #balances = new Map<CashRow, Touch>();
  readonly #periods = new Map<Made, Touch>();
  #minute = -1;
  #refused = 0;
  readonly #work = new Wide();

  constructor(readonly context: ProjectionContext) {
    this.#look(true);
    this.#refused = context.state.ledger.refusedCount;
  }

  /** What the store has of a position: D has all of it but the fees. */
  primePosition(row: Row<"positions">): void {
    const fees = new Wide();
    parseWide(fees, row.fees, CASH_SCALE);
    this.#fees.set(`${row.account}/${row.instrument}/${row.leg}/${row.instance}`, fees);
  }

  /** Every position and balance, as it stands, and what was made until now. */
  seed(): void {
    const { record, timeUs, ledger } = this.context.state;
    const touch = { record, timeUs };
    for (const row of [...ledger.rows(), ...ledger.partRows()]) {
      this.#positions.set(row, touch);
      this.#daily.set(row, touch);
    }
    for (const row of ledger.cashRows()) {
      this.#balances.set(row, touch);
      this.context.out.add("balanceHistory", {
        account: row.account,
        asset: ledger.assetCode(row.asset) ?? "",
        ...touch,
        change: "0",
        total: wideText(row.total as Wide, CASH_SCALE),
      });
    }
    for (const made of this.#made.values()) this.#periods.set(made, touch);
  }

  /** Before `apply`: what a minute or a day has come to is written when the next one begins. */
  before(record: Readonly<TradingRecord>): void {
    // Averages are shown with the decimals of the revision that they were made at.
    if (record.kind === RecordKind.InstrumentDefined) this.flush();
    const minute = Math.floor(record.timeUs / MINUTE_US);
    if (minute === this.#minute) return;
    this.#flushPeriods();
    this.#minute = minute;
  }

  /** After `apply`. Answers what an execution realised for the account; undefined: it was not posted. */
  take(record: Readonly<TradingRecord>): Wide | undefined {
    const { ledger } = this.context.state;
    const isRefused = ledger.refusedCount !== this.#refused;
    this.#refused = ledger.refusedCount;
    if (isRefused) return undefined;
    switch (record.kind) {
      case RecordKind.OrderFilled:
      case RecordKind.FillBusted:
        return this.#trade(record);
      case RecordKind.PositionAdjusted:
        this.#places(record);
        return undefined;
      case RecordKind.CashMoved:
        this.#move(record);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Writes what waits: the batch ends here. */
  flush(): void {
    for (const [row, touch] of this.#positions) this.context.out.put("positions", this.#positionRow(row, touch));
    this.#positions.clear();
    for (const [row, touch] of this.#balances) this.context.out.put("balances", this.#balanceRow(row, touch));
    this.#balances.clear();
    this.#flushPeriods();
  }

  #flushPeriods(): void {
    for (const [row, touch] of this.#daily) {
      const dayUs = Math.floor(touch.timeUs / DAY_US) * DAY_US;
      this.context.out.put("positionsDaily", { dayUs, ...this.#positionRow(row, touch) });
    }
    this.#daily.clear();
    for (const [made, touch] of this.#periods) this.context.out.put("pnlSnapshots", this.#madeRow(made, touch));
    this.#periods.clear();
  }

  #trade(record: Readonly<TradingRecord>): Wide | undefined {
    const { account, instance, instrument, leg } = record;
    const { ledger } = this.context.state;
    const listing = ledger.listing(instrument);
    if (listing === undefined) return undefined;
    const touch = touchOf(record);
    const realized = this.#places(record);
    const fee = new Wide().setLimbs(record.feeHi, record.feeLo);
    const feeAsset = fee.isZero() ? listing.money : record.feeAsset;
    if (feeAsset === listing.money) {
      for (const owner of [WHOLE, instance]) {
        const key = `${account}/${instrument}/${legText(leg)}/${owner}`;
        const fees = this.#fees.get(key) ?? new Wide();
        if (record.kind === RecordKind.FillBusted) wideSub(fees, fees, fee);
        else wideAdd(fees, fees, fee);
        this.#fees.set(key, fees);
      }
    }
    const assets = listing.isSpot ? [listing.base, listing.money, feeAsset] : [listing.money, feeAsset];
    for (const asset of new Set(assets)) this.#balance(account, asset, touch);
    for (const owner of [WHOLE, instance]) {
      this.#periods.set(this.#madeOf(account, owner, listing.money), touch);
      this.#periods.set(this.#madeOf(account, owner, feeAsset), touch);
    }
    return realized;
  }

  /** The position and its part of the record's instance; answers what the account's has realised by it. */
  #places(record: Readonly<TradingRecord>): Wide {
    const { account, instance, instrument, leg } = record;
    const { ledger } = this.context.state;
    const whole = this.#place(ledger.position(account, instrument, leg), touchOf(record));
    this.#place(ledger.instancePosition(instance, account, instrument, leg), touchOf(record));
    return whole;
  }

  #place(row: Readonly<Position> | undefined, touch: Touch): Wide {
    const change = new Wide();
    if (row === undefined) return change;
    this.#look();
    this.#positions.set(row, touch);
    this.#daily.set(row, touch);
    const known = this.#realized.get(row) as Wide;
    wideSub(change, row.realized, known);
    known.set(row.realized);
    const isTurned = this.#isTurned(row);
    const money = this.context.state.ledger.listing(row.instrument)?.money;
    if (money === undefined) return change;
    const made = this.#madeOf(row.account, row.instance, money);
    wideAdd(made.realized, made.realized, change);
    if (!change.isZero() || isTurned) this.#periods.set(made, touch);
    if (isTurned && row.instance === WHOLE) this.#all(row.account, touch);
    return change;
  }

  /** It was flat and is not, or the other way round. */
  #isTurned(row: Readonly<Position>): boolean {
    const isOpen = row.holding.qty !== 0;
    if (isOpen === this.#open.has(row)) return false;
    if (isOpen) this.#open.add(row);
    else this.#open.delete(row);
    return true;
  }

  /** An account's equity may be known now, or not any more, in each asset that it has made something in. */
  #all(account: number, touch: Touch): void {
    for (const row of this.context.state.ledger.cashRows()) if (row.account === account) this.#one(row, touch);
  }

  /** By what the ledger says, and not by what was seen before: it is the same after a restart. */
  #one({ account, asset, causes }: CashRow, touch: Touch): void {
    this.#look();
    const has = (cause: CashCause) => !((causes[cause] as Wide | undefined)?.isZero() ?? true);
    const isMoney = this.#moneys.has(madeKey(account, WHOLE, asset));
    if (!isMoney && !has(CashCause.Fee) && !has(CashCause.Funding)) return;
    this.#periods.set(this.#madeOf(account, WHOLE, asset), touch);
  }

  #move(record: Readonly<TradingRecord>): void {
    const { account, asset, instrument, leg, code, instrumentRevision } = record;
    const { ledger } = this.context.state;
    const touch = touchOf(record);
    this.context.out.add("cashFlows", {
      record: record.record,
      account,
      asset: ledger.assetCode(asset) ?? "",
      cause: causeText(code),
      amount: wideText(new Wide().setLimbs(record.amountHi, record.amountLo), CASH_SCALE),
      movementId: record.fillId,
      instrument: instrumentRevision > 0 ? instrument : null,
      text: record.text,
      timeUs: record.timeUs,
    });
    this.#balance(account, asset, touch);
    if (code !== CashCause.Funding && code !== CashCause.Fee) return;
    this.#periods.set(this.#madeOf(account, WHOLE, asset), touch);
    if (code === CashCause.Fee || instrumentRevision === 0) return;
    this.#place(ledger.position(account, instrument, leg), touch);
    for (const part of ledger.partsOf(account, instrument, leg)) {
      this.#place(part, touch);
      this.#periods.set(this.#madeOf(account, part.instance, asset), touch);
    }
  }

  #balance(account: number, asset: number, touch: Touch): void {
    const row = this.#cashRow(account, asset, WHOLE);
    if (row === undefined) return;
    const known = this.#totals.get(row) ?? new Wide();
    this.#totals.set(row, known);
    const change = wideSub(this.#work, row.total as Wide, known);
    if (change.isZero()) return;
    this.context.out.add("balanceHistory", {
      account,
      asset: this.context.state.ledger.assetCode(asset) ?? "",
      ...touch,
      change: wideText(change, CASH_SCALE),
      total: wideText(row.total as Wide, CASH_SCALE),
    });
    const isTurned = known.isZero() !== (row.total as Wide).isZero();
    known.set(row.total as Wide);
    this.#balances.set(row, touch);
    // Equity is told of accounts that have nothing else.
    if (isTurned) this.#all(account, touch);
    else this.#one(row, touch);
  }

  /** Rows that are new since the last look; all of them, with their sums, when a projection begins. */
  #look(isFirst = false): void {
    const { ledger } = this.context.state;
    for (const rows of [ledger.rows(), ledger.partRows()]) {
      const isWhole = rows === ledger.rows();
      for (let at = isWhole ? this.#wholesSeen : this.#partsSeen; at < rows.length; at++) {
        const row = rows[at] as Readonly<Position>;
        const known = new Wide();
        this.#realized.set(row, known);
        const money = ledger.listing(row.instrument)?.money;
        if (isWhole && money !== undefined) this.#moneys.add(madeKey(row.account, WHOLE, money));
        if (!isFirst) continue;
        known.set(row.realized);
        if (row.holding.qty !== 0) this.#open.add(row);
        if (money === undefined) continue;
        const made = this.#madeOf(row.account, row.instance, money);
        wideAdd(made.realized, made.realized, row.realized);
      }
      if (isWhole) this.#wholesSeen = rows.length;
      else this.#partsSeen = rows.length;
    }
    if (!isFirst) return;
    for (const row of ledger.cashRows()) this.#totals.set(row, new Wide().set(row.total as Wide));
  }

  #cashRow(account: number, asset: number, instance: number): CashRow | undefined {
    const key = `${account}/${asset}/${instance}`;
    const known = this.#cash.get(key);
    if (known !== undefined) return known;
    const { ledger } = this.context.state;
    const rows = instance === WHOLE ? ledger.cashRows() : ledger.instanceCashRows();
    const found = rows.find((row) => row.account === account && row.asset === asset && row.instance === instance);
    if (found !== undefined) this.#cash.set(key, found);
    return found;
  }

  #madeOf(account: number, instance: number, asset: number): Made {
    const key = madeKey(account, instance, asset);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made: Made = { account, instance, asset, realized: new Wide() };
    this.#made.set(key, made);
    return made;
  }

  #positionRow(row: Readonly<Position>, touch: Touch): Row<"positions"> {
    const instrument = this.context.state.instruments.get(row.instrument) as Instrument;
    const leg = legText(row.leg);
    const fees = this.#fees.get(`${row.account}/${row.instrument}/${leg}/${row.instance}`);
    return {
      account: row.account,
      instrument: row.instrument,
      leg,
      instance: row.instance,
      qty: mantissaTextShort(row.holding.qty, row.holding.qtyScale),
      averageEntry: averageEntry(row, instrument, this.#work),
      realizedPnl: wideText(row.realized, CASH_SCALE),
      funding: wideText(row.funding, CASH_SCALE),
      fees: fees === undefined ? "0" : wideText(fees, CASH_SCALE),
      asset: moneyOf(instrument),
      ...touch,
    };
  }

  #balanceRow(row: CashRow, touch: Touch): Row<"balances"> {
    const byCause: Record<string, string> = {};
    row.causes.forEach((sum, cause) => {
      if (cause === 0 || (sum as Wide).isZero()) return;
      byCause[causeText(cause)] = wideText(sum as Wide, CASH_SCALE);
    });
    return {
      account: row.account,
      asset: this.context.state.ledger.assetCode(row.asset) ?? "",
      total: wideText(row.total as Wide, CASH_SCALE),
      byCause: JSON.stringify(byCause),
      ...touch,
    };
  }

  #madeRow({ account, instance, asset, realized }: Made, touch: Touch): Row<"pnlSnapshots"> {
    const causes = this.#cashRow(account, asset, instance)?.causes;
    const fee = wideSub(this.#work, new Wide(), (causes?.[CashCause.Fee] as Wide | undefined) ?? new Wide());
    const equity = instance === WHOLE ? this.#equity(account, asset) : null;
    const isFlat = !this.#isOpen(account, instance, asset);
    return {
      account,
      instance,
      asset: this.context.state.ledger.assetCode(asset) ?? "",
      periodUs: Math.floor(touch.timeUs / MINUTE_US) * MINUTE_US,
      equity,
      realizedPnl: wideText(realized, CASH_SCALE),
      unrealizedPnl: isFlat ? "0" : null,
      fees: wideText(fee, CASH_SCALE),
      funding: wideText((causes?.[CashCause.Funding] as Wide | undefined) ?? new Wide(), CASH_SCALE),
      complete: instance === WHOLE ? equity !== null : isFlat,
      ...touch,
    };
  }

  /** Of an account that holds nothing but this asset: all else is worth what a market says, and the journal knows none. */
  #equity(account: number, asset: number): string | null {
    if (this.#isOpen(account, WHOLE)) return null;
    for (const row of this.context.state.ledger.cashRows()) {
      if (row.account === account && row.asset !== asset && !(row.total as Wide).isZero()) return null;
    }
    const total = this.#cashRow(account, asset, WHOLE)?.total as Wide | undefined;
    return total === undefined ? "0" : wideText(total, CASH_SCALE);
  }

  /** Whether a position is open, of those whose profit is in `asset` where one is given. */
  #isOpen(account: number, instance: number, asset?: number): boolean {
    const { ledger } = this.context.state;
    for (const row of this.#open) {
      if (row.account !== account || row.instance !== instance) continue;
      if (asset === undefined || ledger.listing(row.instrument)?.money === asset) return true;
    }
    return false;
  }
}

function madeKey(account: number, instance: number, asset: number): string {
  return `${account}/${instance}/${asset}`;
}

function touchOf({ record, timeUs }: Readonly<TradingRecord>): Touch {
  return { record, timeUs };
}

export function causeText(cause: number): string {
  return lowerFirst(CashCause[cause] ?? `cause${cause}`);
}

/** Null when flat, or when all was free of charge and inverse: there is no price then. As the interface shows it. */
function averageEntry(row: Readonly<Position>, instrument: Instrument, work: Wide): string | null {
  if (row.holding.qty === 0 || !contractValue(work, instrument, row.holding.qty)) return null;
  const contracts = bigOf(work);
  const cost = bigOf(row.cost);
  const [above, below] = row.isInverse ? [contracts, cost] : [cost, contracts];
  if (below === 0n) return null;
  const decimals = Math.min(CASH_SCALE, instrument.priceScale + AVERAGE_MORE_DECIMALS);
  const cut = (above * BigInt(`1${"0".repeat(decimals)}`)) / below; // bigint-ok: once for each row that is written
  const digits = cut.toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? "" : digits.slice(-decimals).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

function bigOf(wide: Readonly<Wide>): bigint {
  return BigInt(wide.hi) * 9_007_199_254_740_992n + BigInt(wide.lo); // bigint-ok: once for each row that is written
}
