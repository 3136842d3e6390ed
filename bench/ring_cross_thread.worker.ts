/** The consuming thread of ring.cross_thread: reads the lane when told to, or counts messages. */

import { F64_A, SLOT_F64 } from "../src/model/market_slot.ts";
import { MarketLane } from "../src/ring/market_lane.ts";

declare const self: Worker;

const GENERATION = 0;
const DONE = 1;

self.onmessage = (event: MessageEvent) => {
  const data = event.data as {
    control?: SharedArrayBuffer;
    buffer?: SharedArrayBuffer;
    capacity?: number;
    ops?: number;
  };
  if (data.control === undefined) return;
  const control = new Int32Array(data.control);
  if (data.buffer === undefined) {
    // Message mode: every further message is one event.
    self.onmessage = () => Atomics.add(control, DONE, 1);
    postMessage("ready");
    return;
  }
  const lane = new MarketLane(data.buffer, data.capacity as number);
  postMessage("ready");
  for (let generation = 0; ; ) {
    Atomics.wait(control, GENERATION, generation);
    generation = Atomics.load(control, GENERATION);
    if (generation < 0) return;
    drain(lane, data.ops as number);
    Atomics.store(control, DONE, generation);
  }
};

function drain(lane: MarketLane, ops: number): number {
  let sum = 0;
  for (let read = 0; read < ops; ) {
    const pending = lane.pending();
    for (let n = 0; n < pending; n++) sum += lane.f64[lane.peek(n) * SLOT_F64 + F64_A] as number;
    lane.release(pending);
    read += pending;
  }
  return sum;
}
