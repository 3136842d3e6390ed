/** Slots through the market lane to another thread, against postMessage of objects to another thread. */

import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { SlotKind } from "../src/model/market_slot.ts";
import { MarketLane } from "../src/ring/market_lane.ts";
import type { Bench, PreparedBench } from "./bench.ts";

const OPS = 1 << 20;
const MESSAGES = 1 << 14;
const BATCH = 32;
const GENERATION = 0;
const DONE = 1;

const bench: Bench = {
  name: "ring.cross_thread",
  unit: "events/s",
  baseline: "postMessage of objects",
  allocationFree: true,
  async prepare(): Promise<PreparedBench> {
    const capacity = DEFAULT_LIMITS.marketLaneSlots;
    const buffer = new SharedArrayBuffer(MarketLane.bytes(capacity));
    const lane = new MarketLane(buffer, capacity);
    const ring = new Int32Array(new SharedArrayBuffer(8));
    const mail = new Int32Array(new SharedArrayBuffer(8));
    const reader = await startWorker({ control: ring.buffer, buffer, capacity, ops: OPS });
    const receiver = await startWorker({ control: mail.buffer });
    return {
      ops: OPS,
      run() {
        const generation = Atomics.add(ring, GENERATION, 1) + 1;
        Atomics.notify(ring, GENERATION);
        for (let n = 0; n < OPS; n += BATCH) {
          while (!lane.hasRoom(BATCH));
          for (let i = 0; i < BATCH; i++) lane.put(SlotKind.Trade, 0, 1, 0, n, n, n + i, i, 0, 0, n + i);
          lane.publish();
        }
        while (Atomics.load(ring, DONE) !== generation);
      },
      baselineOps: MESSAGES,
      baselineRun() {
        const until = (Atomics.load(mail, DONE) + MESSAGES) | 0;
        for (let n = 0; n < MESSAGES; n++) receiver.postMessage({ kind: 2, price: n, qty: n, time: n, sequence: n });
        while (Atomics.load(mail, DONE) !== until);
      },
      dispose() {
        Atomics.store(ring, GENERATION, -1);
        Atomics.notify(ring, GENERATION);
        reader.terminate();
        receiver.terminate();
      },
    };
  },
};

/** A source file and an executable name their workers differently. */
function startWorker(message: object): Promise<Worker> {
  const embedded = Bun.main.startsWith("/$bunfs");
  const path = embedded
    ? "./bench/ring_cross_thread.worker.ts"
    : new URL("./ring_cross_thread.worker.ts", import.meta.url).href;
  const worker = new Worker(path);
  const ready = new Promise<Worker>((resolve) => {
    worker.onmessage = () => resolve(worker);
  });
  worker.postMessage(message);
  return ready;
}

export default bench;
