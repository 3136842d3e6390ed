/** Files of packed parts, written whole or not at all: snapshots and archives. `zstd -d` unpacks them in a row. */

import { dirname } from "node:path";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type JournalFs, readAll, writeAll } from "./journal_fs.ts";

/** A zstd frame that decompressors pass over: it holds the index. */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const INDEX_MAGIC = 0x4b50_4c4d; // "MLPK" as it stands in the file.
const FORMAT_VERSION = 1;
/** skippable magic, frame length, index magic, version, CRC of the text */
const HEAD_BYTES = 20;
const INDEX_BYTES_MAX = 1 << 22;
/** No part of ours is larger: an index that says so is not believed. */
const PART_BYTES_MAX = 0x4000_0000;
const LEVEL = 3;

export interface PackedPart {
  readonly at: number;
  readonly packedBytes: number;
  readonly rawBytes: number;
  /** CRC-32 of the packed bytes. */
  readonly crc: number;
}

export interface PackedIndex {
  readonly path: string;
  /** What the writer said about the file; to be checked by whoever reads it. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly parts: readonly PackedPart[];
}

/**
 * Writes `<path>.tmp`, makes it durable, and only then gives it its name; a crash leaves the old file or the new one.
 * Throws as the file calls do; the temporary file is removed then, as far as the disk lets us.
 */
export function writePacked(fs: JournalFs, path: string, about: object, parts: readonly Uint8Array[]): void {
  const packed = parts.map((part) => Bun.zstdCompressSync(part, { level: LEVEL }));
  const sizes = packed.map((bytes, n) => ({
    packedBytes: bytes.length,
    rawBytes: (parts[n] as Uint8Array).length,
    crc: Bun.hash.crc32(bytes),
  }));
  const text = new TextEncoder().encode(JSON.stringify({ about, parts: sizes }));
  assert(text.length <= INDEX_BYTES_MAX, Code.ValueOutOfRange);
  const head = new Uint8Array(HEAD_BYTES + text.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, SKIPPABLE_MAGIC, true);
  view.setUint32(4, head.length - 8, true);
  view.setUint32(8, INDEX_MAGIC, true);
  view.setUint32(12, FORMAT_VERSION, true);
  view.setUint32(16, Bun.hash.crc32(text), true);
  head.set(text, HEAD_BYTES);
  writeNew(fs, path, [head, ...packed]);
}

/** The index, or what is wrong with it in words. The size of the file must be what the index says, to the byte. */
export function readPackedIndex(fs: JournalFs, path: string): PackedIndex | string {
  return withFile(fs, path, (fd, size) => {
    const head = new Uint8Array(HEAD_BYTES);
    const view = new DataView(head.buffer);
    if (readAll(fs, fd, head, HEAD_BYTES, 0) < HEAD_BYTES) return "the file is too short";
    if (view.getUint32(0, true) !== SKIPPABLE_MAGIC || view.getUint32(8, true) !== INDEX_MAGIC) return "no index";
    if (view.getUint32(12, true) !== FORMAT_VERSION) return `format version ${view.getUint32(12, true)}`;
    const length = view.getUint32(4, true) + 8 - HEAD_BYTES;
    if (length < 2 || length > INDEX_BYTES_MAX) return "length of the index";
    const text = new Uint8Array(length);
    if (readAll(fs, fd, text, length, HEAD_BYTES) < length) return "the file is too short";
    if (Bun.hash.crc32(text) !== view.getUint32(16, true)) return "CRC of the index";
    const said = JSON.parse(new TextDecoder().decode(text)) as Omit<PackedIndex, "path">;
    let at = HEAD_BYTES + length;
    const parts = said.parts.map((part) => {
      const placed = { ...part, at };
      at += part.packedBytes;
      return placed;
    });
    if (at !== size) return `${size} bytes where the index says ${at}`;
    return { path, about: said.about, parts };
  });
}

/** One part unpacked, or what is wrong with it in words. */
export function readPart(fs: JournalFs, index: PackedIndex, number: number): Uint8Array<ArrayBuffer> | string {
  const part = index.parts[number];
  if (part === undefined || part.packedBytes > PART_BYTES_MAX || part.rawBytes > PART_BYTES_MAX) {
    return `there is no part ${number}`;
  }
  return withFile(fs, index.path, (fd) => {
    const packed = new Uint8Array(part.packedBytes);
    if (readAll(fs, fd, packed, part.packedBytes, part.at) < part.packedBytes) return "the file is too short";
    if (Bun.hash.crc32(packed) !== part.crc) return `CRC of part ${number}`;
    const raw = new Uint8Array(Bun.zstdDecompressSync(packed));
    return raw.length === part.rawBytes ? raw : `${raw.length} bytes where ${part.rawBytes} were packed`;
  });
}

/** A small file written whole or not at all, durable with its name. */
export function writeNew(fs: JournalFs, path: string, pieces: readonly Uint8Array[]): void {
  const dir = dirname(path);
  const temporary = `${path}.tmp`;
  fs.makeDir(dir);
  try {
    const fd = fs.open(temporary, "new");
    try {
      let at = 0;
      for (const piece of pieces) {
        writeAll(fs, fd, piece, piece.length, at);
        at += piece.length;
      }
      fs.datasync(fd);
    } finally {
      fs.close(fd);
    }
    fs.rename(temporary, path);
    fs.syncDir(dir);
  } catch (error) {
    removeQuietly(fs, temporary);
    throw error;
  }
}

/** All of a file, or undefined when it is not there. */
export function readWhole(fs: JournalFs, path: string): Uint8Array | undefined {
  if (!fs.exists(path)) return undefined;
  const bytes = withFile(fs, path, (fd, size) => {
    const all = new Uint8Array(size);
    readAll(fs, fd, all, size, 0);
    return all;
  });
  return typeof bytes === "string" ? undefined : bytes;
}

function withFile<T>(fs: JournalFs, path: string, work: (fd: number, size: number) => T): T | string {
  try {
    const fd = fs.open(path, "read");
    try {
      return work(fd, fs.size(fd));
    } finally {
      fs.close(fd);
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The disk may refuse this too; a left-over of that name is overwritten the next time. */
function removeQuietly(fs: JournalFs, path: string): void {
  try {
    if (fs.exists(path)) fs.remove(path);
  } catch {
    return;
  }
}
