/** Columns of the order table, and the quantities that follow from them: one place for all of its arithmetic. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { StateReader, StateWriter } from "../core/state_bytes.ts";
import { isExposed, OrderFlag, OrderState } from "../model/order.ts";
import type { TradingRecord } from "../model/record.ts";
import { HeldTerms } from "./held_terms.ts";
import { TextHash } from "./text_hash.ts";
import { VenueIds } from "./venue_ids.ts";

const TABLE = 20;

/** Bits of the `marks` column: what we know besides the state. */
export enum Mark {
  /** Evidence (ack, fill, replace) that the venue accepted the order. */
  Accepted = 1,
  /** The pending replace may have left: the venue may already work on the new terms. */
  ReplaceReleased = 2,
}

/** Rows are reused; who may use which row is the table's business. */
export class OrderRows {
  readonly order: Uint32Array;
  readonly state: Uint8Array;
  readonly marks: Uint8Array;
  readonly account: Uint16Array;
  readonly revision: Uint16Array;
  readonly instrument: Uint32Array;
  readonly instance: Uint32Array;
  readonly leg: Uint8Array;
  readonly side: Uint8Array;
  readonly orderType: Uint8Array;
  readonly timeInForce: Uint8Array;
  readonly flags: Uint16Array;
  /** Reason of the last denial, reject, cancel or loss. */
  readonly code: Uint16Array;
  /** Number of the last request that carries terms: the order itself, then each replace. */
  readonly attempt: Uint32Array;
  /** Highest attempt that the venue has answered. */
  readonly answered: Uint32Array;
  readonly price: Float64Array;
  readonly qty: Float64Array;
  /** Terms of the replace that has no answer yet, else 0. */
  readonly pendingPrice: Float64Array;
  readonly pendingQty: Float64Array;
  /** Sum of all distinct fills, and of those that were busted since. */
  readonly filled: Float64Array;
  readonly busted: Float64Array;
  /** Largest cumulative quantity that the venue has stated. */
  readonly venueCumQty: Float64Array;
  /** Engine time of the intent. */
  readonly timeUs: Float64Array;
  /** Record that ended the order: who is evicted first follows from it. */
  readonly endedRecord: Float64Array;
  /** Record that touched the order last. */
  readonly changedRecord: Float64Array;
  readonly ids: VenueIds;
  /** What only conditional and contingent orders have. */
  readonly terms: HeldTerms;
  readonly #why: string[];
  readonly #whyA: Int32Array;
  readonly #whyB: Int32Array;
  readonly #text = new TextHash();

  constructor(limits: Limits) {
    const n = limits.ordersMax;
    assert(n > 0, Code.LimitRelationBroken);
    this.order = new Uint32Array(n);
    this.state = new Uint8Array(n);
    this.marks = new Uint8Array(n);
    this.account = new Uint16Array(n);
    this.revision = new Uint16Array(n);
    this.instrument = new Uint32Array(n);
    this.instance = new Uint32Array(n);
    this.leg = new Uint8Array(n);
    this.side = new Uint8Array(n);
    this.orderType = new Uint8Array(n);
    this.timeInForce = new Uint8Array(n);
    this.flags = new Uint16Array(n);
    this.code = new Uint16Array(n);
    this.attempt = new Uint32Array(n);
    this.answered = new Uint32Array(n);
    this.price = new Float64Array(n);
    this.qty = new Float64Array(n);
    this.pendingPrice = new Float64Array(n);
    this.pendingQty = new Float64Array(n);
    this.filled = new Float64Array(n);
    this.busted = new Float64Array(n);
    this.venueCumQty = new Float64Array(n);
    this.timeUs = new Float64Array(n);
    this.endedRecord = new Float64Array(n);
    this.changedRecord = new Float64Array(n);
    this.ids = new VenueIds(n, limits.accountsMax);
    this.terms = new HeldTerms(limits);
    this.#why = new Array<string>(n).fill("");
    this.#whyA = new Int32Array(n);
    this.#whyB = new Int32Array(n);
  }

  /** Fills a free row from an OrderIntent or OrderDenied. */
  create(row: number, record: Readonly<TradingRecord>, state: OrderState): void {
    assert(record.order > 0, Code.IdNotDense);
    this.order[row] = record.order;
    this.state[row] = state;
    this.marks[row] = 0;
    this.account[row] = record.account;
    this.revision[row] = record.instrumentRevision;
    this.instrument[row] = record.instrument;
    this.instance[row] = record.instance;
    this.leg[row] = record.leg;
    this.side[row] = record.side;
    this.orderType[row] = record.orderType;
    this.timeInForce[row] = record.timeInForce;
    this.flags[row] = record.flags & ~(OrderFlag.CancelPending | OrderFlag.ReplacePending);
    this.code[row] = record.code;
    this.attempt[row] = record.attempt;
    this.answered[row] = 0;
    // A denied order may have been denied because of these: what is no mantissa is kept as 0.
    this.price[row] = Number.isSafeInteger(record.price) ? record.price : 0;
    this.qty[row] = Number.isSafeInteger(record.qty) ? record.qty : 0;
    this.pendingPrice[row] = 0;
    this.pendingQty[row] = 0;
    this.filled[row] = 0;
    this.busted[row] = 0;
    this.venueCumQty[row] = 0;
    this.timeUs[row] = record.timeUs;
    this.endedRecord[row] = 0;
    this.changedRecord[row] = record.record;
    this.terms.create(row, record);
    this.#setWhy(row, record.text);
  }

