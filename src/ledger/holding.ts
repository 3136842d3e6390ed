/** What is held of one thing: whole quantity mantissas, and the dust below one of them that a fee in it leaves behind. */

import { amountOf, isMantissa, powerOfTen, scaleUp, unitsFloor } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import type { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideAdd, wideSub } from "../core/wide.ts";

/** Working space for holdings; one per ledger. */
export class HoldingScratch {
  readonly total = new Wide();
  readonly quotient = new Wide();
  readonly part = new Wide();
}

/** value held = qty · 10^-qtyScale + dust, 0 ≤ dust < 10^-qtyScale: qty is the floor, so it never overstates a long. */
export class Holding {
  qty = 0;
  readonly dust = new Wide();

  constructor(public qtyScale: number) {
    assert(qtyScale >= 0 && qtyScale <= CASH_SCALE, Code.ValueOutOfRange);
  }

  /** Adds whole mantissas (negative: takes them away). */
  add(qty: number): void {
    this.qty += qty;
    assert(isMantissa(this.qty), Code.ValueOutOfRange);
  }

  /** True when `add(qty)` and a `move` of up to `amount` cannot leave the range of a mantissa. */
  hasRoom(qty: number, amount: Wide): boolean {
    // Most fees are in another asset: no division then.
    const units = amount.isZero() ? 4 : Math.abs(amount.toNumber()) / powerOfTen(CASH_SCALE - this.qtyScale) + 4;
    return Math.abs(this.qty) + Math.abs(qty) + units < Number.MAX_SAFE_INTEGER / 2;
  }

  /** Adds an amount at 10^-18 of any sign; what is below one mantissa goes to the dust. */
  move(amount: Wide, scratch: HoldingScratch): void {
    const power = CASH_SCALE - this.qtyScale;
    const { total, quotient, part } = scratch;
    wideAdd(total, this.dust, amount);
    if (!total.isNegative()) {
      const units = unitsFloor(quotient, total, power);
      assert(units >= 0 && amountOf(part, units, this.qtyScale), Code.ValueOutOfRange);
      wideSub(this.dust, total, part);
      this.add(units);
      return;
    }
    // floor(total / unit) of a negative total: −ceil(−total / unit).
    wideSub(part, part.zero(), total);
    let units = unitsFloor(quotient, part, power);
    assert(units >= 0 && amountOf(part, units, this.qtyScale), Code.ValueOutOfRange);
    wideAdd(part, part, total);
    if (part.isNegative()) {
      units += 1;
      assert(amountOf(quotient, 1, this.qtyScale), Code.ValueOutOfRange);
      wideAdd(part, part, quotient);
    }
    assert(!part.isNegative(), Code.InvariantBroken);
    this.dust.set(part);
    this.add(-units);
  }

  /** Goes over to a larger scale, exactly. False, and nothing changes, when the quantity would not fit. */
  rescale(qtyScale: number, scratch: HoldingScratch): boolean {
    const power = qtyScale - this.qtyScale;
    assert(power >= 0, Code.ValueOutOfRange);
    if (power > 15 || (Math.abs(this.qty) + 1) * pow10(power) > Number.MAX_SAFE_INTEGER) return false;
    this.qty *= pow10(power);
    this.qtyScale = qtyScale;
    const dust = scratch.part.set(this.dust);
    this.dust.zero();
    const units = unitsFloor(scratch.quotient, dust, CASH_SCALE - qtyScale);
    scratch.total.setInt(units);
    assert(scaleUp(scratch.total, CASH_SCALE - qtyScale), Code.ValueOutOfRange);
    wideSub(this.dust, dust, scratch.total);
    this.add(units);
    return true;
  }

  save(out: StateWriter): void {
    out.f64(this.qty).u32(this.qtyScale).wide(this.dust);
  }

  load(from: StateReader): void {
    this.qty = from.f64();
    this.qtyScale = from.u32();
    this.dust.set(from.wide());
    assert(isMantissa(this.qty) && this.qtyScale <= CASH_SCALE, Code.ValueOutOfRange);
  }
}
