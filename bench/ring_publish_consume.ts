/** Slots through the market lane in one thread, 64 a batch, against an array of objects. */

import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { F64_A, SLOT_F64, SlotKind } from "../src/model/market_slot.ts";
import { MarketLane } from "../src/ring/market_lane.ts";
import type { Bench } from "./bench.ts";

const BATCH = 64;
const OPS = 1 << 20;

const bench: Bench = {
  name: "ring.publish_consume",
  unit: "events/s",
  baseline: "array of objects",
  allocationFree: true,
  prepare() {
    const capacity = DEFAULT_LIMITS.marketLaneSlots;
    const lane = new MarketLane(new SharedArrayBuffer(MarketLane.bytes(capacity)), capacity);
    let sum = 0;
    let queue: { kind: number; price: number; qty: number; time: number; sequence: number }[] = [];
    return {
      ops: OPS,
      run() {
        for (let n = 0; n < OPS; n += BATCH) {
          if (!lane.hasRoom(BATCH)) throw new Error("the lane is full");
          for (let i = 0; i < BATCH; i++) lane.put(SlotKind.Trade, 0, 1, 0, n, n, n + i, i, 0, 0, n + i);
          lane.publish();
          const { f64 } = lane;
          const pending = lane.pending();
          for (let i = 0; i < pending; i++) sum += f64[lane.peek(i) * SLOT_F64 + F64_A] as number;
          lane.release(pending);
        }
        if (!Number.isFinite(sum)) throw new Error("unreachable");
      },
      baselineOps: OPS,
      baselineRun() {
        for (let n = 0; n < OPS; n += BATCH) {
          for (let i = 0; i < BATCH; i++) {
            queue.push({ kind: SlotKind.Trade, price: n + i, qty: i, time: n, sequence: n + i });
          }
          for (const event of queue) sum += event.price;
          queue = [];
        }
      },
    };
  },
};

export default bench;
