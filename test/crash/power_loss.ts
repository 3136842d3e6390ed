/** Power cuts and damaged media: random journals are cut, torn and mangled; what was acknowledged is there, or it is refused. */

import { Code } from "../../src/core/code.ts";
import { Prng } from "../../src/core/prng.ts";
import { ProblemError } from "../../src/core/problem.ts";
import { BATCH_HEADER_BYTES, PAGE_BYTES } from "../../src/journal/format.ts";
import { openWriter, recoverChecked, SMALL, writeBatch } from "../../src/journal/journal.testing.ts";
import { MemoryDisk } from "../../src/journal/memory_disk.testing.ts";

const LIMITS = { ...SMALL, segmentBytes: 32 << 10, batchBytesMax: 12 << 10 };
const BREAKS_MAX = 10;

export interface CutsReport {
  readonly cuts: number;
  /** Cuts after which something that was never acknowledged had survived, and torn bytes were found. */
  readonly survived: number;
  readonly torn: number;
  readonly lost: number;
  readonly falselyRefused: number;
  readonly breaks: readonly string[];
}

/** Cuts the power at random operations of random journals, up to three times in one journal's life. */
export function cutPower(seed: number, cuts: number, liesAboutSync = false, breaksMax = BREAKS_MAX): CutsReport {
  const breaks: string[] = [];
  const sums = { survived: 0, torn: 0, lost: 0, falselyRefused: 0 };
  let done = 0;
  for (let journal = 0; done < cuts && breaks.length < breaksMax; journal++) {
    const random = new Prng(seed * 100_003 + journal);
    const disk = new MemoryDisk();
    disk.liesAboutSync = liesAboutSync;
    disk.tornBytes = random.nextBelow(2) === 0 ? 512 : 4_096;
    let acked = 0;
    for (let life = 1; life <= 3 && done < cuts; life++) {
      done++;
      acked = Math.max(acked, writeUntilCut(disk, random));
      disk.recoverPower(random, true);
      try {
        const { lastRecord, tornBytes } = recoverChecked(disk);
        if (lastRecord > acked) sums.survived++;
        if (tornBytes > 0) sums.torn++;
        if (lastRecord < acked) {
          sums.lost++;
          breaks.push(`journal ${journal} of seed ${seed}, life ${life}: ${acked} acknowledged, ${lastRecord} there`);
        }
        // Whoever reads it after this may act on it: what was recovered once stays.
        acked = lastRecord;
      } catch (error) {
        sums.falselyRefused++;
        breaks.push(`journal ${journal} of seed ${seed}, life ${life}: ${(error as Error).message}`);
        break;
      }
    }
  }
  return { cuts: done, ...sums, breaks };
}

/** Answers the last record that was acknowledged before the power went. */
function writeUntilCut(disk: MemoryDisk, random: Prng): number {
  let acked = 0;
  disk.isLastDone = random.nextBelow(2) === 0;
  disk.failAt = disk.operations + 1 + random.nextBelow(60);
  try {
    const writer = openWriter(disk, LIMITS);
    acked = writer.lastRecord;
    for (;;) {
      if (random.nextBelow(12) === 0) writer.seal();
      else if (!writeBatch(writer, 1 + random.nextBelow(30))) throw new Error("the disk is full");
      acked = writer.lastRecord;
      if (random.nextBelow(2) === 0) writer.prepare(8_192);
    }
  } catch (error) {
    if (!disk.isDown) throw error;
  }
  return acked;
}

export const DAMAGES = ["flip", "zeroed", "truncated", "swapped", "stale", "epoch", "deleted"] as const;
export type Damage = (typeof DAMAGES)[number];

export interface DamageReport {
  readonly places: number;
  readonly refused: number;
  /** All records are there all the same: what was hit was a seal, a header without records behind it. */
  readonly harmless: number;
  /** The last batch is gone, as if its write had been torn: whoever has seen its records knows, the files cannot. */
  readonly lastBatch: number;
  readonly silent: number;
  readonly breaks: readonly string[];
}

const PLACES_PER_JOURNAL = 50;

/** Damages acknowledged bytes at so many random places, one at a time. */
export function damageMedia(damage: Damage, seed: number, places: number): DamageReport {
  const breaks: string[] = [];
  const sums = { refused: 0, harmless: 0, lastBatch: 0, silent: 0 };
  let done = 0;
  for (let number = 0; done < places && breaks.length < BREAKS_MAX; number++) {
    const random = new Prng(seed * 100_019 + number);
    const journal = makeJournal(random);
    for (let place = 0; place < PLACES_PER_JOURNAL && done < places; place++) {
      const undo = DAMAGE[damage](journal, random);
      if (undo === undefined) continue;
      done++;
      const outcome = judge(journal);
      if (outcome === undefined) sums.silent++;
      else sums[outcome]++;
      if (outcome === undefined) breaks.push(`${damage}, journal ${number} of seed ${seed}, place ${place}: silent`);
      undo();
    }
  }
  return { places: done, ...sums, breaks };
}

interface SmallJournal {
  readonly disk: MemoryDisk;
  /** Segment files in order, with the bytes of each that count. */
  readonly segments: { readonly name: string; readonly usedBytes: number }[];
  readonly lastRecord: number;
  /** Last record before the last batch of all. */
  readonly before: number;
  /** Each segment as it was after each of its batches but the last. */
  readonly older: Map<string, Uint8Array[]>;
}

