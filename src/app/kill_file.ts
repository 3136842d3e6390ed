/**
 * The file `KILL` of a data directory: while it is there, what it names may not trade.
 *
 * One JSON line for each kill: `{"scope","key","why","time"}`, key "" for the firm. A line that cannot be read, and an
 * empty file, count as a kill of the whole firm: on a full disk or after a torn write the safe meaning is the only one.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

export type KillScope = "firm" | "account" | "venue" | "instrument" | "instance";

export interface KillEntry {
  readonly scope: KillScope;
  /** Name of the account, venue, instrument or instance; "" for the firm. */
  readonly key: string;
  readonly why: string;
  /** ISO-8601; "" when it is not known. */
  readonly time: string;
}

export const KILL_FILE = "KILL";
const TRIES_MAX = 16;
export const KILL_SCOPES: readonly KillScope[] = Object.freeze([
  "firm",
  "account",
  "venue",
  "instrument",
  "instance",
] as const);

/** All kills that the file names; none when there is no file. A file that cannot be read is a kill of the firm. */
export function readKillFile(dataDir: string): readonly KillEntry[] {
  const file = join(dataDir, KILL_FILE);
  if (!existsSync(file)) return [];
  try {
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "");
    return lines.length === 0 ? [unreadable("the KILL file is empty")] : lines.map(entryOfLine);
  } catch (error) {
    return [unreadable(`the KILL file cannot be read: ${(error as Error).message}`)];
  }
}

/** Adds a kill that is not there yet; file and directory are durable when it returns. Throws the system's error. */
export function writeKillFile(dataDir: string, entry: KillEntry): void {
  // Somebody who resumes at this moment may put another file in place of the one written to: looked at again by its name.
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    append(dataDir, entry);
    if (readKillFile(dataDir).some(({ scope, key }) => scope === entry.scope && key === entry.key)) return;
  }
}

function append(dataDir: string, entry: KillEntry): void {
  // Opened before anything is written: on a full disk the empty file alone already kills.
  const file = openSync(join(dataDir, KILL_FILE), "a", 0o600);
  try {
    const isThere = readKillFile(dataDir).some(({ scope, key, time }) => {
      return time !== "" && scope === entry.scope && key === entry.key;
    });
    const line = Buffer.from(isThere ? "" : `${JSON.stringify(entry)}\n`);
    for (let written = 0; written < line.length; ) written += writeSync(file, line, written);
  } finally {
    fsyncSync(file);
    closeSync(file);
    syncDirectory(dataDir);
  }
}

/**
 * Takes the kills of one scope and key away; a kill of the firm leaves with everything unreadable. Whoever kills meanwhile
 * is not taken away: the file is read again then. `beforeReplace` is for tests.
 */
export function clearKillFile(dataDir: string, scope: KillScope, key: string, beforeReplace = () => {}): void {
  const file = join(dataDir, KILL_FILE);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const before = fingerprint(file);
    const entries = readKillFile(dataDir);
    if (entries.length === 0) return;
    const left = entries.filter((entry) => entry.scope !== scope || (scope !== "firm" && entry.key !== key));
    if (left.length > 0) writeFresh(file, left.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    beforeReplace();
    if (fingerprint(file) !== before) continue;
    if (left.length === 0) rmSync(file);
    else renameSync(freshOf(file), file);
    return syncDirectory(dataDir);
  }
  throw new Error("the KILL file changes all the time");
}

/** Changes with every kill that is added. */
function fingerprint(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

function entryOfLine(line: string): KillEntry {
  try {
    const { scope, key, why, time } = JSON.parse(line) as Partial<Record<keyof KillEntry, unknown>>;
    const known = KILL_SCOPES.find((name) => name === scope);
    if (known === undefined || typeof key !== "string" || (known !== "firm" && key === "")) {
      return unreadable("a line of the KILL file names no scope");
    }
    return { scope: known, key, why: String(why ?? ""), time: String(time ?? "") };
  } catch {
    return unreadable("a line of the KILL file is damaged");
  }
}

function unreadable(why: string): KillEntry {
  return { scope: "firm", key: "", why, time: "" };
}

function freshOf(file: string): string {
  return `${file}.new`;
}

function writeFresh(file: string, text: string): void {
  const handle = openSync(freshOf(file), "w", 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
