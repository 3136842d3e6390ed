/** A journal thread on a directory of its own, and the engine's side of it, for the benches of the journal. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { startJournalThread } from "../src/journal/journal_thread.ts";
import { recoverJournal } from "../src/journal/recover.ts";
import { RingJournal } from "../src/journal/ring_journal.ts";
import { JournalState, JournalWords } from "../src/journal/words.ts";
import { Leg, OrderType, Side, TimeInForce } from "../src/model/order.ts";
import { RecordKind, TradingRecord } from "../src/model/record.ts";
import { TradingRing } from "../src/ring/trading_ring.ts";

const STOP_MS_MAX = 5_000;

export interface JournalRig {
  readonly dir: string;
  readonly journal: RingJournal;
  readonly words: JournalWords;
  /** Appends `count` order intents; waits where the ring is nearly full. */
  append(count: number): void;
  /** Until all that was appended is durable. */
  settle(): void;
  dispose(): void;
}

export async function journalRig(): Promise<JournalRig> {
  const dir = mkdtempSync(join(tmpdir(), "meltica-bench-"));
  const limits = DEFAULT_LIMITS;
  const ring = new SharedArrayBuffer(TradingRing.bytes(limits.tradingRingBytes));
  const shared = new SharedArrayBuffer(JournalWords.bytes());
  const recovered = recoverJournal(dir);
  const onFailed = (problem: unknown) => {
    throw new Error(JSON.stringify(problem));
  };
  const thread = await startJournalThread({ dir, limits, ring, words: shared, recovered, onFailed });
  const words = thread.words;
  const journal = new RingJournal(new TradingRing(ring, limits), words, 0);
  const record = intent();
  return {
    dir,
    journal,
    words,
    append(count) {
      for (let n = 0; n < count; n++) {
        if ((n & 63) === 0) {
          journal.flush();
          while (journal.occupancy() > 0.9) words.waitDurable(journal.durableRecord(), 100);
        }
        record.record = journal.lastRecord + 1;
        journal.append(record);
      }
      journal.flush();
    },
    settle() {
      for (;;) {
        const durable = journal.durableRecord();
        if (durable === journal.lastRecord) return;
        words.waitDurable(durable, 100);
      }
    },
    dispose() {
      words.requestStop();
      const until = performance.now() + STOP_MS_MAX;
      while (words.state !== JournalState.Stopped && performance.now() < until) Bun.sleepSync(1);
      void thread.stop(1);
      rmSync(dir, { recursive: true });
    },
  };
}

/** An order intent as a strategy makes it; 160 bytes with its texts. */
function intent(): TradingRecord {
  const record = new TradingRecord().reset(RecordKind.OrderIntent);
  record.leg = Leg.Net;
  record.side = Side.Buy;
  record.orderType = OrderType.Limit;
  record.timeInForce = TimeInForce.Gtc;
  record.price = 6_500_000;
  record.qty = 1_000;
  record.text = "cross up";
  return record;
}
