/** What every part of the projection works with: D, scales of old revisions, names of scopes, and the rows that wait. */

import { mantissaTextShort } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Instrument } from "../model/instrument.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import { valueAt } from "../model/value.ts";
import { keyOf } from "../risk/risk_state.ts";
import type { RowBuffer } from "./row_buffer.ts";

export interface Scales {
  readonly priceScale: number;
  readonly qtyScale: number;
}

export class ProjectionContext {
  constructor(
    readonly state: DurableState,
    /** Of the client order ids. */
    readonly node: number,
    readonly out: RowBuffer,
  ) {}

  /** Scales of the revision; of the newest one where the revision was never seen. */
  scales(instrument: number, revision: number): Scales {
    const newest = this.state.instruments.get(instrument);
    if (newest?.revision === revision) return newest;
    const { ledger } = this.state;
    const [priceScale, qtyScale] = [ledger.priceScale(instrument, revision), ledger.qtyScale(instrument, revision)];
    return priceScale < 0 || qtyScale < 0 ? (newest ?? NO_SCALES) : { priceScale, qtyScale };
  }

  /** Price of a record in units; null for 0 = none. */
  price(record: Readonly<TradingRecord>, mantissa: number): string | null {
    if (!(mantissa > 0)) return null;
    return mantissaTextShort(mantissa, this.scales(record.instrument, record.instrumentRevision).priceScale);
  }

  qty(record: Readonly<TradingRecord>, mantissa: number): string | null {
    if (!(mantissa > 0)) return null;
    return mantissaTextShort(mantissa, this.scales(record.instrument, record.instrumentRevision).qtyScale);
  }

  /** What a fill (or one that is taken back) was worth, 10^-18: as stated, else price times quantity. */
  amountOf(record: Readonly<TradingRecord>, out = new Wide()): Wide {
    out.setLimbs(record.amountHi, record.amountLo);
    const instrument = this.state.instruments.get(record.instrument);
    if (!out.isZero() || instrument === undefined) return out;
    const { priceScale, qtyScale } = this.scales(record.instrument, record.instrumentRevision);
    return valueAt(out, instrument, record.qty, record.price, 1, priceScale, qtyScale) ? out : out.zero();
  }

  accountName(id: number): string {
    return this.state.accounts.get(id)?.name ?? `account-${id}`;
  }

  instrumentName(id: number): string {
    return this.state.instruments.get(id)?.name ?? `instrument-${id}`;
  }

  instanceName(id: number): string {
    if (id === 0) return "by hand";
    return nameOf(this.state.instances.get(id)?.definition ?? "") ?? `instance-${id}`;
  }

  /** Name of what a record of limits, kills or breakers is about; empty for the firm. */
  scopeKey(record: Readonly<TradingRecord>): string {
    const { scope } = record;
    if (scope === Scope.Venue) return isKill(record.kind) ? record.text : record.venueOrderId;
    return this.keyName(scope, keyOf(record));
  }

  keyName(scope: number, key: number): string {
    if (scope === Scope.Account) return this.accountName(key);
    if (scope === Scope.Instrument) return this.instrumentName(key);
    return scope === Scope.Instance ? this.instanceName(key) : "";
  }
}

const NO_SCALES: Scales = Object.freeze({ priceScale: 0, qtyScale: 0 });

/** Kills name a venue in their text; what they say of the reason is elsewhere. */
export function isKill(kind: RecordKind): boolean {
  return kind === RecordKind.Killed || kind === RecordKind.Resumed;
}

/** A field of a JSON object; undefined when the text is none or has no such text in it. */
export function fieldOf(text: string, name: string): string | undefined {
  const value = objectOf(text)[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function nameOf(definition: string): string | undefined {
  return fieldOf(definition, "name");
}

export function kindName({ kind }: Instrument): string {
  return ["", "spot", "linear-perpetual", "inverse-perpetual"][kind] ?? `kind${kind}`;
}
