/** Opens a session: assets, account, instruments, limits, opening balances and the strategy instance, each a record. */

import { Code } from "../core/code.ts";
import { CASH_SCALE, mantissaTextShort, parseWide } from "../core/decimal.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { Wide } from "../core/wide.ts";
import { instrumentText } from "../engine/apply.ts";
import type { Engine } from "../engine/engine.ts";
import type { Instrument } from "../model/instrument.ts";
import { CashCause, InstrumentKind } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import type { LimitsPayload } from "../risk/limits_payload.ts";

export interface SessionPlan {
  readonly accountName: string;
  readonly instruments: readonly Instrument[];
  /** Asset → decimal amount. */
  readonly balances: Readonly<Record<string, string>>;
  readonly limits: readonly LimitsPayload[];
  readonly startUs: number;
}

/** Emits the definitions. Throws ProblemError when a balance or a limit is no number. */
export function openSession(engine: Engine, plan: SessionPlan): void {
  const record = new TradingRecord();
  const emit = () => engine.define(record, plan.startUs);
  record.reset(RecordKind.SessionStarted).text = JSON.stringify({ record: 1 });
  emit();
  assetCodes(plan).forEach((code, id) => {
    record.reset(RecordKind.AssetDefined).asset = id;
    record.text = code;
    emit();
  });
  record.reset(RecordKind.AccountOpened).text = plan.accountName;
  emit();
  for (const instrument of plan.instruments) {
    record.reset(RecordKind.InstrumentDefined).instrument = instrument.id;
    record.instrumentRevision = instrument.revision;
    record.text = instrumentText(instrument);
    emit();
  }
  for (const payload of plan.limits) {
    const problems = limitsRecord(record.reset(RecordKind.LimitsSet), payload, engine.state.limits);
    fail(problems);
    emit();
  }
  for (const [code, amount] of Object.entries(plan.balances)) openBalance(engine, record, plan, code, amount);
}

/** Limits for trying things out, in proportion to the equity: every control is set, since missing means deny. */
export function trialLimits(
  instrument: Instrument,
  equity: string,
  price: number,
  overrides: Readonly<Record<string, string>>,
): LimitsPayload {
  const unitPrice = price / 10 ** instrument.priceScale;
  const units = Math.max(1, Math.ceil(Number(equity) / unitPrice)); // number-ok: a bound, not an amount
  const qty = String(Math.min(units * 2, Math.floor(2 ** 52 / 10 ** instrument.qtyScale)));
  const spot = instrument.kind === InstrumentKind.Spot;
  const known: Record<string, unknown> = {
    scope: "instrument",
    key: instrument.id,
    version: 1,
    maxOrderValue: equity,
    maxOrderQty: qty,
    maxLongPosition: qty,
    maxShortPosition: spot ? "0" : qty,
    collarBps: 500,
    referenceAgeUsMax: 5_000_000,
    maxOpenOrders: 100,
    newOrders: { count: 100, windowUs: 1_000_000 },
    cancels: { count: 200, windowUs: 1_000_000 },
  };
  for (const [name, value] of Object.entries(overrides)) setLimit(known, name, value);
  return known as unknown as LimitsPayload;
}

/** Every asset that an instrument or a balance names, in a fixed order: dense ids. */
function assetCodes(plan: SessionPlan): string[] {
  const codes = new Set<string>();
  for (const i of plan.instruments) for (const code of [i.quote, i.base, i.settle]) codes.add(code);
  for (const code of Object.keys(plan.balances)) codes.add(code);
  return [...codes];
}

function openBalance(engine: Engine, record: TradingRecord, plan: SessionPlan, code: string, amount: string): void {
  const wide = new Wide();
  const asset = engine.state.ledger.assetId(code);
  const parsed = parseWide(wide, amount, CASH_SCALE);
  if (asset === undefined || parsed !== Code.Ok) fail([problem(Code.Usage, `balance ${code}=${amount} is no amount`)]);
  record.reset(RecordKind.CashMoved).asset = asset as number;
  record.code = CashCause.OpeningBalance;
  record.amountHi = wide.hi;
  record.amountLo = wide.lo;
  engine.define(record, plan.startUs);
}

/** `--limit newOrders.count=10` reaches into the payload; numbers stay numbers, money stays text. */
function setLimit(known: Record<string, unknown>, name: string, value: string): void {
  const [head = "", tail] = name.split(".");
  const target = tail === undefined ? known : (known[head] as Record<string, unknown> | undefined);
  const key = tail ?? head;
  if (target === undefined || !(key in target) || key === "scope" || key === "key" || key === "version") {
    fail([problem(Code.Usage, `no limit is called ${name}`, {}, `one of ${Object.keys(known).slice(3).join(", ")}`)]);
    return;
  }
  const numeric = typeof target[key] === "number";
  if (!/^\d+(\.\d+)?$/.test(value)) fail([problem(Code.Usage, `limit ${name}=${value} is no number`)]);
  target[key] = numeric ? Number(value) : value; // number-ok: counts, basis points and microseconds
}

function fail(problems: readonly Problem[]): void {
  const first = problems[0];
  if (first !== undefined) throw new ProblemError(first);
}

/** Mantissa of a price for people. */
export function priceText(mantissa: number, instrument: Instrument): string {
  return mantissaTextShort(mantissa, instrument.priceScale);
}
