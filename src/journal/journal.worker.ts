/** The journal thread: opens the journal where recovery ended, pumps until it is told to stop, and says how it ended. */

import type { Limits } from "../core/limits.ts";
import { TradingRingReader } from "../ring/trading_ring.ts";
import type { JournalMessage, JournalStart } from "./journal_thread.ts";
import { JournalPump } from "./pump.ts";
import { threadProblem } from "./thread_problem.ts";
import { JournalState, JournalWords } from "./words.ts";
import { JournalWriter } from "./writer.ts";

declare const self: Worker;

self.onmessage = (event: MessageEvent<JournalStart>) => {
  const { dir, ring, words: buffer, limits, recovered, times } = event.data;
  const words = new JournalWords(buffer);
  try {
    const writer = new JournalWriter(dir, limits, recovered);
    const pump = new JournalPump(reader(ring, limits), writer, words, times);
    say({ kind: "ready", epoch: writer.epoch });
    pump.run();
    say({ kind: "stopped", lastRecord: writer.lastRecord });
  } catch (error) {
    if (words.state !== JournalState.Failed) words.publishState(JournalState.Failed, threadProblem(error).number);
    say({ kind: "failed", problem: threadProblem(error).problem });
  }
};

function reader(ring: SharedArrayBuffer, limits: Limits): TradingRingReader {
  return new TradingRingReader(ring, limits, true);
}

function say(message: JournalMessage): void {
  postMessage(message);
}
