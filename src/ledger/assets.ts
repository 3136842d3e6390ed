/** Assets by dense id: `USDT`, `BTC`. An id is given once and never changes. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";

const VERSION = 1;

export class AssetTable implements Saved {
  readonly #codes: string[] = [];
  readonly #ids = new Map<string, number>();

  constructor(
    readonly assetsMax: number,
    readonly hash: RowHash,
    readonly table: number,
  ) {}

  /** Adds the next asset. False when the id is not the next one, the code is empty or taken, or the table is full. */
  define(id: number, code: string): boolean {
    if (id !== this.#codes.length || id >= this.assetsMax) return false;
    if (code === "" || this.#ids.has(code)) return false;
    this.#codes.push(code);
    this.#ids.set(code, id);
    assert(this.#ids.size === this.#codes.length, Code.InvariantBroken);
    this.hash.begin(this.table, id).addText(code).putIn();
    return true;
  }

  id(code: string): number | undefined {
    return this.#ids.get(code);
  }

  code(id: number): string | undefined {
    return this.#codes[id];
  }

  codes(): readonly string[] {
    return this.#codes;
  }

  save(out: StateWriter): void {
    out.part("ledger.assets", VERSION).u32(this.#codes.length);
    for (const code of this.#codes) out.text(code);
  }

  load(from: StateReader): void {
    assert(this.#codes.length === 0, Code.InvariantBroken);
    from.part("ledger.assets", VERSION);
    const count = from.u32();
    for (let id = 0; id < count; id++) {
      const defined = this.define(id, from.text());
      assert(defined, Code.InvariantBroken);
    }
  }
}
