/** Records as plain objects for people and tools: names for numbers, exact decimals for money, nothing that is empty. */

import { assert } from "../core/assert.ts";
import { Code, codeName } from "../core/code.ts";
import { wideText } from "../core/decimal.ts";
import { ProblemError } from "../core/problem.ts";
import { Wide } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import { Leg, Liquidity, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RECORD_COLUMNS, RECORD_TEXTS, RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { type JournalFs, realFs } from "./journal_fs.ts";
import { scanJournal } from "./scan.ts";

/** One record: `record` and `kind` always, other columns when they differ from those of an empty record. */
export type RecordObject = Readonly<Record<string, string | number>>;

export interface DumpRange {
  readonly fromRecord?: number;
  readonly toRecord?: number;
}

/** Hands each record of the journal to `onObject`; one JSON line each. Throws ProblemError at damage. */
export function dumpJournal(
  dir: string,
  onObject: (object: RecordObject) => void,
  range: DumpRange = {},
  fs: JournalFs = realFs(),
): void {
  const { fromRecord = 1, toRecord = Number.POSITIVE_INFINITY } = range;
  assert(fromRecord > 0 && fromRecord <= toRecord, Code.ValueOutOfRange);
  const empty = new TradingRecord();
  scanJournal(fs, dir, {
    onRecord: (record) => {
      if (record.record >= fromRecord && record.record <= toRecord) onObject(recordObject(record, empty));
    },
    onDamage: (damage) => {
      throw new ProblemError(damage);
    },
  });
}

/** `empty` is a record without content; what equals it is left out. */
export function recordObject(record: Readonly<TradingRecord>, empty: Readonly<TradingRecord>): RecordObject {
  const object: Record<string, string | number> = { record: record.record, kind: kindName(record.kind) };
  for (const { name } of RECORD_COLUMNS) {
    if (name === "length" || name in object || record[name] === empty[name]) continue;
    if (/^(?:amount|fee)(?:Hi|Lo)$/.test(name)) continue;
    object[name] = valueName(name, record);
  }
  addMoney(object, "amount", record.amountHi, record.amountLo);
  addMoney(object, "fee", record.feeHi, record.feeLo);
  for (const name of RECORD_TEXTS) if (record[name] !== "") object[name] = record[name];
  return object;
}

type NumberName = Exclude<(typeof RECORD_COLUMNS)[number]["name"], "length" | "reserved">;

/** The name of an enum's value where the column has one; a number that has no name stays a number. */
function valueName(name: NumberName, record: Readonly<TradingRecord>): string | number {
  const value = record[name];
  if (name === "side") return Side[value] ?? value;
  if (name === "orderType") return OrderType[value] ?? value;
  if (name === "timeInForce") return TimeInForce[value] ?? value;
  if (name === "leg") return Leg[value] ?? value;
  if (name === "liquidity") return Liquidity[value] ?? value;
  if (name === "scope") return Scope[value] ?? value;
  if (name === "code") return codeText(record.kind, value);
  return value;
}

/** Denials name our own checks; problems name a Code; other kinds carry numbers of their own. */
function codeText(kind: number, value: number): string | number {
  const isDenial =
    kind === RecordKind.OrderDenied || kind === RecordKind.ReplaceDenied || kind === RecordKind.CancelDenied;
  if (isDenial) return Denial[value] ?? value;
  return kind === RecordKind.ProblemNoted ? codeName(value) : value;
}

function kindName(kind: number): string {
  return RecordKind[kind] ?? String(kind);
}

/** Money at 10^-18; limbs that are no number, which only damage can leave, are shown as they are. */
function addMoney(object: Record<string, string | number>, name: string, hi: number, lo: number): void {
  if (hi === 0 && lo === 0) return;
  if (Number.isSafeInteger(hi) && Number.isSafeInteger(lo) && lo >= 0) {
    object[name] = wideText(new Wide().setLimbs(hi, lo), MONEY_SCALE);
  } else object[name] = `${hi}:${lo}`;
}

const MONEY_SCALE = 18;
