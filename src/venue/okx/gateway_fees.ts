/** What OKX charges: its numbers are below zero where one pays, and above where one gets; ours are the other way round. */

import type { Instrument } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import { FEE_RATE_SCALE, type FeeAsk, type FeeRates } from "../wire/fee_desk.ts";
import { Fields } from "../wire/fields.ts";
import type { Param } from "../wire/live_answer.ts";
import { instType } from "./row_fields.ts";

export const FEES_PATH = "/api/v5/account/trade-fee";
/** The venue allows five in two seconds. */
const WEIGHT = 4;

/** Of spot by the instrument, of contracts by their family. */
export function feeAsk(instrument: Instrument): FeeAsk {
  const { venueSymbol } = instrument;
  const family = venueSymbol.split("-").slice(0, 2).join("-");
  const which: Param = instrument.kind === InstrumentKind.Spot ? ["instId", venueSymbol] : ["instFamily", family];
  const params: readonly Param[] = [["instType", instType(instrument)], which];
  return {
    ask: { method: "GET", path: FEES_PATH, params, security: "signed", weight: WEIGHT },
    read: (value) => ratesOf(instrument, value),
  };
}

/** The fee group of the instrument where the answer has this one alone; else by the coin that it is quoted or settled in. */
function ratesOf(instrument: Instrument, value: unknown): FeeRates | string {
  const answer = Fields.of(Array.isArray(value) ? value[0] : undefined);
  const type = answer.text("instType");
  if (answer.bad === "" && type !== instType(instrument)) return `instType ${type}`;
  const groups = answer.has("feeGroup") ? answer.list("feeGroup") : [];
  const group = groups.length === 1 ? Fields.of(groups[0]) : undefined;
  const row = group?.has("maker") === true && group.has("taker") ? group : answer;
  const suffix = row === answer ? suffixOf(instrument) : "";
  const maker = paid(row, `maker${suffix}`);
  const taker = paid(row, `taker${suffix}`);
  const bad = answer.bad || row.bad;
  return bad === "" ? { maker, taker, discountAsset: "" } : `field ${bad}`;
}

/** `maker` is of spot pairs, and of contracts that settle in their own coin. */
function suffixOf({ kind, quote, settle }: Instrument): string {
  const coin = kind === InstrumentKind.Spot ? quote : settle;
  if (coin === "USDC") return "USDC";
  return kind !== InstrumentKind.Spot && coin === "USDT" ? "U" : "";
}

function paid(row: Fields, name: string): number {
  // Not -0: what is nothing is the same on both sides.
  return 0 - row.signed(name, FEE_RATE_SCALE);
}
