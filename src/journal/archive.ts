/** Archives: sealed segments repacked, byte for byte the same when unpacked, so that they verify by the same chain. */

import { join } from "node:path";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { sameBytes } from "./format.ts";
import { fileProblem, type JournalFs } from "./journal_fs.ts";
import { readPackedIndex, readPart, writePacked } from "./packed_file.ts";

const FOLDER = "archive";
const DIGITS = 10;
const NAME = /^(\d{10})-(\d{10})\.zst$/;

/** One archive: segments `first` to `last`. */
export interface Archive {
  readonly first: number;
  readonly last: number;
  readonly path: string;
}

export function archiveDir(journalDir: string): string {
  return join(journalDir, FOLDER);
}

/** Archives of a journal, oldest first. */
export function listArchives(fs: JournalFs, journalDir: string): Archive[] {
  const dir = archiveDir(journalDir);
  if (!fs.exists(dir)) return [];
  const archives: Archive[] = [];
  for (const name of fs.list(dir).sort()) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const [first, last] = [Number.parseInt(match[1] as string, 10), Number.parseInt(match[2] as string, 10)];
    if (first > 0 && first <= last) archives.push({ first, last, path: join(dir, name) });
  }
  return archives;
}

/** A segment out of an archive: its bytes as they were, what is wrong with them in words, undefined when none has it. */
export function readArchived(
  fs: JournalFs,
  journalDir: string,
  segment: number,
): Uint8Array<ArrayBuffer> | string | undefined {
  const archive = listArchives(fs, journalDir).find(({ first, last }) => first <= segment && segment <= last);
  if (archive === undefined) return undefined;
  const index = readPackedIndex(fs, archive.path);
  if (typeof index === "string") return `${archive.path}: ${index}`;
  if (index.parts.length !== archive.last - archive.first + 1) return `${archive.path}: segments are missing`;
  const bytes = readPart(fs, index, segment - archive.first);
  return typeof bytes === "string" ? `${archive.path}: ${bytes}` : bytes;
}

/**
 * Packs segments `first` … with these bytes into one archive, reads it back and compares every byte. The originals are
 * the caller's to delete, after this. Throws ProblemError DiskFull or ArchiveFailed.
 */
export function writeArchive(
  fs: JournalFs,
  journalDir: string,
  first: number,
  segments: readonly Uint8Array[],
): Archive {
  assert(first > 0 && segments.length > 0, Code.ValueOutOfRange);
  const last = first + segments.length - 1;
  const name = `${String(first).padStart(DIGITS, "0")}-${String(last).padStart(DIGITS, "0")}.zst`;
  const archive = { first, last, path: join(archiveDir(journalDir), name) };
  try {
    writePacked(fs, archive.path, { first, last }, segments);
  } catch (error) {
    throw fileProblem(error, archive.path, "the archive was not written", Code.ArchiveFailed);
  }
  const index = readPackedIndex(fs, archive.path);
  if (typeof index === "string") throw failed(archive.path, index);
  segments.forEach((bytes, n) => {
    const back = readPart(fs, index, n);
    if (typeof back === "string") throw failed(archive.path, back);
    if (!sameBytes(back, bytes)) throw failed(archive.path, `segment ${first + n} came back with other bytes`);
  });
  return archive;
}

function failed(file: string, detail: string): ProblemError {
  return new ProblemError(problem(Code.ArchiveFailed, `it does not read back: ${detail}`, { file }));
}