function makeJournal(random: Prng): SmallJournal {
  const disk = new MemoryDisk();
  const segments: { name: string; usedBytes: number }[] = [];
  const older = new Map<string, Uint8Array[]>();
  let before = 0;
  let lastRecord = 0;
  for (let start = 1 + random.nextBelow(3); start > 0; start--) {
    const writer = openWriter(disk, LIMITS);
    for (let batches = 1 + random.nextBelow(12); batches > 0; batches--) {
      before = writer.lastRecord;
      if (random.nextBelow(5) === 0) writer.seal();
      else writeBatch(writer, 1 + random.nextBelow(30));
      lastRecord = writer.lastRecord;
      const name = `${String(writer.tail.segment).padStart(10, "0")}.journal`;
      const known = segments.findIndex((segment) => segment.name === name);
      if (known >= 0) segments.splice(known);
      segments.push({ name, usedBytes: writer.tail.usedBytes });
      const states = older.get(name) ?? [];
      states.push(disk.bytesOf(name).slice());
      older.set(name, states);
    }
    writer.close();
  }
  return { disk, segments, lastRecord, before, older };
}

/** What recovery says of the damage; undefined: nothing, though something is wrong. */
function judge(journal: SmallJournal): "refused" | "harmless" | "lastBatch" | undefined {
  try {
    const { lastRecord } = recoverChecked(journal.disk);
    if (lastRecord === journal.lastRecord) return "harmless";
    return lastRecord === journal.before ? "lastBatch" : undefined;
  } catch (error) {
    return error instanceof ProblemError && error.problem.code === Code[Code.JournalDamaged] ? "refused" : undefined;
  }
}

type Undo = (() => void) | undefined;
const NO_PLACE: Undo = undefined;

const DAMAGE: Readonly<Record<Damage, (journal: SmallJournal, random: Prng) => Undo>> = {
  flip: ({ disk, segments }, random) => {
    const { name, usedBytes } = pick(segments, random);
    const bytes = disk.bytesOf(name);
    const at = random.nextBelow(usedBytes);
    const mask = 1 << random.nextBelow(8);
    bytes[at] = (bytes[at] as number) ^ mask;
    return () => {
      bytes[at] = (bytes[at] as number) ^ mask;
    };
  },
  zeroed: ({ disk, segments }, random) => {
    const { name, usedBytes } = pick(segments, random);
    const at = random.nextBelow(usedBytes / PAGE_BYTES) * PAGE_BYTES;
    return replace(
      disk,
      name,
      disk
        .bytesOf(name)
        .slice()
        .fill(0, at, at + PAGE_BYTES),
    );
  },
  truncated: ({ disk, segments }, random) => {
    const { name } = pick(segments, random);
    const bytes = disk.bytesOf(name);
    return replace(disk, name, bytes.slice(0, random.nextBelow(bytes.length)));
  },
  swapped: ({ disk, segments }, random) => {
    const one = pick(segments, random).name;
    const other = pick(segments, random).name;
    if (one === other) return NO_PLACE;
    const bytes = disk.bytesOf(one);
    const undoOne = replace(disk, one, disk.bytesOf(other));
    const undoOther = replace(disk, other, bytes);
    return () => {
      undoOther();
      undoOne();
    };
  },
  /** A segment that has a successor, as it was before its last batch. Of the last segment nothing in the files can tell. */
  stale: ({ disk, segments, older }, random) => {
    if (segments.length < 2) return NO_PLACE;
    const { name } = pick(segments.slice(0, -1), random);
    const states = older.get(name) ?? [];
    return states.length < 2
      ? NO_PLACE
      : replace(disk, name, states[random.nextBelow(states.length - 1)] as Uint8Array);
  },
  /** Of a segment's header or of a batch; its CRC is made right again, as a program with a bug would. */
  epoch: ({ disk, segments }, random) => {
    const { name, usedBytes } = pick(segments, random);
    const at = random.nextBelow(usedBytes / PAGE_BYTES) * PAGE_BYTES;
    const bytes = disk.bytesOf(name).slice();
    const view = new DataView(bytes.buffer);
    const isHeader = at === 0;
    if (!isHeader && view.getUint32(at, true) !== BATCH_MARK) return NO_PLACE;
    const length = isHeader ? PAGE_BYTES : paddedLength(view.getUint32(at + 8, true));
    const epochAt = at + (isHeader ? 16 : 20);
    const epoch = view.getUint32(epochAt, true);
    view.setUint32(epochAt, random.nextBelow(2) === 0 ? epoch + 1 : 1_000 + random.nextBelow(1_000), true);
    view.setUint32(at + 4, Bun.hash.crc32(bytes.subarray(at + 8, at + length)), true);
    return replace(disk, name, bytes);
  },
  /** A file that is gone, but for the last one. */
  deleted: ({ disk, segments }, random) => {
    if (segments.length < 2) return NO_PLACE;
    const { name } = pick(segments.slice(0, -1), random);
    const bytes = disk.bytesOf(name);
    disk.remove(name);
    return () => disk.setBytes(name, bytes);
  },
};

const BATCH_MARK = 0x5442_4c4d;

function replace(disk: MemoryDisk, name: string, bytes: Uint8Array): () => void {
  const before = disk.bytesOf(name);
  disk.setBytes(name, bytes);
  return () => disk.setBytes(name, before);
}

function pick<T>(items: readonly T[], random: Prng): T {
  return items[random.nextBelow(items.length)] as T;
}

function paddedLength(length: number): number {
  return Math.ceil(Math.max(length, BATCH_HEADER_BYTES) / PAGE_BYTES) * PAGE_BYTES;
}
