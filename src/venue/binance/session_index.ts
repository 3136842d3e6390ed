/** Finds the stream of a combined frame by the bytes of its name: nothing is cut out of the text. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { STREAM_HEAD } from "./session_control.ts";

const QUOTE = 34;
const NAME_UNITS_MAX = 96;
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** Streams by name; names that hash alike stand in one row and are compared. */
export class StreamIndex<T extends { readonly name: string }> {
  readonly #rows = new Map<number, T[]>();
  size = 0;

  add(stream: T): void {
    assert(stream.name.length > 0 && stream.name.length <= NAME_UNITS_MAX, Code.ValueOutOfRange);
    assert(this.get(stream.name) === undefined, Code.IdNotDense);
    const hash = hashOf(stream.name, 0);
    const row = this.#rows.get(hash);
    if (row === undefined) this.#rows.set(hash, [stream]);
    else row.push(stream);
    this.size++;
  }

  remove(name: string): void {
    const hash = hashOf(name, 0);
    const row = this.#rows.get(hash);
    const at = row?.findIndex((stream) => stream.name === name) ?? -1;
    if (row === undefined || at < 0) return;
    row.splice(at, 1);
    if (row.length === 0) this.#rows.delete(hash);
    this.size--;
  }

  get(name: string): T | undefined {
    return this.#rows.get(hashOf(name, 0))?.find((stream) => stream.name === name);
  }

  /** The stream of a text that begins with STREAM_HEAD; undefined when it is none of ours, or the name has no end. */
  ofFrame(text: string): T | undefined {
    const row = this.#rows.get(hashOf(text, STREAM_HEAD.length));
    if (row === undefined) return undefined;
    for (let n = 0; n < row.length; n++) {
      const stream = row[n] as T;
      const { name } = stream;
      const end = STREAM_HEAD.length + name.length;
      if (text.charCodeAt(end) === QUOTE && text.startsWith(name, STREAM_HEAD.length)) return stream;
    }
    return undefined;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const row of this.#rows.values()) yield* row;
  }
}

/** FNV-1a over the units up to a quote, or to the end. */
function hashOf(text: string, from: number): number {
  const to = Math.min(text.length, from + NAME_UNITS_MAX);
  let hash = HASH_START;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) break;
    hash = Math.imul(hash ^ unit, HASH_PRIME);
  }
  return hash;
}
