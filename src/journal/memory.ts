/** In-memory journal behind the same port: encoded records in chunks, a SHA-256 chain over them, durable at once. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import type { Journal } from "../engine/ports.ts";
import { decodeRecord, encodeRecord } from "../model/codec.ts";
import type { TradingRecord } from "../model/record.ts";

const CHUNK_RECORDS_MIN = 256; // A chunk holds at least this many of the largest records: 1 MiB.

interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used: number;
}

export class MemoryJournal implements Journal {
  readonly #chunks: Chunk[] = [];
  readonly #chunkBytes: number;
  #last = 0;

  constructor(readonly limits: Limits) {
    this.#chunkBytes = limits.recordBytesMax * CHUNK_RECORDS_MIN;
  }

  append(record: Readonly<TradingRecord>): void {
    assert(record.record === this.#last + 1, Code.RecordOrderBroken);
    const chunk = this.#chunkWithRoom();
    chunk.used += encodeRecord(record, chunk.bytes, chunk.view, chunk.used);
    this.#last = record.record;
  }

  durableRecord(): number {
    return this.#last;
  }

  occupancy(): number {
    return 0;
  }

  /** SHA-256 over all records as they would stand in the file, in hex. */
  chain(): string {
    const hash = new Bun.CryptoHasher("sha256");
    for (const chunk of this.#chunks) hash.update(chunk.bytes.subarray(0, chunk.used));
    return hash.digest("hex");
  }

  /** Reads every record in order into `out`; `visit` must not keep it. */
  replay(out: TradingRecord, visit: (record: Readonly<TradingRecord>) => void): void {
    for (const chunk of this.#chunks) {
      let at = 0;
      while (at < chunk.used) {
        const code = decodeRecord(out, chunk.bytes, chunk.view, at, chunk.used - at);
        assert(code === Code.Ok, Code.FileCorrupt);
        at += chunk.view.getUint16(at, true);
        visit(out);
      }
    }
  }

  #chunkWithRoom(): Chunk {
    const last = this.#chunks[this.#chunks.length - 1];
    if (last !== undefined && last.used + this.limits.recordBytesMax <= this.#chunkBytes) return last;
    const bytes = new Uint8Array(this.#chunkBytes);
    const chunk: Chunk = { bytes, view: new DataView(bytes.buffer), used: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }
}
