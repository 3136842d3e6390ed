/** Held orders and families of orders, as the order table keeps them: lists, terms, and who follows whose fills. Part of D. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import { OrderFlag, OrderState } from "../model/order.ts";
import { Evidence, RecordKind, type TradingRecord } from "../model/record.ts";
import type { OrderIndex } from "./order_index.ts";
import type { OrderRows } from "./order_rows.ts";
import { RowLists } from "./row_lists.ts";

/** The orders at the venue of one (account, instrument), as the table lists them. */
export interface OpenLists {
  first(account: number, instrument: number): number;
  next(order: number): number;
}

/** Numbers in and out; rows stay inside. Methods that write are called by the order table's `apply` alone. */
export class HeldOrders {
  /** Held orders by instrument, ascending by number. */
  readonly #lists: RowLists;
  #count = 0;

  constructor(
    readonly rows: OrderRows,
    readonly index: OrderIndex,
    readonly open: OpenLists,
    readonly hash: RowHash,
    readonly limits: Limits,
  ) {
    this.#lists = new RowLists(limits.instrumentsMax, limits.ordersMax);
  }

  get count(): number {
    return this.#count;
  }

  countOf(account: number, instrument: number): number {
    let count = 0;
    for (let row = this.#lists.first(instrument); row >= 0; row = this.#lists.next(row)) {
      if (this.rows.account[row] === account) count++;
    }
    return count;
  }

  /** First held order of an instrument, 0 when there is none. Take `nextOf` before anything may end the order. */
  firstOf(instrument: number): number {
    return this.#number(this.#lists.first(instrument));
  }

  nextOf(order: number): number {
    return this.#number(this.#lists.next(this.#row(order)));
  }

