/** Denials of one instance and code beyond some in a second: counted, and told in one record a second. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { Recorder } from "./recorder.ts";

/** From so many of one code in a second on, the next ones are counted instead of journaled. */
const JOURNALED_MAX = 16;
const WINDOW_US = 1_000_000;
const CODES = 256;

interface Flood {
  startUs: number;
  journaled: number;
  counted: number;
}

/**
 * An order that is denied takes an order number, and its number is told to the strategy when it asks: so a flood is
 * stopped before a number is given. Whoever asks in a flood is judged at once (`isFlooding`, then a trial of the gate),
 * and is refused without a record when the gate would say the same again; what it says otherwise goes its usual way.
 */
export class DenialFlood {
  readonly #floods = new Map<number, Flood>();
  readonly #record = new TradingRecord();

  constructor(readonly recorder: Recorder) {}

  /** After a record has been applied. */
  note(record: Readonly<TradingRecord>): void {
    if (record.kind !== RecordKind.OrderDenied || record.instance === 0) return;
    const key = record.instance * CODES + record.code;
    const flood = this.#floods.get(key) ?? { startUs: record.timeUs, journaled: 0, counted: 0 };
    this.#floods.set(key, flood);
    if (record.timeUs - flood.startUs >= WINDOW_US && flood.counted === 0) {
      flood.startUs = record.timeUs;
      flood.journaled = 0;
    }
    flood.journaled++;
    assert(record.code < CODES, Code.ValueOutOfRange);
  }

  /** True while some code of the instance is over its share: the next wish is tried before it gets a number. */
  isFlooding(instance: number): boolean {
    if (this.#floods.size === 0) return false;
    for (const [key, flood] of this.#floods) {
      if (Math.floor(key / CODES) === instance && this.#isOver(flood)) return true;
    }
    return false;
  }

  /** True when a denial of this code is to be counted instead of journaled; then it was. */
  take(instance: number, code: number): boolean {
    const flood = this.#floods.get(instance * CODES + code);
    if (flood === undefined || !this.#isOver(flood)) return false;
    flood.counted++;
    return true;
  }

  /** Once in a while: floods of a second that is over become records. */
  tend(): void {
    if (this.#floods.size === 0) return;
    const { nowUs } = this.recorder;
    for (const [key, flood] of this.#floods) {
      if (nowUs - flood.startUs < WINDOW_US) continue;
      if (flood.counted === 0) {
        this.#floods.delete(key);
        continue;
      }
      const record = this.#record.reset(RecordKind.DenialsCounted);
      record.instance = Math.floor(key / CODES);
      record.code = key % CODES;
      record.qty = flood.counted;
      assert(record.qty > 0, Code.ValueOutOfRange);
      flood.startUs = nowUs;
      flood.journaled = 0;
      flood.counted = 0;
      this.recorder.emit(record);
    }
  }

  #isOver(flood: Flood): boolean {
    return flood.journaled >= JOURNALED_MAX && this.recorder.nowUs - flood.startUs < WINDOW_US;
  }
}
