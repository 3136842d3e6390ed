/** Funding of perpetuals at the simulated venue: when it is due, and what a position pays, exact. */

import { isAmount } from "../../core/amount.ts";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { CASH_SCALE, pow10 } from "../../core/decimal.ts";
import { Wide, wideMul, wideMulDivFloor, wideMulInt, wideNeg, wideShareFloor } from "../../core/wide.ts";
import type { MarketState } from "../../market/market.ts";
import type { Instrument, InstrumentTable } from "../../model/instrument.ts";
import { FUNDING_SCALE, MARK_SCALE } from "../../model/market_slot.ts";
import { InstrumentKind } from "../../model/order.ts";
import { valueAt } from "../../model/value.ts";

/** Marks are looked at so often, and at each funding time that is known. */
const CHECK_US = 1_000_000;
const LIMB = 9_007_199_254_740_992; // 2^53

/** The funding time that an instrument's marks have announced, and the last mark and rate before it. */
interface Announced {
  fundingUs: number;
  mark: number;
  rate: number;
}

export type PayFunding = (instrument: Instrument, fundingUs: number, qty: number, amount: Wide) => void;

/**
 * A funding time is paid once: when it has been announced while it lay ahead of the engine's clock, and has come. That
 * clock never runs back, nor over a restart (D keeps it), so what was paid before a crash is never announced as ahead
 * again. A funding time that passes while nobody runs is not charged: the venue was closed.
 */
export class FundingClock {
  readonly #announced: (Announced | undefined)[] = [];
  readonly #amount = new Wide();
  /** 0 until the engine's clock has begun to run. */
  #dueUs = 0;

  constructor(
    readonly market: MarketState,
    readonly instruments: InstrumentTable,
    /** Signed position of the account, mantissa at the instrument's qtyScale. */
    readonly positionQty: (instrument: number) => number,
  ) {}

  /** When `check` has something to do; `nowUs` is the engine's clock. */
  nextDueUs(nowUs: number): number {
    if (this.#dueUs === 0 && nowUs > 0) this.#dueUs = nowUs;
    return this.#dueUs === 0 ? Number.POSITIVE_INFINITY : this.#dueUs;
  }

  /** Pays what has come, and notes what the marks announce. */
  check(nowUs: number, pay: PayFunding): void {
    assert(nowUs >= this.#dueUs, Code.TimeWentBack);
    this.#dueUs = nowUs + CHECK_US;
    for (const instrument of this.instruments.all()) {
      if (instrument.kind === InstrumentKind.Spot) continue;
      const market = this.market.instrument(instrument.id);
      if (market === undefined) continue;
      let known = this.#announced[instrument.id];
      const nextUs = market.nextFundingTimeUs;
      if (known !== undefined && known.fundingUs <= nowUs) {
        if (known.fundingUs === nextUs) this.#note(known, market.markPrice, market.fundingRate);
        this.#pay(instrument, known, pay);
        this.#announced[instrument.id] = undefined;
        known = undefined;
      }
      if (nextUs <= nowUs || market.markPrice <= 0) continue;
      known ??= { fundingUs: 0, mark: 0, rate: 0 };
      known.fundingUs = nextUs;
      this.#note(known, market.markPrice, market.fundingRate);
      this.#announced[instrument.id] = known;
      this.#dueUs = Math.min(this.#dueUs, nextUs);
    }
  }

  #note(known: Announced, mark: number, rate: number): void {
    known.mark = mark;
    known.rate = rate;
  }

  #pay(instrument: Instrument, known: Readonly<Announced>, pay: PayFunding): void {
    const qty = this.positionQty(instrument.id);
    if (qty === 0 || known.rate === 0) return;
    const fits = fundingOf(this.#amount, instrument, qty, known.mark, known.rate);
    assert(fits, Code.ValueOutOfRange); // A position in the ledger's range, at a price and a rate of this world, fits.
    pay(instrument, known.fundingUs, qty, this.#amount);
  }
}

/** The same for every kind of contract: of its value in the asset that it is settled in. */
export function fundingOf(out: Wide, instrument: Instrument, qty: number, mark: number, rate: number): boolean {
  const { kind, qtyScale, contractSize = 1, contractScale = 0 } = instrument;
  const isPlain = kind === InstrumentKind.LinearPerpetual && contractSize === 1 && contractScale === 0;
  if (isPlain) return fundingAmount(out, qty, mark, rate, qtyScale);
  assert(mark > 0 && Number.isSafeInteger(rate), Code.ValueOutOfRange);
  if (!valueAt(out, instrument, qty, mark, 1, MARK_SCALE)) return false;
  if (!wideMulDivFloor(out, out, Math.abs(rate), pow10(FUNDING_SCALE))) return false;
  if (qty > 0 === rate > 0) wideNeg(out, out);
  return isAmount(out.hi, out.lo);
}

/**
 * out = −qty · mark · rate at 10^-18, rounded toward zero: longs pay a positive rate. False when that is no amount.
 * `mark` at MARK_SCALE, `rate` at FUNDING_SCALE, `qty` at `qtyScale`.
 */
export function fundingAmount(out: Wide, qty: number, mark: number, rate: number, qtyScale: number): boolean {
  assert(mark > 0 && Number.isSafeInteger(rate) && Number.isSafeInteger(qty), Code.ValueOutOfRange);
  assert(MARK_SCALE + FUNDING_SCALE === CASH_SCALE, Code.LimitRelationBroken);
  const size = Math.abs(rate);
  const unit = pow10(qtyScale);
  wideMul(out, Math.abs(qty), mark);
  // Exact while the whole product has 106 bits; beyond that, units of 10^-18 are below anybody's notice.
  if ((out.hi + 1) * size < LIMB) wideShareFloor(out, wideMulInt(out, out, size), 1, unit);
  else {
    wideShareFloor(out, out, 1, unit);
    if ((out.hi + 1) * size >= LIMB) return false;
    wideMulInt(out, out, size);
  }
  if (qty > 0 === rate > 0) wideNeg(out, out);
  return isAmount(out.hi, out.lo);
}
