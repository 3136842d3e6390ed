/**
 * Update ids of books that never go back on a connection: the venue's `u` begins again at 1 when its service restarts,
 * and any snapshot it sends replaces the book, whatever its `u` is.
 */

import { assert } from "../../core/assert.ts";
import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { BOOK_ID_JUMP_MAX } from "../../core/limits.ts";
import type { Listing } from "../wire/frame_writer.ts";

interface Told {
  /** The highest id that was told; -1 before the first. */
  last: number;
  /** What is added to the venue's `u`: 0 until it goes back. */
  offset: number;
  /** The stream went back and told no snapshot: nothing is believed until one comes. */
  isLost: boolean;
}

/** One book for each listing: two depths of one symbol belong to two connections. */
export class BookIds {
  readonly #told = new Map<Listing, Told>();

  /**
   * The id of a delta; -1 when there is none that could be told. One that goes back without a snapshot has lost the
   * snapshot of a restart: passed over as old, it would leave the book as it was, and so would what follows it. One that goes
   * on absurdly far is no id: what follows it would be passed over.
   */
  ofDelta(listing: Listing, u: number): number {
    const told = this.#told.get(listing);
    if (told === undefined) return bounded(u);
    const id = u + told.offset;
    if (id < told.last || id - told.last > BOOK_ID_JUMP_MAX) told.isLost = true;
    return told.isLost ? -1 : bounded(id);
  }

  /** The id of a snapshot: above all that were told before; where that is out of range, it begins anew. */
  ofSnapshot(listing: Listing, u: number): number {
    const told = this.#told.get(listing);
    if (told === undefined) return bounded(u);
    const id = bounded(Math.max(u + told.offset, told.last + 1));
    return id < 0 ? bounded(u) : id;
  }

  /** The message with `u` goes out under `id`. */
  take(listing: Listing, u: number, id: number): void {
    assert(id >= u && id <= MANTISSA_MAX, Code.ValueOutOfRange);
    let told = this.#told.get(listing);
    if (told === undefined) {
      told = { last: -1, offset: 0, isLost: false };
      this.#told.set(listing, told);
    }
    told.offset = id - u;
    told.isLost = false;
    told.last = id;
  }
}

function bounded(id: number): number {
  return id <= MANTISSA_MAX ? id : -1;
}
