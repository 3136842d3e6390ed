/** What stands in the memory of a process, as its core file would have it. Linux alone. */

import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const PIECE_BYTES = 1 << 22;
const OVERLAP = 256;

/** How often each text stands in what the process may write to, as bytes or as UTF-16. */
export function countsIn(pid: number, texts: readonly string[]): number[] {
  const needles = texts.map((text) => [Buffer.from(text), Buffer.from(text, "utf16le")]);
  const counts = texts.map(() => 0);
  const piece = Buffer.alloc(PIECE_BYTES);
  const memory = openSync(`/proc/${pid}/mem`, "r");
  for (const [from, to] of mappings(pid)) {
    for (let at = from; at < to; at += PIECE_BYTES - OVERLAP) {
      const got = piece.subarray(0, readPiece(memory, piece, Math.min(PIECE_BYTES, to - at), at));
      needles.forEach((forms, n) => {
        for (const needle of forms) {
          for (let i = got.indexOf(needle); i >= 0; i = got.indexOf(needle, i + 1))
            counts[n] = (counts[n] as number) + 1;
        }
      });
      if (got.length < PIECE_BYTES) break;
    }
  }
  closeSync(memory);
  return counts;
}

/** Begin and end of what may be written to, and has been. */
function mappings(pid: number): [number, number][] {
  const rows = readFileSync(`/proc/${pid}/smaps`, "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const written = rows.filter((row) => / rw/.test(row.slice(0, 64)) && !/^Rss: +0 kB/m.test(row));
  return written.map((row) => row.split(/[- ]/, 2).map((text) => Number.parseInt(text, 16)) as [number, number]);
}

/** 0 for what cannot be read: devices are mapped, too. */
function readPiece(file: number, into: Buffer, length: number, at: number): number {
  try {
    return readSync(file, into, 0, length, at);
  } catch {
    return 0;
  }
}
