/** Reads captures of raw frames: `<receive ns> <JSON>` lines or JSON lines `{recvNs, rest?, msg}`, plain or gzip. */

import { readFileSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";

/** Frames in memory, in file order. `snapshotSymbols[i]` names the symbol of a REST snapshot that was stored apart. */
export interface Capture {
  readonly receiveTimesUs: Float64Array;
  readonly texts: string[];
  /** Sparse: index of a frame → venue symbol of the REST depth answer that it is. */
  readonly snapshotSymbols: Map<number, string>;
  /** Lines that were set aside, each with file and line. Bounded by PROBLEMS_MAX; `setAsideCount` counts all. */
  readonly problems: Problem[];
  readonly setAsideCount: number;
  readonly bytes: number;
}

const PROBLEMS_MAX = 100;
const NEWLINE = 10;
const SPACE = 32;
const BRACE = 123;

/** Reads files one after the other. Throws ProblemError when a file cannot be read at all; bad lines are set aside. */
export function readCapture(paths: readonly string[], onFile?: (path: string, index: number) => void): Capture {
  const builder = new CaptureBuilder();
  paths.forEach((path, index) => {
    onFile?.(path, index);
    builder.addFile(path, readBytes(path, builder));
  });
  return builder.build();
}

class CaptureBuilder {
  readonly #times: number[] = [];
  readonly #texts: string[] = [];
  readonly #snapshots = new Map<number, string>();
  readonly #problems: Problem[] = [];
  readonly #utf8 = new TextDecoder();
  #setAside = 0;
  #bytes = 0;

  note(found: Problem): void {
    this.#setAside++;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(found);
  }

  addFile(file: string, bytes: Buffer): void {
    this.#bytes += bytes.length;
    let start = 0;
    let line = 0;
    while (start < bytes.length) {
      let end = bytes.indexOf(NEWLINE, start);
      if (end < 0) end = bytes.length;
      line++;
      if (end > start) this.#addLine(file, line, bytes, start, end);
      start = end + 1;
    }
  }

  build(): Capture {
    return {
      receiveTimesUs: Float64Array.from(this.#times),
      texts: this.#texts,
      snapshotSymbols: this.#snapshots,
      problems: this.#problems,
      setAsideCount: this.#setAside,
      bytes: this.#bytes,
    };
  }

  #addLine(file: string, line: number, bytes: Buffer, start: number, end: number): void {
    if (bytes[start] === BRACE) return this.#addJsonLine(file, line, bytes, start, end);
    const space = bytes.indexOf(SPACE, start);
    const timeUs = space < 0 || space >= end ? Number.NaN : nanosToMicros(bytes.toString("latin1", start, space));
    if (Number.isNaN(timeUs)) {
      const detail = "expected `<receive time in ns> <JSON>`";
      this.note(problem(Code.LineMalformed, detail, { file, line, column: 1 }));
      return;
    }
    this.#push(timeUs, this.#text(bytes, space + 1, end));
  }

  /** `{"recvNs":N,"rest":"depth snapshot btcusdt","msg":{…}}`: the message is cut out as it stands, never re-written. */
  #addJsonLine(file: string, line: number, bytes: Buffer, start: number, end: number): void {
    const text = this.#text(bytes, start, end);
    const head = /^\{"recv(?:Ns)?":\s*"?(\d+)"?\s*,(?:\s*"rest":\s*"([^"]*)"\s*,)?\s*"msg":\s*/.exec(text);
    const tail = text.lastIndexOf("}");
    if (head === null || tail < head[0].length) {
      if (/"sent":\s*true/.test(text)) return; // What the client said itself is no market data.
      const detail = 'expected `{"recvNs":…,"msg":…}`';
      this.note(problem(Code.LineMalformed, detail, { file, line, column: 1 }));
      return;
    }
    const timeUs = nanosToMicros(head[1] as string);
    if (head[2] !== undefined) {
      const symbol = (head[2].split(/\s+/).pop() ?? "").toUpperCase();
      this.#snapshots.set(this.#texts.length, symbol);
    }
    this.#push(timeUs, text.slice(head[0].length, tail));
  }

  #push(timeUs: number, text: string): void {
    this.#times.push(timeUs);
    this.#texts.push(text);
  }

  /** Plain ASCII is taken as it is; anything else goes through UTF-8, bad bytes become U+FFFD and the decoder says so. */
  #text(bytes: Buffer, start: number, end: number): string {
    const part = bytes.subarray(start, end);
    return isAscii(part) ? bytes.toString("latin1", start, end) : this.#utf8.decode(part);
  }
}

/** Nanoseconds as text (19 digits do not fit a float64) to whole microseconds; NaN when it is no such number. */
export function nanosToMicros(text: string): number {
  if (!/^\d{13,19}$/.test(text)) return Number.NaN;
  if (text.length <= 16) return Number(text.padEnd(16, "0")); // number-ok: an integer of 13 (ms) or 16 (µs) digits
  return Number(text.slice(0, -3)); // number-ok: an integer of at most 16 digits
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) > 127) return false;
  return true;
}

function readBytes(path: string, builder: CaptureBuilder): Buffer {
  const raw = readRaw(path);
  if (raw[0] !== 0x1f || raw[1] !== 0x8b) return raw;
  try {
    return gunzipSync(raw);
  } catch (error) {
    const whole = salvage(raw);
    if (whole === undefined) {
      throw new ProblemError(problem(Code.FileCorrupt, `gzip: ${(error as Error).message}`, { file: path }));
    }
    // The last line may be cut: it is left out, so that half a frame is never taken for a whole one.
    const end = whole.lastIndexOf(NEWLINE) + 1;
    const detail = `gzip ends early (${(error as Error).message}); ${end} bytes were read`;
    builder.note(problem(Code.FileCorrupt, detail, { file: path }));
    return whole.subarray(0, end);
  }
}

/** What a truncated gzip file still holds, or undefined when it is damaged inside. */
function salvage(raw: Buffer): Buffer | undefined {
  try {
    return gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
}

function readRaw(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const found = code === "ENOENT" ? Code.FileNotFound : Code.FileUnreadable;
    throw new ProblemError(problem(found, `cannot read ${path}: ${code ?? "error"}`, { file: path }));
  }
}
