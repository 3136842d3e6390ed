/** Funding of a position, shared among the instances that hold it: the shares sum to the payment, to the last unit. */

import { AMOUNT_HI_MAX, amountsFit } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide, wideAdd, wideMulDivFloor, wideNeg, wideSub } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { CashCause } from "../model/order.ts";
import type { TradingRecord } from "../model/record.ts";
import type { Position } from "./position.ts";
import { BY_HAND, type LedgerTables } from "./tables.ts";

export class FundingShares {
  readonly #rest = new Wide();
  readonly #part = new Wide();

  constructor(readonly tables: LedgerTables) {}

  /**
   * Each instance gets the share of what it holds at this moment, a short one's sign against a long one's; each share is
   * cut toward zero, and what remains is the hand's. With no position open (the payment came late) all is the hand's.
   * The account's cash has been posted before. Sums that would leave their range go to nobody: the account has them.
   */
  post(record: Readonly<TradingRecord>, amount: Wide): void {
    const { account, asset, instrument, leg } = record;
    const { positions, instruments } = this.tables;
    // Funding that names no revision names no instrument.
    const whole = record.instrumentRevision > 0 ? positions.find(account, instrument, leg) : undefined;
    const listing = instruments.get(instrument);
    if (whole === undefined || listing === undefined || !amountsFit(whole.funding, amount)) return;
    wideAdd(whole.funding, whole.funding, amount);
    positions.changed(whole);
    this.#postParts(whole, listing, asset, amount);
  }

  #postParts(whole: Position, listing: Instrument, asset: number, amount: Wide): void {
    const { positions } = this.tables;
    const { account, instrument, leg } = whole;
    assert(listing.id === instrument, Code.InvariantBroken);
    const rest = this.#rest.set(amount);
    if (this.#fits(whole, asset, amount)) {
      for (const part of positions.partsOf(account, instrument, leg)) {
        if (part.instance === BY_HAND || part.holding.qty === 0) continue;
        wideSub(rest, rest, this.#share(whole, part, amount));
        this.#fund(part, asset, this.#part);
      }
    }
    if (!rest.isZero()) this.#fund(positions.take(account, listing, leg, BY_HAND), asset, rest);
  }

  #fund(part: Position, asset: number, amount: Wide): void {
    const { cash, positions } = this.tables;
    if (amount.isZero() || !amountsFit(part.funding, amount)) return;
    if (!cash.hasRoom(part.account, asset, CashCause.Funding, amount, 0, part.instance)) return;
    wideAdd(part.funding, part.funding, amount);
    positions.changed(part);
    cash.post(part.account, asset, CashCause.Funding, amount, part.instance);
  }

  /** True when the position is open and no share, nor the rest, is too large for its row. */
  #fits(whole: Position, asset: number, amount: Wide): boolean {
    if (whole.holding.qty === 0) return false;
    const { cash, positions } = this.tables;
    let sum = Math.abs(amount.hi) + 8;
    for (const part of positions.partsOf(whole.account, whole.instrument, whole.leg)) {
      sum += Math.abs(this.#share(whole, part, amount).hi) + 8;
      if (Math.abs(part.funding.hi) + sum > AMOUNT_HI_MAX) return false;
      if (!cash.hasRoom(part.account, asset, CashCause.Funding, amount, sum, part.instance)) return false;
    }
    return true;
  }

  /** amount · (part / whole), cut toward zero, in `#part`; far out of range when it is no wide integer. */
  #share(whole: Position, part: Position, amount: Wide): Wide {
    assert(whole.holding.qty !== 0, Code.InvariantBroken);
    const out = this.#part.set(amount);
    if (amount.isNegative()) wideNeg(out, out);
    const size = Math.abs(part.holding.qty);
    if (!wideMulDivFloor(out, out, size, Math.abs(whole.holding.qty))) return out.setLimbs(2 * AMOUNT_HI_MAX - 1, 0);
    const isSame = part.holding.qty > 0 === whole.holding.qty > 0;
    return amount.isNegative() === isSame ? wideNeg(out, out) : out;
  }
}
