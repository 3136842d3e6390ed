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
/** Of every line of ours. */
const BEGIN = '{"record":';

export class FileSink implements Sink {
  #fd = -1;
  /** Last record in the file. */
  #last = 0;

  constructor(readonly path: string) {}

  async deliver(batch: OutboxBatch): Promise<void> {
    this.#open(batch);
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
  #open(batch: OutboxBatch): void {
    if (this.#fd >= 0 && existsSync(this.path) && statSync(this.path).ino === fstatSync(this.#fd).ino) return;
    const last = this.#last;
    this.close();
    this.#fd = openSync(this.path, "a+", 0o600);
    try {
      const line = this.#mend();
      if (line !== "") this.#compare(batch, line);
      this.#last = Math.max(last, line === "" ? 0 : recordOf(line, this.path));
    } catch (error) {
      this.close(); // Not ours to write to, whoever tries again.
      throw error;
    }
  }

  /** Numbers are the same in every journal: passed over as old, records of this one would be lost. */
  #compare(batch: OutboxBatch, lastLine: string): void {
    const bytes = new Uint8Array(Math.min(TAIL_BYTES, fstatSync(this.#fd).size));
    const read = readSync(this.#fd, bytes, 0, bytes.length, 0);
    const [firstLine = ""] = new TextDecoder().decode(bytes.subarray(0, read)).split("\n", 1);
    const begins = recordOf(firstLine, this.path);
    const isOurs = recordOf(lastLine, this.path) <= batch.durable && begins <= Math.max(...batch.records);
    if (isOurs && isIn(batch, firstLine, begins) && isIn(batch, lastLine, recordOf(lastLine, this.path))) return;
    throw new Error(`${this.path} holds records of another journal, or more than this one has: move it away`);
  }

  /** Takes a torn last line away and answers the last whole one; "" = there is none. */
  #mend(): string {
    const { size } = fstatSync(this.#fd);
    const from = Math.max(0, size - TAIL_BYTES);
    const tail = new Uint8Array(size - from);
    for (let done = 0; done < tail.length; ) {
      const got = readSync(this.#fd, tail, done, tail.length - done, from + done);
      if (got === 0) break;
      done += got;
    }
    const end = tail.lastIndexOf(NEW_LINE);
    const start = end < 0 ? 0 : tail.lastIndexOf(NEW_LINE, end - 1) + 1;
    const text = new TextDecoder();
    const last = end < 0 ? "" : text.decode(tail.subarray(start, end));
    if (end >= 0) recordOf(last, this.path);
    if (from + end + 1 < size) {
      const torn = text.decode(tail.subarray(end + 1));
      const isOurs = torn.startsWith(BEGIN) || BEGIN.startsWith(torn);
      if (!isOurs || (end < 0 && from > 0)) throw new Error(`${this.path} does not end in records`);
      ftruncateSync(this.#fd, from + end + 1);
    }
    return last;
  }
}

function recordOf(line: string, path: string): number {
  const found = /^\{"record":(\d{1,16}),/.exec(line)?.[1];
  if (found === undefined) throw new Error(`the last line of ${path} is no record`);
  return Number.parseInt(found, 10);
}

/** False when the batch has another record of that number. */
function isIn({ records, lines }: OutboxBatch, line: string, record: number): boolean {
  const at = records.indexOf(record);
  if (at < 0) return true;
  const [theirs, ours] = [line, lines[at] as string].map(
    (text) => JSON.parse(text) as { kind: string; timeUs: number },
  );
  return theirs?.kind === ours?.kind && theirs?.timeUs === ours?.timeUs;
}
