/** Rings and lanes: wrap-around, nothing overwritten, nothing lost; also with a real reader in another thread. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { decodeRecord } from "../model/codec.ts";
import {
  F64_A,
  F64_SEQUENCE,
  SLOT_BYTES,
  SLOT_F64,
  SLOT_U32,
  SlotFlag,
  SlotKind,
  U8_FLAGS,
  U32_INSTRUMENT,
} from "../model/market_slot.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { BOARD_COLUMNS, BoardCell, BoardColumn, MarketBoard } from "./board.ts";
import { Dedupe } from "./dedupe.ts";
import { LANE_COUNT, Lane } from "./lanes.ts";
import { MarketLane } from "./market_lane.ts";
import { MessageLane } from "./message_lane.ts";
import { TradingRing, TradingRingReader } from "./trading_ring.ts";
import { Wake } from "./wake.ts";

const SMALL = { ...DEFAULT_LIMITS, recordBytesMax: 512 };

function lane(capacity: number, startAt = 0): MarketLane {
  const buffer = new SharedArrayBuffer(MarketLane.bytes(capacity));
  MarketLane.startAt(buffer, startAt);
  return new MarketLane(buffer, capacity);
}

function putFrame(into: MarketLane, first: number, count: number): void {
  for (let i = 0; i < count; i++) into.put(SlotKind.Trade, 0, 7, 3, 1, 2, first + i, 0, 0, 0, first + i);
  into.publish();
}

describe("MarketLane", () => {
  for (const startAt of [0, 2 ** 31 - 5, -(2 ** 31), 2 ** 32 - 9, -3]) {
    test(`every interleaving delivers the same sequence; cursors start at ${startAt}`, () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 200 }), (steps) => {
          const ring = lane(8, startAt);
          let next = 0;
          let read = 0;
          for (const step of steps) {
            if (step > 0 && ring.hasRoom(step)) {
              putFrame(ring, next, step);
              next += step;
            } else if (step < 0) {
              const take = Math.min(-step, ring.pending());
              for (let n = 0; n < take; n++) {
                expect(ring.f64[ring.peek(n) * SLOT_F64 + F64_SEQUENCE]).toBe(read++);
              }
              ring.release(take);
            }
            expect(ring.pending()).toBe(next - read);
          }
        }),
      );
    });
  }

  test("full at exactly its capacity: one more stops, nothing is overwritten", () => {
    const ring = lane(8);
    putFrame(ring, 0, 8);
    expect(ring.hasRoom(1)).toBe(false);
    expect(() => putFrame(ring, 8, 1)).toThrow(/RingOverrun/);
    expect(ring.f64[ring.peek(0) * SLOT_F64 + F64_A]).toBe(0);
    ring.release(1);
    expect(ring.hasRoom(1)).toBe(true);
    expect(ring.hasRoom(2)).toBe(false);
  });

  test("an abandoned frame leaves no trace; the last slot of a published one is marked", () => {
    const ring = lane(8);
    ring.put(SlotKind.Quote, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1);
    ring.abandon();
    expect(ring.pending()).toBe(0);
    expect(() => ring.publish()).toThrow(/SlotIncomplete/);
    putFrame(ring, 5, 3);
    const flags = [0, 1, 2].map((n) => (ring.u8[ring.peek(n) * SLOT_BYTES + U8_FLAGS] ?? 0) & SlotFlag.LastOfFrame);
    expect(flags).toEqual([0, 0, SlotFlag.LastOfFrame]);
    expect(ring.u32[ring.peek(0) * SLOT_U32 + U32_INSTRUMENT]).toBe(3);
    expect(() => ring.release(4)).toThrow(/RingOverrun/);
  });

  test("a reader in another thread gets every slot in order, none torn", async () => {
    const slots = 400_000;
    const buffer = new SharedArrayBuffer(MarketLane.bytes(1_024));
    const ring = new MarketLane(buffer, 1_024);
    const worker = new Worker(new URL("../../test/ring/market_reader.worker.ts", import.meta.url).href);
    const done = new Promise<{ read: number; faults: number }>((resolve) => {
      worker.onmessage = (event) => resolve(event.data);
    });
    worker.postMessage({ buffer, capacity: 1_024, slots });
    const prng = new Prng(5);
    for (let next = 0; next < slots; ) {
      const count = Math.min(slots - next, 1 + prng.nextBelow(20));
      if (!ring.hasRoom(count)) {
        await Bun.sleep(0);
        continue;
      }
      putFrame(ring, next, count);
      next += count;
    }
    expect(await done).toEqual({ read: slots, faults: 0 });
    worker.terminate();
  });
});

function record(order: number, text: string): TradingRecord {
  const r = new TradingRecord().reset(RecordKind.OrderIntent);
  r.order = order;
  r.text = text;
  return r;
}

describe("MessageLane", () => {
  test("random puts and takes over many wraps: same records, same order, full is refused and nothing lost", () => {
    const buffer = new SharedArrayBuffer(MessageLane.bytes(4_096));
    const messages = new MessageLane(buffer, SMALL);
    const prng = new Prng(11);
    const out = new TradingRecord();
    let put = 0;
    let taken = 0;
    let refused = 0;
    for (let i = 0; i < 50_000; i++) {
      if (prng.nextBelow(2) === 0) {
        if (messages.put(record(put, "w".repeat(prng.nextBelow(300))))) put++;
        else refused++;
      } else if (messages.take(out)) expect(out.order).toBe(taken++);
      expect(messages.pending()).toBe(put - taken);
    }
    while (messages.take(out)) expect(out.order).toBe(taken++);
    expect(taken).toBe(put);
    expect(refused).toBeGreaterThan(0);
  });
});

describe("TradingRing", () => {
  function make() {
    const buffer = new SharedArrayBuffer(TradingRing.bytes(8_192));
    const ring = new TradingRing(buffer, SMALL);
    return {
      ring,
      journal: new TradingRingReader(buffer, SMALL, true),
      replica: new TradingRingReader(buffer, SMALL, false),
    };
  }

  test("the journal gates: full refuses, reading frees; occupancy tells", () => {
    const { ring, journal } = make();
    const out = new TradingRecord();
    let appended = 0;
    while (ring.append(record(appended, "x".repeat(200)))) appended++;
    expect(ring.occupancy()).toBeGreaterThan(0.8);
    for (let n = 0; n < appended; n++) {
      expect(journal.read(out)).toBe("record");
      expect(out.order).toBe(n);
    }
    expect(journal.read(out)).toBe("empty");
    expect(ring.occupancy()).toBe(0);
    expect(ring.append(record(1, ""))).toBe(true);
  });

  test("the journal copies whole records as bytes, over the end of the ring, and frees them when told", () => {
    const { ring, journal } = make();
    const into = new Uint8Array(4_096);
    const view = new DataView(into.buffer);
    const out = new TradingRecord();
    const prng = new Prng(17);
    let appended = 0;
    let copied = 0;
    while (copied < 5_000) {
      for (let n = prng.nextBelow(12); n > 0; n--) {
        if (ring.append(record(appended, "c".repeat(appended % 250)))) appended++;
      }
      const start = 8 * prng.nextBelow(20);
      const limit = into.length - 8 * prng.nextBelow(300);
      const end = journal.copyWaiting(into, start, limit);
      expect(end).toBeLessThanOrEqual(limit);
      if (prng.nextBelow(3) === 0) continue; // Not made durable: the next copy begins at the same record.
      for (let at = start; at < end; at += view.getUint16(at, true)) {
        expect(decodeRecord(out, into, view, at, end - at)).toBe(0);
        expect([out.order, out.text.length]).toEqual([copied, copied % 250]);
        copied++;
      }
      journal.freeCopied();
      expect(journal.isEmpty()).toBe(copied === appended);
    }
    expect(appended - copied).toBeLessThan(60);
  });

  test("a replica that keeps up sees all; one that sleeps is told it was lapped, and rejoins", () => {
    const { ring, journal, replica } = make();
    const out = new TradingRecord();
    for (let n = 0; n < 500; n++) {
      expect(ring.append(record(n, "y".repeat(n % 200)))).toBe(true);
      expect(journal.read(out)).toBe("record");
      expect(replica.read(out)).toBe("record");
      expect(out.order).toBe(n);
    }
    for (let n = 0; n < 200; n++) {
      expect(ring.append(record(n, "z"))).toBe(true);
      expect(journal.read(out)).toBe("record");
    }
    expect(replica.read(out)).toBe("lapped");
    replica.rejoin();
    expect(replica.read(out)).toBe("empty");
    ring.append(record(77, ""));
    expect(replica.read(out)).toBe("record");
    expect(out.order).toBe(77);
  });
});

describe("MarketBoard", () => {
  test("a reader never sees half of a write, while another thread writes without a pause", async () => {
    const buffer = new SharedArrayBuffer(MarketBoard.bytes(4));
    const board = new MarketBoard(buffer);
    const cell = new BoardCell();
    expect(board.read(1, cell)).toBe(false);
    const worker = new Worker(new URL("../../test/ring/board_writer.worker.ts", import.meta.url).href);
    const started = new Promise((resolve) => {
      worker.onmessage = resolve;
    });
    worker.postMessage({ buffer, instrument: 1, writes: Number.MAX_SAFE_INTEGER });
    await started;
    let reads = 0;
    let changes = 0;
    let last = 0;
    const until = Date.now() + 3_000;
    while ((reads < 200_000 || changes < 100) && Date.now() < until) {
      if (!board.read(1, cell)) continue;
      reads++;
      const first = cell.columns[0] as number;
      for (let c = 1; c < BOARD_COLUMNS; c++) if (cell.columns[c] !== first) throw new Error("torn read");
      if (cell.sequence !== last) changes++;
      last = cell.sequence;
    }
    worker.terminate();
    expect(reads).toBeGreaterThan(1_000);
    expect(changes).toBeGreaterThan(10);
  });

  test("cells are apart, and a write that was never finished is no value", () => {
    const board = new MarketBoard(new SharedArrayBuffer(MarketBoard.bytes(2)));
    const cell = new BoardCell();
    board.begin(0);
    board.set(0, BoardColumn.BidPrice, 5);
    expect(board.read(0, cell)).toBe(false);
    board.end(0);
    expect(board.read(0, cell)).toBe(true);
    expect(cell.columns[BoardColumn.BidPrice]).toBe(5);
    expect(board.read(1, cell)).toBe(false);
    expect(() => board.begin(2)).toThrow();
  });
});

describe("Wake, Dedupe, Lane", () => {
  test("many signals, one message until the consumer is armed again", () => {
    let posted = 0;
    const wake = new Wake(new Int32Array(new SharedArrayBuffer(4)), () => posted++);
    expect([wake.signal(), wake.signal(), wake.signal()]).toEqual([true, false, false]);
    wake.rearm();
    expect(wake.signal()).toBe(true);
    expect(posted).toBe(2);
  });

  test("ids are new once within the memory, against a plain list", () => {
    const prng = new Prng(3);
    const dedupe = new Dedupe(64);
    const memory: number[] = [];
    for (let i = 0; i < 100_000; i++) {
      const id = prng.nextBelow(200) * 4_294_967_296 + prng.nextBelow(2);
      const isNew = !memory.includes(id);
      expect(dedupe.add(id)).toBe(isNew);
      if (isNew && memory.push(id) > 64) memory.shift();
    }
  });

  test("kill comes first, market data last", () => {
    expect(Lane.Kill).toBeLessThan(Lane.Private);
    expect(Lane.Market).toBe(LANE_COUNT - 1);
  });
});
