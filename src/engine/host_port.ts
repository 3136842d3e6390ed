/** What inline strategies see of the engine: D and V to read, wishes to write. */

import type { TimerWheel } from "../clock/wheel.ts";
import type { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { InstrumentMarket, MarketState } from "../market/market.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, Leg } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { HostPort } from "../strategy/host_port.ts";
import type { Recorder } from "./recorder.ts";
import type { WishQueue } from "./wishes.ts";

export class EngineHostPort implements HostPort {
  readonly #wide = new Wide();

  constructor(
    readonly recorder: Recorder,
    readonly marketState: MarketState,
    readonly wishes: WishQueue,
    readonly timers: TimerWheel,
  ) {}

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

  averageEntry(_instance: number, account: number, instrument: number): number {
    return this.recorder.state.ledger.averageEntry(account, instrument, Leg.Net);
  }

  cashNumber(account: number, asset: string): number {
    const ledger = this.recorder.state.ledger;
    const id = ledger.assetId(asset);
    return id === undefined ? 0 : ledger.cash(account, id, this.#wide).toNumber() / unit();
  }

  /** Cash in `asset` plus what is held, at the reference price. A float: for sizing and display, never for money. */
  equityNumber(account: number, asset: string): number {
    let equity = this.cashNumber(account, asset);
    const { instruments, ledger } = this.recorder.state;
    for (let id = 0; id < instruments.count; id++) {
      const instrument = instruments.get(id) as Instrument;
      const price = this.marketState.instrument(id)?.referencePrice() ?? 0;
      if (price === 0) continue;
      if (instrument.kind === InstrumentKind.Spot) {
        if (instrument.quote !== asset) continue;
        equity += this.cashNumber(account, instrument.base) * (price / pow10(instrument.priceScale));
      } else if (instrument.settle === asset) {
        equity += ledger.unrealizedPnl(account, id, Leg.Net, price, this.#wide).toNumber() / unit();
      }
    }
    return equity;
  }

  place(wish: Readonly<TradingRecord>): number {
    const slot = this.wishes.claim(RecordKind.CommandPlace);
    if (slot === undefined) return 0;
    slot.copyFrom(wish, RecordKind.CommandPlace);
    return this.recorder.state.orders.nextOrder + this.wishes.places - 1;
  }

  cancel(order: number, instance: number, why: string): void {
    const slot = this.wishes.claim(RecordKind.CommandCancel);
    if (slot === undefined) return;
    slot.order = order;
    slot.instance = instance;
    slot.text = why;
  }

  amend(order: number, instance: number, price: number, qty: number, why: string): void {
    const slot = this.wishes.claim(RecordKind.CommandAmend);
    if (slot === undefined) return;
    slot.order = order;
    slot.instance = instance;
    slot.price = price;
    slot.qty = qty;
    slot.text = why;
  }

  schedule(dueUs: number, payload: number): void {
    this.timers.schedule(dueUs, payload);
  }

  note(code: Code, instance: number, detail: string): void {
    const slot = this.wishes.claim(RecordKind.ProblemNoted);
    if (slot === undefined) return;
    slot.code = code;
    slot.instance = instance;
    slot.text = detail;
  }
}

function unit(): number {
  return pow10(CASH_SCALE);
}
