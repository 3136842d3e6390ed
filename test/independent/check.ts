/** What a step demands; all throw with what was found. */

import assert from "node:assert/strict";
import { parseWide, wideText } from "../../src/core/decimal.ts";
import { Wide, wideAdd } from "../../src/core/wide.ts";
import { patient } from "../support/patience.ts";

export function isTrue(found: boolean, what: string): void {
  assert.ok(found, what);
}

export function equal(found: unknown, wanted: unknown, what = "value"): void {
  if (!Bun.deepEquals(found, wanted)) throw new Error(`${what}: ${told(found)} instead of ${told(wanted)}`);
}

/** The value has at least these fields; arrays have just these elements. */
export function fits(found: unknown, wanted: object, what = "answer"): void {
  if (!Bun.deepMatch(wanted, found)) throw new Error(`${what}: ${told(found)} does not have ${told(wanted)}`);
}

export function contains(found: Iterable<unknown>, wanted: unknown, what = "list"): void {
  const all = [...found];
  if (!all.includes(wanted)) throw new Error(`${what}: no ${told(wanted)} in ${told(all)}`);
}

/** The promise fails with a class of errors, or with an error that has a text in it. */
export async function refused(promise: Promise<unknown>, by: string | (new (...values: never[]) => Error)) {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("value" in outcome) throw new Error(`not refused: ${told(outcome.value)}`);
  const { error } = outcome;
  if (typeof by === "string" ? textOf(error).includes(by) : error instanceof by) return;
  throw new Error(`refused otherwise: ${textOf(error)}`);
}

/** The exact sum of decimal texts, without padding: how two tellings of an amount are compared. */
export function total(...texts: readonly unknown[]): string {
  const sum = new Wide();
  const part = new Wide();
  for (const text of texts) {
    if (typeof text !== "string" || parseWide(part, text, SCALE) !== 0) throw new Error(`no decimal: ${told(text)}`);
    wideAdd(sum, sum, part);
  }
  return wideText(sum, SCALE);
}

const SCALE = 18;

/** Waits until it is so. */
export async function until(isSo: () => boolean, what: string, ms = 5_000): Promise<void> {
  for (const end = performance.now() + patient(ms); !isSo(); ) {
    if (performance.now() > end) throw new Error(`not seen within ${patient(ms) / 1_000} s: ${what}`);
    await Bun.sleep(5);
  }
}

function told(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 300);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name} ${error.message} ${told({ ...error })}` : told(error);
}
