/** Frames that carry no number of their own, heard on several lines at once: each counts on the line that tells it first. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

interface Told {
  readonly text: string;
  /** Lines that have told it. */
  readonly epochs: number[];
}

/** Lines are apart by less than so many frames of a rare stream. */
const KEPT_MAX = 32;

/** Of one stream. What one line tells twice in the same words has happened twice. */
export class ToldOnce {
  readonly #told: Told[] = [];

  /** False when another line has told it, and this one tells it only now. */
  takes(text: string, epoch: number): boolean {
    const known = this.#told.find((each) => each.text === text && !each.epochs.includes(epoch));
    if (known !== undefined) {
      known.epochs.push(epoch);
      return false;
    }
    this.#told.push({ text, epochs: [epoch] });
    if (this.#told.length > KEPT_MAX) this.#told.shift();
    assert(this.#told.length <= KEPT_MAX, Code.InvariantBroken);
    return true;
  }
}
