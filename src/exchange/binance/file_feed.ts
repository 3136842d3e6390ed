/** Captured files as a feed: frames in the order in which they were received, their texts untouched. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { ProblemError, problem } from "../../core/problem.ts";
import { type Frame, frameOf } from "./frame.ts";

const NS_PER_MS = 1_000_000;

/** Reads files one after the other as one feed. Throws ProblemError with file and line at the first that cannot be read. */
export function readFrames(files: readonly string[]): Frame[] {
  assert(files.length > 0, Code.Usage);
  const frames: Frame[] = [];
  for (const file of files) addFile(file, frames);
  if (frames.length > 0) return named(frames);
  throw new ProblemError(problem(Code.NoInstrument, `no frames in ${files.join(", ")}`));
}

/** A depth answer names no symbol: it is that of the feed, where there is only one. */
function named(frames: readonly Frame[]): Frame[] {
  const symbols = new Set(frames.map(({ symbol }) => symbol).filter((symbol) => symbol !== ""));
  const [only = ""] = symbols;
  return frames.map((frame) => (frame.symbol === "" && symbols.size === 1 ? { ...frame, symbol: only } : frame));
}

function addFile(file: string, frames: Frame[]): void {
  const lines = textOf(file).split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    try {
      const frame = line.startsWith("{") ? jsonLine(line) : plainLine(line);
      if (frame !== undefined) frames.push(frame);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new ProblemError(problem(Code.LineMalformed, detail, { file, line: index + 1 }));
    }
  }
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    return new TextDecoder().decode(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new ProblemError(problem(Code.FileUnreadable, detail, { file }));
  }
}

/** `<receive ns> <JSON>`, bare or in the envelope of combined streams. */
function plainLine(line: string): Frame {
  const space = line.indexOf(" ");
  assert(space > 0, Code.LineMalformed);
  const timeMs = Number(line.slice(0, space)) / NS_PER_MS; // number-ok: a time of pacing, not a price
  return enveloped(line.slice(space + 1), timeMs);
}

/** `{recvNs, rest?, msg}`; frames that a client sent are passed over. */
function jsonLine(line: string): Frame | undefined {
  const entry = JSON.parse(line) as {
    recvNs?: number | string;
    recv?: number;
    rest?: string;
    msg?: unknown;
    sent?: boolean;
  };
  if (entry.sent === true || entry.msg === undefined) return undefined;
  const timeMs = entry.recvNs === undefined ? (entry.recv ?? 0) : Number(entry.recvNs) / NS_PER_MS; // number-ok: time of pacing, no price
  const text = typeof entry.msg === "string" ? entry.msg : JSON.stringify(entry.msg);
  const symbol = /symbol=([A-Z0-9]+)/.exec(entry.rest ?? "")?.[1] ?? "";
  return symbol === "" ? enveloped(text, timeMs) : frameOf(text, timeMs, symbol);
}

const ENVELOPE = /^\{"stream":"([^"]+)","data":/;

function enveloped(text: string, timeMs: number): Frame {
  const found = ENVELOPE.exec(text);
  if (found === null) return frameOf(text, timeMs);
  const [head, stream = ""] = found;
  // The event as it stood between the envelope's braces: not parsed and written again.
  return frameOf(text.slice(head.length, -1), timeMs, stream.split("@")[0] ?? "");
}
