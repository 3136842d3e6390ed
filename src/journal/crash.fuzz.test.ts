/** Crashes at every operation that changes the disk, with and without the power: nothing that was acknowledged is lost. */

import { describe, expect, test } from "bun:test";
import { Prng } from "../core/prng.ts";
import { openWriter, recoverChecked, SMALL, writeBatch } from "./journal.testing.ts";
import { MemoryDisk } from "./memory_disk.testing.ts";

const LIMITS = { ...SMALL, segmentBytes: 32 << 10, batchBytesMax: 12 << 10 };

/** Three starts that write some batches each; answers the last record that was acknowledged before the power failed. */
function session(disk: MemoryDisk, acknowledged: { record: number; epoch: number }): void {
  const prng = new Prng(3);
  for (let start = 0; start < 3; start++) {
    const writer = openWriter(disk, LIMITS);
    acknowledged.epoch = writer.epoch;
    for (let n = 0; n < 6; n++) {
      if (!writeBatch(writer, 1 + prng.nextBelow(30))) throw new Error("the disk is full");
      acknowledged.record = writer.lastRecord;
      writer.prepare(8_192);
    }
    if (start === 1) writer.seal();
    writer.close();
  }
}

/** Runs the session until operation `failAt`; answers what was acknowledged, and whether it came to its end. */
function crash(disk: MemoryDisk, failAt: number): { record: number; epoch: number; isWhole: boolean } {
  const acknowledged = { record: 0, epoch: 0 };
  disk.failAt = failAt;
  try {
    session(disk, acknowledged);
    return { ...acknowledged, isWhole: true };
  } catch (error) {
    if (!disk.isDown) throw error;
    return { ...acknowledged, isWhole: false };
  }
}

/** Whether the first and the second crash take what was not synced. */
type Fates = readonly [boolean, boolean];

/** Recovers, crashes in recovery or the next start too, and recovers again. */
function recoverTwice(disk: MemoryDisk, prng: Prng, fates: Fates): { lastRecord: number; epoch: number } {
  disk.recoverPower(prng, fates[0]);
  const first = recoverChecked(disk).lastRecord;
  disk.failAt = disk.operations + 1 + prng.nextBelow(8);
  try {
    openWriter(disk, LIMITS).close();
  } catch (error) {
    if (!disk.isDown) throw error;
  }
  disk.recoverPower(prng, fates[1]);
  const { lastRecord, epoch } = recoverChecked(disk);
  expect(lastRecord).toBe(first);
  return { lastRecord, epoch };
}

describe("a crash at every operation", () => {
  for (const [name, fates] of [
    ["of the process, twice", [false, false]],
    ["of the machine, twice", [true, true]],
    // What recovery has read and acted on must not go when the power does.
    ["of the process, then of the machine", [false, true]],
  ] as const) {
    test(name, () => {
      const prng = new Prng(21);
      let boundaries = 0;
      for (let failAt = 1; ; failAt++) {
        for (const isLastDone of [true, false]) {
          const disk = new MemoryDisk();
          disk.isLastDone = isLastDone;
          const { record, epoch, isWhole } = crash(disk, failAt);
          if (isWhole) return expect(boundaries).toBeGreaterThan(100);
          boundaries++;
          const after = recoverTwice(disk, prng, fates);
          expect(after.lastRecord).toBeGreaterThanOrEqual(record);
          expect(after.epoch).toBeGreaterThanOrEqual(epoch);
        }
      }
    });
  }

  test("a disk that lies about syncs is caught by this very test", () => {
    const prng = new Prng(5);
    let lost = 0;
    for (let failAt = 20; failAt < 70; failAt++) {
      const disk = new MemoryDisk();
      disk.liesAboutSync = true;
      const { record } = crash(disk, failAt);
      disk.recoverPower(prng, true);
      try {
        if (recoverChecked(disk).lastRecord < record) lost++;
      } catch {
        lost++; // Refused: what the lie left behind does not fit.
      }
    }
    expect(lost).toBeGreaterThan(10);
  });
});
