/** All orders that live, and the ended ones that are still remembered. Part of D: written by `apply` alone. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Denial, Reject } from "../model/denial.ts";
import { beginsHeld, isExposed, isTerminal, OrderEvent, OrderFlag, OrderState, Side } from "../model/order.ts";
import { Evidence, RecordKind, type TradingRecord } from "../model/record.ts";
import { AdoptedIds } from "./adopted_ids.ts";
import { ANY_ORDER, FillSet } from "./fill_set.ts";
import { HeldOrders } from "./held_orders.ts";
import { InferredFills } from "./inferred_fills.ts";
import { cell, eventOf, Step } from "./matrix.ts";
import { OrderFacts } from "./order_facts.ts";
import { OrderIndex } from "./order_index.ts";
import { Mark, OrderRows } from "./order_rows.ts";
import { stateAfter, takeRelease, takeWithdraw } from "./order_steps.ts";
import { RowLists } from "./row_lists.ts";

const EXPOSED = 0;
const ENDED = 1;
const HELD = 2;

/** Order numbers are dense and start at 1. Exposed orders are never evicted; ended ones leave oldest first when full. */
export class OrderTable extends OrderFacts implements Saved {
  /** Fills that were counted, by fill id. */
  readonly fills: FillSet;
  /** Orders that wait with us, and families of orders. */
  readonly held: HeldOrders;
  /** Of those, the ones that no trade id proves. */
  readonly inferred: InferredFills;
  /** Client order ids of orders that were found at the venue. */
  readonly adopted: AdoptedIds;
  readonly #rows: OrderRows;
  readonly #index: OrderIndex;
  /** Exposed orders by (account, instrument), ascending by number. */
  readonly #open: RowLists;
  /** All exposed orders ascending by number; all ended ones in the order in which they ended. */
  readonly #all: RowLists;
  readonly #openBuyQty: Float64Array;
  readonly #openSellQty: Float64Array;
  #nextOrder = 1;
  #rowsUsed = 0;

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {
    super(new OrderRows(limits), new OrderIndex(limits.ordersMax));
    this.#rows = this.rows;
    this.#index = this.index;
    const pairs = limits.accountsMax * limits.instrumentsMax;
    assert(limits.ordersMax > 0 && pairs > 0, Code.LimitRelationBroken);
    this.fills = new FillSet(limits.fillsMax, hash);
    this.inferred = new InferredFills(hash);
    this.adopted = new AdoptedIds(hash);
    this.#open = new RowLists(pairs, limits.ordersMax);
    this.#all = new RowLists(3, limits.ordersMax);
    this.#openBuyQty = new Float64Array(pairs);
    this.#openSellQty = new Float64Array(pairs);
    const open = {
      first: (account: number, instrument: number) => this.firstOpen(account, instrument),
      next: (order: number) => this.nextOpen(order),
    };
    this.held = new HeldOrders(this.#rows, this.#index, open, hash, limits);
  }

  /** Takes a record of an order; other kinds change nothing. Stops on what only our own mistake can journal. */
  apply(record: Readonly<TradingRecord>): void {
    if (record.kind === RecordKind.OrderIntent) {
      this.#create(record, beginsHeld(record.flags) ? OrderState.Held : OrderState.Intent);
      return;
    }
    // A held order is denied when its condition comes true; every other denial is of an order that never was.
    if (record.kind === RecordKind.OrderDenied && record.order === this.#nextOrder) {
      this.#create(record, OrderState.Denied);
      return;
    }
    if (record.kind === RecordKind.OrderAdopted) {
      this.#adopt(record);
      return;
    }
    const event = eventOf(record.kind);
    const isChange = record.kind === RecordKind.WatermarkMoved || record.kind === RecordKind.OrderResized;
    if (event === -1 && !isChange) return;
    const row = this.#index.get(record.order);
    assert(row >= 0, Code.IllegalTransition);
    if (event === -1) {
      this.#takeOut(row);
      this.held.change(row, record);
      this.#putIn(row);
      return;
    }
    this.#happen(row, event, record);
  }

  /** Number that the next OrderIntent or OrderDenied must carry. */
  get nextOrder(): number {
    return this.#nextOrder;
  }

  /** True when one more order fits: the gate asks before it approves. */
  hasRoomFor(count: number): boolean {
    return this.limits.ordersMax - this.#rowsUsed + this.#all.count(ENDED) >= count;
  }

  hasRoom(): boolean {
    return this.#rowsUsed < this.limits.ordersMax || this.#all.count(ENDED) > 0;
  }

  /** False when a quantity that the venue states would leave what can be counted exactly. */
  fitsQty(order: number, qty: number): boolean {
    const row = this.row(order);
    const sums = this.#rows.side[row] === Side.Buy ? this.#openBuyQty : this.#openSellQty;
    return Number.isSafeInteger(qty) && qty >= 0 && (sums[this.#pairOf(row)] as number) <= MANTISSA_MAX - qty;
  }

  /**
   * Leaves of all exposed buys, intents, unknowns and orders being cancelled or replaced included; and of ended ones what
   * the venue has traded beyond the fills that came.
   */
  openBuyQty(account: number, instrument: number): number {
    return this.#openBuyQty[this.#pair(account, instrument)] as number;
  }

  openSellQty(account: number, instrument: number): number {
    return this.#openSellQty[this.#pair(account, instrument)] as number;
  }

  openCount(account: number, instrument: number): number {
    return this.#open.count(this.#pair(account, instrument));
  }

  openCountAll(): number {
    return this.#all.count(EXPOSED);
  }

  firstHeldAll(): number {
    return this.#number(this.#all.first(HELD));
  }

  /** Only while `order` is held. */
  nextHeldAll(order: number): number {
    const row = this.row(order);
    assert(this.#rows.state[row] === OrderState.Held, Code.InvariantBroken);
    return this.#number(this.#all.next(row));
  }

  /** Ended orders that are still remembered, in the order in which they ended. */
  firstEnded(): number {
    return this.#number(this.#all.first(ENDED));
  }

  nextEnded(order: number): number {
    return this.#number(this.#all.next(this.row(order)));
  }

  /** First exposed order of the pair, 0 when there is none. Take `nextOpen` before anything may end the order. */
  firstOpen(account: number, instrument: number): number {
    return this.#number(this.#open.first(this.#pair(account, instrument)));
  }

  nextOpen(order: number): number {
    return this.#number(this.#open.next(this.row(order)));
  }

  firstOpenAll(): number {
    return this.#number(this.#all.first(EXPOSED));
  }

  /** Only while `order` is exposed. */
  nextOpenAll(order: number): number {
    const row = this.row(order);
    assert(isExposed(this.#rows.state[row] as OrderState), Code.InvariantBroken);
    return this.#number(this.#all.next(row));
  }

  /** True when the fill was counted. Both sides of a trade with ourselves may share an id: `order` tells them apart. */
  hasFill(account: number, instrument: number, fillId: string, order: number = ANY_ORDER): boolean {
    return this.fills.find(account, instrument, fillId, order) >= 0;
  }

  /** Adds every row to another hash: the sum from scratch, for audits. */
  addRowsTo(hash: RowHash): void {
    for (let list = EXPOSED; list <= HELD; list++) {
      for (let row = this.#all.first(list); row >= 0; row = this.#all.next(row)) this.#rows.addTo(hash, row).putIn();
    }
    this.fills.addRowsTo(hash);
    this.inferred.addRowsTo(hash);
    this.adopted.addRowsTo(hash);
  }

  /** Found at the venue: it lives there, under the next number here. A known one gets another owner. */
  #adopt(record: Readonly<TradingRecord>): void {
    const known = this.#index.get(record.order);
    if (known >= 0) {
      assert(this.adopted.idOf(record.order) !== undefined, Code.IllegalTransition);
      this.#takeOut(known);
      this.#rows.instance[known] = record.instance;
      this.#rows.setFlag(known, OrderFlag.External, (record.flags & OrderFlag.External) !== 0);
      this.#putIn(known);
      return;
    }
    this.#create(record, OrderState.Intent);
    const row = this.#index.get(record.order);
    assert(row >= 0, Code.TableFull);
    this.adopted.add(record.order, record.account, record.text);
    this.#takeOut(row);
    this.#rows.state[row] = OrderState.Open;
    this.#rows.setMark(row, Mark.Accepted, true);
    this.#rows.learnVenueId(row, record.venueOrderId);
    this.#putIn(row);
  }

  save(out: StateWriter): void {
    this.#rows.save(out.part("orders", 1).f64(this.#nextOrder), this.#rowsUsed);
    for (const list of [EXPOSED, ENDED, HELD]) this.#all.saveList(out, list);
    this.fills.save(out);
    this.inferred.save(out);
    this.adopted.save(out);
  }

  load(from: StateReader): void {
    assert(this.#nextOrder === 1, Code.InvariantBroken);
    this.#nextOrder = from.part("orders", 1).f64();
    this.#rowsUsed = this.#rows.load(from); // The lists follow in their own order: it says who is evicted next.
    for (let list = EXPOSED; list <= HELD; list++) for (let n = from.u32(); n > 0; n--) this.#file(from.u32());
    this.fills.load(from);
    this.inferred.load(from);
    this.adopted.load(from);
  }

  #create(record: Readonly<TradingRecord>, state: OrderState): void {
    assert(record.order === this.#nextOrder, Code.IdNotDense);
    this.#nextOrder++;
    const room = this.hasRoom();
    // A denial for want of room has no row: it is in the journal and never had a life.
    if (!room && state === OrderState.Denied) return;
    assert(room, Code.TableFull);
    if (state !== OrderState.Denied) {
      this.#pair(record.account, record.instrument);
      assert(record.side === Side.Buy || record.side === Side.Sell, Code.ValueOutOfRange);
      assert(Number.isSafeInteger(record.qty) && record.qty > 0, Code.ValueOutOfRange);
      assert(Number.isSafeInteger(record.price) && record.price >= 0, Code.ValueOutOfRange);
    }
    const row = this.#rowsUsed < this.limits.ordersMax ? this.#rowsUsed++ : this.#evict();
    this.#rows.create(row, record, state);
    if (isTerminal(state)) this.#rows.endedRecord[row] = record.record;
    else if (this.#rows.terms.special[row] !== 0) this.held.join(row);
    this.#file(row);
  }

  /** A row whose columns stand: into the index, its lists, the sums and the hash. */
  #file(row: number): void {
    this.#index.put(this.#rows.order[row] as number, row);
    this.#list(row);
    this.#putIn(row);
  }

  #evict(): number {
    const row = this.#all.first(ENDED);
    assert(row >= 0, Code.TableFull);
    const order = this.#rows.order[row] as number;
    this.#takeOut(row);
    this.#all.remove(ENDED, row);
    this.#index.remove(order);
    this.inferred.remove(order);
    this.adopted.remove(order);
    this.#rows.ids.forget(row, this.#rows.account[row] as number, order);
    return row;
  }

  /** One step of one order: columns first, then the state that the matrix and the columns give. */
  #happen(row: number, event: OrderEvent, record: Readonly<TradingRecord>): void {
    const rows = this.#rows;
    const state = rows.state[row] as OrderState;
    const step = cell(state, event).step;
    assert(step !== Step.Illegal, Code.IllegalTransition);
    assert(step !== Step.Break && step !== Step.Park, Code.IllegalTransition);
    this.#takeOut(row);
    rows.changedRecord[row] = record.record;
    const proves = this.#takeColumns(row, event, record, state);
    const next = stateAfter(rows, row, step, event, state, proves, record);
    rows.state[row] = next;
    if (isTerminal(next)) {
      rows.setFlag(row, OrderFlag.CancelPending, false);
      rows.setFlag(row, OrderFlag.ReplacePending, false);
      rows.setMark(row, Mark.ReplaceReleased, false);
    }
    if (listOf(next) !== listOf(state)) {
      this.#unlist(row, listOf(state));
      rows.endedRecord[row] = isTerminal(next) ? record.record : 0;
      if (isTerminal(state) && rows.terms.special[row] !== 0) this.held.rejoin(row);
      this.#list(row);
    }
    if (next === OrderState.Filled && state !== next) this.held.noteDone(row);
    this.#putIn(row);
  }

  /** What the event does to the columns. True when it proves more than its kind says: see `Revive` and `Newer`. */
  #takeColumns(row: number, event: OrderEvent, record: Readonly<TradingRecord>, state: OrderState): boolean {
    const rows = this.#rows;
    rows.noteVenueCumQty(row, record.cumQty);
    switch (event) {
      case OrderEvent.Release:
        takeRelease(rows, row, record, state);
        return false;
      case OrderEvent.Withdraw:
        takeWithdraw(rows, row, record, state);
        return false;
      case OrderEvent.Accept:
        rows.setMark(row, Mark.Accepted, true);
        this.#learnFirst(row, record.venueOrderId);
        return false;
      case OrderEvent.Fill:
        this.#takeFill(row, record);
        return false;
      case OrderEvent.CancelRequest:
        rows.setFlag(row, OrderFlag.CancelPending, true);
        // For its size alone, or not any more: whoever makes it again in another size must know, after a restart too.
        if (record.code !== 0 || rows.code[row] === Denial.ContingentQty) rows.code[row] = record.code;
        return false;
      case OrderEvent.Cancel:
      case OrderEvent.Expire:
        // The leg that ended: a replace that comes late with the same id does not revive the order.
        return this.#takeEnd(row, record);
      case OrderEvent.CancelReject:
        // An intent stays unwanted: the gate must not send what we were asked to cancel.
        if (state !== OrderState.Intent && !this.#mayArrive(row, state, record.code)) {
          rows.setFlag(row, OrderFlag.CancelPending, false);
        }
        return false;
      case OrderEvent.ReplaceRequest:
        // Asked for by a person or a strategy; an amend of our own only follows the family.
        rows.askReplace(row, record);
        rows.terms.askedQty[row] = record.evidence === Evidence.Own ? 0 : record.qty;
        return false;
      case OrderEvent.Replace:
        return this.#takeReplace(row, record, state);
      case OrderEvent.ReplaceReject:
        if (!rows.isAnswered(row, record.attempt)) rows.dropReplace(row);
        return false;
      case OrderEvent.Lose:
        rows.code[row] = record.code;
        // Nobody can tell any more whether the gate had let the replace go.
        if (record.code === Code.RestartUnanswered && rows.hasFlag(row, OrderFlag.ReplacePending)) {
          rows.setMark(row, Mark.ReplaceReleased, true);
        }
        return false;
      case OrderEvent.Bust:
        this.#takeBust(row, record);
        return false;
      case OrderEvent.Trigger:
        this.held.trigger(row, record);
        return false;
      default:
        rows.code[row] = record.code;
        return false;
    }
  }

  /**
   * The venue does not know what may still be on its way to it: there was nothing to cancel yet. It stays unwanted, and is
   * cancelled again when it shows up; a kill must not be passed by an order that comes late.
   */
  #mayArrive(row: number, state: OrderState, code: number): boolean {
    return state === OrderState.Unknown && code === Reject.UnknownOrder && !this.#rows.hasMark(row, Mark.Accepted);
  }

  /** A fill counts once, by its id. The report handler has dropped repeated ones: a second one here is our mistake. */
  #takeFill(row: number, record: Readonly<TradingRecord>): void {
    const rows = this.#rows;
    const account = rows.account[row] as number;
    const instrument = rows.instrument[row] as number;
    const { order, fillId, qty, price } = record;
    this.fills.add(account, instrument, fillId, order, qty, price);
    if (record.evidence === Evidence.Inferred) {
      this.inferred.add(order, { fillId, qty, price, from: rows.filled[row] as number });
    }
    rows.addFill(row, qty);
    if (rows.terms.special[row] !== 0) this.held.spread(row, qty);
    rows.setMark(row, Mark.Accepted, true);
    this.#learnFirst(row, record.venueOrderId);
  }

  #takeBust(row: number, record: Readonly<TradingRecord>): void {
    const rows = this.#rows;
    const account = rows.account[row] as number;
    const instrument = rows.instrument[row] as number;
    const entry = this.fills.find(account, instrument, record.fillId, record.order);
    const inferred = this.inferred.get(record.order);
    // What was only inferred never was a fill of its own: the real ones come in its place, long after its id was let go.
    const isInferred = inferred?.fillId === record.fillId;
    assert(entry >= 0 || isInferred, Code.IllegalTransition);
    const qty = isInferred ? inferred.qty : this.fills.qty(entry);
    if (isInferred) {
      rows.dropFill(row, qty);
      this.inferred.remove(record.order);
    } else rows.voidFill(row, qty);
    if (rows.terms.special[row] !== 0) this.held.spread(row, -qty);
    if (entry >= 0) this.fills.bust(entry);
  }

  /** True when a newer leg ended than the one we knew. */
  #takeEnd(row: number, record: Readonly<TradingRecord>): boolean {
    const isNewLeg = this.#isNewLeg(row, record.venueOrderId);
    this.#rows.learnVenueId(row, record.venueOrderId);
    this.#rows.code[row] = record.code;
    return isNewLeg;
  }

