/** Walks a whole journal in order; recovery, verification and dump see the same things by the same eyes. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { TradingRecord } from "../model/record.ts";
import { eachRecord, findBatch, joinBatch } from "./batch.ts";
import { floorPath, readFloor } from "./floor.ts";
import { freshTail, headerMisfit, type JournalTail, type SegmentHeader, tailBefore, tailBehind } from "./format.ts";
import type { JournalFs } from "./journal_fs.ts";
import { listSegments, SegmentBytes } from "./segment.ts";

/** What a journal consists of. `tail` is where the next batch joins. */
export interface ScanResult {
  readonly tail: JournalTail;
  /** Number before the first record that was read: 0 for a whole journal. */
  readonly before: number;
  readonly records: number;
  readonly batches: number;
  readonly segments: number;
  /** Bytes behind the last batch that are not zero: a write that a crash tore. Never acknowledged. */
  readonly tornBytes: number;
}

export interface ScanOptions {
  /**
   * The scan begins at the segment that holds the record before this one: whoever knows the state up to there needs no
   * more. Absent: at the beginning of all that is kept.
   */
  readonly fromRecord?: number;
  /** Before anything else: the number before the first record that will be read. */
  readonly onStart?: (before: number) => void;
  readonly onRecord?: (record: Readonly<TradingRecord>) => void;
  /** After the records of each batch: where the journal would end with it. The object is used for all. */
  readonly onBatch?: (tail: Readonly<JournalTail>) => void;
  /**
   * Damage that no torn write explains. When it returns, the scan goes on at the next segment whose header is whole,
   * so that one report shows all; recovery throws instead.
   */
  readonly onDamage: (damage: Problem) => void;
}

export function scanJournal(fs: JournalFs, dir: string, options: ScanOptions): ScanResult {
  return new Scan(fs, options).run(dir);
}

class Scan {
  readonly #segment: SegmentBytes;
  readonly #options: ScanOptions;
  readonly #record = new TradingRecord();
  #tail: JournalTail = freshTail();
  #records = 0;
  #batches = 0;
  #before = 0;
  /** What ended the segment before, and where: the next one's header tells whether it should have. */
  #end: { readonly file: string; readonly at: number; readonly misfit: string } | undefined;

  /** After damage nothing is known of what should follow. */
  #isLost = false;

  constructor(fs: JournalFs, options: ScanOptions) {
    this.#segment = new SegmentBytes(fs);
    this.#options = options;
  }

  run(dir: string): ScanResult {
    const { fs } = this.#segment;
    const first = this.#start(dir);
    this.#options.onStart?.(this.#before);
    const listed = () => listSegments(fs, dir).filter((number) => number >= first);
    let numbers = listed();
    for (let index = 0; index < numbers.length; index++) {
      const header = this.#segment.load(dir, numbers[index] as number);
      let end = this.#begin(header);
      // A writer may have gone on to a new segment meanwhile: the new name is there before the old file is cut.
      if (index === numbers.length - 1) numbers = listed();
      if (typeof header === "string") continue;
      const isLast = index === numbers.length - 1;
      if (!isLast && end !== undefined) {
        this.#segment.reload(this.#tail.usedBytes);
        end = this.#scanBatches();
      }
      this.#end = { file: this.#segment.file, at: this.#tail.usedBytes, misfit: end ?? "the end of the file" };
      if (isLast) this.#checkSize(header);
      if (end !== undefined) this.#judgeEnd(end);
    }
    const used = this.#tail.usedBytes;
    return {
      tail: this.#tail,
      before: this.#before,
      records: this.#records,
      batches: this.#batches,
      segments: numbers.length,
      tornBytes: this.#end === undefined ? 0 : this.#segment.lastByte(used) - used,
    };
  }

