/** Columns of orders that wait for a price, an end or each other: triggers, trailing, groups and parents. Rows as in OrderRows. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { StateReader, StateWriter } from "../core/state_bytes.ts";
import type { TradingRecord } from "../model/record.ts";

/** Most orders have none of these columns, and their rows are hashed without them. */
export class HeldTerms {
  /** 1 when any other column here says something. */
  readonly special: Uint8Array;
  /** OrderType as it was asked for; what has been triggered is a market or limit order in OrderRows. */
  readonly placedType: Uint8Array;
  readonly triggerBy: Uint8Array;
  readonly parent: Uint32Array;
  readonly group: Uint32Array;
  readonly triggerPrice: Float64Array;
  readonly trailOffset: Float64Array;
  readonly displayQty: Float64Array;
  readonly expireUs: Float64Array;
  /** Quantity that was asked for: never more, whatever the parent fills. */
  readonly ownQty: Float64Array;
  /** What an amend by a person or a strategy asks for in its place, while the venue has not answered; 0 = nothing. */
  readonly askedQty: Float64Array;
  /** Best price since a trailing order was armed; 0 = not armed. */
  readonly watermark: Float64Array;
  /** Fills of the parent, while this order lives. */
  readonly parentFilled: Float64Array;
  /** Fills of all members of the group, its own included, while this order lives. */
  readonly groupFilled: Float64Array;
  /** Of a parent: how many children it ever had, what they have filled, and whether one of them was filled whole. */
  readonly children: Uint32Array;
  readonly childFilled: Float64Array;
  readonly exitDone: Uint8Array;
  /** Of a member of a group without a parent: another member was filled whole, and this one is to end. */
  readonly siblingDone: Uint8Array;

  constructor(limits: Limits) {
    const n = limits.ordersMax;
    assert(n > 0, Code.LimitRelationBroken);
    this.special = new Uint8Array(n);
    this.placedType = new Uint8Array(n);
    this.triggerBy = new Uint8Array(n);
    this.parent = new Uint32Array(n);
    this.group = new Uint32Array(n);
    this.triggerPrice = new Float64Array(n);
    this.trailOffset = new Float64Array(n);
    this.displayQty = new Float64Array(n);
    this.expireUs = new Float64Array(n);
    this.ownQty = new Float64Array(n);
    this.askedQty = new Float64Array(n);
    this.watermark = new Float64Array(n);
    this.parentFilled = new Float64Array(n);
    this.groupFilled = new Float64Array(n);
    this.children = new Uint32Array(n);
    this.childFilled = new Float64Array(n);
    this.exitDone = new Uint8Array(n);
    this.siblingDone = new Uint8Array(n);
  }

  create(row: number, record: Readonly<TradingRecord>): void {
    const { parent, group, triggerPrice, trailOffset, displayQty, expireUs } = record;
    const isSpecial =
      parent !== 0 || group !== 0 || triggerPrice !== 0 || trailOffset !== 0 || displayQty !== 0 || expireUs !== 0;
    this.special[row] = isSpecial ? 1 : 0;
    this.placedType[row] = record.orderType;
    this.triggerBy[row] = record.triggerBy;
    this.parent[row] = parent;
    this.group[row] = group;
    this.triggerPrice[row] = finite(triggerPrice);
    this.trailOffset[row] = finite(trailOffset);
    this.displayQty[row] = finite(displayQty);
    this.expireUs[row] = finite(expireUs);
    this.ownQty[row] = finite(record.qty);
    this.askedQty[row] = 0;
    this.watermark[row] = 0;
    this.parentFilled[row] = 0;
    this.groupFilled[row] = 0;
    this.children[row] = 0;
    this.childFilled[row] = 0;
    this.exitDone[row] = 0;
    this.siblingDone[row] = 0;
  }

  /** From here on the row says something: a plain order has become a parent. */
  makeSpecial(row: number): void {
    this.special[row] = 1;
  }

  addTo(hash: RowHash, row: number): void {
    if (this.special[row] === 0) return;
    hash
      .add((this.placedType[row] as number) * 65_536 + (this.triggerBy[row] as number) * 256 + 1)
      .add(
        (this.parent[row] as number) * 1_048_576 +
          (this.exitDone[row] as number) * 2 +
          (this.siblingDone[row] as number),
      )
      .add((this.group[row] as number) * 1_048_576 + (this.children[row] as number))
      .add(this.triggerPrice[row] as number)
      .add(this.trailOffset[row] as number)
      .add(this.displayQty[row] as number)
      .add(this.expireUs[row] as number)
      .add(this.ownQty[row] as number)
      .add(this.askedQty[row] as number)
      .add(this.watermark[row] as number)
      .add(this.parentFilled[row] as number)
      .add(this.groupFilled[row] as number)
      .add(this.childFilled[row] as number);
  }

  /** Rows 0 to `count` − 1. */
  save(out: StateWriter, count: number): void {
    out.part("held terms", 1);
    for (const column of this.#columns()) out.column(column, count);
  }

  load(from: StateReader, count: number): void {
    from.part("held terms", 1);
    for (const column of this.#columns()) assert(from.column(column) === count, Code.InvariantBroken);
  }

  #columns(): (Uint8Array | Uint32Array | Float64Array)[] {
    return Object.values(this) as (Uint8Array | Uint32Array | Float64Array)[];
  }
}

/** Fills in the columns that only conditional and contingent orders have. */
export function copyTerms(terms: HeldTerms, row: number, out: TradingRecord): void {
  out.triggerBy = terms.triggerBy[row] as number;
  out.parent = terms.parent[row] as number;
  out.group = terms.group[row] as number;
  out.triggerPrice = terms.triggerPrice[row] as number;
  out.trailOffset = terms.trailOffset[row] as number;
  out.displayQty = terms.displayQty[row] as number;
  out.expireUs = terms.expireUs[row] as number;
}

/** A denied order may have been denied because of it: what is no mantissa is kept as 0. */
function finite(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
