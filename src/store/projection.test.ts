/**
 * The projection against D: projection.ts with projection_context.ts, projection_session.ts, projection_orders.ts,
 * projection_money.ts, projection_control.ts; row_buffer.ts, words.ts.
 */

import { describe, expect, test } from "bun:test";
import { RandomSession } from "../app/journal_image.testing.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { DurableState } from "../engine/durable.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { isOfOrder, Projection } from "./projection.ts";
import { isAudited } from "./projection_control.ts";
import { PlainTables } from "./tables.testing.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, ordersMax: 96, fillsMax: 256, instrumentsMax: 8, accountsMax: 4 };
const NODE = 7;

function session(seed: number, steps: number): RandomSession {
  const session = new RandomSession(LIMITS, new Prng(seed));
  for (let n = 0; n < steps; n++) session.step();
  return session;
}

/** Projects in batches of random sizes; now and then the projection is begun anew from D's bytes and from the tables. */
function project(records: readonly TradingRecord[], chance: Prng, batchMax: number, restarts: boolean): PlainTables {
  const tables = new PlainTables();
  let projection = new Projection(new DurableState(LIMITS), NODE);
  for (let at = 0; at < records.length; ) {
    const end = Math.min(records.length, at + 1 + chance.nextBelow(batchMax));
    for (; at < end; at++) projection.take(records[at] as TradingRecord);
    commit(projection, tables);
    if (restarts && chance.nextBelow(4) === 0) projection = restarted(projection.state, tables);
  }
  return tables;
}

function commit(projection: Projection, tables: PlainTables): void {
  const { rows, busts } = projection.drain();
  tables.apply(rows);
  for (const { orderId, fillId, record } of busts) {
    const row = tables
      .rows("executions")
      .find((one) => one.orderId === orderId && one.fillId === fillId && !one.busted);
    if (row === undefined) throw new Error(`no execution ${fillId} of order ${orderId}`);
    tables.apply([{ table: "executions", op: "put", row: { ...row, busted: true, bustedRecord: record } }]);
  }
}

function restarted(state: DurableState, tables: PlainTables): Projection {
  const writer = new StateWriter();
  state.save(writer);
  const loaded = new DurableState(LIMITS);
  loaded.load(new StateReader(writer.bytes()));
  const projection = new Projection(loaded, NODE);
  for (const row of tables.rows("positions")) projection.primePosition(row);
  for (const row of tables.rows("riskBreaches")) projection.primeBreach(row);
  for (const row of tables.rows("orders")) if (loaded.orders.has(row.id)) projection.primeOrder(row);
  return projection;
}

describe("Projection", () => {
  test("whatever the batches and the restarts, the tables are the same", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { records } = session(seed, 900);
      const whole = project(records, new Prng(seed), records.length, false).dump();
      expect(project(records, new Prng(seed), 1, false).dump()).toEqual(whole);
      expect(project(records, new Prng(seed), 40, true).dump()).toEqual(whole);
    }
  });

  test("every record is somewhere, once", () => {
    const { records } = session(31, 2_000);
    const tables = project(records, new Prng(5), 100, false);
    const numbers = (table: "orderEvents" | "executions" | "controlAudit" | "cashFlows") =>
      tables.rows(table).map(({ record }) => record);
    const of = (fits: (record: TradingRecord) => boolean) => records.filter(fits).map(({ record }) => record);
    expect(numbers("orderEvents")).toEqual(of(isOfOrder));
    expect(numbers("executions")).toEqual(of(({ kind }) => kind === RecordKind.OrderFilled));
    expect(numbers("controlAudit")).toEqual(of(({ kind }) => isAudited(kind)));
    const flows = new Set(of(({ kind }) => kind === RecordKind.CashMoved));
    expect(numbers("cashFlows").every((record) => flows.has(record))).toBe(true);
    const quiet = [RecordKind.StateCell, RecordKind.Sealed, RecordKind.ProfitMarked, RecordKind.CashMoved];
    const defined = [RecordKind.AssetDefined, RecordKind.InstrumentDefined];
    const placed = (record: TradingRecord) =>
      isOfOrder(record) || isAudited(record.kind) || [...quiet, ...defined].includes(record.kind);
    expect(records.filter((record) => !placed(record)).map(({ kind }) => RecordKind[kind])).toEqual([]);
  });
});