  /** Where to begin, with what must stand before it: nothing, what was dropped, or what the caller knows already. */
  #start(dir: string): number {
    const { fs } = this.#segment;
    const numbers = listSegments(fs, dir);
    const { fromRecord = 1 } = this.#options;
    if (fromRecord > 1) {
      for (const number of numbers.toReversed()) {
        const header = this.#segment.loadHeader(dir, number);
        if (typeof header === "string" || header.firstRecord >= fromRecord) continue;
        this.#tail = tailBefore(header);
        this.#before = header.firstRecord - 1;
        return number;
      }
    }
    const floor = numbers[0] === 1 ? undefined : readFloor(fs, dir);
    if (floor === undefined) return 1;
    if (typeof floor === "string") {
      this.#options.onDamage(damageAt(floorPath(dir), 0, floor));
      return 1;
    }
    this.#tail = floor;
    this.#before = floor.lastRecord;
    return floor.segment + 1;
  }

  /** Joins the segment and takes its batches; answers what ended them. */
  #begin(header: SegmentHeader | string): string | undefined {
    if (typeof header === "string") {
      this.#damage(0, header);
      this.#isLost = true;
      return undefined;
    }
    const misfit = this.#isLost ? undefined : headerMisfit(header, this.#tail);
    if (misfit !== undefined) this.#damageBefore(header, misfit);
    this.#isLost = false;
    this.#tail = tailBehind(header);
    return this.#scanBatches();
  }

  /** The file has its whole size before it gets its name, and loses it only when a successor has got one. */
  #checkSize(header: SegmentHeader): void {
    if (this.#segment.size === header.segmentBytes) return;
    this.#damage(this.#segment.size, `the file ends here and should have ${header.segmentBytes} bytes`);
  }

  /** Takes batches while they join; answers what the first one that does not is lacking. */
  #scanBatches(): string | undefined {
    while (this.#tail.usedBytes < this.#segment.size) {
      const at = this.#tail.usedBytes;
      const misfit = joinBatch(this.#segment, at, this.#tail);
      if (misfit !== undefined) return misfit;
      assert(this.#tail.usedBytes > at && this.#tail.usedBytes <= this.#segment.size, Code.InvariantBroken);
      this.#batches++;
      this.#records += this.#segment.view.getUint32(at + 32, true);
      if (this.#options.onRecord !== undefined) eachRecord(this.#segment, at, this.#record, this.#options.onRecord);
      this.#options.onBatch?.(this.#tail);
    }
    return undefined;
  }

  /**
   * Where batches end to join. One batch is in flight at a time and the next is written when it is durable: so behind
   * a torn one there is no whole one, and a whole one proves that what does not fit was durable once.
   */
  #judgeEnd(misfit: string): void {
    for (let end: string | undefined = misfit; end !== undefined; ) {
      const at = this.#tail.usedBytes;
      const later = findBatch(this.#segment, at);
      if (later < 0) return;
      assert(later >= at, Code.InvariantBroken);
      // A writer may have been at work while this was read: what is whole now was under way then.
      this.#segment.reload(at);
      const again = this.#scanBatches();
      if (this.#tail.usedBytes === at) {
        const proof = later === at ? "its CRC is right, so no torn write left it" : `a whole batch follows at ${later}`;
        this.#isLost = true;
        return this.#damage(at, `${misfit}; ${proof}`);
      }
      end = again;
    }
  }

  /** The header does not join: when the segment before ended at a misfit, that is the place to look at. */
  #damageBefore(header: SegmentHeader, misfit: string): void {
    const end = this.#end;
    const isCut = end !== undefined && header.prevUsedBytes !== this.#tail.usedBytes;
    if (!isCut) return this.#damage(0, misfit);
    const detail = `${end.misfit}; the next segment proves that ${header.prevUsedBytes} bytes were durable`;
    this.#options.onDamage(damageAt(end.file, end.at, detail));
  }

  #damage(at: number, detail: string): void {
    this.#options.onDamage(damageAt(this.#segment.file, at, detail));
  }
}

/** JournalDamaged with the file and the byte offset in words: files of bytes have no lines. */
export function damageAt(file: string, offset: number, detail: string): Problem {
  return problem(Code.JournalDamaged, `at byte ${offset}: ${detail}`, { file });
}
