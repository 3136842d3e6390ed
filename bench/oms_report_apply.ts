/** oms.report_apply: a fill as it comes from a venue, judged by the matrix, journal left out, applied to the order table. */

import { RowHash } from "../src/core/hash.ts";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { OrderType, Side, TimeInForce } from "../src/model/order.ts";
import { RecordKind, TradingRecord } from "../src/model/record.ts";
import { OrderTable } from "../src/oms/order_table.ts";
import { ReportHandler } from "../src/oms/reports.ts";
import type { Bench, PreparedBench } from "./bench.ts";

const ORDERS = 1_024;
const OPS = 100_000;
const BASELINE_OPS = 20_000;
/** More ids than the table remembers: each comes back only after it was let go. */
const IDS = 2 * DEFAULT_LIMITS.fillsMax;

const bench: Bench = {
  name: "oms.report_apply",
  unit: "ns",
  baseline: "objects in a Map",
  allocationFree: true,
  prepare,
};

export default bench;

function prepare(): PreparedBench {
  const orders = new OrderTable(DEFAULT_LIMITS, new RowHash());
  const handler = new ReportHandler(orders, DEFAULT_LIMITS);
  let record = 0;
  const sink = {
    emit(one: TradingRecord): void {
      one.record = ++record;
      orders.apply(one);
    },
  };
  const scratch = new TradingRecord();
  for (let order = 1; order <= ORDERS; order++) {
    open(scratch, order, RecordKind.OrderIntent);
    sink.emit(scratch);
    open(scratch, order, RecordKind.OrderSent);
    sink.emit(scratch);
    open(scratch, order, RecordKind.OrderAccepted);
    handler.onReport(scratch, sink);
  }
  const ids = Array.from({ length: IDS }, (_, n) => `trade-${n}`);
  const report = new TradingRecord();
  let at = 0;
  let plainAt = 0;
  const single = () => {
    at = (at + 1) % IDS;
    open(report, 1 + (at % ORDERS), RecordKind.OrderFilled);
    report.qty = 1;
    report.fillId = ids[at] as string;
    handler.onReport(report, sink);
  };
  const plain = new PlainTable();
  return {
    ops: OPS,
    run() {
      const before = record;
      for (let i = 0; i < OPS; i++) single();
      if (record !== before + OPS) throw new Error(`${OPS - (record - before)} fills of the bench were not counted`);
    },
    single,
    baselineOps: BASELINE_OPS,
    baselineRun() {
      for (let i = 0; i < BASELINE_OPS; i++) {
        plainAt = (plainAt + 1) % IDS;
        plain.fill(1 + (plainAt % ORDERS), ids[plainAt] as string, 1);
      }
    },
  };
}

function open(out: TradingRecord, order: number, kind: RecordKind): void {
  out.reset(kind);
  out.order = order;
  out.side = order % 2 === 0 ? Side.Buy : Side.Sell;
  out.orderType = OrderType.Limit;
  out.timeInForce = TimeInForce.Gtc;
  out.price = 25_000_000;
  out.qty = 1_000_000_000_000;
  out.venueOrderId = kind === RecordKind.OrderAccepted ? `venue-${order}` : "";
}

/** The same as one would write it plainly: one object per order and per fill, sums made anew. */
class PlainTable {
  readonly #orders = new Map<number, { readonly fills: Map<string, { qty: number }>; filled: number; state: string }>();
  readonly #ids: string[] = [];

  fill(order: number, id: string, qty: number): void {
    const known = this.#orders.get(order) ?? { fills: new Map(), filled: 0, state: "open" };
    this.#orders.set(order, known);
    if (known.fills.has(id)) return;
    known.fills.set(id, { qty });
    this.#ids.push(id);
    if (this.#ids.length > DEFAULT_LIMITS.fillsMax) known.fills.delete(this.#ids.shift() as string);
    this.#orders.set(order, { ...known, filled: known.filled + qty, state: "partiallyFilled" });
  }
}
