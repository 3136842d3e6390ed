/** Snapshots of a real journal on a real disk: taken from the files, believed only when all of it fits, else passed over. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, codeName } from "../core/code.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { type Problem, ProblemError } from "../core/problem.ts";
import { Desk } from "../engine/engine.testing.ts";
import { BATCH_HEADER_BYTES } from "../journal/format.ts";
import { readRecords } from "../journal/reader.ts";
import { recoverJournal } from "../journal/recover.ts";
import { listSnapshots, openSnapshot, writeSnapshot } from "../journal/snapshot.ts";
import { verifyJournal } from "../journal/verify.ts";
import { JournalWriter } from "../journal/writer.ts";
import { encodeRecord } from "../model/codec.ts";
import { RecordKind as K, TradingRecord } from "../model/record.ts";
import { JournalImage, restoreImage } from "./journal_image.ts";
import { type SnapshotJob, takeSnapshot } from "./take_snapshot.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, segmentBytes: 64 << 10, batchBytesMax: 32 << 10 };
const BATCH = 25;
const KEY = "key-1#0123abcd";

/** Records of a session: orders by hand with keys, fills, seals. */
function session(orders: number): TradingRecord[] {
  const desk = new Desk();
  desk.quote(30_000_000, 30_000_100);
  const text = '{"epoch":1,"limitsHash":"abc"}';
  desk.engine.define(Object.assign(new TradingRecord().reset(K.SessionStarted), { text }), desk.nowUs);
  for (let n = 0; n < orders; n++) {
    desk.nowUs += 10_000;
    if (n % 50 === 0) desk.quote(30_000_000, 30_000_100);
    const order = desk.place(29_000_000 + n, 1_000);
    desk.report(K.OrderAccepted, order);
    if (n % 3 === 0) desk.report(K.OrderFilled, order, { fillId: `f${n}`, qty: 1_000 });
    else desk.report(K.OrderCanceled, order);
  }
  const records = desk.records();
  const keyed = records.find(({ kind }) => kind === K.OrderIntent) as TradingRecord;
  keyed.fillId = KEY;
  return records;
}

function write(dir: string, records: readonly TradingRecord[], from: number, to: number): void {
  const writer = new JournalWriter(dir, LIMITS, recoverJournal(dir));
  const view = new DataView(writer.buffer.buffer);
  for (let at = from; at < to; at += BATCH) {
    let end = BATCH_HEADER_BYTES;
    for (const record of records.slice(at, Math.min(at + BATCH, to))) {
      end += encodeRecord(record, writer.buffer, view, end);
    }
    if (!writer.commit(end)) throw new Error("the disk is full");
  }
  writer.close();
}

