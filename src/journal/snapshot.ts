/** Snapshot files: a saved state with the place in the journal that it belongs to, and who may believe it. */

import { join } from "node:path";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { joinBatch } from "./batch.ts";
import { type JournalTail, sameBytes, tailBehind } from "./format.ts";
import { fileProblem, type JournalFs, realFs } from "./journal_fs.ts";
import { type PackedIndex, readPackedIndex, readPart, writePacked } from "./packed_file.ts";
import { listSegments, SegmentBytes } from "./segment.ts";

const FOLDER = "snapshots";
const SUFFIX = ".snap";
const DIGITS = 16;
/** The newest one, and one to fall back to. */
export const SNAPSHOTS_KEPT = 2;

/** What a snapshot says about itself. */
export interface SnapshotAbout {
  /** Fingerprint of the program's state and its limits: bytes of another layout are never read. */
  readonly layout: string;
  /** For people: the version that wrote it. */
  readonly version: string;
  readonly record: number;
  /** Engine time of that record. */
  readonly timeUs: number;
  /** Hash of the state after that record, as seals carry it. */
  readonly hash: string;
  /** The journal's end when that record was the last. */
  readonly tail: Readonly<JournalTail>;
}

export interface Snapshot {
  readonly about: SnapshotAbout;
  readonly path: string;
  readonly packedBytes: number;
  /** The state's bytes, or what is wrong with them in words. */
  payload(): Uint8Array | string;
}

/** Where a snapshot's position lies in the journal that is here. */
export enum Joint {
  /** The journal leads through it. */
  Joined = 0,
  /** The journal has other records there: it is a snapshot of another one. */
  Foreign = 1,
  /** The journal ends before it, and so has lost what was durable. */
  Beyond = 2,
}

export function snapshotDir(journalDir: string): string {
  return join(journalDir, FOLDER);
}

/** Writes a snapshot and answers its path. Throws ProblemError DiskFull or SnapshotFailed; nothing is left behind then. */
export function writeSnapshot(journalDir: string, about: SnapshotAbout, payload: Uint8Array, fs = realFs()): string {
  assert(about.record > 0 && about.tail.lastRecord === about.record, Code.ValueOutOfRange);
  const path = join(snapshotDir(journalDir), `${String(about.record).padStart(DIGITS, "0")}${SUFFIX}`);
  const tail = { ...about.tail, chain: Buffer.from(about.tail.chain).toString("hex") };
  try {
    writePacked(fs, path, { ...about, tail }, [payload]);
  } catch (error) {
    throw fileProblem(error, path, "the snapshot was not written", Code.SnapshotFailed);
  }
  return path;
}

/** Paths of the snapshots in a journal's folder, newest first. */
export function listSnapshots(journalDir: string, fs: JournalFs = realFs()): string[] {
  const dir = snapshotDir(journalDir);
  if (!fs.exists(dir)) return [];
  const names = fs.list(dir).filter((name) => /^\d{16}\.snap$/.test(name));
  return names
    .sort()
    .reverse()
    .map((name) => join(dir, name));
}

/** Reads and checks what a snapshot says about itself; its payload is read when it is asked for. */
export function openSnapshot(path: string, fs: JournalFs = realFs()): Snapshot | string {
  const index = readPackedIndex(fs, path);
  if (typeof index === "string") return index;
  const about = readAbout(index);
  if (about === undefined) return "it does not say what it is";
  const packedBytes = index.parts.reduce((sum, part) => sum + part.packedBytes, 0);
  return { about, path, packedBytes, payload: () => readPart(fs, index, 0) };
}

/** Looks the snapshot's position up in the journal: batch, CRC and chain must be the very same there. */
export function joinSnapshot(journalDir: string, tail: Readonly<JournalTail>, fs: JournalFs = realFs()): Joint {
  if (!listSegments(fs, journalDir).includes(tail.segment)) return Joint.Beyond;
  const segment = new SegmentBytes(fs);
  const header = segment.load(journalDir, tail.segment);
  if (typeof header === "string") return Joint.Beyond;
  const here = tailBehind(header);
  while (here.usedBytes < tail.usedBytes) {
    if (joinBatch(segment, here.usedBytes, here) !== undefined) return Joint.Beyond;
  }
  const isSame =
    here.usedBytes === tail.usedBytes &&
    here.lastRecord === tail.lastRecord &&
    here.batch === tail.batch &&
    here.epoch === tail.epoch &&
    here.prevCrc === tail.prevCrc &&
    sameBytes(here.chain, tail.chain);
  return isSame ? Joint.Joined : Joint.Foreign;
}

/** Those that a start could begin with, as far as their place says; their payloads are not read. Newest first. */
export function joinedSnapshots(journalDir: string, fs: JournalFs = realFs()): Snapshot[] {
  const isJoined = (snapshot: Snapshot | string): snapshot is Snapshot =>
    typeof snapshot !== "string" && joinSnapshot(journalDir, snapshot.about.tail, fs) === Joint.Joined;
  return listSnapshots(journalDir, fs)
    .map((path) => openSnapshot(path, fs))
    .filter(isJoined);
}

/**
 * Removes all that are older than the newest `kept` of this journal, and what a crash left half written; answers how
 * many went. One of another journal pushes none of ours out, whatever its number. Not while one is being written.
 */
export function pruneSnapshots(journalDir: string, kept = SNAPSHOTS_KEPT, fs: JournalFs = realFs()): number {
  assert(kept >= 1, Code.ValueOutOfRange);
  const dir = snapshotDir(journalDir);
  if (!fs.exists(dir)) return 0;
  const all = listSnapshots(journalDir, fs);
  const oldest = joinedSnapshots(journalDir, fs)[kept - 1];
  const old = oldest === undefined ? [] : all.slice(all.indexOf(oldest.path) + 1);
  for (const name of fs.list(dir)) if (name.endsWith(`${SUFFIX}.tmp`)) old.push(join(dir, name));
  for (const path of old) fs.remove(path);
  if (old.length > 0) fs.syncDir(dir);
  return old.length;
}

function readAbout({ about }: PackedIndex): SnapshotAbout | undefined {
  const { layout, version, record, timeUs, hash } = about;
  const tail = about["tail"] as Record<string, unknown> | undefined;
  if (typeof layout !== "string" || typeof version !== "string" || typeof hash !== "string") return undefined;
  if (typeof record !== "number" || typeof timeUs !== "number" || typeof tail !== "object") return undefined;
  const { segment, epoch, batch, prevCrc, lastRecord, usedBytes } = tail as Record<string, number>;
  const numbers = [segment, epoch, batch, prevCrc, lastRecord, usedBytes];
  const chain = tail?.["chain"];
  if (typeof chain !== "string" || !/^[0-9a-f]{64}$/.test(chain)) return undefined;
  if (!numbers.every((number) => Number.isSafeInteger(number)) || lastRecord !== record) return undefined;
  const bytes = new Uint8Array(Buffer.from(chain, "hex"));
  return { layout, version, record, timeUs, hash, tail: { ...(tail as unknown as JournalTail), chain: bytes } };
}
