/** Reads slots of a market lane in another thread and checks that each is the next one, whole. */

import { F64_A, F64_SEQUENCE, SLOT_F64 } from "../../src/model/market_slot.ts";
import { MarketLane } from "../../src/ring/market_lane.ts";

declare const self: Worker;

self.onmessage = (event: MessageEvent) => {
  const { buffer, capacity, slots } = event.data as { buffer: SharedArrayBuffer; capacity: number; slots: number };
  const lane = new MarketLane(buffer, capacity);
  let read = 0;
  let faults = 0;
  while (read < slots) {
    const pending = lane.pending();
    for (let n = 0; n < pending; n++) {
      const at = lane.peek(n) * SLOT_F64;
      if (lane.f64[at + F64_A] !== read || lane.f64[at + F64_SEQUENCE] !== read) faults++;
      read++;
    }
    lane.release(pending);
  }
  postMessage({ read, faults });
};
