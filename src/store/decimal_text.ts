/**
 * Exact decimals as both databases keep them: the shortest text in units. PostgreSQL has `numeric`, which keeps all digits.
 * SQLite has no exact number that large, so there it is this text: equal numbers are equal texts, people read what the API
 * says, and it goes in and out unchanged. What is sorted by or summed up here is counted (records, times), never a decimal;
 * sums over periods are differences of two standings, reckoned by `decimalMinus`.
 */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

const SHORTEST = /^(?:0|-?(?:[1-9]\d{0,31}(?:\.\d{0,17}[1-9])?|0\.\d{0,17}[1-9]))$/;
const PLAIN = /^(-?)0*(\d+)(?:\.(\d*?)0*)?$/;
const SCALE = 18;

export function isShortest(text: string): boolean {
  return SHORTEST.test(text);
}

/** The same number as the shortest text. Throws ProblemError NumberMalformed for what is no plain decimal. */
export function shortest(text: string): string {
  if (SHORTEST.test(text)) return text;
  const [, sign, whole, fraction = ""] = PLAIN.exec(text) ?? [];
  const plain = fraction === "" ? `${whole}` : `${whole}.${fraction}`;
  const found = plain === "0" ? "0" : `${sign}${plain}`;
  if (whole === undefined || !SHORTEST.test(found)) {
    throw new ProblemError(
      problem(Code.NumberMalformed, `${JSON.stringify(text.slice(0, 64))} is no decimal to store`),
    );
  }
  return found;
}

/** a − b, exactly. */
export function decimalMinus(a: string, b: string): string {
  const difference = scaled(a) - scaled(b); // bigint-ok: answers to people, never per event
  const sign = difference < 0n ? "-" : "";
  const digits = difference
    .toString()
    .replace("-", "")
    .padStart(SCALE + 1, "0");
  return shortest(`${sign}${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`);
}

function scaled(text: string): bigint {
  const [whole = "", fraction = ""] = shortest(text).replace("-", "").split(".");
  const magnitude = BigInt(whole + fraction.padEnd(SCALE, "0")); // bigint-ok: as above
  return text.startsWith("-") ? -magnitude : magnitude;
}
