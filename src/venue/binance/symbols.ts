/** Binance's symbols as our instruments: from exchangeInfo (REST edge), and from the symbol's own letters. */

import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { parseMantissa } from "../../core/decimal.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { scaleFor } from "../../model/instrument.ts";
import { type JsonObject, objectOf, parseJson } from "../wire/json.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { decimalsOf, type InstrumentDraft, kindOf, nameOf, venueOf } from "./naming.ts";

export { InstrumentScan } from "./instrument_scan.ts";
export { type InstrumentDraft, splitSymbol } from "./naming.ts";

/**
 * Reads an exchangeInfo answer. A symbol that cannot be traded as stated (a filter missing, a number out of range) gives
 * a problem and no instrument; the rest go on. Tick and lot come from the filters, never from pricePrecision.
 */
export function parseExchangeInfo(
  text: string,
  market: BinanceMarket,
): { instruments: InstrumentDraft[]; problems: Problem[] } {
  const instruments: InstrumentDraft[] = [];
  const problems: Problem[] = [];
  const parsed = parseJson(text);
  if (typeof parsed === "number") return { instruments, problems: [problem(parsed, "exchangeInfo is not JSON")] };
  const symbols = objectOf(parsed.value)?.symbols;
  if (!Array.isArray(symbols)) {
    return { instruments, problems: [problem(Code.FieldMissing, "exchangeInfo has no list `symbols`")] };
  }
  const names = new Set<string>();
  for (const [index, entry] of symbols.entries()) {
    const made = instrumentOf(objectOf(entry), index, market);
    if ("detail" in made) problems.push(made);
    else if (names.has(made.venueSymbol)) {
      problems.push(problem(Code.FieldType, `exchangeInfo has ${made.venueSymbol} twice; the first counts`));
    } else {
      names.add(made.venueSymbol);
      instruments.push(made);
    }
  }
  return { instruments, problems };
}

function instrumentOf(o: JsonObject | undefined, index: number, market: BinanceMarket): InstrumentDraft | Problem {
  const symbol = o?.symbol;
  const base = o?.baseAsset;
  const quote = o?.quoteAsset;
  if (o === undefined || typeof symbol !== "string" || typeof base !== "string" || typeof quote !== "string") {
    return problem(Code.FieldMissing, `symbol ${index + 1} of exchangeInfo lacks symbol, baseAsset or quoteAsset`);
  }
  if (symbol === "" || base === "" || quote === "") {
    return problem(Code.FieldType, `symbol ${index + 1} of exchangeInfo has an empty name`);
  }
  if (market === "usdm" && !/PERPETUAL$|^(?:CURRENT|NEXT)_(?:MONTH|QUARTER)/.test(String(o.contractType))) {
    return problem(Code.EnumUnknown, `${symbol} has the contract type ${JSON.stringify(o.contractType)}`);
  }
  const price = filterOf(o, "PRICE_FILTER");
  const lot = filterOf(o, "LOT_SIZE");
  const notional = filterOf(o, "NOTIONAL") ?? filterOf(o, "MIN_NOTIONAL");
  const settle = market === "usdm" && typeof o.marginAsset === "string" ? o.marginAsset : quote;
  const rules = rulesOf(price?.tickSize, lot, notional?.minNotional ?? notional?.notional ?? "0");
  if (typeof rules === "string") return problem(Code.FieldMissing, `${symbol}: ${rules}`);
  return {
    name: nameOf(market, symbol, base, quote),
    venue: venueOf(market),
    venueSymbol: symbol,
    kind: kindOf(market),
    base,
    quote,
    settle,
    ...rules,
  };
}

type Rules = Omit<InstrumentDraft, "name" | "venue" | "venueSymbol" | "kind" | "base" | "quote" | "settle">;

/** Scales and sizes, with spare decimals where every number still fits; the reason when they cannot be had. */
function rulesOf(tickSize: unknown, lot: JsonObject | undefined, notional: unknown): Rules | string {
  if (typeof tickSize !== "string") return "no PRICE_FILTER with a tickSize";
  const stepSize = lot?.stepSize;
  const minQty = lot?.minQty;
  if (typeof stepSize !== "string" || typeof minQty !== "string") return "no LOT_SIZE with a stepSize and a minQty";
  if (typeof notional !== "string") return "minNotional is not a text";
  const tick = decimalsOf(tickSize);
  const step = decimalsOf(stepSize);
  if (tick === undefined || step === undefined) return `tick ${tickSize} or step ${stepSize} is no number`;
  const scales: readonly (readonly [number, number])[] = [
    [scaleFor(tick.significant, step.significant), scaleFor(step.significant, tick.significant)],
    [tick.significant, step.significant],
  ];
  for (const [priceScale, qtyScale] of scales) {
    const tickMantissa = mantissaOf(tickSize, priceScale);
    const lotMantissa = mantissaOf(stepSize, qtyScale);
    const qtyMin = mantissaOf(minQty, qtyScale);
    const notionalMin = mantissaOf(notional, priceScale + qtyScale);
    if (tickMantissa === 0 || lotMantissa === 0) return "tickSize or stepSize is zero: the venue states no step";
    if (tickMantissa < 0 || lotMantissa < 0 || qtyMin < 0 || notionalMin < 0) continue;
    return {
      priceScale,
      qtyScale,
      priceDecimals: tick.written,
      qtyDecimals: step.written,
      tick: tickMantissa,
      lot: lotMantissa,
      qtyMin,
      // A maximum over 2^53 can never be reached by a mantissa: no limit.
      qtyMax: Math.max(0, mantissaOf(lot?.maxQty, qtyScale)),
      notionalMin,
    };
  }
  return "tick, step or minimum does not fit 2^53";
}

function filterOf(o: JsonObject, type: string): JsonObject | undefined {
  const filters = Array.isArray(o.filters) ? o.filters : [];
  return filters.map(objectOf).find((filter) => filter?.filterType === type);
}

/** Mantissa of a text, -1 when it has none at this scale: trailing decimals beyond the scale are cut only when zero. */
function mantissaOf(text: unknown, scale: number): number {
  if (typeof text !== "string") return -1;
  const { code, mantissa } = parseMantissa(text, scale);
  return code === Code.Ok && mantissa >= 0 && mantissa <= MANTISSA_MAX ? mantissa : -1;
}
