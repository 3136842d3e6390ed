/** Bybit's instruments-info as our instruments: one page after the other, each symbol by the rules that it states. */

import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { InstrumentDraft } from "../../model/instrument.ts";
import { type JsonObject, objectOf, parseJson, wordOf } from "../wire/json.ts";
import { draftsOf, type Rules, rulesOf } from "../wire/listing_rules.ts";
import { type Category, kindOf, venueOf } from "./category.ts";
import { cursorText } from "./cursor.ts";
import { nameOf } from "./naming.ts";

export interface InstrumentPage {
  readonly instruments: readonly InstrumentDraft[];
  readonly problems: readonly Problem[];
  /** Of the next page; "" on the last. */
  readonly cursor: string;
}

export const INSTRUMENTS_PATH = "/v5/market/instruments-info";
const PAGE_ROWS = 1_000;

/** Spot answers all at once and refuses a cursor. */
export function instrumentsQuery(category: Category, cursor = ""): string {
  if (category === "spot") return `${INSTRUMENTS_PATH}?category=spot`;
  const from = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursorText(cursor))}`;
  return `${INSTRUMENTS_PATH}?category=${category}&limit=${PAGE_ROWS}${from}`;
}

/**
 * Reads one page. A symbol that cannot be traded as stated (a filter missing, a number out of range) gives a problem and no
 * instrument; the rest go on.
 */
export function parseInstruments(text: string, category: Category): InstrumentPage {
  const failed = (code: Code, detail: string): InstrumentPage => ({
    instruments: [],
    problems: [problem(code, `instruments-info ${detail}`)],
    cursor: "",
  });
  const parsed = parseJson(text);
  if (typeof parsed === "number") return failed(parsed, "is not JSON");
  const answer = objectOf(parsed.value);
  if (answer?.retCode !== 0) {
    return failed(Code.AnswerRefused, `answers ${wordOf(answer?.retCode)} ${wordOf(answer?.retMsg)}`.slice(0, 200));
  }
  const result = objectOf(answer.result);
  if (!Array.isArray(result?.list)) return failed(Code.FieldMissing, "has no list");
  return {
    ...draftsOf(result.list, (entry, index) => instrumentOf(entry, index, category)),
    cursor: typeof result.nextPageCursor === "string" ? result.nextPageCursor : "",
  };
}

function instrumentOf(o: JsonObject | undefined, index: number, category: Category): InstrumentDraft | Problem {
  const { symbol, baseCoin: base, quoteCoin: quote } = o ?? {};
  if (o === undefined || typeof symbol !== "string" || typeof base !== "string" || typeof quote !== "string") {
    return problem(Code.FieldMissing, `symbol ${index + 1} lacks symbol, baseCoin or quoteCoin`);
  }
  if (symbol === "" || base === "" || quote === "") {
    return problem(Code.FieldType, `symbol ${index + 1} has an empty name`);
  }
  const isSpot = category === "spot";
  if (!isSpot && o.contractType !== "LinearPerpetual" && o.contractType !== "LinearFutures") {
    return problem(Code.EnumUnknown, `${symbol} has the contract type ${JSON.stringify(o.contractType)}`);
  }
  const delivery = wordOf(o.deliveryTime ?? "0");
  const isDelivery = o.contractType === "LinearFutures";
  const deliveryMs = isDelivery && /^\d{13}$/.test(delivery) ? Number.parseInt(delivery, 10) : 0;
  if (isDelivery && deliveryMs === 0) return problem(Code.FieldType, `${symbol}: no deliveryTime`);
  const settle = !isSpot && typeof o.settleCoin === "string" ? o.settleCoin : quote;
  const rules = statedRules(objectOf(o.priceFilter), objectOf(o.lotSizeFilter), isSpot);
  if (typeof rules === "string") return problem(Code.FieldMissing, `${symbol}: ${rules}`);
  return {
    name: nameOf(category, base, quote, deliveryMs === 0 ? "" : dayOf(deliveryMs)),
    venue: venueOf(category),
    venueSymbol: symbol,
    kind: kindOf(category),
    base,
    quote,
    settle,
    ...rules,
  };
}

/** Spot's minOrderQty is not applied by the venue any more: the value of an order is what counts there. */
function statedRules(price: JsonObject | undefined, lot: JsonObject | undefined, isSpot: boolean): Rules | string {
  const tickSize = price?.tickSize;
  const stepSize = isSpot ? lot?.basePrecision : lot?.qtyStep;
  const minQty = isSpot ? stepSize : lot?.minOrderQty;
  const maxQty = isSpot ? (lot?.maxLimitOrderQty ?? lot?.maxOrderQty) : lot?.maxOrderQty;
  const notional = (isSpot ? lot?.minOrderAmt : lot?.minNotionalValue) ?? "0";
  if (typeof tickSize !== "string") return "no tickSize";
  if (typeof stepSize !== "string" || typeof minQty !== "string") return "no step or no least quantity";
  if (typeof notional !== "string") return "the least value is no text";
  return rulesOf({
    tick: tickSize,
    lot: stepSize,
    qtyMin: minQty,
    qtyMax: maxQty,
    notionalMin: notional,
    contractScale: 0,
  });
}

/** `20250627` of a time, in UTC. */
function dayOf(timeMs: number): string {
  const days = Math.floor(timeMs / 86_400_000) + 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const turn = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * turn + 2) / 5) + 1;
  const month = turn < 10 ? turn + 3 : turn - 9;
  const whole = year + era * 400 + (month <= 2 ? 1 : 0);
  return `${whole}${String(month).padStart(2, "0")}${String(day).padStart(2, "0")}`;
}
