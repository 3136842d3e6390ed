/** The `state()` cells of an instance: journaled as one JSON text whenever a value has changed. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { RowHash } from "../core/hash.ts";
import type { StateCell, StateValue } from "./api.ts";

class Cell implements StateCell<StateValue> {
  /** What the journal has of it; `undefined` before the first flush. */
  flushed: StateValue | undefined;
  constructor(
    readonly key: string,
    public value: StateValue,
  ) {}
}

export class StateCells {
  readonly #cells: Cell[] = [];
  readonly #restored: Readonly<Record<string, StateValue>>;

  constructor(restored: Readonly<Record<string, StateValue>> | undefined) {
    this.#restored = restored ?? {};
  }

  /** The cell of that name: with its restored value if that is of the same type, else `initial`. */
  cell(key: string, initial: StateValue): StateCell<StateValue> {
    const known = this.#cells.find((cell) => cell.key === key);
    if (known !== undefined) return known;
    if (typeof key !== "string" || key === "") throw new TypeError("state: the key is no text");
    if (!isStateValue(initial))
      throw new TypeError(`state ${key}: the initial value is no finite number, text, flag or null`);
    const restored = Object.hasOwn(this.#restored, key) ? this.#restored[key] : undefined;
    const isSame = typeof restored === typeof initial || initial === null;
    const made = new Cell(key, restored !== undefined && isSame ? restored : initial);
    assert(isStateValue(made.value), Code.InvariantBroken);
    this.#cells.push(made);
    return made;
  }

  /** True when any value differs from what was last flushed: a few compares, no text. */
  get isDirty(): boolean {
    for (let i = 0; i < this.#cells.length; i++) {
      const cell = this.#cells[i] as Cell;
      if (!Object.is(cell.value, cell.flushed)) return true;
    }
    return false;
  }

  /** JSON of all cells. The first cell that holds what cannot be journaled is answered as `fault` instead. */
  flush(): { readonly text: string; readonly fault: string } {
    for (const cell of this.#cells) {
      cell.flushed = cell.value;
      if (!isStateValue(cell.value))
        return { text: "", fault: `state ${cell.key} holds no finite number, text, flag or null` };
    }
    return { text: JSON.stringify(Object.fromEntries(this.#cells.map(({ key, value }) => [key, value]))), fault: "" };
  }

  /** 16 hex digits over all cells, whatever the order in which they were made. */
  hash(): string {
    const hash = new RowHash();
    for (const { key, value } of this.#cells) {
      hash
        .begin(0, 0)
        .addText(key)
        .addText(typeof value);
      if (typeof value === "number") hash.add(value);
      else hash.addText(String(value));
      hash.putIn();
    }
    return hash.text();
  }
}

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair stands for two of the pair's four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  assert(bytes >= text.length, Code.InvariantBroken);
  return bytes;
}

function isStateValue(value: unknown): value is StateValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  return typeof value === "number" && Number.isFinite(value);
}
