/** Uses a stated share of one core and nothing else. */

import type { BurnOrder } from "./burners.ts";

declare const self: Worker;

const SLICE_MS = 2;

self.onmessage = (event: MessageEvent<BurnOrder>) => {
  const { share, ms } = event.data;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const endMs = performance.now() + ms;
  let x = 1;
  for (let sliceMs = performance.now(); sliceMs < endMs; sliceMs += SLICE_MS) {
    const busyMs = sliceMs + share * SLICE_MS;
    while (performance.now() < busyMs) for (let n = 0; n < 1_000; n++) x = Math.imul(x, 0x01000193) ^ n;
    const leftMs = sliceMs + SLICE_MS - performance.now();
    if (share < 1 && leftMs > 0) Atomics.wait(pause, 0, 0, leftMs);
  }
  postMessage(x);
};
