/** The in-memory journal and the comparing one: dense, whole, chained. Compare is tested with the engine as well. */

import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { ComparingJournal } from "./compare.ts";
import { MemoryJournal } from "./memory.ts";

function filled(count: number, change: (record: TradingRecord) => void = () => {}): MemoryJournal {
  const journal = new MemoryJournal(DEFAULT_LIMITS);
  const record = new TradingRecord();
  for (let n = 1; n <= count; n++) {
    record.reset(RecordKind.OrderIntent).record = n;
    record.text = "reason ".repeat(n % 90);
    change(record);
    journal.append(record);
  }
  return journal;
}

describe("MemoryJournal", () => {
  test("gives back every record in order, over many chunks, and is durable at once", () => {
    const journal = filled(20_000);
    expect(journal.durableRecord()).toBe(20_000);
    let next = 1;
    journal.replay(new TradingRecord(), (record) => {
      if (record.record !== next || record.text !== "reason ".repeat(next % 90)) throw new Error(`record ${next}`);
      next++;
    });
    expect(next).toBe(20_001);
    expect(journal.occupancy()).toBe(0);
  });

  test("a gap or a repetition in the numbers stops", () => {
    const journal = filled(3);
    const record = new TradingRecord().reset(RecordKind.OrderIntent);
    record.record = 5;
    expect(() => journal.append(record)).toThrow(/RecordOrderBroken/);
    record.record = 3;
    expect(() => journal.append(record)).toThrow(/RecordOrderBroken/);
  });

  test("the chain covers every byte of every record", () => {
    const chain = filled(300).chain();
    expect(filled(300).chain()).toBe(chain);
    for (const at of [1, 150, 300]) {
      const other = filled(300, (record) => {
        if (record.record === at) record.feeLo = 1;
      });
      expect(other.chain()).not.toBe(chain);
    }
    expect(filled(299).chain()).not.toBe(chain);
  });
});

describe("ComparingJournal", () => {
  test("names the first column that differs, texts too", () => {
    const compare = new ComparingJournal(filled(10));
    filled(10, (record) => {
      if (record.record >= 7) record.text += "!";
    }).replay(new TradingRecord(), (record) => compare.append(record));
    expect(compare.difference()).toMatchObject({ record: 7, column: "text", kind: "OrderIntent" });
    expect(compare.durableRecord()).toBe(10);
  });
});
