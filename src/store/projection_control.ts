/** Limits, breaches, and what people and programs told the gateway to do, out of records and of what D holds open. */

import { CASH_SCALE, wideText } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import { fieldOf, objectOf, type ProjectionContext } from "./projection_context.ts";
import type { Row } from "./tables.ts";
import { codeText, kindText, legText, scopeText } from "./words.ts";

export class ControlProjection {
  /** Breaches that have not ended, by what they are about. */
  readonly #open = new Map<string, Row<"riskBreaches">[]>();
  #ignored: number;

  constructor(readonly context: ProjectionContext) {
    this.#ignored = context.state.risk.ignoredCount;
  }

  /** A breach that the store has. */
  prime(row: Row<"riskBreaches">): void {
    if (row.endedRecord === null) this.#openUp(row);
  }

  /** After `apply`. */
  take(record: Readonly<TradingRecord>): void {
    const { risk } = this.context.state;
    const isIgnored = risk.ignoredCount !== this.#ignored;
    this.#ignored = risk.ignoredCount;
    if (isAudited(record.kind)) this.#audit(record, isIgnored);
    if (isIgnored) return;
    switch (record.kind) {
      case RecordKind.LimitsSet:
        return this.#limits(record);
      case RecordKind.Killed:
        return this.#kill(record);
      case RecordKind.Resumed:
        return this.#end(`Killed/${scopeText(record.scope)}/${this.context.scopeKey(record)}/`, record);
      case RecordKind.BreakerTripped: {
        const [scope, scopeKey] = [scopeText(record.scope), this.context.scopeKey(record)];
        return this.#begin(record, scope, scopeKey, codeText(record.kind, record.code), record.text);
      }
      case RecordKind.BreakerReset:
      case RecordKind.ReadinessChanged:
      case RecordKind.PositionAdjusted:
      case RecordKind.CashMoved:
        return this.#endWhatEnded(record);
      case RecordKind.PositionBroken:
      case RecordKind.CashBroken:
        return this.#broken(record);
      default:
        return;
    }
  }

  #limits(record: Readonly<TradingRecord>): void {
    const { scope: name, key, venue } = objectOf(record.text);
    const scope = typeof name === "string" ? name : "";
    this.context.out.put("riskLimits", {
      scope,
      scopeKey: scope === "venue" ? String(venue ?? "") : this.context.keyName(scopeOf(scope), numberOf(key)),
      record: record.record,
      limits: record.text,
      timeUs: record.timeUs,
    });
  }

  /** A kill whose scope or key makes no sense kills the firm. */
  #kill(record: Readonly<TradingRecord>): void {
    const isVenue = record.scope === Scope.Venue;
    const [scope, scopeKey] = [scopeText(record.scope), this.context.scopeKey(record)];
    this.#begin(record, scope, scopeKey, null, isVenue ? record.fillId : record.text);
  }

  /** A break is told anew when it changes: the one before it ends then. */
  #broken(record: Readonly<TradingRecord>): void {
    const { context } = this;
    const account = context.accountName(record.account);
    if (record.kind === RecordKind.CashBroken) {
      const asset = context.state.ledger.assetCode(record.asset) ?? `asset-${record.asset}`;
      const key = `${account}/${asset}`;
      this.#end(`CashBroken/account/${key}/`, record);
      if (context.state.ledger.breaks.get(record.account, record.asset) === undefined) return;
      const amounts = [money(record.amountHi, record.amountLo), money(record.feeHi, record.feeLo)];
      return this.#begin(record, "account", key, null, `the venue has ${amounts[0]}, ours is ${amounts[1]}`);
    }
    const key = `${account}/${context.instrumentName(record.instrument)}/${legText(record.leg)}`;
    this.#end(`PositionBroken/instrument/${key}/`, record);
    this.#begin(record, "instrument", key, null, record.text);
  }

  #begin(record: Readonly<TradingRecord>, scope: string, scopeKey: string, code: string | null, text: string): void {
    const row: Row<"riskBreaches"> = {
      record: record.record,
      kind: kindText(record.kind),
      scope,
      scopeKey,
      code,
      text,
      timeUs: record.timeUs,
      endedRecord: null,
      endedUs: null,
    };
    this.context.out.add("riskBreaches", row);
    this.#openUp(row);
  }

  #openUp(row: Row<"riskBreaches">): void {
    const key = breachKey(row.kind, row.scope, row.scopeKey, row.code);
    const rows = this.#open.get(key);
    if (rows === undefined) this.#open.set(key, [row]);
    else rows.push(row);
  }

  #end(key: string, record: Readonly<TradingRecord>): void {
    for (const row of this.#open.get(key) ?? []) {
      this.context.out.put("riskBreaches", { ...row, endedRecord: record.record, endedUs: record.timeUs });
    }
    this.#open.delete(key);
  }

  /** Whatever D does not hold open any more; kills end by their own record. */
  #endWhatEnded(record: Readonly<TradingRecord>): void {
    if (this.#open.size === 0) return;
    const open = this.#openInState();
    for (const key of [...this.#open.keys()]) if (!key.startsWith("Killed/") && !open.has(key)) this.#end(key, record);
  }

  #openInState(): Set<string> {
    const { context } = this;
    const { ledger, readiness, risk } = context.state;
    const open = new Set<string>();
    for (const { scope, key, venue, breakers } of risk.levels()) {
      const scopeKey = scope === Scope.Venue ? venue : context.keyName(scope, key);
      for (const { code } of breakers) {
        open.add(breachKey("BreakerTripped", scopeText(scope), scopeKey, Denial[code] ?? String(code)));
      }
    }
    for (const { account, instrument, leg } of readiness.breaks()) {
      const key = `${context.accountName(account)}/${context.instrumentName(instrument)}/${legText(leg)}`;
      open.add(breachKey("PositionBroken", "instrument", key, null));
    }
    for (const { account, asset } of ledger.breaks.all()) {
      const key = `${context.accountName(account)}/${ledger.assetCode(asset) ?? `asset-${asset}`}`;
      open.add(breachKey("CashBroken", "account", key, null));
    }
    return open;
  }

  #audit(record: Readonly<TradingRecord>, isIgnored: boolean): void {
    const [scope, scopeKey] = this.#scopeOf(record);
    this.context.out.add("controlAudit", {
      record: record.record,
      action: kindText(record.kind),
      scope,
      scopeKey,
      actor: actorOf(record),
      text: record.text,
      detail: JSON.stringify(detailOf(record, isIgnored)),
      timeUs: record.timeUs,
    });
  }

  #scopeOf(record: Readonly<TradingRecord>): [scope: string, key: string] {
    const { context } = this;
    if (record.scope !== 0) return [scopeText(record.scope), context.scopeKey(record)];
    if (isInstance(record.kind)) return ["instance", context.instanceName(record.instance)];
    if (record.kind === RecordKind.LimitsSet) return [fieldOf(record.text, "scope") ?? "", ""];
    if (isOfAccount(record.kind)) return ["account", context.accountName(record.account)];
    return ["firm", ""];
  }
}

