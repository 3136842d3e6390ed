/**
 * Update ids of books that never go back. The venue's `seqId` does, after its maintenance: that message follows what was
 * told last and carries a lower number, and those behind it go on from there.
 */

import { assert } from "../../core/assert.ts";
import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { BOOK_ID_JUMP_MAX } from "../../core/limits.ts";
import type { Listing } from "../wire/frame_writer.ts";

interface Told {
  /** The venue's numbers of the message told last. */
  previous: number;
  seqId: number;
  /** What it was told under, and so what is added to the venue's numbers. */
  last: number;
  offset: number;
  /** The numbers went back and nothing said so: nothing is believed until a snapshot comes. */
  isLost: boolean;
}

/** Works out the ids of one message at a time: `of…`, then `take` when the whole of it was read. */
export class BookIds {
  first = 0;
  /** -1 of a snapshot. */
  previous = -1;
  last = 0;
  readonly #told = new Map<Listing, Told>();

  /**
   * False when nothing tells where the update belongs. One that goes back without saying what it follows has lost the
   * message that reset the numbers: passed over as old, it and all behind it would leave a valid book standing still. One that
   * goes on absurdly far is no number: all behind it would be passed over.
   */
  ofUpdate(listing: Listing, previous: number, seqId: number): boolean {
    assert(previous >= 0 && seqId >= 0, Code.ValueOutOfRange);
    const told = this.#told.get(listing);
    const isFar = seqId - Math.max(previous, told?.seqId ?? 0) > BOOK_ID_JUMP_MAX;
    if (told === undefined) return !isFar && previous <= seqId && this.#set(previous, previous, seqId);
    if (isFar) told.isLost = true;
    if (told.isLost) return false;
    const { last } = told;
    // It follows; a reset of the numbers is one step on.
    if (previous === told.seqId) return this.#set(last, last, last + (seqId < previous ? 1 : seqId - previous));
    // The same message once more: older than what is known, so that it proves nothing.
    if (previous === told.previous && seqId === told.seqId) {
      const before = Math.max(0, last - 1);
      return this.#set(before, before, last);
    }
    if (seqId <= told.seqId || previous > seqId) {
      told.isLost = true;
      return false;
    }
    const from = previous + told.offset;
    return from >= 0 && this.#set(from, from, seqId + told.offset);
  }

  /** A snapshot is above all that was told before; where that is out of range, it begins anew. */
  ofSnapshot(listing: Listing, seqId: number): boolean {
    assert(seqId >= 0, Code.ValueOutOfRange);
    const told = this.#told.get(listing);
    const id = told === undefined ? seqId : Math.max(seqId + told.offset, told.last + 1);
    return this.#set(id, -1, id) || this.#set(seqId, -1, seqId);
  }

  /** The message with these numbers goes out under the ids that were worked out last. */
  take(listing: Listing, previous: number, seqId: number): void {
    assert(this.last >= 0 && this.last <= MANTISSA_MAX, Code.ValueOutOfRange);
    const told = this.#told.get(listing);
    const offset = this.last - seqId;
    if (told === undefined) {
      this.#told.set(listing, { previous, seqId, last: this.last, offset, isLost: false });
      return;
    }
    told.previous = previous;
    told.seqId = seqId;
    told.last = this.last;
    told.offset = offset;
    told.isLost = false;
  }

  #set(first: number, previous: number, last: number): boolean {
    this.first = first;
    this.previous = previous;
    this.last = last;
    return last <= MANTISSA_MAX;
  }
}
