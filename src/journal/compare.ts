/** A journal that keeps nothing and compares: deciding again must append the same records, byte for byte. */

import type { Journal } from "../engine/ports.ts";
import { RECORD_COLUMNS, RECORD_TEXTS, RecordKind, TradingRecord } from "../model/record.ts";
import type { MemoryJournal } from "./memory.ts";

/** The first record that came out differently. */
export interface Difference {
  readonly record: number;
  readonly kind: string;
  readonly column: string;
  readonly was: string;
  readonly is: string;
}

type Readable = Record<string, number | string>;

export class ComparingJournal implements Journal {
  readonly #expected: TradingRecord[] = [];
  #next = 0;
  #difference: Difference | undefined;

  constructor(recorded: MemoryJournal) {
    recorded.replay(new TradingRecord(), (record) => this.#expected.push(new TradingRecord().copyFrom(record)));
  }

  append(record: Readonly<TradingRecord>): void {
    const expected = this.#expected[this.#next];
    this.#next++;
    if (this.#difference !== undefined) return;
    if (expected === undefined) this.#difference = extra(record);
    else this.#difference = firstDifference(expected, record);
  }

  durableRecord(): number {
    return this.#next;
  }

  occupancy(): number {
    return 0;
  }

  /** Undefined when all records came again, in order, with the same columns. Ask at the end of the session. */
  difference(): Difference | undefined {
    if (this.#difference !== undefined) return this.#difference;
    const missing = this.#expected[this.#next];
    if (missing === undefined) return undefined;
    return { record: this.#next + 1, kind: kindName(missing), column: "(record)", was: "present", is: "missing" };
  }
}

function firstDifference(was: TradingRecord, is: Readonly<TradingRecord>): Difference | undefined {
  const a = was as unknown as Readable;
  const b = is as unknown as Readable;
  for (const name of [...RECORD_COLUMNS.map((c) => c.name), ...RECORD_TEXTS]) {
    if (a[name] !== b[name]) {
      return { record: was.record, kind: kindName(was), column: name, was: String(a[name]), is: String(b[name]) };
    }
  }
  return undefined;
}

function extra(record: Readonly<TradingRecord>): Difference {
  return { record: record.record, kind: kindName(record), column: "(record)", was: "missing", is: "present" };
}

function kindName(record: Readonly<TradingRecord>): string {
  return RecordKind[record.kind] ?? String(record.kind);
}