  parent(order: number): number {
    return this.rows.terms.parent[this.#row(order)] as number;
  }

  group(order: number): number {
    return this.rows.terms.group[this.#row(order)] as number;
  }

  placedType(order: number): number {
    return this.rows.terms.placedType[this.#row(order)] as number;
  }

  triggerBy(order: number): number {
    return this.rows.terms.triggerBy[this.#row(order)] as number;
  }

  triggerPrice(order: number): number {
    return this.rows.terms.triggerPrice[this.#row(order)] as number;
  }

  trailOffset(order: number): number {
    return this.rows.terms.trailOffset[this.#row(order)] as number;
  }

  displayQty(order: number): number {
    return this.rows.terms.displayQty[this.#row(order)] as number;
  }

  expireUs(order: number): number {
    return this.rows.terms.expireUs[this.#row(order)] as number;
  }

  ownQty(order: number): number {
    return this.rows.terms.ownQty[this.#row(order)] as number;
  }

  watermark(order: number): number {
    return this.rows.terms.watermark[this.#row(order)] as number;
  }

  parentFilled(order: number): number {
    return this.rows.terms.parentFilled[this.#row(order)] as number;
  }

  groupFilled(order: number): number {
    return this.rows.terms.groupFilled[this.#row(order)] as number;
  }

  isParent(order: number): boolean {
    return (this.rows.terms.children[this.#row(order)] as number) > 0;
  }

  /** What its exits have filled. */
  childFilled(order: number): number {
    return this.rows.terms.childFilled[this.#row(order)] as number;
  }

  /** True when one of its children was filled whole: whatever it fills from here on has to be closed. */
  isExitDone(order: number): boolean {
    return this.rows.terms.exitDone[this.#row(order)] === 1;
  }

  /** True for an order with a parent, a group or children. */
  isLinked(order: number): boolean {
    const row = this.#row(order);
    const { parent, group, children } = this.rows.terms;
    return parent[row] !== 0 || group[row] !== 0 || children[row] !== 0;
  }

  /** False while it waits for its parent's first fill. */
  isArmed(order: number): boolean {
    const row = this.#row(order);
    const { parent, parentFilled } = this.rows.terms;
    return parent[row] === 0 || (parentFilled[row] as number) > 0;
  }

  /**
   * Total quantity that it may have: what was asked for, no more than its parent has filled, less what its siblings have
   * filled. At or below its own fills: it has nothing left to do, as when one of two siblings was filled whole.
   */
  targetQty(order: number): number {
    const row = this.#row(order);
    const { parent, group, parentFilled, groupFilled, ownQty, siblingDone } = this.rows.terms;
    if (siblingDone[row] !== 0) return this.rows.cumQty(row);
    const own = ownQty[row] as number;
    const base = parent[row] === 0 ? own : Math.min(own, parentFilled[row] as number);
    return group[row] === 0 ? base : base - (groupFilled[row] as number) + this.rows.cumQty(row);
  }

  list(row: number): void {
    assert(this.rows.state[row] === OrderState.Held, Code.IllegalTransition);
    this.#lists.insertSorted(this.rows.instrument[row] as number, row, this.rows.order);
    this.#count++;
  }

  unlist(row: number): void {
    assert(this.#count > 0, Code.InvariantBroken);
    this.#lists.remove(this.rows.instrument[row] as number, row);
    this.#count--;
  }

  /** A new row: it joins its family with the fills that happened before it. */
  join(row: number): void {
    const { terms, order } = this.rows;
    const parent = this.index.get(terms.parent[row] as number);
    if (terms.parent[row] !== 0 && parent >= 0) {
      this.#takeOut(parent);
      terms.makeSpecial(parent);
      terms.children[parent] = (terms.children[parent] as number) + 1;
      terms.parentFilled[row] = this.rows.cumQty(parent);
      this.#putIn(parent);
    }
    const group = terms.group[row] as number;
    if (group === 0 || group === order[row]) return;
    if (this.rows.hasFlag(row, OrderFlag.Again)) return this.#follow(row, group);
    const first = this.#find(row, (other) => terms.group[other] === group);
    if (first >= 0) terms.groupFilled[row] = terms.groupFilled[first] as number;
  }

  /** An exit that is made again: the one whose place it takes, alone until now, has a group with it from here on. */
  #follow(row: number, group: number): void {
    const { terms } = this.rows;
    const first = this.index.get(group);
    if (first >= 0 && terms.group[first] === 0) {
      this.#takeOut(first);
      terms.makeSpecial(first);
      terms.group[first] = group;
      this.#putIn(first);
    }
    this.rejoin(row);
  }

  /** A row that lives on after its end, whose hash is out: what its family did meanwhile was told to the living alone. */
  rejoin(row: number): void {
    const { terms, state, account, instrument } = this.rows;
    const parent = terms.parent[row] === 0 ? -1 : this.index.get(terms.parent[row] as number);
    if (parent >= 0) terms.parentFilled[row] = this.rows.cumQty(parent);
    const group = terms.group[row] as number;
    if (group === 0) return;
    let filled = 0;
    for (let other = 0; other < terms.group.length; other++) {
      if (terms.group[other] !== group) continue;
      if (account[other] !== account[row] || instrument[other] !== instrument[row]) continue;
      filled += this.rows.cumQty(other);
      const isDone = other !== row && state[other] === OrderState.Filled;
      if (isDone && terms.parent[row] === 0) terms.siblingDone[row] = 1;
    }
    terms.groupFilled[row] = filled;
  }

  /** A fill (or, negative, one that was taken back) of `row`, whose hash is out: its relatives learn of it. */
  spread(row: number, qty: number): void {
    const { terms, order } = this.rows;
    assert(terms.special[row] !== 0 && Number.isSafeInteger(qty), Code.InvariantBroken);
    const group = terms.group[row] as number;
    if (group !== 0) terms.groupFilled[row] = (terms.groupFilled[row] as number) + qty;
    const parent = terms.parent[row] === 0 ? -1 : this.index.get(terms.parent[row] as number);
    if (parent >= 0 && this.rows.hasFlag(row, OrderFlag.ReduceOnly)) {
      this.#takeOut(parent);
      terms.childFilled[parent] = (terms.childFilled[parent] as number) + qty;
      this.#putIn(parent);
    }
    const isParent = terms.children[row] !== 0;
    if (group === 0 && !isParent) return;
    this.#find(row, (other) => {
      const isSibling = group !== 0 && terms.group[other] === group;
      const isChild = isParent && terms.parent[other] === order[row];
      if (!isSibling && !isChild) return false;
      this.#takeOut(other);
      if (isSibling) terms.groupFilled[other] = (terms.groupFilled[other] as number) + qty;
      else terms.parentFilled[other] = (terms.parentFilled[other] as number) + qty;
      this.#putIn(other);
      return false;
    });
  }

  /** An order was filled whole: its siblings are to end; when it is an exit, its parent is over. */
  noteDone(row: number): void {
    const { terms } = this.rows;
    const group = terms.group[row] as number;
    if (terms.parent[row] === 0) {
      // Children end by what is left to exit instead: what their parent still filled has to stay protected.
      if (group !== 0) this.#find(row, (other) => this.#noteSibling(other, group));
      return;
    }
    const parent = this.index.get(terms.parent[row] as number);
    if (parent < 0 || !this.rows.hasFlag(row, OrderFlag.ReduceOnly)) return;
    this.#takeOut(parent);
    terms.exitDone[parent] = 1;
    this.#putIn(parent);
  }

  #noteSibling(row: number, group: number): false {
    if (this.rows.terms.group[row] !== group) return false;
    this.#takeOut(row);
    this.rows.terms.siblingDone[row] = 1;
    this.#putIn(row);
    return false;
  }

  /** WatermarkMoved, OrderResized: facts about an order that is held. The table has taken its hash out. */
  change(row: number, record: Readonly<TradingRecord>): void {
    const { rows } = this;
    assert(rows.state[row] === OrderState.Held, Code.IllegalTransition);
    if (record.kind === RecordKind.WatermarkMoved) {
      assert(Number.isSafeInteger(record.price) && record.price > 0, Code.ValueOutOfRange);
      rows.terms.watermark[row] = record.price;
      return;
    }
    assert(record.kind === RecordKind.OrderResized, Code.IllegalTransition);
    assert(Number.isSafeInteger(record.qty) && record.qty > 0 && record.qty <= MANTISSA_MAX, Code.ValueOutOfRange);
    rows.qty[row] = record.qty;
    if ((record.flags & OrderFlag.Triggered) !== 0) rows.setFlag(row, OrderFlag.Triggered, true);
  }

  /** OrderReplaced with evidence Own: new terms for what is still with us; what the record leaves at 0 stays. */
  amend(row: number, record: Readonly<TradingRecord>): void {
    const { rows } = this;
    assert(record.evidence === Evidence.Own, Code.IllegalTransition);
    assert(Number.isSafeInteger(record.qty) && Number.isSafeInteger(record.price), Code.ValueOutOfRange);
    assert(rows.state[row] === OrderState.Held, Code.IllegalTransition);
    if (record.price > 0) rows.price[row] = record.price;
    if (record.qty > 0) {
      rows.qty[row] = record.qty;
      rows.terms.ownQty[row] = record.qty;
    }
    if (record.triggerPrice > 0) rows.terms.triggerPrice[row] = record.triggerPrice;
    if (record.trailOffset > 0) rows.terms.trailOffset[row] = record.trailOffset;
  }

  /** OrderTriggered: the terms of the record are what goes to the venue. */
  trigger(row: number, record: Readonly<TradingRecord>): void {
    const { rows } = this;
    assert(Number.isSafeInteger(record.qty) && record.qty > 0, Code.ValueOutOfRange);
    assert(Number.isSafeInteger(record.price) && record.price >= 0, Code.ValueOutOfRange);
    assert(record.orderType > 0, Code.ValueOutOfRange);
    rows.orderType[row] = record.orderType;
    rows.timeInForce[row] = record.timeInForce;
    rows.price[row] = record.price;
    rows.qty[row] = record.qty;
    rows.flags[row] = (rows.flags[row] as number) | OrderFlag.Triggered;
  }

  /** First row of the same account and instrument, held or at the venue, that `fits` says yes to; -1 = none. */
  #find(row: number, fits: (other: number) => boolean): number {
    const { rows } = this;
    const account = rows.account[row] as number;
    const instrument = rows.instrument[row] as number;
    for (let other = this.#lists.first(instrument); other >= 0; other = this.#lists.next(other)) {
      if (other !== row && rows.account[other] === account && fits(other)) return other;
    }
    for (let order = this.open.first(account, instrument); order !== 0; order = this.open.next(order)) {
      const other = this.index.get(order);
      if (other !== row && fits(other)) return other;
    }
    return -1;
  }

  #takeOut(row: number): void {
    this.rows.addTo(this.hash, row).takeOut();
  }

  #putIn(row: number): void {
    this.rows.addTo(this.hash, row).putIn();
  }

  #row(order: number): number {
    const row = this.index.get(order);
    assert(row >= 0, Code.InvariantBroken);
    return row;
  }

  #number(row: number): number {
    return row < 0 ? 0 : (this.rows.order[row] as number);
  }
}
