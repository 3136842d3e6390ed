/** A file of JSON lines as a sink: one record a line, synced before it counts as taken, never the same record twice. */

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import type { OutboxBatch, Sink } from "./outbox.ts";

const NEW_LINE = 10;
const TAIL_BYTES = 65_536;

export class FileSink implements Sink {
  #fd = -1;
  /** Last record in the file. */
  #last = 0;

  constructor(readonly path: string) {}

  async deliver(batch: OutboxBatch): Promise<void> {
    this.#open();
    const at = batch.records.findIndex((record) => record > this.#last);
    if (at < 0) return;
    const bytes = new TextEncoder().encode(`${batch.lines.slice(at).join("\n")}\n`);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
      fdatasyncSync(this.#fd);
    } catch (error) {
      this.close(); // What was written of it is looked at again when it is opened.
      throw error;
    }
    this.#last = batch.records.at(-1) as number;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** Opens it anew when somebody has moved it away. */
  #open(): void {
    if (this.#fd >= 0 && existsSync(this.path) && statSync(this.path).ino === fstatSync(this.#fd).ino) return;
    const last = this.#last;
    this.close();
    this.#fd = openSync(this.path, "a+", 0o600);
    this.#last = Math.max(last, this.#mend());
  }

  /** Takes a torn last line away and answers the number of the last whole one's record; 0 = there is none. */
  #mend(): number {
    const { size } = fstatSync(this.#fd);
    const from = Math.max(0, size - TAIL_BYTES);
    const tail = new Uint8Array(size - from);
    for (let done = 0; done < tail.length; ) {
      const got = readSync(this.#fd, tail, done, tail.length - done, from + done);
      if (got === 0) break;
      done += got;
    }
    const end = tail.lastIndexOf(NEW_LINE);
    if (from + end + 1 < size) {
      if (end < 0 && from > 0) throw new Error(`${this.path} does not hold lines`);
      ftruncateSync(this.#fd, from + end + 1);
    }
    if (end < 0) return 0;
    const start = tail.lastIndexOf(NEW_LINE, end - 1) + 1;
    const { record } = JSON.parse(new TextDecoder().decode(tail.subarray(start, end))) as { record?: unknown };
    if (typeof record !== "number") throw new Error(`the last line of ${this.path} is no record`);
    return record;
  }
}
