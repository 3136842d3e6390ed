/** Idempotency keys of placed orders: rebuilt from the records, so that a key holds over restarts. */

import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";

/** What a key was used for, and what came of it. */
export interface KeyedOrder {
  /** 8 hex digits over the request. */
  readonly bodyHash: string;
  readonly order: number;
  readonly record: number;
  /** Denial of a denied order, 0 = it was taken. */
  readonly denial: number;
}

const HASH_DIGITS = 8;

/** `fillId` of CommandPlace: the key as it was sent and the hash of its body. */
export function storedKey(key: string, bodyHash: string): string {
  return `${key}#${bodyHash}`;
}

/** Hash of a request's meaning: the order of fields in the text does not count. */
export function bodyHash(body: unknown): string {
  return Bun.hash.crc32(canonical(body)).toString(16).padStart(HASH_DIGITS, "0");
}

/** Oldest keys leave first when the table is full. */
export class KeyTable implements Saved {
  readonly #rows = new Map<string, KeyedOrder>();

  constructor(readonly limits: Limits) {}

  /** OrderIntent and OrderDenied carry the key of the command that made them. */
  onRecord(record: Readonly<TradingRecord>): void {
    if (record.kind !== RecordKind.OrderIntent && record.kind !== RecordKind.OrderDenied) return;
    const { fillId } = record;
    const hash = fillId.length - HASH_DIGITS - 1;
    if (hash < 1 || fillId[hash] !== "#") return;
    const denied = record.kind === RecordKind.OrderDenied;
    const row = { bodyHash: fillId.slice(hash + 1), order: record.order, record: record.record };
    // The first use of a key is what counts.
    const key = fillId.slice(0, hash);
    if (this.#rows.has(key)) return;
    this.#rows.set(key, { ...row, denial: denied ? record.code : 0 });
    if (this.#rows.size > this.limits.historyRowsMax) {
      const oldest = this.#rows.keys().next().value;
      if (oldest !== undefined) this.#rows.delete(oldest);
    }
  }

  get(key: string): KeyedOrder | undefined {
    return this.#rows.get(key);
  }

  save(out: StateWriter): void {
    out.part("keys", 1).u32(this.#rows.size);
    for (const [key, { bodyHash, order, record, denial }] of this.#rows) {
      out.text(key).text(bodyHash).f64(order).f64(record).u32(denial);
    }
  }

  load(from: StateReader): void {
    from.part("keys", 1);
    for (let left = from.u32(); left > 0; left--) {
      const key = from.text();
      this.#rows.set(key, { bodyHash: from.text(), order: from.f64(), record: from.f64(), denial: from.u32() });
    }
  }

  get size(): number {
    return this.#rows.size;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(",")}}`;
}
