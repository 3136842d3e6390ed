/** Finds the topic of a frame by the bytes of its name behind a fixed head: nothing is cut out of the text. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

const QUOTE = 34;
const NAME_UNITS_MAX = 96;
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** How frames of data write the name of their topic. */
export interface TopicForm {
  /** What every frame begins with, up to the name: `{"topic":"`. */
  readonly head: string;
  /** What ends a name: a quote, and what stands behind it when names hold quotes themselves. Usual: a quote. */
  readonly end?: string;
  /** A name as frames write it; usual: as it is. */
  written?(name: string): string;
}

interface Row<T> {
  readonly topic: T;
  readonly written: string;
}

/** Topics by name; names that hash alike stand in one row and are compared. */
export class TopicIndex<T extends { readonly name: string }> {
  readonly #rows = new Map<number, Row<T>[]>();
  readonly #head: string;
  readonly #end: string;
  /** Unit behind the quote that ends a name; 0: the first quote does. */
  readonly #behind: number;
  size = 0;

  constructor(readonly form: TopicForm) {
    this.#head = form.head;
    this.#end = form.end ?? '"';
    assert(this.#end.charCodeAt(0) === QUOTE && this.#end.length <= 2, Code.ValueOutOfRange);
    this.#behind = this.#end.length === 2 ? this.#end.charCodeAt(1) : 0;
  }

  add(topic: T): void {
    const written = this.#writtenOf(topic.name);
    assert(written.length > 0 && written.length <= NAME_UNITS_MAX, Code.ValueOutOfRange);
    assert(this.get(topic.name) === undefined, Code.IdNotDense);
    const hash = this.#hashOf(written, 0);
    const row = this.#rows.get(hash);
    if (row === undefined) this.#rows.set(hash, [{ topic, written }]);
    else row.push({ topic, written });
    this.size++;
  }

  remove(name: string): void {
    const hash = this.#hashOf(this.#writtenOf(name), 0);
    const row = this.#rows.get(hash);
    const at = row?.findIndex(({ topic }) => topic.name === name) ?? -1;
    if (row === undefined || at < 0) return;
    row.splice(at, 1);
    if (row.length === 0) this.#rows.delete(hash);
    this.size--;
  }

  get(name: string): T | undefined {
    return this.#rows.get(this.#hashOf(this.#writtenOf(name), 0))?.find(({ topic }) => topic.name === name)?.topic;
  }

  /** The topic of a text that begins with the head; undefined when it is none of ours, or the name has no end. */
  ofFrame(text: string): T | undefined {
    const from = this.#head.length;
    const row = this.#rows.get(this.#hashOf(text, from));
    if (row === undefined) return undefined;
    for (let n = 0; n < row.length; n++) {
      const { topic, written } = row[n] as Row<T>;
      if (text.startsWith(this.#end, from + written.length) && text.startsWith(written, from)) return topic;
    }
    return undefined;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const row of this.#rows.values()) for (const { topic } of row) yield topic;
  }

  #writtenOf(name: string): string {
    return this.form.written?.(name) ?? name;
  }

  /** FNV-1a over the units up to the end of a name, or of the text. */
  #hashOf(text: string, from: number): number {
    const to = Math.min(text.length, from + NAME_UNITS_MAX);
    let hash = HASH_START;
    for (let at = from; at < to; at++) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE && (this.#behind === 0 || text.charCodeAt(at + 1) === this.#behind)) break;
      hash = Math.imul(hash ^ unit, HASH_PRIME);
    }
    return hash;
  }
}
