/** The few file calls of the journal as a port: tests put a disk behind it that fills up, fails, tears and forgets. */

import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

/** `new` makes an empty file or empties one that is there. */
export type OpenMode = "read" | "write" | "new";

/** Errors are thrown as node's, with `code`: ENOSPC, EIO and the like. Reads and writes may be short. */
export interface JournalFs {
  makeDir(path: string): void;
  exists(path: string): boolean;
  /** Names in a directory. */
  list(dir: string): string[];
  open(path: string, mode: OpenMode): number;
  close(fd: number): void;
  size(fd: number): number;
  read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number;
  write(fd: number, from: Uint8Array, offset: number, length: number, position: number): number;
  truncate(fd: number, bytes: number): void;
  /** The file's bytes, and what is needed to find them again. */
  datasync(fd: number): void;
  /** The file with all its metadata. */
  sync(fd: number): void;
  /** The names in a directory. */
  syncDir(dir: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

/** The real one: positional writes, never in append mode, where Linux ignores the position. */
export function realFs(): JournalFs {
  const flags = { read: constants.O_RDONLY, write: constants.O_RDWR, new: NEW_FILE };
  return {
    makeDir: (path) => void mkdirSync(path, { recursive: true, mode: 0o700 }),
    exists: existsSync,
    list: (dir) => readdirSync(dir),
    open: (path, mode) => openSync(path, flags[mode], 0o600),
    close: closeSync,
    size: (fd) => fstatSync(fd).size,
    read: readSync,
    write: writeSync,
    truncate: ftruncateSync,
    datasync: fdatasyncSync,
    sync: fsyncSync,
    syncDir,
    rename: renameSync,
    remove: (path) => rmSync(path, { force: true }),
  };
}

/** Writes all of it; a short write goes on where it ended. */
export function writeAll(fs: JournalFs, fd: number, from: Uint8Array, length: number, position: number): void {
  assert(length <= from.length, Code.ValueOutOfRange);
  for (let done = 0; done < length; ) {
    const wrote = fs.write(fd, from, done, length - done, position + done);
    assert(wrote > 0 && wrote <= length - done, Code.JournalUnwritable);
    done += wrote;
  }
}

/** Reads up to `length` bytes; fewer only at the end of the file. */
export function readAll(fs: JournalFs, fd: number, into: Uint8Array, length: number, position: number): number {
  assert(length <= into.length, Code.ValueOutOfRange);
  let done = 0;
  while (done < length) {
    const got = fs.read(fd, into, done, length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

/** True when the disk said that it is full or the quota used up: the only failure that may pass by itself. */
export function isNoSpace(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** `ENOSPC` and the like, "" when it is no error of the system. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** What a failed file call means to a person. A ProblemError stays what it is. */
export function fileProblem(
  error: unknown,
  file: string,
  what: string,
  otherwise = Code.JournalUnwritable,
): ProblemError {
  if (error instanceof ProblemError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = isNoSpace(error) ? Code.DiskFull : otherwise;
  return new ProblemError(problem(code, `${what}: ${text}`, { file }));
}

const NEW_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC;

function syncDir(dir: string): void {
  const fd = openSync(dir, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
