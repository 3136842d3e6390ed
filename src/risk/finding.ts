/** What a check found: the value and the bound it broke. One object per gate, reused for ever. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Denial } from "../model/denial.ts";

export class Finding {
  /**
   * For the message: mantissas for prices and quantities, mantissas at priceScale + qtyScale for values, units for sums
   * in the currency, counts for counts, µs for ages; LimitMissing: `found` is the missing Control. Display only.
   */
  found = 0;
  bound = 0;

  clear(): void {
    this.found = 0;
    this.bound = 0;
  }

  deny(denial: Denial, found: number, bound: number): Denial {
    assert(denial !== Denial.None, Code.InvariantBroken);
    this.found = found;
    this.bound = bound;
    return denial;
  }
}
