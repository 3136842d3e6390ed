/** Finds the topic of a frame by the bytes of its name behind a fixed head: nothing is cut out of the text. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

const QUOTE = 34;
const NAME_UNITS_MAX = 96;
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** Topics by name; names that hash alike stand in one row and are compared. */
export class TopicIndex<T extends { readonly name: string }> {
  readonly #rows = new Map<number, T[]>();
  size = 0;

  /** `head`: what every frame begins with, up to the name: `{"topic":"`. */
  constructor(readonly head: string) {}

  add(topic: T): void {
    assert(topic.name.length > 0 && topic.name.length <= NAME_UNITS_MAX, Code.ValueOutOfRange);
    assert(this.get(topic.name) === undefined, Code.IdNotDense);
    const hash = hashOf(topic.name, 0);
    const row = this.#rows.get(hash);
    if (row === undefined) this.#rows.set(hash, [topic]);
    else row.push(topic);
    this.size++;
  }

  remove(name: string): void {
    const hash = hashOf(name, 0);
    const row = this.#rows.get(hash);
    const at = row?.findIndex((topic) => topic.name === name) ?? -1;
    if (row === undefined || at < 0) return;
    row.splice(at, 1);
    if (row.length === 0) this.#rows.delete(hash);
    this.size--;
  }

  get(name: string): T | undefined {
    return this.#rows.get(hashOf(name, 0))?.find((topic) => topic.name === name);
  }

  /** The topic of a text that begins with the head; undefined when it is none of ours, or the name has no end. */
  ofFrame(text: string): T | undefined {
    const from = this.head.length;
    const row = this.#rows.get(hashOf(text, from));
    if (row === undefined) return undefined;
    for (let n = 0; n < row.length; n++) {
      const topic = row[n] as T;
      const { name } = topic;
      if (text.charCodeAt(from + name.length) === QUOTE && text.startsWith(name, from)) return topic;
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