describe("snapshots of a journal", () => {
  const records = session(1_500);
  let root = "";
  let dir = "";
  let copies = 0;
  const job = (journalDir: string, durableRecord: number): SnapshotJob => ({
    journalDir,
    limits: LIMITS,
    version: "test",
    durableRecord,
    retention: { archiveDays: 0, archiveMiB: 0 },
    nowUs: 0,
  });
  /** The whole journal in two epochs, with three snapshots taken on the way, of which two are kept. */
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "meltica-snap-"));
    dir = join(root, "journal");
    const [first, second] = [BATCH * 60, BATCH * 120];
    write(dir, records, 0, first);
    takeSnapshot(job(dir, first - BATCH));
    write(dir, records, first, second);
    takeSnapshot(job(dir, second));
    write(dir, records, second, records.length);
    takeSnapshot(job(dir, records.length - (records.length % BATCH) - BATCH * 2));
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const copy = () => {
    const to = join(root, `copy${copies++}`);
    cpSync(dir, to, { recursive: true });
    return to;
  };

  /** From the snapshot and the rest, and from nothing: the same. Answers the record that the snapshot gave. */
  function started(from: string, onPassedOver: (found: Problem) => void = () => {}): number {
    const image = restoreImage(from, LIMITS, { onPassedOver });
    const { record } = image;
    recoverJournal(from, (next) => void (next.record > image.record && image.take(next)), undefined, image.record + 1);
    const whole = new JournalImage(LIMITS);
    for (const next of records) whole.take(next);
    expect(image.hash()).toBe(whole.hash());
    expect(image.session.limitsHash).toBe("abc");
    expect(image.session.lastPrices).toEqual(whole.session.lastPrices);
    expect(image.control.keys.get("key-1")).toEqual({
      bodyHash: "0123abcd",
      order: 1,
      record: keyedRecord(),
      denial: 0,
    });
    expect(image.control.fills.last(10_000)).toEqual(whole.control.fills.last(10_000));
    expect(image.control.fills.count).toBe(whole.control.fills.count);
    for (const order of [1, 2, 700, 1_500]) {
      expect(image.control.orderUpdatedUs(order)).toBe(whole.control.orderUpdatedUs(order));
      expect(image.state.epochs.epochOf(order)).toBe(whole.state.epochs.epochOf(order));
    }
    return record;
  }
  const keyedRecord = () => records.find(({ fillId }) => fillId === KEY)?.record as number;

  test("the newest one and the rest of the journal are as good as all of it; two are kept", () => {
    const newest = started(dir);
    expect(newest).toBeGreaterThan(records.length - 3 * BATCH);
    expect(newest).toBeLessThan(records.length - BATCH);
    expect(listSnapshots(dir)).toHaveLength(2);
    expect(verifyJournal(dir)).toMatchObject({ records: records.length, dropped: 0, problemCount: 0 });
    expect(readdirSync(join(dir, "archive")).length).toBeGreaterThan(0);
  });

  test("nothing new, no snapshot; a record that is no batch's end, none either", () => {
    const at = copy();
    const newest = restoreImage(at, LIMITS).record;
    expect(takeSnapshot(job(at, newest))).toBeUndefined();
    expect(problemOf(() => takeSnapshot(job(at, newest + 1))).code).toBe(codeName(Code.SnapshotFailed));
    const done = takeSnapshot(job(at, records.length));
    expect(done).toMatchObject({ record: records.length });
    expect(started(at)).toBe(records.length);
  });

  test("a damaged one falls back to the one before, two damaged ones to the whole journal: each is told", () => {
    const at = copy();
    const [newest, older] = listSnapshots(at) as [string, string];
    const told: Problem[] = [];
    damage(newest, 0.5);
    const fallen = started(at, (found) => told.push(found));
    expect(fallen).toBe(BATCH * 120);
    damage(older, 0.9);
    expect(started(at, (found) => told.push(found))).toBe(0);
    expect(told.map(({ code }) => code)).toEqual(Array(3).fill(codeName(Code.SnapshotPassedOver)));
  });

  test("one that loads as another state than it says is passed over", () => {
    const at = copy();
    const path = listSnapshots(at)[0] as string;
    const snapshot = openSnapshot(path);
    if (typeof snapshot === "string") throw new Error(snapshot);
    const { hash } = snapshot.about;
    writeSnapshot(
      at,
      { ...snapshot.about, hash: hash.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) },
      snapshot.payload() as Uint8Array,
    );
    const told: Problem[] = [];
    expect(started(at, (found) => told.push(found))).toBe(BATCH * 120);
    expect(told[0]?.detail).toContain("loads as");
  });

  test("one of other limits is passed over; the engine may ask for one that is not too new", () => {
    const told: Problem[] = [];
    const other = { ...LIMITS, ordersMax: LIMITS.ordersMax / 2 };
    expect(restoreImage(dir, other, { onPassedOver: (found) => told.push(found) }).record).toBe(0);
    expect(told[0]?.detail).toContain("layout");
    expect(restoreImage(dir, LIMITS, { record: BATCH * 120 }).record).toBe(BATCH * 120);
    expect(restoreImage(dir, LIMITS, { record: 5 }).record).toBe(0);
  });

  test("one of another journal is passed over", () => {
    const at = join(root, "other");
    const changed = records.map((record) => new TradingRecord().copyFrom(record));
    const note = changed.find(({ text }) => text === "by hand") as TradingRecord;
    note.text = "by hind";
    write(at, changed, 0, BATCH * 60);
    write(at, changed, BATCH * 60, BATCH * 120);
    write(at, changed, BATCH * 120, changed.length);
    cpSync(join(dir, "snapshots"), join(at, "snapshots"), { recursive: true });
    const told: Problem[] = [];
    expect(restoreImage(at, LIMITS, { onPassedOver: (found) => told.push(found) }).record).toBe(0);
    expect(told.map(({ detail }) => detail.includes("another journal"))).toEqual([true, true]);
    // Its numbers are higher than ours: that pushes none of ours out, and nothing is archived for its sake.
    expect(takeSnapshot(job(at, BATCH * 30))).toMatchObject({ archived: 0 });
    expect(restoreImage(at, LIMITS).record).toBe(BATCH * 30);
    takeSnapshot(job(at, BATCH * 50));
    expect(restoreImage(at, LIMITS).record).toBe(BATCH * 50);
  });

  test("what a killed writer of snapshots has left is taken away by the next one", () => {
    const at = copy();
    const left = join(at, "snapshots", "0000000000000007.snap.tmp");
    writeFileSync(left, "half");
    takeSnapshot(job(at, records.length));
    expect(readdirSync(join(at, "snapshots")).filter((name) => !name.endsWith(".snap"))).toEqual([]);
  });

  test("a snapshot beyond the journal's end is a witness: what was durable is gone, and nobody starts", () => {
    const at = copy();
    const last = readdirSync(at)
      .filter((name) => name.endsWith(".journal"))
      .sort()
      .at(-1) as string;
    rmSync(join(at, last));
    expect(problemOf(() => restoreImage(at, LIMITS)).code).toBe(codeName(Code.JournalDamaged));
    const torn = copy();
    const file = join(torn, last);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0, 4_096));
    expect(problemOf(() => restoreImage(torn, LIMITS)).code).toBe(codeName(Code.JournalDamaged));
  });

  test("old segments are not read by a start; damage in them is found by verify", () => {
    const at = copy();
    const archive = join(at, "archive", readdirSync(join(at, "archive"))[0] as string);
    damage(archive, 0.5);
    expect(started(at)).toBeGreaterThan(0);
    expect(verifyJournal(at).problemCount).toBeGreaterThan(0);
    renameSync(archive, `${archive}.away`);
    expect(started(at)).toBeGreaterThan(0);
    expect(verifyJournal(at).problemCount).toBeGreaterThan(0);
  });

  test("a seal that differs stops the snapshot: the state is not what the engine had", () => {
    const at = join(root, "sealed");
    const wrong = records.slice(0, BATCH).map((record) => new TradingRecord().copyFrom(record));
    const seal = Object.assign(new TradingRecord().reset(K.Sealed), { text: "0000000000000000-20" });
    const last = wrong.at(-1) as TradingRecord;
    Object.assign(seal, { record: last.record, timeUs: last.timeUs, input: last.input });
    wrong[wrong.length - 1] = seal;
    write(at, wrong, 0, wrong.length);
    expect(problemOf(() => takeSnapshot(job(at, wrong.length))).code).toBe(codeName(Code.StateDiverged));
    expect(listSnapshots(at)).toEqual([]);
  });

  test("readers find their records in archives and files alike", () => {
    for (const from of [1, 500, BATCH * 90, records.length]) {
      let next = from;
      readRecords(dir, from, (record) => expect(record.record).toBe(next++), records.length);
      expect(next).toBe(records.length + 1);
    }
    expect(typeof openSnapshot(listSnapshots(dir)[0] as string)).toBe("object");
  });
});

function damage(path: string, where: number): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length * where);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
}

function problemOf(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error("it was accepted");
}
