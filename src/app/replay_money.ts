/** Money of a session for people: equity, profit and loss, fees, valued exactly at one price. BigInt is fine up here. */

import { CASH_SCALE, wideText } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Instrument } from "../model/instrument.ts";
import { CashCause, InstrumentKind, Leg } from "../model/order.ts";

export interface Money {
  readonly asset: string;
  readonly realized: string;
  readonly unrealized: string;
  readonly fees: string;
  readonly total: string;
  readonly equityStart: string;
  readonly equityEnd: string;
}

/** Values the account at `firstPrice` (start) and `lastPrice` (end), mantissas of the instrument's price scale. */
export function money(state: DurableState, instrument: Instrument, firstPrice: number, lastPrice: number): Money {
  const { ledger } = state;
  const account = 0;
  const spot = instrument.kind === InstrumentKind.Spot;
  const asset = spot ? instrument.quote : instrument.settle;
  const assetId = ledger.assetId(asset) ?? 0;
  const baseId = ledger.assetId(instrument.base) ?? 0;
  const wide = new Wide();
  const opening = (id: number) => big(ledger.cashByCause(account, id, CashCause.OpeningBalance, wide));
  const fee = (id: number) => -big(ledger.cashByCause(account, id, CashCause.Fee, wide));
  const inQuote = (units: bigint, price: number) => (units * BigInt(price)) / 10n ** BigInt(instrument.priceScale);

  const realized = big(ledger.realizedPnl(account, instrument.id, Leg.Net, wide));
  const unrealized = big(ledger.unrealizedPnl(account, instrument.id, Leg.Net, lastPrice, wide));
  const cash = big(ledger.cash(account, assetId, wide));
  const base = spot ? big(ledger.cash(account, baseId, wide)) : 0n;
  const start = opening(assetId) + (spot ? inQuote(opening(baseId), firstPrice) : 0n);
  const end = cash + (spot ? inQuote(base, lastPrice) : unrealized);
  const fees = fee(assetId) + (spot ? inQuote(fee(baseId), lastPrice) : 0n);
  return {
    asset,
    realized: text(realized),
    unrealized: text(unrealized),
    fees: text(fees),
    total: text(end - start),
    equityStart: text(start),
    equityEnd: text(end),
  };
}

function big(w: Wide): bigint {
  return BigInt(w.hi) * 9_007_199_254_740_992n + BigInt(w.lo);
}

function text(units: bigint): string {
  const hi = units >> 53n;
  const lo = Number(units - (hi << 53n)); // number-ok: a limb below 2^53
  return wideText(new Wide().setLimbs(Number(hi), lo), CASH_SCALE); // number-ok: the other limb
}
