/** A process that writes a journal as fast as it can and prints each durable record number, until it is killed. */

import { writeSync } from "node:fs";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { TradingRecord } from "../model/record.ts";
import { TradingRing } from "../ring/trading_ring.ts";
import { fillRecord } from "./journal.testing.ts";
import { startJournalThread } from "./journal_thread.ts";
import { recoverJournal } from "./recover.ts";
import { RingJournal } from "./ring_journal.ts";
import { JournalWords } from "./words.ts";

const limits = { ...DEFAULT_LIMITS, segmentBytes: 2 << 20 };
const dir = Bun.argv[2] as string;
const ring = new SharedArrayBuffer(TradingRing.bytes(limits.tradingRingBytes));
const words = new SharedArrayBuffer(JournalWords.bytes());
const recovered = recoverJournal(dir);
const onFailed = (problem: unknown) => {
  throw new Error(JSON.stringify(problem));
};
const thread = await startJournalThread({ dir, limits, ring, words, recovered, onFailed });
const journal = new RingJournal(new TradingRing(ring, limits), thread.words, recovered.lastRecord);
const record = new TradingRecord();
for (;;) {
  for (let n = 0; n < 20; n++) journal.append(fillRecord(record, journal.lastRecord + 1));
  journal.flush();
  const before = journal.durableRecord();
  if (journal.occupancy() > 0.1) await thread.words.whenDurable(before, 100);
  const durable = journal.durableRecord();
  // Straight to the pipe: what was printed has left this process when it is killed.
  if (durable !== before) writeSync(1, `${durable}\n`);
}
