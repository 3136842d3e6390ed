/**
 * The projection against D: projection.ts with projection_context.ts, projection_session.ts, projection_orders.ts,
 * projection_money.ts, projection_control.ts; row_buffer.ts, words.ts.
 */

import { describe, expect, test } from "bun:test";
import { RandomSession } from "../app/journal_image.testing.ts";
import { CASH_SCALE, wideText } from "../core/decimal.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide } from "../core/wide.ts";
import { DurableState } from "../engine/durable.ts";
import { CashCause } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
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

/** As if whole minutes and days went by: `1` is some 2 ms for each record. */
function stretched(records: readonly TradingRecord[], times: number): TradingRecord[] {
  const from = records[0]?.timeUs ?? 0;
  return records.map((one) => Object.assign(new TradingRecord(), one, { timeUs: from + (one.timeUs - from) * times }));
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
  for (const row of tables.rows("accounts")) projection.primeAccount(row);
  for (const row of tables.rows("positions")) projection.primePosition(row);
  for (const row of tables.rows("riskBreaches")) projection.primeBreach(row);
  for (const row of tables.rows("orders")) if (loaded.orders.has(row.id)) projection.primeOrder(row);
  return projection;
}

describe("Projection", () => {
  test("whatever the batches and the restarts, the tables are the same", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const records = stretched(session(seed, 900).records, seed % 2 === 0 ? 1 : 5_000);
      const whole = project(records, new Prng(seed), records.length, false).dump();
      expect(project(records, new Prng(seed), 1, false).dump()).toEqual(whole);
      expect(project(records, new Prng(seed), 40, true).dump()).toEqual(whole);
    }
  });

  test("an account has the venue of what it trades, once it has traded", () => {
    const { records } = session(31, 2_000);
    const accounts = project(records, new Prng(5), 100, true).rows("accounts");
    const traded = new Set(records.filter(isOfOrder).map(({ account }) => account));
    expect(traded.size).toBeGreaterThan(1);
    for (const { id, venue } of accounts) expect(venue !== "").toBe(traded.has(id));
  });

  test("what is not realised, and equity, are told where no market has a part in them, and nowhere else", () => {
    let untold = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const records = stretched(session(seed, 900).records, 5_000);
      const tables = project(records, new Prng(seed), 40, true);
      const projection = new Projection(new DurableState(LIMITS), NODE);
      const ends = new Map(tables.rows("pnlSnapshots").map((row) => [row.record, row.periodUs]));
      records.forEach((record, at) => {
        projection.take(record);
        const next = records[at + 1];
        const minute = ends.get(record.record);
        // Of a minute the last state counts.
        if (minute === undefined || (next !== undefined && next.timeUs < minute + 60_000_000)) return;
        const { ledger } = projection.state;
        for (const row of tables.rows("pnlSnapshots").filter((one) => one.record === record.record)) {
          const own = <T extends { account: number }>(rows: readonly T[]) =>
            rows.filter((one) => one.account === row.account);
          const positions = own(row.instance === -1 ? ledger.rows() : ledger.partRows()).filter(
            ({ instance, holding }) => holding.qty !== 0 && instance === row.instance,
          );
          const isOf = (instrument: number) => ledger.assetCode(ledger.listing(instrument)?.money ?? -1) === row.asset;
          const isOpen = positions.some(({ instrument }) => isOf(instrument));
          expect(row.unrealizedPnl).toBe(isOpen ? null : "0");
          const others = own(ledger.cashRows()).some(
            ({ asset, total }) => ledger.assetCode(asset) !== row.asset && !(total as Wide).isZero(),
          );
          const cash = own(ledger.cashRows()).find(({ asset }) => ledger.assetCode(asset) === row.asset)?.total as
            | Wide
            | undefined;
          const isKnown = row.instance === -1 && positions.length === 0 && !others;
          expect(row.equity).toBe(isKnown ? (cash === undefined ? "0" : wideText(cash, CASH_SCALE)) : null);
          if (!isKnown) untold++;
        }
      });
    }
    expect(untold).toBeGreaterThan(0);
  });

  test("equity of a flat account is its cash, while it holds nothing else", () => {
    const { records } = session(1, 0);
    const opening = records.find(
      ({ kind, account }) => kind === RecordKind.CashMoved && account === 0,
    ) as TradingRecord;
    const last = records.at(-1) as TradingRecord;
    const move = (minute: number, asset: number, code: CashCause, amountHi: number) =>
      Object.assign(new TradingRecord().reset(RecordKind.CashMoved), {
        ...{ record: last.record + minute, input: last.input + minute, timeUs: last.timeUs + minute * 60_000_000 },
        ...{ account: 0, asset, code, amountHi, fillId: `by hand ${minute}` },
      });
    const other = opening.asset === 0 ? 1 : 0;
    const moves = [
      move(1, opening.asset, CashCause.Fee, -1),
      move(2, other, CashCause.Deposit, 5),
      move(3, other, CashCause.Withdrawal, -5),
      move(4, opening.asset, CashCause.Deposit, 7),
    ];
    for (const batchMax of [1, 100]) {
      const tables = project([...records, ...moves], new Prng(1), batchMax, batchMax === 1);
      const rows = tables.rows("pnlSnapshots").filter(({ account }) => account === 0);
      const worth = (more: number) =>
        wideText(new Wide().setLimbs(opening.amountHi + more, opening.amountLo), CASH_SCALE);
      expect(rows.map(({ equity, unrealizedPnl, complete }) => [equity, unrealizedPnl, complete])).toEqual([
        [worth(-1), "0", true],
        [null, "0", false],
        [worth(-1), "0", true],
        [worth(6), "0", true],
      ]);
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
