/** Reads captured frames for the simulator, independently of the gateway's reader: bytes stay as they were received. */

import { readFileSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";

export interface CapturedLine {
  readonly timeUs: number;
  /** The frame's own text, cut out of the line. */
  readonly text: string;
  /** Symbol of a REST answer that was stored apart, where the line says it; upper case. */
  readonly restSymbol: string | undefined;
}

const PROBLEMS_MAX = 100;

/**
 * Lines `<receive ns> <JSON>` or `{"recvNs":N,"rest"?:"…","msg":…}`, plain or gzip. Lines that are neither are noted in
 * `problems` (bounded) and left out. Throws ProblemError when the file cannot be read.
 */
export function readCaptureFile(path: string, problems: Problem[]): CapturedLine[] {
  assert(path !== "", Code.ValueOutOfRange);
  const found: CapturedLine[] = [];
  const lines = readText(path, problems).split("\n");
  lines.forEach((line, index) => {
    if (line === "") return;
    const read = line.startsWith("{") ? jsonLine(line) : plainLine(line);
    if (read === "skip") return;
    if (read !== undefined) found.push(read);
    else if (problems.length < PROBLEMS_MAX) {
      const detail = 'expected `<receive time in ns> <JSON>` or `{"recvNs":…,"msg":…}`';
      problems.push(problem(Code.LineMalformed, detail, { file: path, line: index + 1, column: 1 }));
    }
  });
  return found;
}

function plainLine(line: string): CapturedLine | undefined {
  const space = line.indexOf(" ");
  const timeUs = microseconds(line.slice(0, Math.max(0, space)));
  return timeUs === undefined ? undefined : { timeUs, text: line.slice(space + 1), restSymbol: undefined };
}

/** The message is cut out by position, never written anew. What the capturing client sent itself is skipped. */
function jsonLine(line: string): CapturedLine | undefined | "skip" {
  const key = line.indexOf('"msg":');
  const head = key < 0 ? "" : line.slice(0, key);
  if (/"sent":\s*true/.test(head)) return "skip";
  const timeUs = microseconds(/"recv(?:Ns)?":\s*"?(\d+)/.exec(head)?.[1] ?? "");
  const end = line.lastIndexOf("}");
  if (timeUs === undefined || end <= key + 6) return undefined;
  const rest = /"rest":\s*"([^"]*)"/.exec(head)?.[1];
  const restSymbol = rest?.trim().split(/\s+/).pop()?.toUpperCase();
  return { timeUs, text: line.slice(key + 6, end).trim(), restSymbol };
}

/** Whole microseconds of a time in ns (19 digits), µs (16) or ms (13). */
function microseconds(text: string): number | undefined {
  if (!/^\d{13,19}$/.test(text)) return undefined;
  const timeUs = Number(text.padEnd(16, "0").slice(0, text.length > 16 ? -3 : 16)); // number-ok: an integer of 16 digits
  assert(Number.isSafeInteger(timeUs), Code.NumberRange);
  return timeUs;
}

function readText(path: string, problems: Problem[]): string {
  const raw = readBytes(path);
  if (raw[0] !== 0x1f || raw[1] !== 0x8b) return raw.toString("utf8");
  try {
    return gunzipSync(raw).toString("utf8");
  } catch (error) {
    const why = (error as Error).message;
    const whole = salvage(raw);
    if (whole === undefined) throw new ProblemError(problem(Code.FileCorrupt, `gzip: ${why}`, { file: path }));
    problems.push(problem(Code.FileCorrupt, `gzip ends early (${why}): its last line is left out`, { file: path }));
    return whole.slice(0, whole.lastIndexOf("\n") + 1);
  }
}

/** What a truncated gzip file still holds, or undefined when it is damaged inside. */
function salvage(raw: Buffer): string | undefined {
  try {
    return gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH }).toString("utf8");
  } catch {
    return undefined;
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const found = code === "ENOENT" ? Code.FileNotFound : Code.FileUnreadable;
    throw new ProblemError(problem(found, `cannot read ${path}: ${code ?? "error"}`, { file: path }));
  }
}
