/** What a symbol is at a simulated venue, its filters, and which of them an order breaks. */

import { type Amount, isMultiple, times, ZERO } from "./amount.ts";
import type { OrderSpec, Side } from "./order.ts";
import { Refusal } from "./refusal.ts";

export interface Instrument {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** spot: two assets change hands. linear: a contract on the base, settled in `settle`. */
  readonly kind: "spot" | "linear";
  readonly settle: string;
  /** Base that one unit of quantity stands for; 1 unless the venue counts contracts. */
  readonly contractSize: Amount;
  readonly priceMin: Amount;
  readonly priceMax: Amount;
  readonly tick: Amount;
  readonly qtyMin: Amount;
  readonly qtyMax: Amount;
  readonly step: Amount;
  /** Of market orders; zero: as for limit orders. */
  readonly marketQtyMax: Amount;
  readonly marketStep: Amount;
  readonly notionalMin: Amount;
  readonly notionalMax: Amount | undefined;
  readonly isMarketNotional: boolean;
  /** How far a price may stand from the last one, as factors; undefined: anywhere. */
  readonly bandUp: Amount | undefined;
  readonly bandDown: Amount | undefined;
  readonly ordersMax: number;
  readonly triggersMax: number;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Usual fees where one venue has other ones for other instruments; undefined: the venue's. */
  readonly makerRate?: Amount;
  readonly takerRate?: Amount;
}

/** What a price times a quantity comes to, in quote. */
export function worth(instrument: Instrument, price: Amount, qty: Amount): Amount {
  return times(times(price, qty), instrument.contractSize);
}

/** Throws the first filter that the order breaks. `last` is the latest price, if any is known. */
export function checkFilters(instrument: Instrument, spec: OrderSpec, last: Amount | undefined): void {
  if (spec.type === "limit") checkPrice(instrument, spec.price as Amount, spec.side, last);
  const { trigger } = spec;
  if (trigger !== undefined && trigger.trail === undefined) checkPrice(instrument, trigger.price, spec.side, undefined);
  if (spec.qty !== undefined) checkQty(instrument, spec.qty, spec.type);
  const price = spec.type === "limit" ? spec.price : last;
  if (spec.type === "market" && !instrument.isMarketNotional) return;
  const value =
    spec.quoteQty ?? (price === undefined || spec.qty === undefined ? undefined : worth(instrument, price, spec.qty));
  if (value !== undefined && spec.reduceOnly !== true) checkNotional(instrument, value, spec.type);
  checkDisplay(instrument, spec);
}

export function checkPrice(instrument: Instrument, price: Amount, side: Side, last: Amount | undefined): void {
  const { priceMin, priceMax, tick, bandUp, bandDown } = instrument;
  if (price <= ZERO || price < priceMin || (priceMax !== ZERO && price > priceMax)) throw new Refusal("price-range");
  if (!isMultiple(price - priceMin, tick)) throw new Refusal("price-tick");
  if (last === undefined || last === ZERO) return;
  if (side === "buy" && bandUp !== undefined && price > times(last, bandUp)) throw new Refusal("price-band");
  if (side === "sell" && bandDown !== undefined && price < times(last, bandDown)) throw new Refusal("price-band");
}

export function checkQty(instrument: Instrument, qty: Amount, type: OrderSpec["type"]): void {
  const { qtyMin, qtyMax, step, marketQtyMax, marketStep } = instrument;
  if (qty <= ZERO || qty < qtyMin || (qtyMax !== ZERO && qty > qtyMax)) throw new Refusal("qty-range");
  if (!isMultiple(qty - qtyMin, step)) throw new Refusal("qty-step");
  if (type !== "market") return;
  if (marketQtyMax !== ZERO && qty > marketQtyMax) throw new Refusal("market-qty-range");
  if (!isMultiple(qty, marketStep)) throw new Refusal("market-qty-step");
}

function checkNotional(instrument: Instrument, value: Amount, type: OrderSpec["type"]): void {
  const { notionalMin, notionalMax } = instrument;
  if (value < notionalMin) throw new Refusal("notional");
  if (type === "limit" && notionalMax !== undefined && value > notionalMax) throw new Refusal("notional");
}

function checkDisplay(instrument: Instrument, spec: OrderSpec): void {
  const { displayQty, qty } = spec;
  if (displayQty === undefined || displayQty === ZERO || qty === undefined) return;
  if (displayQty > qty || !isMultiple(displayQty, instrument.step)) throw new Refusal("display-qty");
  if (spec.timeInForce !== "gtc") throw new Refusal("display-qty");
}
