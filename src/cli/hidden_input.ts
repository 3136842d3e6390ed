/** Reads what nobody may see: a line typed at a terminal without echo, or all of a pipe. */

import { readSync } from "node:fs";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { KeyMaterial, SECRET_BYTES_MAX } from "../secrets/key_material.ts";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const INTERRUPT = 3;
const END = 4;
const BACKSPACE = 8;
const DELETE = 127;

/** Bytes come from here, one piece after the other; 0 = the end. */
export type ReadPiece = (into: Uint8Array) => number;

/** A pipe to its end, without the line ends at its end. Throws ProblemError SecretMalformed when empty or too long. */
export function readPipe(read: ReadPiece = readStdin): KeyMaterial {
  const buffer = Buffer.alloc(SECRET_BYTES_MAX + 2);
  try {
    let length = 0;
    for (let got = 1; got > 0 && length < buffer.length; length += got) got = read(buffer.subarray(length));
    while (length > 0 && isLineEnd(buffer[length - 1])) length--;
    return material(buffer.subarray(0, length));
  } finally {
    buffer.fill(0);
  }
}

/** A line from a terminal in raw mode. Throws ProblemError Usage when it was broken off by Ctrl-C. */
export function readLine(read: ReadPiece = readStdin): KeyMaterial {
  const buffer = Buffer.alloc(SECRET_BYTES_MAX + 1);
  const piece = Buffer.alloc(1);
  try {
    let length = 0;
    while (length < buffer.length && read(piece) > 0) {
      const byte = piece[0] as number;
      if (byte === INTERRUPT) throw new ProblemError(problem(Code.Usage, "broken off: nothing is changed"));
      if (byte === END || isLineEnd(byte)) break;
      if (byte === BACKSPACE || byte === DELETE) length = Math.max(0, length - 1);
      else buffer[length++] = byte;
    }
    return material(buffer.subarray(0, length));
  } finally {
    buffer.fill(0);
    piece.fill(0);
  }
}

/** From standard input, whatever it is; at a terminal the question is asked first and nothing is echoed. */
export function readHidden(question: string, tell: (text: string) => void): KeyMaterial {
  if (process.stdin.isTTY !== true) return readPipe();
  tell(question);
  process.stdin.setRawMode(true);
  try {
    return readLine();
  } finally {
    process.stdin.setRawMode(false);
    tell("\n");
  }
}

function material(bytes: Uint8Array): KeyMaterial {
  if (bytes.length > 0 && bytes.length <= SECRET_BYTES_MAX) return new KeyMaterial(bytes);
  const what = bytes.length === 0 ? "there is nothing in it" : `it is longer than ${SECRET_BYTES_MAX} bytes`;
  throw new ProblemError(problem(Code.SecretMalformed, `standard input: ${what}`));
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

function readStdin(into: Uint8Array): number {
  for (;;) {
    try {
      return readSync(0, into, 0, into.length, null);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(5);
    }
  }
}
