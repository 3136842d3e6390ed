/** Order and algo ids as OKX writes them: nineteen digits, more than a float can hold. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

const ORDER_HEAD = "24979";
const ALGO_HEAD = "18611";
const DIGITS = 14;

export function orderIdText(id: number): string {
  return textOf(ORDER_HEAD, id);
}

/** Undefined for what cannot be an order id of this venue. */
export function orderIdOf(text: unknown): number | undefined {
  return idOf(ORDER_HEAD, text);
}

export function algoIdText(id: number): string {
  return textOf(ALGO_HEAD, id);
}

export function algoIdOf(text: unknown): number | undefined {
  return idOf(ALGO_HEAD, text);
}

function textOf(head: string, id: number): string {
  assert(Number.isSafeInteger(id) && id >= 0, Code.ValueOutOfRange);
  return head + String(id).padStart(DIGITS, "0");
}

function idOf(head: string, text: unknown): number | undefined {
  if (typeof text !== "string" || text.length !== head.length + DIGITS || !text.startsWith(head)) return undefined;
  const digits = text.slice(head.length);
  return /^\d+$/.test(digits) ? Number.parseInt(digits, 10) : undefined;
}
