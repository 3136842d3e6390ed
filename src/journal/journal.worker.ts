/** Journal thread. */
import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BATCH_HEADER, BATCH_MAGIC, PAGE, SEGMENT_MAGIC, segmentName } from "./format.ts";
import { JOURNAL_WORDS, JournalState, JournalWord } from "./words.ts";

declare const self: { onmessage: ((event: MessageEvent) => void) | null };
self.onmessage = (event) => {
  const { dir, ring, words, recovered, limits } = event.data;
  const HEADER = 192;
  const capacity = ring.byteLength - HEADER;
  const cursors = new Int32Array(ring, 0, HEADER / 4);
  const source = new Uint8Array(ring, HEADER);
  const view = new DataView(ring, HEADER);
  const w = new Int32Array(words, 0, JOURNAL_WORDS);
  const epoch = recovered.epoch + 1;
  let segment = recovered.segment;
  let file = -1;
  let at = 0;
  let batchNo = recovered.batch;
  const batch = new Uint8Array(limits.batchBytesMax);
  const head = new DataView(batch.buffer);
  const open = () => {
    if (file >= 0) closeSync(file);
    segment++;
    file = openSync(join(dir, segmentName(segment)), "wx+", 0o600);
    const page = new Uint8Array(PAGE);
    const v = new DataView(page.buffer);
    v.setUint32(0, SEGMENT_MAGIC, true);
    v.setUint32(4, epoch, true);
    v.setUint32(8, segment, true);
    writeSync(file, page, 0, PAGE, 0);
    fdatasyncSync(file);
    const d = openSync(dir, "r");
    fsyncSync(d);
    closeSync(d);
    at = PAGE;
  };
  open();
  let read = Atomics.load(cursors, 32);
  Atomics.store(w, JournalWord.State, JournalState.Running);
  postMessage({ type: "ready", epoch });
  for (;;) {
    const freeze = Atomics.exchange(w, JournalWord.FreezeMs, 0);
    if (freeze > 0) Bun.sleepSync(freeze);
    const written = Atomics.load(cursors, 16);
    if (read === written) {
      if (Atomics.load(w, JournalWord.Stop) === 1) break;
      Atomics.store(w, JournalWord.Sleeping, 1);
      if (Atomics.load(cursors, 16) === read) Atomics.wait(w, JournalWord.Sleeping, 1, 50);
      Atomics.store(w, JournalWord.Sleeping, 0);
      continue;
    }
    let to = BATCH_HEADER;
    let count = 0;
    let last = 0;
    while (read !== written && to + 4096 <= batch.length) {
      let p = read & (capacity - 1);
      if (view.getUint16(p, true) === 0) {
        read = (read + capacity - p) | 0;
        p = 0;
        continue;
      }
      const length = view.getUint16(p, true);
      batch.set(source.subarray(p, p + length), to);
      last = view.getFloat64(p + 8, true);
      to += length;
      count++;
      read = (read + length) | 0;
    }
    if (count === 0) continue;
    head.setUint32(0, BATCH_MAGIC, true);
    head.setUint32(8, to, true);
    head.setUint32(12, ++batchNo, true);
    head.setUint32(16, epoch, true);
    head.setUint32(20, count, true);
    head.setUint32(4, Bun.hash.crc32(batch.subarray(8, to)), true);
    const padded = Math.ceil(to / PAGE) * PAGE;
    batch.fill(0, to, padded);
    if (at + padded > limits.segmentBytes) open();
    writeSync(file, batch, 0, padded, at);
    fdatasyncSync(file);
    at += padded;
    Atomics.store(cursors, 32, read);
    Atomics.store(w, JournalWord.Durable, last | 0);
    Atomics.add(w, JournalWord.Commits, 1);
    Atomics.notify(w, JournalWord.Durable);
  }
  Atomics.store(w, JournalWord.State, JournalState.Stopped);
  Atomics.notify(w, JournalWord.State);
  postMessage({ type: "stopped" });
};
