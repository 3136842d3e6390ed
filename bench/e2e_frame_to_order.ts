/**
 * A quote frame off a loopback WebSocket → decoded, decided, checked, journaled → order bytes handed to a loopback socket.
 * p50, p99, p99.9 with the journal in memory; with the journal thread and its fdatasync under `figures` (`durable…Us`).
 * From the moment our handler gets the frame to the return of the socket's send. What the kernel takes of it is told
 * beside: `sendP50Us` is the call of send alone, `syncP50Us` write and fdatasync alone, in the same run.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskWatch } from "../src/app/disk_watch.ts";
import { Code } from "../src/core/code.ts";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import type { Journal, VenueGateway } from "../src/engine/ports.ts";
import { startJournalThread } from "../src/journal/journal_thread.ts";
import { MemoryJournal } from "../src/journal/memory.ts";
import { recoverJournal } from "../src/journal/recover.ts";
import { RingJournal } from "../src/journal/ring_journal.ts";
import { JournalWords } from "../src/journal/words.ts";
import { TradingRing } from "../src/ring/trading_ring.ts";
import { strategy } from "../src/strategy/meltica.ts";
import type { Measured, MeasuredBench } from "./bench.ts";
import { makeFrames } from "./frames.ts";
import { percentile } from "./percentile.ts";
import { makeRig } from "./replay_rig.ts";

/** Compiled for good only after so many; fewer when it shall be quick. */
const WARM_UP = 15_000;
const WARM_UP_QUICK = 2_000;

const everyQuote = strategy({ name: "every-quote", markets: { main: {} } }, ({ main }) => ({
  onQuote() {
    // Two percent below the market: it never fills, so no position grows from frame to frame.
    main.buy({ base: 0.01 }, { limit: main.bid * 0.98, tif: "ioc", why: "bench" });
  },
}));

const bench: MeasuredBench = {
  name: "e2e.frame_to_order",
  unit: "us",
  baseline: "JSON.parse, float checks, JSON.stringify, send, on the same sockets",
  async measure(quick: boolean): Promise<Measured> {
    const warmUp = quick ? WARM_UP_QUICK : WARM_UP;
    const memory = await run(quick ? 4_000 : 40_000, warmUp, "memory");
    const durable = await run(quick ? 1_500 : 20_000, quick ? 500 : 5_000, "durable");
    const plain = await run(quick ? 4_000 : 40_000, warmUp, "plain");
    return {
      value: percentile(memory.totalUs, 0.5),
      p50: percentile(memory.totalUs, 0.5),
      p99: percentile(memory.totalUs, 0.99),
      p999: percentile(memory.totalUs, 0.999),
      baselineValue: percentile(plain.totalUs, 0.5),
      figures: {
        sendP50Us: percentile(memory.sendUs, 0.5),
        sendP99Us: percentile(memory.sendUs, 0.99),
        beforeSendP50Us: percentile(memory.beforeSendUs, 0.5),
        beforeSendP99Us: percentile(memory.beforeSendUs, 0.99),
        durableP50Us: percentile(durable.totalUs, 0.5),
        durableP99Us: percentile(durable.totalUs, 0.99),
        durableP999Us: percentile(durable.totalUs, 0.999),
        syncP50Us: percentile(durable.syncUs, 0.5),
        syncP99Us: percentile(durable.syncUs, 0.99),
        plainP99Us: percentile(plain.totalUs, 0.99),
      },
    };
  },
};

/** Sorted microseconds, without the warm-up. */
interface Samples {
  /** From the frame to the return of send; the two below are its parts. */
  readonly totalUs: Float64Array;
  readonly beforeSendUs: Float64Array;
  readonly sendUs: Float64Array;
  /** Write and sync of the batch before each send; zeros without a disk. */
  readonly syncUs: Float64Array;
}

/** One frame is under way at a time. */
async function run(frames: number, warmUp: number, mode: "memory" | "durable" | "plain"): Promise<Samples> {
  const capture = makeFrames(frames + warmUp, true);
  const totalUs = new Float64Array(frames + warmUp);
  const beforeSendUs = new Float64Array(frames + warmUp);
  const syncUs = new Float64Array(frames + warmUp);
  let next = 1; // The first text is a snapshot of the book, which is there before the sockets are.
  let receivedNs = 0;
  let ended: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  // The venue: sends a frame, waits for the order, sends the next.
  const venue = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("", { status: 400 })),
    websocket: {
      open: (socket) => {
        socket.send(capture.texts[1] as string);
      },
      message: (socket) => {
        if (++next < capture.texts.length) socket.send(capture.texts[next] as string);
        else ended();
      },
    },
  });
  let socket: WebSocket | undefined;
  const send = (order: string, batchSyncUs: number) => {
    const sendNs = Bun.nanoseconds();
    socket?.send(order);
    totalUs[next] = (Bun.nanoseconds() - receivedNs) / 1_000;
    beforeSendUs[next] = (sendNs - receivedNs) / 1_000;
    syncUs[next] = batchSyncUs;
  };
  const side = mode === "plain" ? plainSide(send) : await engineSide(send, mode, capture);
  socket = new WebSocket(`ws://127.0.0.1:${venue.port}`);
  socket.onmessage = (event) => {
    receivedNs = Bun.nanoseconds();
    side.onFrame(event.data as string, next);
  };
  await over;
  socket.close();
  await venue.stop(true);
  await side.stop();
  const sendUs = totalUs.map((us, n) => us - (beforeSendUs[n] as number));
  const sorted = (samples: Float64Array) => samples.slice(warmUp).sort();
  return {
    totalUs: sorted(totalUs),
    beforeSendUs: sorted(beforeSendUs),
    sendUs: sorted(sendUs),
    syncUs: sorted(syncUs),
  };
}

