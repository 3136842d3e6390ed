/** Secrets in files: readable by their owner alone, bounded in size, read as bytes. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { KeyMaterial, SECRET_BYTES_MAX } from "./key_material.ts";

const OTHERS = 0o077;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** The file without the line ends at its end. Throws ProblemError when it is missing, too open, empty or too large. */
export function readSecretFile(path: string): KeyMaterial {
  const buffer = Buffer.alloc(SECRET_BYTES_MAX + 1);
  try {
    return new KeyMaterial(trimmed(buffer.subarray(0, readInto(buffer, path)), path));
  } finally {
    buffer.fill(0);
  }
}

function readInto(buffer: Buffer, path: string): number {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    const why = (error as { code?: string }).code ?? "unreadable";
    throw new ProblemError(problem(Code.SecretMissing, `${path}: ${why}`, { file: path }));
  }
  try {
    // Of the open file, not of its name: nobody can put another one in its place between the two.
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new ProblemError(problem(Code.SecretMalformed, `${path} is no file`, { file: path }));
    if ((stat.mode & OTHERS) !== 0) {
      const mode = (stat.mode & 0o777).toString(8);
      const hint = `chmod 600 ${path}`;
      throw new ProblemError(problem(Code.SecretExposed, `${path} has mode ${mode}`, { file: path }, hint));
    }
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(file, buffer, length, buffer.length - length, length);
      if (read === 0) break;
      length += read;
    }
    return length;
  } finally {
    closeSync(file);
  }
}

function trimmed(bytes: Uint8Array, path: string): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === LINE_FEED || bytes[end - 1] === CARRIAGE_RETURN)) end--;
  assert(end <= bytes.length, Code.ValueOutOfRange);
  if (end > 0 && bytes.length <= SECRET_BYTES_MAX) return bytes.subarray(0, end);
  const what = end === 0 ? "empty" : `longer than ${SECRET_BYTES_MAX} bytes`;
  throw new ProblemError(problem(Code.SecretMalformed, `${path} is ${what}`, { file: path }));
}
