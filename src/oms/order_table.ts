/** All orders that live, and the ended ones that are still remembered. Part of D: written by `apply` alone. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import { isExposed, isTerminal, OrderEvent, OrderFlag, OrderState, Side } from "../model/order.ts";
import { Evidence, RecordKind, type TradingRecord } from "../model/record.ts";
import { AdoptedIds } from "./adopted_ids.ts";
import { ANY_ORDER, FillSet } from "./fill_set.ts";
import { InferredFills } from "./inferred_fills.ts";
import { cell, eventOf, Step } from "./matrix.ts";
import { OrderIndex } from "./order_index.ts";
import { Mark, OrderRows } from "./order_rows.ts";
import { stateAfter, takeRelease, takeWithdraw } from "./order_steps.ts";
import { RowLists } from "./row_lists.ts";

const EXPOSED = 0;
const ENDED = 1;

/** Order numbers are dense and start at 1. Exposed orders are never evicted; ended ones leave oldest first when full. */
export class OrderTable {
  /** Fills that were counted, by fill id. */
  readonly fills: FillSet;
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
    const pairs = limits.accountsMax * limits.instrumentsMax;
    assert(limits.ordersMax > 0 && pairs > 0, Code.LimitRelationBroken);
    this.fills = new FillSet(limits.fillsMax, hash);
    this.inferred = new InferredFills(hash);
    this.adopted = new AdoptedIds(hash);
    this.#rows = new OrderRows(limits);
    this.#index = new OrderIndex(limits.ordersMax);
    this.#open = new RowLists(pairs, limits.ordersMax);
    this.#all = new RowLists(2, limits.ordersMax);
    this.#openBuyQty = new Float64Array(pairs);
    this.#openSellQty = new Float64Array(pairs);
  }

  /** Takes a record of an order; other kinds change nothing. Stops on what only our own mistake can journal. */
  apply(record: Readonly<TradingRecord>): void {
    if (record.kind === RecordKind.OrderIntent) {
      this.#create(record, OrderState.Intent);
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
    if (event === -1) return;
    const row = this.#index.get(record.order);
    assert(row >= 0, Code.IllegalTransition);
    this.#happen(row, event, record);
  }

  /** Number that the next OrderIntent or OrderDenied must carry. */
  get nextOrder(): number {
    return this.#nextOrder;
  }

  /** True when one more order fits: the gate asks before it approves. */
  hasRoom(): boolean {
    return this.#rowsUsed < this.limits.ordersMax || this.#all.count(ENDED) > 0;
  }

  has(order: number): boolean {
    return this.#index.get(order) >= 0;
  }

  /** State, `None` for an order that never was or has been evicted. */
  state(order: number): OrderState {
    const row = this.#index.get(order);
    return row < 0 ? OrderState.None : (this.#rows.state[row] as OrderState);
  }

  side(order: number): Side {
    return this.#rows.side[this.#row(order)] as Side;
  }

  price(order: number): number {
    return this.#rows.price[this.#row(order)] as number;
  }

  qty(order: number): number {
    return this.#rows.qty[this.#row(order)] as number;
  }

  /** Distinct fills without the busted ones. */
  cumQty(order: number): number {
    return this.#rows.cumQty(this.#row(order));
  }

  /** What may still trade; 0 once the order has ended. A pending replace counts with the larger quantity. */
  leavesQty(order: number): number {
    const row = this.#row(order);
    return isExposed(this.#rows.state[row] as OrderState) ? this.#rows.leavesQty(row) : 0;
  }

  /** Larger of the order's price and that of a pending replace: what a value limit must assume. */
  priceMax(order: number): number {
    return this.#rows.priceMax(this.#row(order));
  }

  /** Larger of the order's quantity and that of a pending replace. */
  qtyMax(order: number): number {
    return this.#rows.qtyMax(this.#row(order));
  }

  /** New price of the last replace asked for: what a ReplaceIntent's release sends. */
  pendingPrice(order: number): number {
    return this.#rows.pendingPrice[this.#row(order)] as number;
  }

  pendingQty(order: number): number {
    return this.#rows.pendingQty[this.#row(order)] as number;
  }

  /** Quantity that the venue says is filled and whose fills have not come: never invented, only known to be missing. */
  missingQty(order: number): number {
    const row = this.#row(order);
    return Math.max(0, (this.#rows.venueCumQty[row] as number) - (this.#rows.filled[row] as number));
  }

  /** Sum of all distinct fills, busted ones included. */
  filledQty(order: number): number {
    return this.#rows.filled[this.#row(order)] as number;
  }

  /** True when a stated cumulative quantity is news. */
  wouldRaiseVenueCumQty(order: number, cumQty: number): boolean {
    return cumQty > (this.#rows.venueCumQty[this.#row(order)] as number);
  }

  /** False when a quantity that the venue states would leave what can be counted exactly. */
  fitsQty(order: number, qty: number): boolean {
    const row = this.#row(order);
    const sums = this.#rows.side[row] === Side.Buy ? this.#openBuyQty : this.#openSellQty;
    return Number.isSafeInteger(qty) && qty >= 0 && (sums[this.#pairOf(row)] as number) <= MANTISSA_MAX - qty;
  }

  flags(order: number): number {
    return this.#rows.flags[this.#row(order)] as number;
  }

  instrument(order: number): number {
    return this.#rows.instrument[this.#row(order)] as number;
  }

  instrumentRevision(order: number): number {
    return this.#rows.revision[this.#row(order)] as number;
  }

  account(order: number): number {
    return this.#rows.account[this.#row(order)] as number;
  }

  instance(order: number): number {
    return this.#rows.instance[this.#row(order)] as number;
  }

  leg(order: number): number {
    return this.#rows.leg[this.#row(order)] as number;
  }

  orderType(order: number): number {
    return this.#rows.orderType[this.#row(order)] as number;
  }

  timeInForce(order: number): number {
    return this.#rows.timeInForce[this.#row(order)] as number;
  }

  /** Number of the last request that carried terms. */
  attempt(order: number): number {
    return this.#rows.attempt[this.#row(order)] as number;
  }

  /** Reason of the last denial, reject, cancel or loss. */
  code(order: number): number {
    return this.#rows.code[this.#row(order)] as number;
  }

  /** Engine time of the intent. */
  timeUs(order: number): number {
    return this.#rows.timeUs[this.#row(order)] as number;
  }

  /** Record that changed the order last: a statement that was asked for before it is old. */
  changedRecord(order: number): number {
    return this.#rows.changedRecord[this.#row(order)] as number;
  }

  /** True when the pending replace may have left. */
  isReplaceReleased(order: number): boolean {
    return this.#rows.hasMark(this.#row(order), Mark.ReplaceReleased);
  }

  /** The venue's current id of the order, "" before it is known. */
  venueOrderId(order: number): string {
    return this.#rows.ids.current(this.#row(order));
  }

  why(order: number): string {
    return this.#rows.why(this.#row(order));
  }

  /** True when evidence has shown that the venue accepted the order. */
  isAccepted(order: number): boolean {
    return this.#rows.hasMark(this.#row(order), Mark.Accepted);
  }

  /** True when a request is out whose answer may be lost. */
  isAwaited(order: number): boolean {
    const row = this.#row(order);
    if (this.#rows.state[row] === OrderState.Sent) return true;
    if (this.#rows.hasFlag(row, OrderFlag.CancelPending)) return this.#rows.state[row] !== OrderState.Intent;
    return this.#rows.hasMark(row, Mark.ReplaceReleased);
  }

  /** What the release gate asks: is the waiting OrderIntent or ReplaceIntent still to be sent? */
  isWanted(order: number): boolean {
    const row = this.#index.get(order);
    if (row < 0) return false;
    const state = this.#rows.state[row] as OrderState;
    if (state === OrderState.Intent) return !this.#rows.hasFlag(row, OrderFlag.CancelPending);
    return state === OrderState.ReplaceSent && !this.#rows.hasMark(row, Mark.ReplaceReleased);
  }

  /** True for a replace whose answer has come already: a repeated or late one must not change terms. */
  isAnswered(order: number, attempt: number): boolean {
    return this.#rows.isAnswered(this.#row(order), attempt);
  }

  /** Order that a venue id names, current or earlier in a chain of replaces; 0 = none. */
  orderByVenueId(account: number, venueOrderId: string): number {
    return this.#rows.ids.order(account, venueOrderId);
  }

  knowsVenueId(order: number, venueOrderId: string): boolean {
    return this.#rows.ids.knows(this.#row(order), venueOrderId);
  }

  /** True when a replace has put another venue id in the place of this one. */
  isSuperseded(order: number, venueOrderId: string): boolean {
    return this.#rows.ids.isSuperseded(this.#row(order), venueOrderId);
  }

  /** Leaves of all exposed buys, intents and unknowns included; of ended ones what has traded beyond the fills that came. */
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

  /** First exposed order of the pair, 0 when there is none. Take `nextOpen` before anything may end the order. */
  firstOpen(account: number, instrument: number): number {
    return this.#number(this.#open.first(this.#pair(account, instrument)));
  }

  nextOpen(order: number): number {
    return this.#number(this.#open.next(this.#row(order)));
  }

  firstOpenAll(): number {
    return this.#number(this.#all.first(EXPOSED));
  }

  /** Only while `order` is exposed. */
  nextOpenAll(order: number): number {
    const row = this.#row(order);
    assert(isExposed(this.#rows.state[row] as OrderState), Code.InvariantBroken);
    return this.#number(this.#all.next(row));
  }

  /** True when the fill was counted. Both sides of a trade with ourselves may share an id: `order` tells them apart. */
  hasFill(account: number, instrument: number, fillId: string, order: number = ANY_ORDER): boolean {
    return this.fills.find(account, instrument, fillId, order) >= 0;
  }

  /** Fills `out` with the order's columns; kind, numbers, times and money stay as they are. */
  copyTo(order: number, out: TradingRecord): void {
    const row = this.#row(order);
    const rows = this.#rows;
    this.identify(order, out);
    out.orderType = rows.orderType[row] as number;
    out.timeInForce = rows.timeInForce[row] as number;
    out.flags = rows.flags[row] as number;
    out.attempt = rows.attempt[row] as number;
    out.price = rows.price[row] as number;
    out.qty = rows.qty[row] as number;
    out.cumQty = rows.cumQty(row);
    out.venueOrderId = rows.ids.current(row);
    out.text = rows.why(row);
  }

  /** Fills in whose order it is, and nothing that the record itself states. */
  identify(order: number, out: TradingRecord): void {
    const row = this.#row(order);
    const rows = this.#rows;
    out.order = order;
    out.account = rows.account[row] as number;
    out.instrument = rows.instrument[row] as number;
    out.instrumentRevision = rows.revision[row] as number;
    out.instance = rows.instance[row] as number;
    out.leg = rows.leg[row] as number;
    out.side = rows.side[row] as number;
  }

  /** Adds every row to another hash: the sum from scratch, for audits. */
  addRowsTo(hash: RowHash): void {
    for (let list = EXPOSED; list <= ENDED; list++) {
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

  #create(record: Readonly<TradingRecord>, state: OrderState): void {
    assert(record.order === this.#nextOrder, Code.IdNotDense);
    this.#nextOrder++;
    const room = this.hasRoom();
    // A denial for want of room has no row: it is in the journal and never had a life.
    if (!room && state === OrderState.Denied) return;
    assert(room, Code.TableFull);
    if (state === OrderState.Intent) {
      this.#pair(record.account, record.instrument);
      assert(record.side === Side.Buy || record.side === Side.Sell, Code.ValueOutOfRange);
      assert(Number.isSafeInteger(record.qty) && record.qty > 0, Code.ValueOutOfRange);
      assert(Number.isSafeInteger(record.price) && record.price >= 0, Code.ValueOutOfRange);
    }
    const row = this.#rowsUsed < this.limits.ordersMax ? this.#rowsUsed++ : this.#evict();
    this.#rows.create(row, record, state);
    this.#index.put(record.order, row);
    if (isTerminal(state)) {
      this.#rows.endedRecord[row] = record.record;
      this.#all.append(ENDED, row);
    } else this.#list(row);
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
    const next = stateAfter(rows, row, step, event, state, proves);
    rows.state[row] = next;
    if (isTerminal(next)) {
      rows.setFlag(row, OrderFlag.CancelPending, false);
      rows.setFlag(row, OrderFlag.ReplacePending, false);
      rows.setMark(row, Mark.ReplaceReleased, false);
    }
    if (isTerminal(next) && !isTerminal(state)) {
      this.#unlist(row);
      rows.endedRecord[row] = record.record;
      this.#all.append(ENDED, row);
    } else if (isTerminal(state) && !isTerminal(next)) {
      this.#all.remove(ENDED, row);
      rows.endedRecord[row] = 0;
      this.#list(row);
    }
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
        return false;
      case OrderEvent.Cancel:
      case OrderEvent.Expire:
        // The leg that ended: a replace that comes late with the same id does not revive the order.
        return this.#takeEnd(row, record);
      case OrderEvent.CancelReject:
        // An intent stays unwanted: the gate must not send what we were asked to cancel.
        if (state !== OrderState.Intent) rows.setFlag(row, OrderFlag.CancelPending, false);
        return false;
      case OrderEvent.ReplaceRequest:
        rows.askReplace(row, record);
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
      default:
        rows.code[row] = record.code;
        return false;
    }
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
    rows.setMark(row, Mark.Accepted, true);
    this.#learnFirst(row, record.venueOrderId);
  }

  #takeBust(row: number, record: Readonly<TradingRecord>): void {
    const rows = this.#rows;
    const account = rows.account[row] as number;
    const instrument = rows.instrument[row] as number;
    const entry = this.fills.find(account, instrument, record.fillId, record.order);
    assert(entry >= 0, Code.IllegalTransition);
    // What was only inferred never was a fill of its own: the real ones come in its place.
    if (this.inferred.get(record.order)?.fillId === record.fillId) {
      rows.dropFill(row, this.fills.qty(entry));
      this.inferred.remove(record.order);
    } else rows.voidFill(row, this.fills.qty(entry));
    this.fills.bust(entry);
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
    this.#open.insertSorted(this.#pairOf(row), row, this.#rows.order);
    this.#all.insertSorted(EXPOSED, row, this.#rows.order);
  }

  #unlist(row: number): void {
    this.#open.remove(this.#pairOf(row), row);
    this.#all.remove(EXPOSED, row);
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

  #row(order: number): number {
    const row = this.#index.get(order);
    assert(row >= 0, Code.InvariantBroken);
    return row;
  }

  #number(row: number): number {
    return row < 0 ? 0 : (this.#rows.order[row] as number);
  }
}
