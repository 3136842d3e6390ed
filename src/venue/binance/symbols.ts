/** Binance's symbols as our instruments: from exchangeInfo (REST edge), and from the symbol's own letters. */

import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { InstrumentDraft } from "../../model/instrument.ts";
import { type JsonObject, objectOf, parseJson } from "../wire/json.ts";
import { draftsOf, type Rules, rulesOf } from "../wire/listing_rules.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { kindOf, nameOf, venueOf } from "./naming.ts";

export { InstrumentScan } from "./instrument_scan.ts";
export { splitSymbol } from "./naming.ts";

/**
 * Reads an exchangeInfo answer. A symbol that cannot be traded as stated (a filter missing, a number out of range) gives
 * a problem and no instrument; the rest go on. Tick and lot come from the filters, never from pricePrecision.
 */
export function parseExchangeInfo(
  text: string,
  market: BinanceMarket,
): { instruments: InstrumentDraft[]; problems: Problem[] } {
  const none = (found: Problem) => ({ instruments: [], problems: [found] });
  const parsed = parseJson(text);
  if (typeof parsed === "number") return none(problem(parsed, "exchangeInfo is not JSON"));
  const symbols = objectOf(parsed.value)?.symbols;
  if (!Array.isArray(symbols)) return none(problem(Code.FieldMissing, "exchangeInfo has no list `symbols`"));
  return draftsOf(symbols, (entry, index) => instrumentOf(entry, index, market));
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
  const rules = statedRules(price?.tickSize, lot, notional?.minNotional ?? notional?.notional ?? "0");
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

function statedRules(tickSize: unknown, lot: JsonObject | undefined, notional: unknown): Rules | string {
  if (typeof tickSize !== "string") return "no PRICE_FILTER with a tickSize";
  const stepSize = lot?.stepSize;
  const minQty = lot?.minQty;
  if (typeof stepSize !== "string" || typeof minQty !== "string") return "no LOT_SIZE with a stepSize and a minQty";
  if (typeof notional !== "string") return "minNotional is not a text";
  const stated = { tick: tickSize, lot: stepSize, qtyMin: minQty, qtyMax: lot?.maxQty, notionalMin: notional };
  return rulesOf({ ...stated, contractScale: 0 });
}

function filterOf(o: JsonObject, type: string): JsonObject | undefined {
  const filters = Array.isArray(o.filters) ? o.filters : [];
  return filters.map(objectOf).find((filter) => filter?.filterType === type);
}
