/** One process per data directory: a lock that the kernel takes back when its holder dies, however it dies. */

import { dlopen } from "bun:ffi";
import { closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

/** Holds the lock until `release` or the end of the process. */
export interface DirectoryLock {
  readonly file: string;
  release(): void;
}

export const LOCK_NAME = "LOCK";

/**
 * Takes `<dir>/LOCK`, makes the directory if it is missing, and writes this process's id into the file for people.
 * Throws ProblemError DataDirLocked naming the other process, or DataDirUnwritable. A file that a killed process left
 * is no lock: flock(2) lies on the open file, not on its name, so there is nothing stale to judge and no race.
 */
export function lockDirectory(dir: string): DirectoryLock {
  const file = join(dir, LOCK_NAME);
  let fd = -1;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (error) {
    throw unwritable(file, error);
  }
  if (!flock(fd, file)) {
    const holder = holderOf(file);
    closeSync(fd);
    throw new ProblemError(problem(Code.DataDirLocked, `${dir} is in use by process ${holder}`, { file }));
  }
  try {
    // Written over, not emptied first: a second process may be reading it to name us.
    writeSync(fd, `${String(process.pid).padEnd(PID_WIDTH)}\n`, 0);
  } catch (error) {
    // The lock holds without the number in it; a full disk must not keep a gateway from starting.
    if ((error as { code?: string }).code !== "ENOSPC") throw unwritable(file, error);
  }
  let isHeld = true;
  return {
    file,
    release() {
      // The file stays: removing it would let two processes lock two files of the same name.
      if (isHeld) closeSync(fd);
      isHeld = false;
    },
  };
}

/** The process that holds or last held the lock, as it wrote itself. */
function holderOf(file: string): string {
  const text = readFileSync(file, "utf8").trim();
  return /^\d+$/.test(text) ? text : "(unknown)";
}

const PID_WIDTH = 12;
const LOCK_EXCLUSIVE_NOW = 2 | 4; // LOCK_EX | LOCK_NB
const LIBRARIES: readonly string[] = ["libc.so.6", "libc.so", "libSystem.B.dylib"];

/** False when another open file holds the lock. */
function flock(fd: number, file: string): boolean {
  assert(fd >= 0, Code.ValueOutOfRange);
  for (const name of LIBRARIES) {
    const library = openLibrary(name);
    if (library === undefined) continue;
    const isLocked = library.symbols.flock(fd, LOCK_EXCLUSIVE_NOW) === 0;
    library.close();
    return isLocked;
  }
  closeSync(fd);
  throw new ProblemError(problem(Code.DataDirUnwritable, "this system has no flock in its C library", { file }));
}

function openLibrary(name: string) {
  try {
    return dlopen(name, { flock: { args: ["i32", "i32"], returns: "i32" } });
  } catch {
    return undefined; // Another system's name: the next one is tried.
  }
}

function unwritable(file: string, error: unknown): ProblemError {
  const text = error instanceof Error ? error.message : String(error);
  return new ProblemError(problem(Code.DataDirUnwritable, `cannot lock the data directory: ${text}`, { file }));
}
