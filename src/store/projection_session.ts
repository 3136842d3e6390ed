/** Sessions, assets, instruments, accounts, strategies and instances out of the records that define them. */

import { mantissaTextShort } from "../core/decimal.ts";
import { instrumentText, parseInstrument } from "../engine/apply.ts";
import { InstanceStatus } from "../engine/instances.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { fieldOf, kindName, nameOf, objectOf, type ProjectionContext } from "./projection_context.ts";
import type { Row } from "./tables.ts";
import { lowerFirst } from "./words.ts";

const HASH_DIGITS = 16;

export class SessionProjection {
  /** Venues of accounts, by what they trade: no record that opens one names it. */
  readonly #venues = new Map<number, string>();

  constructor(readonly context: ProjectionContext) {}

  /** What the store has of an account. */
  prime({ id, venue }: Row<"accounts">): void {
    if (venue !== "") this.#venues.set(id, venue);
  }

  /** A step of an order: its instrument is of the account's venue. */
  order(record: Readonly<TradingRecord>): void {
    const { account, instrument, instrumentRevision } = record;
    if (instrumentRevision === 0 || this.#venues.has(account)) return;
    this.#trades(account, instrument, record);
  }

  /** After `apply`. */
  take(record: Readonly<TradingRecord>): void {
    const { out, state } = this.context;
    switch (record.kind) {
      case RecordKind.SessionStarted:
        return this.#session(record);
      case RecordKind.AssetDefined:
        return out.put("assets", {
          id: record.asset,
          code: state.ledger.assetCode(record.asset) ?? record.text,
          record: record.record,
        });
      case RecordKind.InstrumentDefined:
        return this.#instrument(record);
      case RecordKind.AccountOpened:
        return this.#account(record.account, record);
      case RecordKind.InstanceStarted:
        this.#strategy(record);
        return this.#instance(record);
      case RecordKind.InstancePaused:
      case RecordKind.InstanceStopped:
      case RecordKind.InstanceDeleted:
        return this.#instance(record);
      default:
        return;
    }
  }

  /** All that is defined, as of D's last record. */
  seed(): void {
    const { state } = this.context;
    const at = new TradingRecord();
    at.record = state.record;
    at.timeUs = state.timeUs;
    state.ledger.assetCodes().forEach((text, asset) => {
      this.take(Object.assign(at, { kind: RecordKind.AssetDefined, asset, text }));
    });
    for (const instrument of state.instruments.all()) {
      this.take(Object.assign(at, { kind: RecordKind.InstrumentDefined, text: instrumentText(instrument) }));
    }
    for (const { id, name } of state.accounts.all()) {
      this.take(Object.assign(at, { kind: RecordKind.AccountOpened, account: id, text: name }));
    }
    for (const { account, instrument } of state.ledger.rows()) this.#trades(account, instrument, at);
    for (let instance = 1; instance <= state.instances.count; instance++) {
      const text = state.instances.get(instance)?.definition ?? "";
      this.take(Object.assign(at, { kind: RecordKind.InstanceStarted, instance, text }));
    }
  }

  #trades(account: number, instrument: number, at: Readonly<TradingRecord>): void {
    const { state } = this.context;
    const venue = state.instruments.get(instrument)?.venue;
    if (venue === undefined || state.accounts.get(account) === undefined) return;
    this.#venues.set(account, venue);
    this.#account(account, at);
  }

  #account(id: number, { record, timeUs }: Readonly<TradingRecord>): void {
    const { out, state } = this.context;
    out.put("accounts", {
      id,
      name: this.context.accountName(id),
      venue: this.#venues.get(id) ?? "",
      mode: state.risk.arming.isReal(id) ? "live" : "paper",
      definition: "{}",
      record,
      timeUs,
    });
  }

  #session(record: Readonly<TradingRecord>): void {
    const detail = objectOf(record.text);
    const { epoch, version } = detail;
    this.context.out.put("sessions", {
      epoch: typeof epoch === "number" && Number.isSafeInteger(epoch) ? epoch : 0,
      version: typeof version === "string" ? version : "",
      detail: JSON.stringify(detail),
      record: record.record,
      timeUs: record.timeUs,
    });
  }

  #instrument(record: Readonly<TradingRecord>): void {
    const { out } = this.context;
    const instrument = parseInstrument(record.text);
    const { id, revision, priceScale, qtyScale, contractSize, contractScale = 0 } = instrument;
    const at = { record: record.record, timeUs: record.timeUs };
    const { name, venue, venueSymbol, base, quote, settle } = instrument;
    out.put("instruments", {
      ...{ id, name, venue, venueSymbol, kind: kindName(instrument), base, quote, settle, revision },
      ...at,
    });
    const row: Row<"instrumentRevisions"> = {
      instrument: id,
      revision,
      tick: mantissaTextShort(instrument.tick, priceScale),
      lot: mantissaTextShort(instrument.lot, qtyScale),
      qtyMin: mantissaTextShort(instrument.qtyMin, qtyScale),
      qtyMax: mantissaTextShort(instrument.qtyMax, qtyScale),
      notionalMin: mantissaTextShort(instrument.notionalMin, priceScale + qtyScale),
      contractSize: contractSize === undefined ? null : mantissaTextShort(contractSize, contractScale),
      priceScale,
      qtyScale,
      definition: record.text,
      ...at,
    };
    out.put("instrumentRevisions", row);
  }

  #strategy(record: Readonly<TradingRecord>): void {
    const { out } = this.context;
    const name = fieldOf(record.text, "strategy");
    if (name === undefined) return;
    const revision = revisionOf(record.text);
    const at = { record: record.record, timeUs: record.timeUs };
    out.put("strategies", { name, source: /[./\\]/.test(name) ? "file" : "built-in", revision, ...at });
    const { strategy, params } = objectOf(record.text);
    out.put("strategyRevisions", {
      ...{ strategy: name, revision, definition: JSON.stringify({ strategy, params: params ?? {} }) },
      ...at,
    });
  }

  #instance(record: Readonly<TradingRecord>): void {
    const { out, state } = this.context;
    const instance = state.instances.get(record.instance);
    if (instance === undefined) return;
    const { id, definition, status } = instance;
    const strategy = fieldOf(definition, "strategy");
    out.put("instances", {
      id,
      name: nameOf(definition) ?? `instance-${id}`,
      strategy: strategy ?? "",
      revision: strategy === undefined ? null : revisionOf(definition),
      status: lowerFirst(InstanceStatus[status] ?? `status${status}`),
      definition: JSON.stringify(objectOf(definition)),
      record: record.record,
      timeUs: record.timeUs,
    });
  }
}

/** What the journal says of it: the strategy by its name, and its parameters. Its code is not in the journal. */
function revisionOf(definition: string): string {
  const { strategy, params } = objectOf(definition);
  const bytes = new Uint8Array(32);
  Bun.SHA256.hash(JSON.stringify([strategy, params ?? {}]), bytes);
  return bytes.toHex().slice(0, HASH_DIGITS);
}
