/** Overrides: one order by hand may pass price and size limits once, on the word of two people, for minutes. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import type { TradingRecord } from "../model/record.ts";

const TABLE = 57;
/** Wide overrides are exceptions: more than these at one time is a habit. */
export const OVERRIDES_MAX = 16;
export const OVERRIDE_US_MAX = 300_000_000;
const NAME_UNITS_MAX = 64;
const REASON_UNITS_MAX = 256;

/** `text` of OverrideGranted; which order it is stands in the record's columns: account, instrument, side, price and qty. */
export interface OverrideText {
  readonly by: string;
  readonly second: string;
  readonly reason: string;
}

export interface Override {
  readonly account: number;
  readonly instrument: number;
  readonly side: number;
  /** Exactly this price and quantity; price 0 = a market order. */
  readonly price: number;
  readonly qty: number;
  readonly untilUs: number;
  readonly text: string;
}

/** Reads and checks the text; a problem says what is missing. */
export function readOverride(text: string): OverrideText | Problem {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    read = undefined;
  }
  if (typeof read !== "object" || read === null) return wrong("it is no object");
  const { by, second, reason } = read as Record<string, unknown>;
  if (!isText(by, NAME_UNITS_MAX) || !isText(second, NAME_UNITS_MAX)) return wrong("two names are needed");
  if (fold(by) === fold(second)) return wrong("the two names are the same");
  if (!isText(reason, REASON_UNITS_MAX)) return wrong("a reason is needed");
  return { by, second, reason };
}

export class Overrides implements Saved {
  #rows: Override[] = [];

  constructor(readonly hash: RowHash) {}

  get count(): number {
    return this.#rows.length;
  }

  all(): readonly Override[] {
    return this.#rows;
  }

  /** OverrideGranted. False when it is none, or there are too many. */
  grant(record: Readonly<TradingRecord>): boolean {
    const { account, instrument, side, price, qty, timeUs, expireUs, text } = record;
    this.#rows = this.#rows.filter((row) => this.#keepUntil(row, timeUs));
    if ("detail" in readOverride(text) || this.#rows.length >= OVERRIDES_MAX) return false;
    if (!(qty > 0) || !(expireUs > timeUs) || expireUs > timeUs + OVERRIDE_US_MAX) return false;
    const row: Override = { account, instrument, side, price, qty, untilUs: expireUs, text };
    this.#rows.push(row);
    this.#row(row).putIn();
    return true;
  }

  /** True when an order by hand may pass now. Strategies never may. */
  covers(order: Readonly<TradingRecord>, nowUs: number): boolean {
    return this.#rows.length > 0 && this.#find(order, nowUs) >= 0;
  }

  /** OrderIntent: the override of this very order is used up, whether it was needed or not. */
  use(order: Readonly<TradingRecord>): void {
    if (this.#rows.length === 0) return;
    const at = this.#find(order, order.timeUs);
    if (at < 0) return;
    const [used] = this.#rows.splice(at, 1);
    assert(used !== undefined, Code.InvariantBroken);
    this.#row(used).takeOut();
  }

  save(out: StateWriter): void {
    out.u32(this.#rows.length);
    for (const { account, instrument, side, price, qty, untilUs, text } of this.#rows) {
      out.u32(account).u32(instrument).u32(side).f64(price).f64(qty).f64(untilUs).text(text);
    }
  }

  load(from: StateReader): void {
    assert(this.#rows.length === 0, Code.InvariantBroken);
    for (let left = from.u32(); left > 0; left--) {
      const head = { account: from.u32(), instrument: from.u32(), side: from.u32() };
      const row = { ...head, price: from.f64(), qty: from.f64(), untilUs: from.f64(), text: from.text() };
      this.#rows.push(row);
      this.#row(row).putIn();
    }
  }

  #find(order: Readonly<TradingRecord>, nowUs: number): number {
    if (order.instance !== 0) return -1;
    return this.#rows.findIndex(
      (row) =>
        row.account === order.account &&
        row.instrument === order.instrument &&
        row.side === order.side &&
        row.price === order.price &&
        row.qty === order.qty &&
        nowUs <= row.untilUs,
    );
  }

  #keepUntil(row: Override, nowUs: number): boolean {
    if (nowUs <= row.untilUs) return true;
    this.#row(row).takeOut();
    return false;
  }

  #row({ account, instrument, side, price, qty, untilUs, text }: Override): RowHash {
    this.hash.begin(TABLE, instrument).add(account).add(side).add(price).add(qty);
    return this.hash.add(untilUs).addText(text);
  }
}

function isText(value: unknown, unitsMax: number): value is string {
  return typeof value === "string" && value.trim() !== "" && value.length <= unitsMax;
}

/** "Ada" and " ada" are one person. */
function fold(name: string): string {
  return name.trim().toLowerCase();
}

function wrong(detail: string): Problem {
  return problem(Code.OverrideInvalid, `the override cannot be taken: ${detail}`);
}
