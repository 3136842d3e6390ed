/** The venue's last answers, taken or refused: the share of rejects among a fixed number of them. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";

export class OutcomeRing implements Saved {
  #bits = new Uint8Array(0);
  #next = 0;
  count = 0;
  rejects = 0;
  /** Changes with every answer: what the owner's row in the hash takes, instead of all bits. */
  mark = 0;

  get capacity(): number {
    return this.#bits.length;
  }

  /** Another size begins anew. */
  resize(capacity: number): void {
    assert(Number.isSafeInteger(capacity) && capacity >= 0, Code.ValueOutOfRange);
    if (capacity === this.#bits.length) return;
    this.#bits = new Uint8Array(capacity);
    this.clear();
  }

  clear(): void {
    this.#next = 0;
    this.count = 0;
    this.rejects = 0;
    this.mark = 0;
  }

  note(isReject: boolean): void {
    const bit = isReject ? 1 : 0;
    assert(this.#bits.length > 0, Code.InvariantBroken);
    if (this.count === this.#bits.length) this.rejects -= this.#bits[this.#next] as number;
    else this.count++;
    this.#bits[this.#next] = bit;
    this.#next = this.#next + 1 === this.#bits.length ? 0 : this.#next + 1;
    this.rejects += bit;
    this.mark = (Math.imul(this.mark, 31) + bit + 1) | 0;
    assert(this.rejects >= 0 && this.rejects <= this.count, Code.InvariantBroken);
  }

  /** True when the ring is full and more than `bps` of 10,000 were rejects. */
  isOver(bps: number): boolean {
    return this.count === this.#bits.length && this.count > 0 && this.rejects * 10_000 > bps * this.count;
  }

  save(out: StateWriter): void {
    out.u32(this.#bits.length).u32(this.#next).u32(this.count).f64(this.mark).column(this.#bits, this.#bits.length);
  }

  load(from: StateReader): void {
    this.#bits = new Uint8Array(from.u32());
    this.#next = from.u32();
    this.count = from.u32();
    this.mark = from.f64();
    assert(from.column(this.#bits) === this.#bits.length, Code.InvariantBroken);
    this.rejects = 0;
    // Behind them stand bits of before the last `clear`.
    for (const bit of this.#bits.subarray(0, this.count)) this.rejects += bit;
  }
}