interface TradingSide {
  onFrame(text: string, index: number): void;
  stop(): Promise<void>;
}

type Send = (order: string, batchSyncUs: number) => void;

function plainSide(send: Send): TradingSide {
  return {
    onFrame(text) {
      const { data } = JSON.parse(text) as { data: { b: string; a: string; s: string } };
      const price = Number(data.b);
      const mid = (price + Number(data.a)) / 2;
      if (Math.abs(price - mid) / mid > 0.05 || price * 0.01 > 1e6) return;
      const order = { symbol: data.s, side: "BUY", type: "LIMIT", timeInForce: "IOC", price: data.b, quantity: "0.01" };
      const params = { ...order, newClientOrderId: "x", timestamp: 1 };
      send(JSON.stringify({ id: 1, method: "order.place", params }), 0);
    },
    async stop() {},
  };
}

async function engineSide(
  send: Send,
  mode: "memory" | "durable",
  capture: ReturnType<typeof makeFrames>,
): Promise<TradingSide> {
  const { journal, stop } = mode === "memory" ? memoryJournal() : await threadJournal();
  const rig = makeRig(capture, everyQuote, { "newOrders.count": "10000", maxOpenOrders: "60000" }, journal);
  const { decoder, engine, gateway } = rig;
  const open = gateway.open.bind(gateway);
  const ring = journal instanceof RingJournal ? journal : undefined;
  (gateway as { open: VenueGateway["open"] }).open = (effect) => {
    // The bytes of an order as venues take them; the simulated venue behind it answers, so that orders end.
    send(orderText(effect.order, effect.price, effect.qty), ring?.words.figures().syncUs ?? 0);
    return open(effect);
  };
  rig.run(capture, 0, 1);
  let nowUs = 0;
  const watch =
    ring === undefined
      ? undefined
      : new DiskWatch(
          ring,
          () => Bun.nanoseconds() / 1_000,
          () => {
            engine.tick(nowUs);
            handOn();
          },
        );
  const handOn = () => watch?.handOn(engine.heldCount > 0);
  void watch?.follow();
  return {
    onFrame(text, index) {
      nowUs = capture.receiveTimesUs[index] as number;
      if (decoder.decode(text, nowUs) !== Code.Ok) throw new Error("a frame did not decode");
      engine.poll();
      handOn();
      // The venue's answers come in the pauses between frames, as they would on a socket of their own.
      const nextUs = capture.receiveTimesUs[index + 1] ?? nowUs;
      while (gateway.nextDueUs() <= nextUs) {
        gateway.advance(gateway.nextDueUs());
        engine.poll();
      }
      handOn();
    },
    async stop() {
      watch?.stop();
      await stop();
    },
  };
}

/** Ten digits at most and no float: what an encoder of a venue does, in small. */
function orderText(order: number, price: number, qty: number): string {
  const what = `"symbol":"ETHUSDT","side":"BUY","type":"LIMIT","timeInForce":"IOC","price":"${price}","quantity":"${qty}"`;
  return `{"id":${order},"method":"order.place","params":{${what},"newClientOrderId":"x${order}"}}`;
}

function memoryJournal(): { journal: Journal; stop: () => Promise<void> } {
  return { journal: new MemoryJournal(DEFAULT_LIMITS), stop: async () => {} };
}

async function threadJournal(): Promise<{ journal: RingJournal; stop: () => Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), "meltica-bench-"));
  const limits = DEFAULT_LIMITS;
  const ring = new SharedArrayBuffer(TradingRing.bytes(limits.tradingRingBytes));
  const words = new SharedArrayBuffer(JournalWords.bytes());
  const recovered = recoverJournal(dir, () => {});
  const onFailed = () => {};
  const thread = await startJournalThread({ dir, ring, words, limits, recovered, onFailed });
  return {
    journal: new RingJournal(new TradingRing(ring, limits), new JournalWords(words), 0),
    async stop() {
      await thread.stop(5_000);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export default bench;
