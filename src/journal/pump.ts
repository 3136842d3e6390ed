/** The journal thread's loop: takes what waits in the ring, makes it durable, says so, and prepares what comes next. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { TradingRingReader } from "../ring/trading_ring.ts";
import { BATCH_HEADER_BYTES } from "./format.ts";
import { threadProblem } from "./thread_problem.ts";
import { JournalState, type JournalWords } from "./words.ts";
import type { JournalWriter } from "./writer.ts";

/** Times of the loop, in milliseconds; tests shorten them. */
export interface PumpTimes {
  /** Quiet for so long: the last batch gets its witness. */
  readonly sealMs: number;
  /** How often a full disk is asked again. */
  readonly retryMs: number;
}

export const PUMP_TIMES: PumpTimes = { sealMs: 1_000, retryMs: 1_000 };

/** `full`: records wait and the reserve is used up. */
export type PumpStep = "worked" | "idle" | "full";

export class JournalPump {
  #fullSinceMs = -1;

  constructor(
    readonly reader: TradingRingReader,
    readonly writer: JournalWriter,
    readonly words: JournalWords,
    readonly times: PumpTimes = PUMP_TIMES,
    readonly nowMs: () => number = () => performance.now(),
  ) {
    assert(reader.gating, Code.InvariantBroken);
    words.publishPlace(writer.epoch, writer.tail.segment);
    words.publishState(JournalState.Running);
  }

  /** Until a stop is asked for and done. Throws ProblemError SyncFailed when the disk fails; the words say so first. */
  run(): void {
    try {
      for (;;) {
        const step = this.step();
        if (step === "worked") this.#linger();
        else if (this.words.isStopRequested()) return this.#stop(step);
        else if (step === "full") this.words.pause(this.times.retryMs);
        else this.#rest();
      }
    } catch (error) {
      this.words.publishState(JournalState.Failed, threadProblem(error).number);
      throw error;
    }
  }

  /** After a batch the engine often has the next records at once: looking a moment longer saves it a wake. */
  #linger(): void {
    const until = this.nowMs() + LINGER_MS;
    while (this.reader.isEmpty() && this.nowMs() < until);
  }

  /** One batch at most. */
  step(): PumpStep {
    const { reader, writer, words } = this;
    const freezeMs = words.takeFreezeMs();
    if (freezeMs > 0) Bun.sleepSync(freezeMs);
    const end = reader.copyWaiting(writer.buffer, BATCH_HEADER_BYTES, writer.limits.batchBytesMax);
    if (end === BATCH_HEADER_BYTES) return "idle";
    const before = writer.lastRecord;
    const startMs = this.nowMs();
    const done = writer.commit(end);
    if (!done) {
      this.#publishFull();
      return "full";
    }
    assert(writer.lastRecord > before, Code.InvariantBroken);
    const bytes = end - BATCH_HEADER_BYTES;
    words.publishBatch(writer.lastRecord, bytes, Math.round((this.nowMs() - startMs) * 1_000));
    words.publishPlace(writer.epoch, writer.tail.segment);
    reader.freeCopied();
    // Twice what was written: the spare is whole long before this segment is used up.
    this.#tendSpare(2 * bytes);
    return "worked";
  }

  /** Nothing waits: the spare is completed first, then a full disk asked again, then the thread sleeps. */
  #rest(): void {
    const { writer, words, times } = this;
    if (this.#tendSpare(SPARE_SLICE_BYTES)) return;
    const isWaiting = () => !this.reader.isEmpty();
    words.sleep(writer.isDiskFull ? times.retryMs : times.sealMs, isWaiting);
    if (writer.wantsSeal && !isWaiting()) writer.seal();
  }

  /** Works on the spare segment, or asks a full disk again when it is time; false when there was nothing to do. */
  #tendSpare(bytes: number): boolean {
    const { writer, words } = this;
    if (!writer.wantsSpare) return false;
    if (writer.isDiskFull && this.nowMs() - this.#fullSinceMs < this.times.retryMs) return false;
    writer.prepare(writer.isDiskFull ? writer.limits.segmentBytes : bytes);
    if (writer.isDiskFull) this.#publishFull();
    else if (words.state !== JournalState.Running) words.publishState(JournalState.Running);
    return true;
  }

  #publishFull(): void {
    this.#fullSinceMs = this.nowMs();
    this.words.publishState(JournalState.DiskFull, Code.DiskFull);
  }

  /** What waits is durable, or cannot become so. */
  #stop(step: PumpStep): void {
    const { writer, words } = this;
    if (step === "idle" && writer.wantsSeal) writer.seal();
    assert(step !== "worked", Code.InvariantBroken);
    writer.close();
    if (step === "idle") words.publishState(JournalState.Stopped);
    else words.publishState(JournalState.Failed, Code.DiskFull);
  }
}

const LINGER_MS = 0.03;
const SPARE_SLICE_BYTES = 0x40000;
