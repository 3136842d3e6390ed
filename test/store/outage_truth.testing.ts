/** The tables of a store against the journal they come from, record by record and row by row. */

import { join } from "node:path";
import { journalSource } from "../../src/app/journal_source.ts";
import { dumpStore, follow } from "../../src/app/projector.testing.ts";
import { Projector } from "../../src/app/projector.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { readRecords } from "../../src/journal/reader.ts";
import { RecordKind, type TradingRecord } from "../../src/model/record.ts";
import type { AnyRow } from "../../src/store/columns.ts";
import { isOfOrder, Projection } from "../../src/store/projection.ts";
import { isAudited } from "../../src/store/projection_control.ts";
import type { Store } from "../../src/store/store.ts";
import { PlainTables } from "../../src/store/tables.testing.ts";
import { BESIDE_THE_JOURNAL, TABLE_NAMES, type TableName, tableOf } from "../../src/store/tables.ts";

const NODE = 1;
const DRAIN_RECORDS = 5_000;

export interface Truth {
  readonly records: number;
  /** Where the gateway's own projector had come to; the rest is of its stop, and projected here. */
  readonly resumedAt: number;
  readonly rows: number;
  /** Rows that the journal gives and the store lacks. */
  readonly gaps: number;
  /** Rows that no record gives, and records that more than one row came of. */
  readonly duplicates: number;
  /** Rows that are there and say something else. */
  readonly different: number;
  readonly epochs: number;
  /** The first of each, for people. */
  readonly told: readonly string[];
}

/** Of a gateway that has stopped. What its projector had not taken yet is taken first, from where the store stands. */
export async function truthOf(dataDir: string, store: Store, limits: Limits = DEFAULT_LIMITS): Promise<Truth> {
  const journalDir = join(dataDir, "journal");
  const resumedAt = await store.cursor("projection");
  const wanted = new Wanted(limits);
  readRecords(journalDir, 1, (record) => wanted.take(record));
  await follow(projector(dataDir, store, limits), wanted.records);
  const found = await dumpStore(store);
  const judge = new Judge();
  for (const [table, numbers] of Object.entries(wanted.numbers)) judge.numbers(table, numbers, found[table] ?? []);
  for (const name of TABLE_NAMES) {
    if (!BESIDE_THE_JOURNAL.includes(name)) judge.rows(name, wanted.rows(name), found[name] ?? []);
  }
  const { gaps, duplicates, different, told, rowsSeen } = judge;
  const { records, epochs } = wanted;
  return { records, resumedAt, rows: rowsSeen, gaps, duplicates, different, epochs, told };
}

function projector(dataDir: string, store: Store, limits: Limits): Projector {
  const times = { nowMs: () => performance.now(), nowUs: () => Date.now() * 1_000 };
  const place = { journalDir: join(dataDir, "journal"), source: journalSource(dataDir), limits };
  return new Projector({ ...place, ...times, node: NODE, store, onProblem: () => {} });
}

/** What the tables must come to: all records in one go, in memory; and which records must have a row of their own. */
class Wanted {
  records = 0;
  epochs = 0;
  readonly numbers = { orderEvents: [] as number[], executions: [] as number[], controlAudit: [] as number[] };
  readonly #projection: Projection;
  readonly #tables = new PlainTables();

  constructor(limits: Limits) {
    this.#projection = new Projection(new DurableState(limits), NODE);
  }

  take(record: Readonly<TradingRecord>): void {
    if (record.record !== this.records + 1) throw new Error(`record ${record.record} after ${this.records}`);
    this.records = record.record;
    if (isOfOrder(record)) this.numbers.orderEvents.push(record.record);
    if (record.kind === RecordKind.OrderFilled) this.numbers.executions.push(record.record);
    if (isAudited(record.kind)) this.numbers.controlAudit.push(record.record);
    if (record.kind === RecordKind.SessionStarted) this.epochs++;
    this.#projection.take(record);
    if (record.record % DRAIN_RECORDS === 0) this.#drain();
  }

  rows(table: TableName): readonly AnyRow[] {
    this.#drain();
    return this.#tables.rows(table) as readonly AnyRow[];
  }

  #drain(): void {
    const { rows, busts } = this.#projection.drain();
    if (busts.length > 0) throw new Error("the synthetic venue takes no fill back");
    this.#tables.apply(rows);
  }
}

class Judge {
  rowsSeen = 0;
  gaps = 0;
  duplicates = 0;
  different = 0;
  readonly told: string[] = [];

  numbers(table: string, wanted: readonly number[], found: readonly AnyRow[]): void {
    const times = new Map<number, number>();
    for (const { record } of found) times.set(record as number, (times.get(record as number) ?? 0) + 1);
    for (const record of wanted) {
      const count = times.get(record) ?? 0;
      if (count === 0) this.gaps += this.#tell(`${table}: no row of record ${record}`);
      if (count > 1) this.duplicates += this.#tell(`${table}: ${count} rows of record ${record}`);
      times.delete(record);
    }
    for (const record of times.keys())
      this.duplicates += this.#tell(`${table}: a row of record ${record}, which has none`);
  }

  rows(table: TableName, wanted: readonly AnyRow[], found: readonly AnyRow[]): void {
    const { key } = tableOf(table);
    const keyOf = (row: AnyRow) => JSON.stringify(key.map((column) => row[column]));
    const known = new Map(found.map((row) => [keyOf(row), row]));
    if (known.size !== found.length) this.duplicates += this.#tell(`${table}: keys that are there twice`);
    for (const row of wanted) {
      const name = keyOf(row);
      const other = known.get(name);
      known.delete(name);
      if (other === undefined) this.gaps += this.#tell(`${table}: no row ${name}`);
      else if (!Bun.deepEquals(other, row)) {
        this.different += this.#tell(`${table} ${name}: ${JSON.stringify(other)} for ${JSON.stringify(row)}`);
      }
    }
    for (const name of known.keys()) this.duplicates += this.#tell(`${table}: a row ${name} that no record gives`);
    this.rowsSeen += found.length;
  }

  #tell(text: string): 1 {
    if (this.told.length < 8) this.told.push(text);
    return 1;
  }
}
