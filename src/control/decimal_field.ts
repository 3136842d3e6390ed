/** A decimal of a body as a mantissa, or an error that points into its text. */

import { Code } from "../core/code.ts";
import { CODE_TEXTS } from "../core/code_texts.ts";
import { DecimalReader } from "../core/decimal.ts";
import type { FieldError } from "./http_problem.ts";

/** A positive decimal as a mantissa; notes what is wrong with it, and where in the text. */
export function readDecimal(errors: FieldError[], path: string, text: string, scale: number): number {
  const reader = new DecimalReader();
  const mantissa = reader.readSigned(text, 0, scale);
  let code = reader.code;
  if (code === Code.Ok && reader.end !== text.length) code = Code.NumberMalformed;
  if (code === Code.Ok && mantissa < 0) code = Code.NumberNegative;
  if (code !== Code.Ok) {
    const { meaning, hint } = CODE_TEXTS[code];
    const more = code === Code.NumberPrecision ? `at most ${scale} decimals here` : hint;
    errors.push({ path, message: `${Code[code]} at column ${reader.end + 1}: ${meaning}; ${more}` });
    return 0;
  }
  if (mantissa === 0) errors.push({ path, message: "must be more than zero" });
  return mantissa;
}
