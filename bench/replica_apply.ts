/** Durable records a second that a replica applies with all that control remembers, against plain objects in maps. */

import { JournalImage } from "../src/app/journal_image.ts";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { RecordKind, TradingRecord } from "../src/model/record.ts";
import type { Bench, PreparedBench } from "./bench.ts";
import { JournalLoad } from "./journal_load.ts";

const OPS = 100_000;

const bench: Bench = {
  name: "replica.apply",
  unit: "events/s",
  baseline: "objects in maps, without checks, hash or money",
  allocationFree: false,
  prepare(): PreparedBench {
    const load = new JournalLoad();
    const records = Array.from({ length: OPS }, () => new TradingRecord().copyFrom(load.next()));
    return {
      ops: OPS,
      run() {
        const image = new JournalImage(DEFAULT_LIMITS);
        for (const record of records) image.take(record);
        if (image.record !== OPS) throw new Error("records are missing");
      },
      baselineOps: OPS,
      baselineRun: () => void plain(records),
    };
  },
};

interface PlainOrder {
  readonly order: number;
  readonly qty: number;
  state: string;
  filled: number;
  venueOrderId: string;
}

function plain(records: readonly TradingRecord[]): number {
  const orders = new Map<number, PlainOrder>();
  const fills = new Set<string>();
  for (const { kind, order, qty, venueOrderId, fillId } of records) {
    if (kind === RecordKind.OrderIntent) orders.set(order, { order, qty, state: "intent", filled: 0, venueOrderId });
    const known = orders.get(order);
    if (known === undefined) continue;
    if (kind === RecordKind.OrderSent) known.state = "sent";
    else if (kind === RecordKind.OrderAccepted) Object.assign(known, { state: "open", venueOrderId });
    else if (kind === RecordKind.OrderCanceled) known.state = "canceled";
    else if (kind === RecordKind.OrderFilled && !fills.has(fillId)) {
      fills.add(fillId);
      known.filled += qty;
      if (known.filled >= known.qty) known.state = "filled";
    }
  }
  return orders.size;
}

export default bench;
