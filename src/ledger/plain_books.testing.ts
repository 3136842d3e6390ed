/** An independent bookkeeper in BigInt: flows alone, no idea of average cost; it judges the ledger. */

import { InstrumentKind } from "../model/order.ts";

/** What the books need of an instrument; all amounts at 10^-18. */
export interface PlainListing {
  readonly kind: InstrumentKind;
  readonly base: number;
  readonly money: number;
  readonly contract: bigint; // bigint-ok: tests only
  readonly contractScale: number;
}

export interface PlainFill {
  readonly account: number;
  readonly instance: number;
  readonly instrument: number;
  readonly leg: number;
  /** Signed, mantissa; negative sells. */
  readonly qty: bigint; // bigint-ok: tests only
  readonly qtyScale: number;
  readonly price: bigint; // bigint-ok: tests only
  readonly priceScale: number;
  /** 0 = not stated. */
  readonly stated: bigint; // bigint-ok: tests only
  readonly fee: bigint; // bigint-ok: tests only
  readonly feeAsset: number;
}

type Sums = Map<string, bigint>; // bigint-ok: tests only

const E18 = 10n ** 18n; // bigint-ok: tests only

/** value of qty at a price: exact fraction, cut toward zero at 10^-18. */
// bigint-ok: tests only
export function plainValue(
  listing: PlainListing,
  qty: bigint, // bigint-ok: tests only
  qtyScale: number,
  price: bigint, // bigint-ok: tests only
  priceScale: number,
): bigint {
  const size = qty < 0n ? -qty : qty; // bigint-ok: tests only
  const ten = (n: number) => 10n ** BigInt(n); // bigint-ok: tests only
  if (listing.kind === InstrumentKind.InversePerpetual) {
    return (size * listing.contract * ten(priceScale) * E18) / (price * ten(qtyScale + listing.contractScale));
  }
  return (size * listing.contract * price * E18) / ten(qtyScale + listing.contractScale + priceScale);
}

/** All sums are over owners `account` and `account/instance`. */
export class PlainBooks {
  /** owner:asset:cause */
  readonly cash: Sums = new Map();
  /** owner:instrument:leg → sold − paid (inverse: paid − sold), adjustments included; and quantity at 10^-18. */
  readonly flow: Sums = new Map();
  readonly held: Sums = new Map();
  readonly funding: Sums = new Map();

  constructor(readonly listings: readonly PlainListing[]) {}

  fill(f: PlainFill, sign: 1n | -1n): void {
    const listing = this.listings[f.instrument] as PlainListing;
    const computed = plainValue(listing, f.qty, f.qtyScale, f.price, f.priceScale);
    const amount = f.stated === 0n ? computed : f.stated; // bigint-ok: tests only
    const qty = f.qty * sign;
    const base = (qty * E18) / 10n ** BigInt(f.qtyScale); // bigint-ok: tests only
    const fee = f.fee * sign;
    for (const owner of [`${f.account}`, `${f.account}/${f.instance}`]) {
      const key = `${owner}:${f.instrument}:${f.leg}`;
      this.move(this.flow, key, qty > 0n === (listing.kind !== InstrumentKind.InversePerpetual) ? -amount : amount);
      this.move(this.held, key, base);
      this.move(this.cash, `${owner}:${f.feeAsset}:fee`, -fee);
      if (listing.kind !== InstrumentKind.Spot) continue;
      this.move(this.cash, `${owner}:${listing.base}:trade`, base);
      this.move(this.cash, `${owner}:${listing.money}:trade`, qty > 0n ? -amount : amount);
      if (f.feeAsset === listing.base) this.move(this.held, key, -fee);
    }
  }

  // bigint-ok: tests only
  move(sums: Sums, key: string, amount: bigint): void {
    sums.set(key, (sums.get(key) ?? 0n) + amount); // bigint-ok: tests only
  }

  // bigint-ok: tests only
  get(sums: Sums, key: string): bigint {
    return sums.get(key) ?? 0n; // bigint-ok: tests only
  }
}