  #takeReplace(row: number, record: Readonly<TradingRecord>, state: OrderState): boolean {
    const rows = this.#rows;
    if (state === OrderState.Held) {
      this.held.amend(row, record);
      return false;
    }
    if (rows.isAnswered(row, record.attempt)) return false;
    const isNewLeg = this.#isNewLeg(row, record.venueOrderId);
    rows.takeTerms(row, record);
    rows.setMark(row, Mark.Accepted, true);
    rows.learnVenueId(row, record.venueOrderId);
    return state === OrderState.Filled ? !rows.isComplete(row) : isNewLeg;
  }

  /** Acks and fills name the order's first leg, or one that a replace will teach us. */
  #learnFirst(row: number, venueOrderId: string): void {
    if (this.#rows.ids.current(row) === "") this.#rows.learnVenueId(row, venueOrderId);
  }

  #isNewLeg(row: number, venueOrderId: string): boolean {
    const { ids } = this.#rows;
    return venueOrderId !== "" && ids.current(row) !== "" && !ids.knows(row, venueOrderId);
  }

  #list(row: number): void {
    const list = listOf(this.#rows.state[row] as OrderState);
    if (list === ENDED) this.#all.append(ENDED, row);
    else this.#all.insertSorted(list, row, this.#rows.order);
    if (list === EXPOSED) this.#open.insertSorted(this.#pairOf(row), row, this.#rows.order);
    else if (list === HELD) this.held.list(row);
  }

  #unlist(row: number, list: number): void {
    this.#all.remove(list, row);
    if (list === EXPOSED) this.#open.remove(this.#pairOf(row), row);
    else if (list === HELD) this.held.unlist(row);
  }

  #takeOut(row: number): void {
    this.#rows.addTo(this.hash, row).takeOut();
    this.#addLeaves(row, -1);
  }

  #putIn(row: number): void {
    this.#addLeaves(row, 1);
    this.#rows.addTo(this.hash, row).putIn();
  }

  #addLeaves(row: number, sign: 1 | -1): void {
    const qty = this.#rows.exposedQty(row);
    if (qty === 0) return;
    const sums = this.#rows.side[row] === Side.Buy ? this.#openBuyQty : this.#openSellQty;
    const pair = this.#pairOf(row);
    const sum = (sums[pair] as number) + sign * qty;
    assert(sum >= 0 && sum <= MANTISSA_MAX, Code.ValueOutOfRange);
    sums[pair] = sum;
  }

  #pair(account: number, instrument: number): number {
    assert(account < this.limits.accountsMax && instrument < this.limits.instrumentsMax, Code.ValueOutOfRange);
    return account * this.limits.instrumentsMax + instrument;
  }

  #pairOf(row: number): number {
    return (this.#rows.account[row] as number) * this.limits.instrumentsMax + (this.#rows.instrument[row] as number);
  }

  #number(row: number): number {
    return row < 0 ? 0 : (this.#rows.order[row] as number);
  }
}

/** Which list of the table an order of this state is in. */
function listOf(state: OrderState): number {
  if (isTerminal(state)) return ENDED;
  return state === OrderState.Held ? HELD : EXPOSED;
}
