/**
 * Changed orders told to 50 readers of the stream: rows delivered a second when many orders change at once, and the
 * delay from the record to each reader when a few do. The stream gathers changes for 20 ms: that is in both figures.
 */

import type { ServerWebSocket } from "bun";
import type { Rig } from "../src/control/rig.testing.ts";
import { messageText } from "../src/control/stream_channel.ts";
import type { Measured, MeasuredBench } from "./bench.ts";
import { BENCH_TOKEN, controlRig, placeOrder } from "./control_rig.ts";
import { percentile } from "./percentile.ts";
import { Readers } from "./stream_readers.ts";

const READERS = 50;
const BURST = 400;
const BURSTS = 30;
const BURSTS_QUICK = 5;
const SINGLES = 1_000;
const SINGLES_QUICK = 100;
const PAUSE_MS = 2;

const bench: MeasuredBench = {
  name: "stream.fanout",
  unit: "rows/s",
  baseline: "each reader's own JSON.stringify and send of each row, ungathered",
  async measure(quick: boolean): Promise<Measured> {
    const rig = controlRig(BURST);
    const plain = new PlainFanout(await rowsOf(rig));
    const ours = new Readers(`ws://127.0.0.1:${rig.control.port}/api/v1/stream`, READERS);
    const others = new Readers(`ws://127.0.0.1:${plain.port}/`, READERS);
    try {
      await Promise.all([ours.ready, others.ready]);
      const writer = new Writer(rig);
      const rates: number[] = [];
      const plainRates: number[] = [];
      await writer.burst(ours); // Warms up.
      await plain.burst(others);
      for (let burst = 0; burst < (quick ? BURSTS_QUICK : BURSTS); burst++) {
        rates.push(await writer.burst(ours));
        plainRates.push(await plain.burst(others));
      }
      ours.takeTimes();
      for (let n = 0; n < (quick ? SINGLES_QUICK : SINGLES); n++) {
        await Bun.sleep(PAUSE_MS);
        writer.single(ours);
      }
      await ours.until(rig.replica.record);
      const delaysMs = await ours.delaysMs();
      const delays = { delayP50Ms: percentile(delaysMs, 0.5), delayP99Ms: percentile(delaysMs, 0.99) };
      const figures = { readers: READERS, ordersInBurst: BURST, ...delays, delaySamples: delaysMs.length };
      return { value: middle(rates), baselineValue: middle(plainRates), figures };
    } finally {
      ours.stop();
      others.stop();
      await plain.stop();
      await rig.control.stop();
    }
  },
};

/** Places orders at the desk; what the replica and the stream do with their records is what is measured. */
class Writer {
  readonly #open: number[] = [];
  #placed = 0;

  constructor(readonly rig: Rig) {}

  /** Rows delivered a second, from the moment that the records reach the replica. */
  async burst(readers: Readers): Promise<number> {
    const { rig } = this;
    const before = readers.rows;
    rig.isLagging = true;
    for (let n = 0; n < BURST; n++) this.#place();
    rig.isLagging = false;
    const startedMs = performance.now();
    rig.pump();
    await readers.until(rig.replica.record);
    return ((readers.rows - before) * READERS * 1_000) / (performance.now() - startedMs);
  }

  single(readers: Readers): void {
    const oldest = this.#open[0] ?? 0;
    const order = this.#place();
    const nowMs = performance.timeOrigin + performance.now();
    readers.changedMs[order] = nowMs;
    if (this.#open[0] !== oldest) readers.changedMs[oldest] = nowMs; // It made room, and is told too.
    this.rig.pump();
  }

  #place(): number {
    const order = placeOrder(this.rig, this.#placed++, this.#open);
    this.#open.push(order);
    return order;
  }
}

/** A stream as it is written first: whatever happens is told to each reader, one by one. */
class PlainFanout {
  readonly #sockets = new Set<ServerWebSocket<undefined>>();
  readonly #server: Bun.Server<undefined>;
  #seq = 0;

  constructor(readonly rows: readonly unknown[]) {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("", { status: 400 })),
      websocket: {
        open: (socket) => void this.#sockets.add(socket),
        message: (socket) => void socket.send(this.#text("snapshot", [])),
      },
    });
  }

  get port(): number {
    return this.#server.port as number;
  }

  async burst(readers: Readers): Promise<number> {
    const startedMs = performance.now();
    for (const row of this.rows) {
      this.#seq++;
      for (const socket of this.#sockets) socket.send(this.#text("update", [row]));
    }
    await readers.until(this.#seq);
    return (this.rows.length * READERS * 1_000) / (performance.now() - startedMs);
  }

  stop(): Promise<void> {
    return this.#server.stop(true);
  }

  #text(type: "update" | "snapshot", data: readonly unknown[]): string {
    return messageText({ channel: "orders", type, seq: this.#seq, record: this.#seq, data });
  }
}

async function rowsOf(rig: Rig): Promise<readonly unknown[]> {
  const headers = { authorization: `Bearer ${BENCH_TOKEN}` };
  const request = new Request(`${rig.control.url}/api/v1/orders?limit=${BURST}`, { headers });
  const { items } = (await (await rig.control.handle(request)).json()) as { items: readonly unknown[] };
  return items;
}

function middle(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 0.5);
}

export default bench;
