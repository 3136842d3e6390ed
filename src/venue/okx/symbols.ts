/** OKX's public/instruments as our instruments: spot and swaps, each by the rules that it states; sizes of swaps are contracts. */

import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { InstrumentDraft } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import { type JsonObject, objectOf, parseJson, wordOf } from "../wire/json.ts";
import { draftsOf, rulesOf } from "../wire/listing_rules.ts";
import { decimalsOf, mantissaOf } from "../wire/listing_text.ts";
import { nameOf, VENUE } from "./naming.ts";

export type InstType = "SPOT" | "SWAP";

export interface InstrumentList {
  readonly instruments: readonly InstrumentDraft[];
  readonly problems: readonly Problem[];
  /** There are no pages. */
  readonly cursor: "";
}

/** Listed, but not to be traded: before their first day, after their last, or for the venue's own tests. */
const NOT_TRADED: readonly unknown[] = Object.freeze(["preopen", "expired", "test"]);

export function instrumentsQuery(instType: InstType): string {
  return `/api/v5/public/instruments?instType=${instType}`;
}

/**
 * Reads one list. An instrument that cannot be traded as stated (a rule missing, a number out of range, a contract that is
 * none of ours) gives a problem and no instrument; the rest go on.
 */
export function parseInstruments(text: string): InstrumentList {
  const failed = (code: Code, detail: string): InstrumentList => ({
    instruments: [],
    problems: [problem(code, `public/instruments ${detail}`)],
    cursor: "",
  });
  const parsed = parseJson(text);
  if (typeof parsed === "number") return failed(parsed, "is not JSON");
  const answer = objectOf(parsed.value);
  if (answer?.["code"] !== "0") {
    return failed(Code.AnswerRefused, `answers ${wordOf(answer?.["code"])} ${wordOf(answer?.["msg"])}`.slice(0, 200));
  }
  if (!Array.isArray(answer.data)) return failed(Code.FieldMissing, "has no data");
  return { ...draftsOf(answer.data, instrumentOf), cursor: "" };
}

function instrumentOf(o: JsonObject | undefined, index: number): InstrumentDraft | Problem {
  const { instId, instType } = o ?? {};
  if (o === undefined || typeof instId !== "string" || instId === "") {
    return problem(Code.FieldMissing, `instrument ${index + 1} has no instId`);
  }
  if (instType !== "SPOT" && instType !== "SWAP") {
    return problem(Code.EnumUnknown, `${instId} has the type ${JSON.stringify(instType)}`);
  }
  if (NOT_TRADED.includes(o["state"]))
    return problem(Code.EnumUnknown, `${instId} is in the state ${wordOf(o["state"])}`);
  const assets = instType === "SPOT" ? spotAssets(o) : swapAssets(o);
  if (typeof assets === "string") return problem(Code.FieldMissing, `${instId}: ${assets}`);
  const { tickSz: tick, lotSz: lot, minSz: qtyMin, maxLmtSz: qtyMax } = o;
  const rules = rulesOf({ tick, lot, qtyMin, qtyMax, notionalMin: "0", contractScale: assets.contractScale ?? 0 });
  if (typeof rules === "string") return problem(Code.FieldMissing, `${instId}: ${rules}`);
  const name = nameOf(instType, assets.base, assets.quote);
  return { name, venue: VENUE, venueSymbol: instId, ...assets, ...rules };
}

type Assets = Pick<InstrumentDraft, "kind" | "base" | "quote" | "settle"> & {
  readonly contractSize?: number;
  readonly contractScale?: number;
};

function spotAssets(o: JsonObject): Assets | string {
  const { baseCcy: base, quoteCcy: quote } = o;
  if (typeof base !== "string" || typeof quote !== "string" || base === "" || quote === "")
    return "no baseCcy or quoteCcy";
  return { kind: InstrumentKind.Spot, base, quote, settle: quote };
}

/** What one contract stands for is its value times its multiplier: of the base asset, or, of inverse swaps, of the quote. */
function swapAssets(o: JsonObject): Assets | string {
  const { uly, settleCcy: settle, ctType, ctValCcy } = o;
  const [base, quote, ...more] = typeof uly === "string" ? uly.split("-") : [];
  if (base === undefined || quote === undefined || base === "" || quote === "" || more.length > 0) return "no uly";
  if (typeof settle !== "string" || settle === "") return "no settleCcy";
  if (ctType !== "linear" && ctType !== "inverse") return `the contract type ${JSON.stringify(ctType)} is unknown`;
  const isLinear = ctType === "linear";
  const counted = isLinear ? base : quote;
  if (ctValCcy !== counted) return `a contract counts ${wordOf(ctValCcy)}, not ${counted}`;
  // An inverse swap pays in its base: with any other asset its value would be reckoned wrongly.
  if (!isLinear && settle !== base) return `an inverse swap that is settled in ${settle}`;
  const contract = contractOf(o["ctVal"], o["ctMult"]);
  if (contract === undefined)
    return `ctVal ${wordOf(o["ctVal"])} or ctMult ${wordOf(o["ctMult"])} is no number of ours`;
  const kind = isLinear ? InstrumentKind.LinearPerpetual : InstrumentKind.InversePerpetual;
  return { kind, base, quote, settle, ...contract };
}

/** The product, exactly, with as few decimals as it needs. */
function contractOf(
  value: unknown,
  multiplier: unknown,
): { readonly contractSize: number; readonly contractScale: number } | undefined {
  const [first, second] = [decimalsOf(value), decimalsOf(multiplier)];
  if (first === undefined || second === undefined) return undefined;
  let contractScale = first.significant + second.significant;
  const [one, times] = [mantissaOf(value, first.significant), mantissaOf(multiplier, second.significant)];
  let contractSize = one * times;
  if (one <= 0 || times <= 0 || !Number.isSafeInteger(contractSize)) return undefined;
  while (contractScale > 0 && contractSize % 10 === 0) {
    contractSize /= 10;
    contractScale--;
  }
  return { contractSize, contractScale };
}
