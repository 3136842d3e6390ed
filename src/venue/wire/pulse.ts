/** Watches each stream for silence: what should speak and does not is subscribed anew, less and less often. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

/** Of one stream: when it spoke last, and how much silence it may keep. */
export class StreamPulse {
  frames = 0;
  /** Times that it was silent too long. */
  silences = 0;
  #heardUs = -1;
  #silentUsMax: number;
  readonly #ceilingUs: number;

  /** `silentUsMax` doubles with each silence, up to the ceiling. */
  constructor(silentUsMax: number, ceilingUs: number) {
    assert(silentUsMax > 0, Code.LimitRelationBroken);
    this.#silentUsMax = silentUsMax;
    this.#ceilingUs = Math.max(ceilingUs, silentUsMax);
  }

  heard(nowUs: number): void {
    this.frames++;
    this.#heardUs = nowUs;
  }

  /** Not subscribed at present: silence means nothing. */
  forget(): void {
    this.#heardUs = -1;
  }

  /** True once when the silence of a subscribed stream has lasted too long; the next silence may last twice as long. */
  silent(nowUs: number): boolean {
    if (this.#heardUs < 0) this.#heardUs = nowUs;
    if (nowUs - this.#heardUs < this.#silentUsMax) return false;
    this.silences++;
    this.#heardUs = nowUs;
    this.#silentUsMax = Math.min(this.#ceilingUs, this.#silentUsMax * 2);
    return true;
  }
}