  /** Rows 0 to `count` − 1. Every public column is saved by its name: one that is added cannot be forgotten here. */
  save(out: StateWriter, count: number): void {
    const columns = columnsOf(this);
    out.part("order rows", 1).u32(count).u32(columns.length);
    for (const [name, column] of columns) out.text(name).column(column, count);
    this.terms.save(out, count);
    for (let row = 0; row < count; row++) {
      out.text(this.why(row));
      this.ids.saveRow(out, row, this.account[row] as number, this.order[row] as number);
    }
  }

  /** Answers how many rows it was. */
  load(from: StateReader): number {
    from.part("order rows", 1);
    const count = from.u32();
    const columns = columnsOf(this);
    assert(from.u32() === columns.length, Code.InvariantBroken);
    for (const [name, column] of columns) {
      assert(from.text() === name && from.column(column) === count, Code.InvariantBroken);
    }
    this.terms.load(from, count);
    for (let row = 0; row < count; row++) {
      this.#setWhy(row, from.text());
      this.ids.loadRow(from, row, this.account[row] as number, this.order[row] as number);
    }
    return count;
  }

  why(row: number): string {
    return this.#why[row] as string;
  }

  hasFlag(row: number, flag: OrderFlag): boolean {
    return ((this.flags[row] as number) & flag) !== 0;
  }

  setFlag(row: number, flag: OrderFlag, on: boolean): void {
    const flags = this.flags[row] as number;
    this.flags[row] = on ? flags | flag : flags & ~flag;
  }

  hasMark(row: number, mark: Mark): boolean {
    return ((this.marks[row] as number) & mark) !== 0;
  }

  setMark(row: number, mark: Mark, on: boolean): void {
    const marks = this.marks[row] as number;
    this.marks[row] = on ? marks | mark : marks & ~mark;
  }

  /** What counts as filled: distinct fills without the busted ones. */
  cumQty(row: number): number {
    return (this.filled[row] as number) - (this.busted[row] as number);
  }

  /** Larger of the order's quantity and that of a replace without an answer (0 when there is none). */
  qtyMax(row: number): number {
    return Math.max(this.qty[row] as number, this.pendingQty[row] as number);
  }

  /** Larger of the order's price and that of a replace without an answer (0 when there is none). */
  priceMax(row: number): number {
    return Math.max(this.price[row] as number, this.pendingPrice[row] as number);
  }

  /** What may still trade if the order lives: an undone fill counts as open again, since the venue may restore it. */
  leavesQty(row: number): number {
    return Math.max(0, this.qtyMax(row) - this.cumQty(row));
  }

  /** What may still move the position: leaves, and of an ended order what the venue says has traded beyond its fills. */
  exposedQty(row: number): number {
    if (isExposed(this.state[row] as OrderState)) return this.leavesQty(row);
    const filled = this.filled[row] as number;
    assert(filled >= 0 && filled <= MANTISSA_MAX, Code.ValueOutOfRange);
    const stated = Math.min(this.venueCumQty[row] as number, Math.max(this.qtyMax(row), filled));
    return Math.max(0, stated - filled);
  }

  /**
   * Quantity at which the venue is done: by all fills, busted ones included, for a venue does not re-open an order on
   * a bust. A replace that may have left keeps the order alive until the larger quantity is reached or it is answered.
   */
  isComplete(row: number): boolean {
    const target = this.hasMark(row, Mark.ReplaceReleased) ? this.qtyMax(row) : (this.qty[row] as number);
    return (this.filled[row] as number) >= target;
  }

  /** State by quantities and pending requests alone. */
  restingState(row: number): OrderState {
    if (this.isComplete(row)) return OrderState.Filled;
    if (this.hasFlag(row, OrderFlag.CancelPending)) return OrderState.CancelSent;
    if (this.hasFlag(row, OrderFlag.ReplacePending)) return OrderState.ReplaceSent;
    if (this.cumQty(row) > 0) return OrderState.PartiallyFilled;
    return this.hasMark(row, Mark.Accepted) ? OrderState.Open : OrderState.Sent;
  }

  addFill(row: number, qty: number): void {
    assert(qty > 0 && (this.filled[row] as number) <= MANTISSA_MAX - qty, Code.ValueOutOfRange);
    this.filled[row] = (this.filled[row] as number) + qty;
  }

