/** journal.worker.ts, the real thread, on real files: many records, a frozen thread, a failed start, kill -9 of a writer. */

import { afterAll, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import { TradingRecord } from "../model/record.ts";
import { TradingRing } from "../ring/trading_ring.ts";
import { fillRecord, isRight, recoverChecked, tempDir } from "./journal.testing.ts";
import { realFs } from "./journal_fs.ts";
import { startJournalThread } from "./journal_thread.ts";
import { readRecords } from "./reader.ts";
import { recoverJournal } from "./recover.ts";
import { RingJournal } from "./ring_journal.ts";
import { JournalState, JournalWords } from "./words.ts";

const LIMITS = { ...DEFAULT_LIMITS, segmentBytes: 4 << 20 };
const root = tempDir();
afterAll(() => rmSync(root, { recursive: true }));

async function start(dir: string) {
  const ring = new SharedArrayBuffer(TradingRing.bytes(LIMITS.tradingRingBytes));
  const words = new SharedArrayBuffer(JournalWords.bytes());
  const recovered = recoverJournal(dir);
  const problems: Problem[] = [];
  const onFailed = (problem: Problem) => void problems.push(problem);
  const times = { sealMs: 50, retryMs: 50 };
  const thread = await startJournalThread({ dir, limits: LIMITS, ring, words, recovered, times, onFailed });
  const journal = new RingJournal(new TradingRing(ring, LIMITS), thread.words, recovered.lastRecord);
  const record = new TradingRecord();
  const append = async (count: number) => {
    for (let n = 0; n < count; n++) {
      while (journal.occupancy() > 0.7) {
        if (journal.state === JournalState.Failed) return;
        await thread.words.whenDurable(journal.durableRecord(), 100);
      }
      journal.append(fillRecord(record, journal.lastRecord + 1));
      if (n % 50 === 0) journal.flush();
    }
    journal.flush();
  };
  const settled = async () => {
    while (journal.durableRecord() < journal.lastRecord) await thread.words.whenDurable(journal.durableRecord(), 100);
  };
  return { thread, journal, append, settled, problems };
}

describe("the journal thread", () => {
  test("100,000 records become durable; a reader beside it sees exactly the durable ones; all are there after", async () => {
    const dir = join(root, "many");
    const { thread, journal, append, settled } = await start(dir);
    let read = 0;
    for (let part = 0; part < 10; part++) {
      await append(10_000);
      const durable = journal.durableRecord();
      read = readRecords(dir, read + 1, (record) => expectRight(record, ++read), durable);
      expect(read).toBe(durable);
    }
    await settled();
    expect(await thread.stop(5_000)).toBe("stopped");
    expect(journal.state).toBe(JournalState.Stopped);
    expect(recoverChecked(realFs(), dir)).toMatchObject({ lastRecord: 100_000, epoch: 1, tornBytes: 0 });
    const next = await start(dir);
    expect([next.thread.epoch, next.journal.durableRecord()]).toEqual([2, 100_000]);
    await next.append(10);
    await next.settled();
    expect(await next.thread.stop(5_000)).toBe("stopped");
    expect(recoverChecked(realFs(), dir).lastRecord).toBe(100_010);
  });

  test("frozen: nothing becomes durable for that long, then everything does", async () => {
    const { thread, journal, append, settled } = await start(join(root, "frozen"));
    await append(10);
    await settled();
    thread.words.requestFreeze(400);
    await Bun.sleep(50);
    await append(500);
    await Bun.sleep(100);
    expect([journal.durableRecord(), journal.state]).toEqual([10, JournalState.Running]);
    await settled();
    expect(journal.durableRecord()).toBe(510);
    expect(await thread.stop(5_000)).toBe("stopped");
  });

  test("a frozen thread does not stop in time: it is ended, and recovery finds what was durable", async () => {
    const dir = join(root, "stuck");
    const { thread, append, settled, problems } = await start(dir);
    await append(100);
    await settled();
    thread.words.requestFreeze(20_000);
    await Bun.sleep(20);
    expect(await thread.stop(100)).toBe("timed-out");
    expect(problems).toEqual([]);
    expect(recoverChecked(realFs(), dir).lastRecord).toBe(100);
  });

  test("a start that cannot be is a problem, not a silence", async () => {
    writeFileSync(join(root, "plain"), "");
    expect(start(join(root, "plain", "journal"))).rejects.toThrow(/JournalUnwritable/);
  });

  test("a disk that fails under the thread: said once, with its code", async () => {
    const dir = join(root, "gone");
    const { thread, journal, append, problems } = await start(dir);
    // No spare can be made in a directory that is gone: no error of space, so it is final.
    rmSync(dir, { recursive: true });
    await append(60_000);
    while (journal.state !== JournalState.Failed) await Bun.sleep(5);
    for (let n = 0; n < 100 && problems.length === 0; n++) await Bun.sleep(5);
    expect(problems.map((problem) => problem.code)).toEqual(["SyncFailed"]);
    expect(journal.occupancy()).toBe(1);
    expect(await thread.stop(1_000)).toBe("failed");
  });
});

test("kill -9 of a process that writes: every record that it said is durable is there, four times over", async () => {
  const dir = join(root, "killed");
  let before = 0;
  for (let round = 1; round <= 4; round++) {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "journal_child.testing.ts"), dir], {
      stdout: "pipe",
      stderr: "inherit",
    });
    let said = "";
    const utf8 = new TextDecoder();
    for await (const chunk of child.stdout) {
      // It lives until it has said something, and a while longer, in the middle of whatever it is doing.
      if (said === "") setTimeout(() => child.kill("SIGKILL"), 40 * round);
      said += utf8.decode(chunk);
    }
    // The last line may be cut: the one before it is whole.
    const durable = Number(said.split("\n").at(-2));
    const { lastRecord, epoch } = recoverChecked(realFs(), dir);
    expect(durable).toBeGreaterThan(before);
    expect(lastRecord).toBeGreaterThanOrEqual(durable);
    expect(epoch).toBe(round);
    before = lastRecord;
  }
});

function expectRight(record: Readonly<TradingRecord>, number: number): void {
  if (!isRight(record, number)) throw new Error(`record ${number} came as ${record.record}`);
}
