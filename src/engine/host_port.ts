/** What inline strategies see of the engine: D and V to read, wishes to write. */

import type { TimerWheel } from "../clock/wheel.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { InstrumentMarket, MarketState } from "../market/market.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { Leg } from "../model/order.ts";
import { legCount } from "../model/order_legs.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { HostPort } from "../strategy/host_port.ts";
import type { MarkSource } from "./conversion.ts";
import type { DenialFlood } from "./denial_flood.ts";
import type { Recorder } from "./recorder.ts";
import { Equity, Valuation } from "./valuation.ts";
import type { WishQueue } from "./wishes.ts";

/** Problems of one instance that are journaled in a second; what comes beyond is counted in the next one. */
const NOTES_MAX = 16;
/** A journal so far behind takes no more denials: what room is left is for cancels, a kill and what venues report. */
const JOURNAL_WISHES = 0.9;
const NOTES_WINDOW_US = 1_000_000;

interface NoteWindow {
  startUs: number;
  count: number;
  left: number;
}

export class EngineHostPort implements HostPort {
  readonly #notes = new Map<number, NoteWindow>();
  readonly #wide = new Wide();
  readonly #valuation: Valuation;
  readonly #equity: Equity;

  #floods: DenialFlood | undefined;
  #tryPlace: (wish: Readonly<TradingRecord>) => Denial = () => Denial.None;
  #refusedAs = Denial.None;

  constructor(
    readonly recorder: Recorder,
    readonly marketState: MarketState,
    readonly wishes: WishQueue,
    readonly timers: TimerWheel,
    marks: MarkSource,
  ) {
    this.#valuation = new Valuation(recorder.state, marks);
    this.#equity = new Equity(recorder.state.limits.assetsMax);
  }

  nowUs(): number {
    return this.recorder.nowUs;
  }

  instrument(id: number): Instrument | undefined {
    return this.recorder.state.instruments.get(id);
  }

  market(instrument: number): InstrumentMarket | undefined {
    return this.marketState.instrument(instrument);
  }

  positionQty(instance: number, account: number, instrument: number): number {
    return this.recorder.state.ledger.instancePositionQty(instance, account, instrument, Leg.Net);
  }

  averageEntry(instance: number, account: number, instrument: number): number {
    return this.recorder.state.ledger.averageEntry(account, instrument, Leg.Net, instance);
  }

  cashNumber(account: number, asset: string): number {
    const ledger = this.recorder.state.ledger;
    const id = ledger.assetId(asset);
    return id === undefined ? 0 : ledger.cash(account, id, this.#wide).toNumber() / unit();
  }

  /** All that the account has, valued in `asset` at the reference prices. A float: for sizing and display, never for money. */
  equityNumber(account: number, asset: string): number {
    const id = this.recorder.state.ledger.assetId(asset);
    return id === undefined ? 0 : this.#valuation.account(account, id, this.#equity).equity.toNumber() / unit();
  }

  /** Who counts denials, and what the gate would say to a wish now. */
  refuseFloods(floods: DenialFlood, tryPlace: (wish: Readonly<TradingRecord>) => Denial): void {
    assert(this.#floods === undefined, Code.InvariantBroken);
    this.#floods = floods;
    this.#tryPlace = tryPlace;
  }

  /** Why the last `place` gave no number: a flood of this denial; None = no room in this step. */
  refusedAs(): Denial {
    return this.#refusedAs;
  }

  place(wish: Readonly<TradingRecord>): number {
    this.#refusedAs = this.#floodOf(wish);
    if (this.#refusedAs !== Denial.None) return 0;
    const slot = this.#isJournalFull() ? undefined : this.wishes.claim(RecordKind.CommandPlace);
    if (slot === undefined) return 0;
    slot.copyFrom(wish, RecordKind.CommandPlace);
    const order = this.recorder.state.orders.nextOrder + this.wishes.places - 1;
    this.wishes.places += legCount(wish.venueOrderId); // What comes with it takes the numbers that follow.
    return order;
  }

  cancel(order: number, instance: number, why: string): void {
    const slot = this.wishes.claim(RecordKind.CommandCancel);
    if (slot === undefined) return;
    slot.order = order;
    slot.instance = instance;
    slot.text = why;
  }

  amend(order: number, instance: number, price: number, qty: number, why: string, triggerPrice: number): void {
    const slot = this.#isJournalFull() ? undefined : this.wishes.claim(RecordKind.CommandAmend);
    if (slot === undefined) return;
    slot.order = order;
    slot.instance = instance;
    slot.price = price;
    slot.qty = qty;
    slot.triggerPrice = triggerPrice;
    slot.text = why;
  }

  schedule(dueUs: number, payload: number): void {
    this.timers.schedule(dueUs, payload);
  }

  /** A strategy that is refused with each quote must not fill the disk with it. */
  note(code: Code, instance: number, detail: string): void {
    const { nowUs } = this.recorder;
    const window = this.#notes.get(instance) ?? { startUs: nowUs, count: 0, left: 0 };
    this.#notes.set(instance, window);
    if (nowUs - window.startUs >= NOTES_WINDOW_US) {
      window.startUs = nowUs;
      window.count = 0;
    }
    const isTaken = window.count < NOTES_MAX && !this.#isJournalFull();
    const slot = isTaken ? this.wishes.claim(RecordKind.ProblemNoted) : undefined;
    if (slot === undefined) {
      window.left++;
      return;
    }
    window.count++;
    const more = window.left === 0 ? "" : ` (${window.left} more were not journaled)`;
    window.left = 0;
    slot.code = code;
    slot.instance = instance;
    slot.text = detail + more;
  }

  #floodOf(wish: Readonly<TradingRecord>): Denial {
    const floods = this.#floods;
    if (floods === undefined || !floods.isFlooding(wish.instance)) return Denial.None;
    const denial = this.#tryPlace(wish);
    return denial !== Denial.None && floods.take(wish.instance, denial) ? denial : Denial.None;
  }

  #isJournalFull(): boolean {
    return this.recorder.journal.occupancy() >= JOURNAL_WISHES;
  }
}

function unit(): number {
  return pow10(CASH_SCALE);
}
