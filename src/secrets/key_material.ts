/** Secret bytes: kept out of strings, logs and JSON, and overwritten when they are no longer needed. */

import { inspect } from "node:util";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

const SHOWN = "[secret]";
/** An RSA key as PEM is the longest secret that a venue gives out. */
export const SECRET_BYTES_MAX = 8_192;

/** Owns a copy of the bytes. Whatever prints it prints `[secret]`. */
export class KeyMaterial {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    assert(bytes.length > 0 && bytes.length <= SECRET_BYTES_MAX, Code.ValueOutOfRange);
    // A copy also of a Buffer, whose slice would share its memory. Of a buffer of its own: the engine moves the bytes of a small
    // array without one as soon as anything native looks at them, and leaves the old ones behind.
    this.#bytes = new Uint8Array(new ArrayBuffer(bytes.length));
    this.#bytes.set(bytes);
  }

  /** From text; the text itself stays wherever it came from, so files are read as bytes instead. */
  static ofText(text: string): KeyMaterial {
    return new KeyMaterial(new TextEncoder().encode(text));
  }

  get isWiped(): boolean {
    return this.#bytes.length === 0;
  }

  /** The bytes themselves: for signing and sealing alone, never kept by the caller. */
  bytes(): Uint8Array {
    assert(this.#bytes.length > 0, Code.InvariantBroken);
    return this.#bytes;
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#bytes = new Uint8Array(0);
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
