/** What Bybit charges, by category and symbol: positive is paid. */

import type { Instrument } from "../../model/instrument.ts";
import { FEE_RATE_SCALE, type FeeAsk, type FeeRates } from "../wire/fee_desk.ts";
import { Fields } from "../wire/fields.ts";
import type { Category } from "./category.ts";
import { listOf } from "./gateway_queries.ts";

export const FEES_PATH = "/v5/account/fee-rate";

export function feeAsk(category: Category, { venueSymbol }: Instrument): FeeAsk {
  const params = [["category", category] as const, ["symbol", venueSymbol] as const];
  return {
    ask: { method: "GET", path: FEES_PATH, params, security: "signed", weight: 1 },
    read: (value) => ratesOf(venueSymbol, value),
  };
}

function ratesOf(symbol: string, value: unknown): FeeRates | string {
  const found = (listOf(value) ?? []).map((each) => Fields.of(each)).find(({ source }) => source["symbol"] === symbol);
  if (found === undefined) return `${symbol} is not in the list`;
  const maker = found.signed("makerFeeRate", FEE_RATE_SCALE);
  const taker = found.signed("takerFeeRate", FEE_RATE_SCALE);
  return found.bad === "" ? { maker, taker, discountAsset: "" } : `field ${found.bad}`;
}
