/** Spot: two assets change hands; the fee comes off what is received, or out of a third asset. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Account } from "./account.ts";
import { type Amount, floorTo, least, magnitude, over, rounded, times, ZERO } from "./amount.ts";
import type { Instrument } from "./instrument.ts";
import { leavesOf, type Order, type OrderSpec } from "./order.ts";
import { Refusal } from "./refusal.ts";
import type { RawFill, Settled, Settlement } from "./settlement.ts";
import { FEES, MARKET, type Wallets } from "./wallets.ts";

const FEE_DECIMALS = 8;

export class SpotSettlement implements Settlement {
  constructor(
    readonly wallets: Wallets,
    /** Last price of an asset in another, for fees in a third asset. */
    readonly priceIn: (asset: string, quote: string) => Amount | undefined,
  ) {}

  check(account: Account, instrument: Instrument, spec: OrderSpec, cost: Amount): void {
    const [asset, need] = costOf(instrument, spec, cost);
    if (this.wallets.of(account.name, asset).free < need) throw new Refusal("balance", asset);
  }

  lock(account: Account, instrument: Instrument, order: Order): void {
    const leaves = leavesOf(order);
    const isBuy = order.side === "buy";
    // A market order is done before anybody else gets a turn: what it may cost was checked.
    const isDone = order.type === "market" && (order.trigger === undefined || order.triggeredMs > 0);
    const price = order.type === "market" && order.trigger !== undefined ? order.trigger.price : order.price;
    const need = isDone ? ZERO : isBuy ? times(price, leaves) : leaves;
    order.lockAsset = isBuy ? instrument.quote : instrument.base;
    const more = need - order.locked;
    if (more < ZERO) this.wallets.unlock(account.name, order.lockAsset, -more);
    else if (!this.wallets.lock(account.name, order.lockAsset, more)) throw new Refusal("balance", order.lockAsset);
    order.locked = need;
  }

  release(account: Account, order: Order): void {
    if (order.locked > ZERO) this.wallets.unlock(account.name, order.lockAsset, order.locked);
    order.locked = ZERO;
  }

  affordable(account: Account, instrument: Instrument, order: Order, price: Amount): Amount | undefined {
    if (order.type === "limit" || price === ZERO) return undefined;
    const isBuy = order.side === "buy";
    const asset = isBuy ? instrument.quote : instrument.base;
    const has = this.wallets.of(account.name, asset).free + order.locked;
    return floorTo(isBuy ? over(has, price) : has, instrument.step);
  }

  canCarry(): boolean {
    return true;
  }

  fill(account: Account, instrument: Instrument, order: Order, fill: RawFill): Settled {
    const { base, quote } = instrument;
    const isBuy = order.side === "buy";
    const give = isBuy ? quote : base;
    const take = isBuy ? base : quote;
    const given = isBuy ? fill.quote : fill.qty;
    const taken = isBuy ? fill.qty : fill.quote;
    // What was locked for this part is let go first: a better price leaves the difference free.
    const part = isBuy ? times(order.price, fill.qty) : fill.qty;
    const freed = order.type === "market" ? order.locked : least(order.locked, part);
    this.wallets.unlock(account.name, give, freed);
    order.locked -= freed;
    this.wallets.move(account.name, MARKET, give, given);
    this.wallets.move(MARKET, account.name, take, taken);
    const rate = account.rate(instrument, fill.isMaker);
    const { fee, feeAsset } = this.#fee(account, take, taken, rate);
    assert(feeAsset.length > 0, Code.InvariantBroken);
    return { fee, feeAsset, pnl: ZERO, assets: [...new Set([base, quote, feeAsset])] };
  }

  #fee(account: Account, asset: string, amount: Amount, rate: Amount): { fee: Amount; feeAsset: string } {
    const { name, spec } = account;
    const third = spec.feeAsset;
    const price = third === undefined || third === asset ? undefined : this.priceIn(third, asset);
    if (third !== undefined && price !== undefined && price > ZERO && rate > ZERO) {
      // Fees in the venue's own asset have a quarter off.
      const fee = rounded(over(times(amount, rate), price) - over(times(amount, rate), price * four()), FEE_DECIMALS);
      if (this.wallets.of(name, third).free >= fee) {
        this.wallets.move(name, FEES, third, fee);
        return { fee, feeAsset: third };
      }
    }
    const fee = rounded(times(amount, rate), FEE_DECIMALS);
    if (fee >= ZERO) this.wallets.move(name, FEES, asset, fee);
    else this.wallets.move(FEES, name, asset, magnitude(fee));
    return { fee, feeAsset: asset };
  }
}

function four(): Amount {
  return BigInt(4); // bigint-ok: a count in the arithmetic of this room
}

function costOf(instrument: Instrument, spec: OrderSpec, cost: Amount): readonly [string, Amount] {
  if (spec.side === "sell") return [instrument.base, spec.qty ?? cost];
  if (spec.type === "market" && spec.trigger !== undefined)
    return [instrument.quote, times(spec.trigger.price, spec.qty ?? ZERO)];
  if (spec.type === "market") return [instrument.quote, spec.quoteQty ?? cost];
  return [instrument.quote, times(spec.price as Amount, spec.qty as Amount)];
}