  /** An inferred fill makes room for the real ones. */
  dropFill(row: number, qty: number): void {
    assert(qty > 0 && (this.filled[row] as number) >= qty, Code.ValueOutOfRange);
    this.filled[row] = (this.filled[row] as number) - qty;
  }

  voidFill(row: number, qty: number): void {
    assert(qty > 0 && this.cumQty(row) >= qty, Code.ValueOutOfRange);
    this.busted[row] = (this.busted[row] as number) + qty;
  }

  /** A venue's cumulative below ours is late news; one above shows missing fills, which are never invented. */
  noteVenueCumQty(row: number, cumQty: number): void {
    if (cumQty > (this.venueCumQty[row] as number)) this.venueCumQty[row] = cumQty;
  }

  /** True when a replace of this number has been answered; an unstated number (0) means the one under way. */
  isAnswered(row: number, attempt: number): boolean {
    return attempt > 0 && attempt <= (this.answered[row] as number);
  }

  /** ReplaceIntent: the terms that wait for the venue; what the record leaves at 0 stays as it is. */
  askReplace(row: number, record: Readonly<TradingRecord>): void {
    assert(Number.isSafeInteger(record.qty) && record.qty >= 0, Code.ValueOutOfRange);
    assert(Number.isSafeInteger(record.price) && record.price >= 0, Code.ValueOutOfRange);
    this.attempt[row] = Math.max(record.attempt, (this.attempt[row] as number) + 1);
    this.pendingPrice[row] = record.price > 0 ? record.price : (this.price[row] as number);
    this.pendingQty[row] = record.qty > 0 ? record.qty : (this.qty[row] as number);
    this.setFlag(row, OrderFlag.ReplacePending, true);
    this.setMark(row, Mark.ReplaceReleased, false);
  }

  /** OrderReplaced: the terms that the venue states, else those asked for. */
  takeTerms(row: number, record: Readonly<TradingRecord>): void {
    const price = record.price > 0 ? record.price : (this.pendingPrice[row] as number);
    const qty = record.qty > 0 ? record.qty : (this.pendingQty[row] as number);
    if (price > 0) this.price[row] = price;
    if (qty > 0) this.qty[row] = qty;
    // Only what the venue has taken: a refused wish must not be what the order is brought to again and again.
    const { askedQty, ownQty } = this.terms;
    if (askedQty[row] !== 0 && askedQty[row] === this.qty[row]) ownQty[row] = askedQty[row] as number;
    this.dropReplace(row);
  }

  /** The replace under way is over, one way or the other. */
  dropReplace(row: number): void {
    this.setFlag(row, OrderFlag.ReplacePending, false);
    this.setMark(row, Mark.ReplaceReleased, false);
    this.pendingPrice[row] = 0;
    this.pendingQty[row] = 0;
    this.terms.askedQty[row] = 0;
    this.answered[row] = this.attempt[row] as number;
  }

  /** Makes a venue id that is new the current one. */
  learnVenueId(row: number, venueOrderId: string): void {
    this.ids.learn(row, this.account[row] as number, this.order[row] as number, venueOrderId);
  }

  /** The row as hashed: every column that later records read, and the texts. */
  addTo(hash: RowHash, row: number): RowHash {
    hash
      .begin(TABLE, this.order[row] as number)
      .add((this.account[row] as number) * 4_294_967_296 + (this.instrument[row] as number))
      .add((this.revision[row] as number) * 4_294_967_296 + (this.instance[row] as number))
      .add((this.state[row] as number) * 65_536 + (this.leg[row] as number) * 256 + (this.side[row] as number))
      .add(
        (this.orderType[row] as number) * 65_536 +
          (this.timeInForce[row] as number) * 256 +
          (this.marks[row] as number),
      )
      .add((this.flags[row] as number) * 65_536 + (this.code[row] as number))
      .add((this.attempt[row] as number) * 1_048_576 + (this.answered[row] as number))
      .add(this.price[row] as number)
      .add(this.qty[row] as number)
      .add(this.pendingPrice[row] as number)
      .add(this.pendingQty[row] as number)
      .add(this.filled[row] as number)
      .add(this.busted[row] as number)
      .add(this.venueCumQty[row] as number)
      .add(this.timeUs[row] as number)
      .add(this.endedRecord[row] as number)
      .add(this.changedRecord[row] as number)
      .add(this.#whyA[row] as number)
      .add(this.#whyB[row] as number);
    this.terms.addTo(hash, row);
    this.ids.addTo(hash, row);
    return hash;
  }

  #setWhy(row: number, why: string): void {
    this.#why[row] = why;
    const text = this.#text.read(why);
    this.#whyA[row] = text.a;
    this.#whyB[row] = text.b;
  }
}

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** In the order in which the class names them. */
function columnsOf(rows: OrderRows): (readonly [string, Column])[] {
  const isColumn = (value: unknown) => ArrayBuffer.isView(value) && !(value instanceof DataView);
  return Object.entries(rows).filter(([, value]) => isColumn(value)) as [string, Column][];
}
