/** Lists of instruments as drafts: each symbol once, by the rules that it states; what cannot be traded as stated is a problem. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { SCALE_MAX } from "../../core/decimal.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { type InstrumentDraft, scaleFor } from "../../model/instrument.ts";
import { type JsonObject, objectOf, wordOf } from "./json.ts";
import { decimalsOf, mantissaOf } from "./listing_text.ts";

export type Rules = Pick<
  InstrumentDraft,
  "priceScale" | "qtyScale" | "priceDecimals" | "qtyDecimals" | "tick" | "lot" | "qtyMin" | "qtyMax" | "notionalMin"
>;

/** As the venue states them. */
export interface StatedRules {
  readonly tick: unknown;
  readonly lot: unknown;
  readonly qtyMin: unknown;
  /** Whatever is no number of ours is no limit. */
  readonly qtyMax: unknown;
  readonly notionalMin: unknown;
  /** Decimals of what one contract stands for. */
  readonly contractScale: number;
}

/** `make` reads one entry. A symbol that is listed twice counts as first told. */
export function draftsOf(
  entries: readonly unknown[],
  make: (entry: JsonObject | undefined, index: number) => InstrumentDraft | Problem,
): { readonly instruments: InstrumentDraft[]; readonly problems: Problem[] } {
  const instruments = new Map<string, InstrumentDraft>();
  const problems: Problem[] = [];
  for (const [index, entry] of entries.entries()) {
    const made = make(objectOf(entry), index);
    if ("detail" in made) problems.push(made);
    else if (instruments.has(made.venueSymbol)) {
      problems.push(problem(Code.FieldType, `${made.venueSymbol} is listed twice; the first counts`));
    } else instruments.set(made.venueSymbol, made);
  }
  return { instruments: [...instruments.values()], problems };
}

/** Scales and sizes, with spare decimals where every number still fits; the reason when they cannot be had. */
export function rulesOf(stated: StatedRules): Rules | string {
  const { contractScale } = stated;
  assert(contractScale >= 0, Code.ValueOutOfRange);
  const tick = decimalsOf(stated.tick);
  const step = decimalsOf(stated.lot);
  if (tick === undefined || step === undefined)
    return `tick ${wordOf(stated.tick)} or step ${wordOf(stated.lot)} is no number`;
  if (decimalsOf(stated.qtyMin) === undefined) return `least quantity ${wordOf(stated.qtyMin)} is no number`;
  if (decimalsOf(stated.notionalMin) === undefined) return `least value ${wordOf(stated.notionalMin)} is no number`;
  const scales: readonly (readonly [number, number])[] = [
    [scaleFor(tick.significant, step.significant), scaleFor(step.significant, tick.significant)],
    [tick.significant, step.significant],
  ];
  for (const [priceScale, qtyScale] of scales) {
    if (priceScale + qtyScale + contractScale > SCALE_MAX) continue;
    const tickMantissa = mantissaOf(stated.tick, priceScale);
    const lot = mantissaOf(stated.lot, qtyScale);
    const qtyMin = mantissaOf(stated.qtyMin, qtyScale);
    const notionalMin = mantissaOf(stated.notionalMin, priceScale + qtyScale);
    if (tickMantissa === 0 || lot === 0) return "tick or step is zero: the venue states none";
    if (tickMantissa < 0 || lot < 0 || qtyMin < 0 || notionalMin < 0) continue;
    return {
      priceScale,
      qtyScale,
      priceDecimals: tick.written,
      qtyDecimals: step.written,
      tick: tickMantissa,
      lot,
      qtyMin,
      // A maximum over 2^53 can never be reached by a mantissa: no limit.
      qtyMax: Math.max(0, mantissaOf(stated.qtyMax, qtyScale)),
      notionalMin,
    };
  }
  return "tick, step or minimum does not fit 2^53";
}
