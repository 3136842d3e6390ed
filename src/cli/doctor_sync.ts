/** How long this disk takes to make 4 KiB durable, the way the journal does it. */

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface SyncTimes {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

const ROUNDS = 100;
const PAGE_BYTES = 4_096;

/** Writes and syncs a file of its own in `folder`, and removes it. Throws the system's error. */
export function syncTimes(folder: string): SyncTimes {
  const probe = mkdtempSync(join(folder, ".meltica-doctor-"));
  const file = openSync(join(probe, "sync"), "w");
  try {
    const page = new Uint8Array(PAGE_BYTES).fill(0x5a);
    // Space first, as the journal does, so that the sync alone is measured and not the growth of the file.
    for (let at = 0; at < ROUNDS; at++) writeSync(file, page, 0, PAGE_BYTES, at * PAGE_BYTES);
    fdatasyncSync(file);
    const timesUs: number[] = [];
    for (let at = 0; at < ROUNDS; at++) {
      const started = performance.now();
      writeSync(file, page, 0, PAGE_BYTES, at * PAGE_BYTES);
      fdatasyncSync(file);
      timesUs.push(Math.round((performance.now() - started) * 1_000));
    }
    timesUs.sort((a, b) => a - b);
    const at = (share: number) => timesUs[Math.min(ROUNDS - 1, Math.floor(share * ROUNDS))] as number;
    return { p50Us: at(0.5), p99Us: at(0.99), maxUs: at(1) };
  } finally {
    closeSync(file);
    rmSync(probe, { recursive: true, force: true });
  }
}
