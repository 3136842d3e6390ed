/** Ids of cash movements that were posted: a venue may tell a funding payment twice. Part of D; the oldest are forgotten. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";

const VERSION = 1;

export class MovementIds implements Saved {
  /** `account/id` to its number, oldest first. */
  readonly #numbers = new Map<string, number>();
  #next = 0;

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
    readonly table: number,
  ) {}

  has(account: number, id: string): boolean {
    return this.#numbers.has(`${account}/${id}`);
  }

  /** Remembers it; the caller has asked `has`. */
  add(account: number, id: string): void {
    assert(id !== "" && !this.has(account, id), Code.InvariantBroken);
    if (this.#numbers.size >= this.limits.movementsMax) {
      const [oldest] = this.#numbers.keys();
      assert(oldest !== undefined, Code.InvariantBroken);
      this.#row(oldest).takeOut();
      this.#numbers.delete(oldest);
    }
    const key = `${account}/${id}`;
    this.#numbers.set(key, this.#next++);
    this.#row(key).putIn();
  }

  save(out: StateWriter): void {
    out.part("ledger.movements", VERSION).f64(this.#next).u32(this.#numbers.size);
    for (const [key, number] of this.#numbers) out.text(key).f64(number);
  }

  load(from: StateReader): void {
    assert(this.#numbers.size === 0, Code.InvariantBroken);
    from.part("ledger.movements", VERSION);
    this.#next = from.f64();
    for (let left = from.u32(); left > 0; left--) {
      const key = from.text();
      this.#numbers.set(key, from.f64());
      this.#row(key).putIn();
    }
  }

  /** The number is in it: which ids are forgotten next is part of D. */
  #row(key: string): RowHash {
    const number = this.#numbers.get(key) as number;
    return this.hash.begin(this.table, number).addText(key);
  }
}
