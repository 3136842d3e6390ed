/** A durable state filled by records, and marks that a test sets: what valuations are tried on. */

import { DEFAULT_LIMITS } from "../core/limits.ts";
import { Wide } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { type CashCause, InstrumentKind, OrderType, type Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { apply, instrumentText } from "./apply.ts";
import type { MarkSource } from "./conversion.ts";
import { DurableState } from "./durable.ts";

export const ASSETS = ["USDT", "ETH", "BTC", "JUNK", "BNB"] as const;
const COMMON = {
  ...{ revision: 1, venue: "t", priceScale: 2, qtyScale: 3, priceDecimals: 2, qtyDecimals: 3, tick: 1, lot: 1 },
  ...{ qtyMin: 1, qtyMax: 0, notionalMin: 0 },
};

function listing(id: number, base: string, quote: string, kind: InstrumentKind, settle = quote): Instrument {
  const name = `t:${base}-${quote}${kind === InstrumentKind.Spot ? "" : `-PERP${id}`}`;
  return { ...COMMON, id, name, venueSymbol: `${base}${quote}${id}`, base, quote, settle, kind };
}

const { Spot, LinearPerpetual, InversePerpetual } = InstrumentKind;
export const LISTINGS: readonly Instrument[] = [
  listing(0, "ETH", "USDT", Spot),
  listing(1, "ETH", "USDT", LinearPerpetual),
  listing(2, "ETH", "USDT", InversePerpetual, "ETH"),
  listing(3, "ETH", "BTC", Spot),
  listing(4, "BNB", "BTC", Spot),
];

export class TestBooks implements MarkSource {
  readonly state = new DurableState(DEFAULT_LIMITS);
  /** Doubled prices by instrument. */
  readonly marks: number[] = [];
  readonly #record = new TradingRecord();

  constructor() {
    ASSETS.forEach((text, asset) => {
      this.put(RecordKind.AssetDefined, { asset, text });
    });
    for (const name of ["one", "two"]) {
      this.put(RecordKind.AccountOpened, { account: this.state.accounts.count, text: name });
    }
    for (const instrument of LISTINGS) {
      this.put(RecordKind.InstrumentDefined, { instrument: instrument.id, text: instrumentText(instrument) });
    }
  }

  doubleMark(instrument: number): number {
    return this.marks[instrument] ?? 0;
  }

  /** Sets a price in units of the instrument's scale; 0 takes it away. */
  mark(instrument: number, price: number): void {
    this.marks[instrument] = Math.round(200 * price);
  }

  put(kind: RecordKind, columns: Partial<TradingRecord>): void {
    const { state } = this;
    const record = Object.assign(this.#record.reset(kind), { instrumentRevision: 1 }, columns);
    record.record = state.record + 1;
    record.input = state.input + 1;
    record.timeUs = state.timeUs + 1;
    apply(state, record);
  }

  /** An order that is open at the venue; answers its number. Price in hundredths, quantity in thousandths. */
  order(instrument: number, side: Side, price: number, qty: number, more: Partial<TradingRecord> = {}): number {
    const order = this.state.orders.nextOrder;
    const orderType = price === 0 ? OrderType.Market : OrderType.Limit;
    const columns = { order, instrument, side, price, qty, orderType, timeInForce: TimeInForce.Gtc, ...more };
    this.put(RecordKind.OrderIntent, columns);
    this.put(RecordKind.OrderSent, columns);
    this.put(RecordKind.OrderAccepted, { ...columns, venueOrderId: `V${order}` });
    return order;
  }

  /** An order that is filled at once. */
  fill(instrument: number, side: Side, price: number, qty: number, more: Partial<TradingRecord> = {}): void {
    const order = this.order(instrument, side, price, qty, more);
    const fill = { order, instrument, side, price, qty, fillId: `F${order}`, venueOrderId: `V${order}`, ...more };
    this.put(RecordKind.OrderFilled, fill);
  }

  cash(asset: number, cause: CashCause, units: number, account = 0): void {
    const amount = units18(units);
    this.put(RecordKind.CashMoved, { account, asset, code: cause, amountHi: amount.hi, amountLo: amount.lo });
  }
}

/** Units with three decimals at most, at 10^-18. */
export function units18(units: number): Wide {
  const value = BigInt(Math.round(units * 1_000)) * 10n ** 15n; // bigint-ok: tests only
  const hi = value >> 53n; // bigint-ok: tests only
  return new Wide().setLimbs(Number(hi), Number(value - (hi << 53n))); // bigint-ok: tests only; number-ok: limbs
}
