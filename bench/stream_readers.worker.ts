/** Readers of the stream on a thread of their own: count what comes, and how late it is. */

import { IS_TIMED, RECORDS, type ReaderMessage, type ReaderStart, ROWS } from "./stream_readers.ts";

declare const self: Worker;

const HEAD_UNITS = 120;

self.onmessage = (event: MessageEvent<ReaderStart>) => {
  const { url, token, readers, words: buffer, changedMs: changedBuffer } = event.data;
  const words = new Int32Array(buffer);
  const changedMs = new Float64Array(changedBuffer);
  const delaysMs: number[] = [];
  let open = 0;
  const onUpdate = (text: string, reader: number) => {
    const nowMs = performance.timeOrigin + performance.now();
    const isTimed = Atomics.load(words, IS_TIMED) !== 0;
    for (const [, id] of reader === 0 || isTimed ? text.matchAll(/"id":(\d+)/g) : []) {
      const atMs = changedMs[Number(id)] as number; // number-ok: an order number
      if (atMs > 0) delaysMs.push(nowMs - atMs);
      if (reader === 0) Atomics.add(words, ROWS, 1);
    }
    const record = /"record":(\d+)/.exec(text.slice(0, HEAD_UNITS))?.[1];
    Atomics.store(words, RECORDS + reader, Number(record)); // number-ok: a record number
    Atomics.notify(words, RECORDS + reader);
  };
  for (let n = 0; n < readers; n++) {
    const options = { headers: { authorization: `Bearer ${token}` } };
    const socket = new WebSocket(url, options as unknown as string[]); // The types know the browser's form only.
    socket.onopen = () => socket.send(JSON.stringify({ op: "subscribe", channels: ["orders"] }));
    socket.onclose = (closed) => say({ kind: "closed", reason: `${closed.code} ${closed.reason}` });
    socket.onmessage = ({ data }) => {
      const text = data as string;
      if (!text.startsWith('"snapshot"', text.indexOf('"type":') + 7)) onUpdate(text, n);
      else if (++open === readers) say({ kind: "ready" });
    };
  }
  self.onmessage = () => say({ kind: "delays", delaysMs: Float64Array.from(delaysMs).sort() });
};

function say(message: ReaderMessage): void {
  postMessage(message);
}
