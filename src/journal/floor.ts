/** Where the journal begins once retention has dropped its oldest archives: what must stand before the first segment. */

import { join } from "node:path";
import { archiveDir } from "./archive.ts";
import type { JournalTail } from "./format.ts";
import type { JournalFs } from "./journal_fs.ts";
import { readWhole, writeNew } from "./packed_file.ts";

export function floorPath(journalDir: string): string {
  return join(archiveDir(journalDir), "floor.json");
}

/** Written before anything is dropped. Without it a journal whose first segments are missing is damaged. */
export function writeFloor(fs: JournalFs, journalDir: string, tail: Readonly<JournalTail>): void {
  const text = JSON.stringify({ ...tail, chain: Buffer.from(tail.chain).toString("hex") });
  const line = `${JSON.stringify({ crc: Bun.hash.crc32(text), tail: text })}\n`;
  writeNew(fs, floorPath(journalDir), [new TextEncoder().encode(line)]);
}

/** Undefined: nothing was ever dropped. A text: what is wrong with the file. */
export function readFloor(fs: JournalFs, journalDir: string): JournalTail | string | undefined {
  const bytes = readWhole(fs, floorPath(journalDir));
  if (bytes === undefined) return undefined;
  try {
    const { crc, tail } = JSON.parse(new TextDecoder().decode(bytes)) as { crc: number; tail: string };
    if (Bun.hash.crc32(tail) !== crc) return "CRC of the floor";
    const said = JSON.parse(tail) as JournalTail & { chain: string };
    return { ...said, chain: new Uint8Array(Buffer.from(said.chain, "hex")) };
  } catch {
    return "the floor cannot be read";
  }
}
