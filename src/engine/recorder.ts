/** Emits records: numbered, appended to the journal, applied to D and told to the strategies, in that order, at once. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { apply } from "./apply.ts";
import type { DurableState } from "./durable.ts";
import type { Journal } from "./ports.ts";

/**
 * Reasons are prose: a strategy throws what it likes, a venue explains at length, people write into the KILL file. They
 * are cut to what surely fits a record, for one that does not fit would stop the engine, and the next one, and so on.
 */
export const PROSE_UNITS_MAX = 1_000;

/** Hears of each record after it has been applied. */
export interface RecordListener {
  onRecord(record: Readonly<TradingRecord>): void;
}

export class Recorder {
  /** Number of the input being processed. */
  input = 0;
  /** Engine time: receive times made non-decreasing. */
  nowUs = 0;
  /**
   * The host's clock when the engine was last entered; 0 where engine time is all there is. Inputs that waited through a
   * stall carry the times at which they were sent: what is old by the clock is old whatever they say.
   */
  heardUs = 0;
  /** Records emitted since the step began. */
  recordsInStep = 0;
  /** First denial of the step, 0 = none: what a command is answered with. */
  denialInStep = 0;
  #listener: RecordListener | undefined;
  #watcher: RecordListener | undefined;

  constructor(
    readonly state: DurableState,
    readonly journal: Journal,
  ) {
    this.input = state.input;
    this.nowUs = state.timeUs;
  }

  /** The later of engine time and the host's clock: what the age of an intent is measured by. */
  ageUs(sinceUs: number): number {
    return Math.max(this.nowUs, this.heardUs) - sinceUs;
  }

  listen(listener: RecordListener): void {
    assert(this.#listener === undefined, Code.InvariantBroken); // One listener: the order of hearing is no question.
    this.#listener = listener;
  }

  /**
   * Hears before the listener: sums and families of orders are right when a handler wishes for something. Never emits
   * from here.
   */
  watch(watcher: RecordListener): void {
    assert(this.#watcher === undefined, Code.InvariantBroken);
    this.#watcher = watcher;
  }

  /** The caller keeps the object; it is read before this returns. Handlers called from here may only enqueue wishes. */
  emit(record: TradingRecord): void {
    assert(this.input >= this.state.input, Code.RecordOrderBroken);
    assert(this.nowUs >= this.state.timeUs, Code.TimeWentBack);
    if (record.text.length > PROSE_UNITS_MAX && !isPayload(record.kind)) {
      record.text = record.text.slice(0, PROSE_UNITS_MAX);
    }
    record.record = this.state.record + 1;
    record.input = this.input;
    record.timeUs = this.nowUs;
    this.journal.append(record);
    apply(this.state, record);
    this.recordsInStep++;
    if (this.denialInStep === 0 && isDenial(record.kind)) this.denialInStep = record.code;
    this.#watcher?.onRecord(record);
    this.#listener?.onRecord(record);
  }
}

function isDenial(kind: number): boolean {
  return kind === RecordKind.OrderDenied || kind === RecordKind.CancelDenied || kind === RecordKind.ReplaceDenied;
}

/** Kinds whose text is read by programs: cut, it would mean nothing. Whoever makes it has bounded it. */
function isPayload(kind: number): boolean {
  switch (kind) {
    case RecordKind.InstrumentDefined:
    case RecordKind.InstanceStarted:
    case RecordKind.StateCell:
    case RecordKind.LimitsSet:
    case RecordKind.SessionStarted:
    case RecordKind.Sealed:
      return true;
    default:
      return false;
  }
}