/** Everything that is not a step of an order, a movement of cash, a definition, or a note for the machine. */
export function isAudited(kind: RecordKind): boolean {
  switch (kind) {
    case RecordKind.SessionStarted:
    case RecordKind.AccountOpened:
    case RecordKind.LimitsSet:
    case RecordKind.Killed:
    case RecordKind.Resumed:
    case RecordKind.ProblemNoted:
    case RecordKind.ReportOrphaned:
    case RecordKind.TradingStateSet:
    case RecordKind.BreakerTripped:
    case RecordKind.BreakerReset:
    case RecordKind.AccountArmed:
    case RecordKind.OverrideGranted:
    case RecordKind.DenialsCounted:
    case RecordKind.LeverageSet:
      return true;
    default:
      return isInstance(kind) || isOfAccount(kind);
  }
}

function isInstance(kind: RecordKind): boolean {
  switch (kind) {
    case RecordKind.InstanceStarted:
    case RecordKind.InstanceStopped:
    case RecordKind.InstancePaused:
    case RecordKind.InstanceDeleted:
      return true;
    default:
      return false;
  }
}

function isOfAccount(kind: RecordKind): boolean {
  switch (kind) {
    case RecordKind.AccountOpened:
    case RecordKind.AccountArmed:
    case RecordKind.OverrideGranted:
    case RecordKind.LeverageSet:
    case RecordKind.PositionBroken:
    case RecordKind.PositionAdjusted:
    case RecordKind.CashBroken:
    case RecordKind.ReadinessChanged:
      return true;
    default:
      return false;
  }
}

/** Commands of people about risk carry a name; what the gateway did by itself has none. */
function actorOf(record: Readonly<TradingRecord>): string {
  switch (record.kind) {
    case RecordKind.TradingStateSet:
    case RecordKind.BreakerReset:
    case RecordKind.AccountArmed:
      return record.fillId;
    case RecordKind.OverrideGranted:
      return fieldOf(record.text, "by") ?? "";
    default:
      return "";
  }
}

const NUMBERS = Object.freeze(["account", "instrument", "instance", "order", "code", "flags", "side", "leg"] as const);
const SIZES = Object.freeze(["qty", "price", "expireUs"] as const);

/** Columns that say something, as the record has them. */
function detailOf(record: Readonly<TradingRecord>, isIgnored: boolean): Record<string, unknown> {
  const detail: Record<string, unknown> = { input: record.input };
  for (const name of [...NUMBERS, ...SIZES]) if (record[name] !== 0) detail[name] = record[name];
  if (record.amountHi !== 0 || record.amountLo !== 0) detail["amount"] = money(record.amountHi, record.amountLo);
  if (record.feeHi !== 0 || record.feeLo !== 0) detail["other"] = money(record.feeHi, record.feeLo);
  if (record.venueOrderId !== "") detail["venueOrderId"] = record.venueOrderId;
  if (record.fillId !== "") detail["fillId"] = record.fillId;
  if (isIgnored) detail["ignored"] = true;
  return detail;
}

function money(hi: number, lo: number): string {
  return wideText(new Wide().setLimbs(hi, lo), CASH_SCALE);
}

function breachKey(kind: string, scope: string, scopeKey: string, code: string | null): string {
  return `${kind}/${scope}/${scopeKey}/${code ?? ""}`;
}

function scopeOf(name: string): Scope {
  if (name === "account") return Scope.Account;
  if (name === "instrument") return Scope.Instrument;
  return name === "instance" ? Scope.Instance : Scope.Firm;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
