/** A disk in memory for tests: it forgets, tears and mangles what was not synced when the power fails, and fails on order. */

import { basename } from "node:path";
import type { Prng } from "../core/prng.ts";
import type { JournalFs, OpenMode } from "./journal_fs.ts";

const PAGE = 4_096;
const SECTOR = 512;

/** The power has failed: nothing works any more until `recoverPower`. */
export class PowerFailed extends Error {
  override readonly name = "PowerFailed";
}

class DiskFile {
  bytes = new Uint8Array(0);
  /** What is safe. */
  durable = new Uint8Array(0);
  readonly dirty = new Set<number>();
}

export type Operation =
  | "open"
  | "write"
  | "truncate"
  | "datasync"
  | "sync"
  | "syncDir"
  | "rename"
  | "remove"
  | "read"
  | "list";

/** One directory; paths are judged by their last part. */
export class MemoryDisk implements JournalFs {
  #names = new Map<string, DiskFile>();
  #durableNames = new Map<string, DiskFile>();
  /** Names as they were after each change since they were synced, oldest first. */
  #namesSince: Map<string, DiskFile>[] = [];
  readonly #open = new Map<number, DiskFile>();
  #nextFd = 3;
  /** The power has failed. What then comes out of the journal is some error or other. */
  isDown = false;
  /** Operations that change something, counted; the power fails in number `failAt`. */
  operations = 0;
  failAt = Number.POSITIVE_INFINITY;
  /** Whether the operation that the power fails in has still happened, not synced. */
  isLastDone = true;
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Syncs that do nothing and say they did: what a test must notice. */
  liesAboutSync = false;
  /** What a torn write is made of: sectors or pages, each old, new or rubbish on its own. */
  tornBytes: typeof SECTOR | typeof PAGE = PAGE;
  /** Longest piece that one write takes. */
  writeBytesMax = Number.POSITIVE_INFINITY;
  /** Called before each operation; throws to fail it. */
  onOperation: (operation: Operation, name: string) => void = () => {};

  makeDir(): void {
    this.#up();
  }

  exists(path: string): boolean {
    this.#up();
    return path.includes(".") ? this.#names.has(basename(path)) : true;
  }

  list(dir: string): string[] {
    this.onOperation("list", dir);
    this.#up();
    return [...this.#names.keys()];
  }

  open(path: string, mode: OpenMode): number {
    const name = basename(path);
    this.onOperation("open", name);
    if (mode === "new") this.#change();
    else this.#up();
    let file = this.#names.get(name);
    if (mode === "new") {
      file = new DiskFile();
      this.#names.set(name, file);
      this.#noteNames();
    }
    if (file === undefined) throw systemError("ENOENT");
    const fd = this.#nextFd++;
    this.#open.set(fd, file);
    return fd;
  }

  close(fd: number): void {
    this.#open.delete(fd);
  }

  size(fd: number): number {
    return this.#file(fd).bytes.length;
  }

  read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number {
    this.onOperation("read", this.#nameOf(fd));
    const { bytes } = this.#file(fd);
    const got = bytes.subarray(position, position + length);
    into.set(got, offset);
    return got.length;
  }

  write(fd: number, from: Uint8Array, offset: number, length: number, position: number): number {
    this.onOperation("write", this.#nameOf(fd));
    const file = this.#file(fd);
    const isLast = this.#isLast();
    // A write that the power fails in has been done by half.
    const wrote = Math.min(isLast && !this.isLastDone ? length >> 1 : length, this.writeBytesMax);
    const grows = Math.max(position + wrote - file.bytes.length, 0);
    if (this.usedBytes() + grows > this.capacityBytes) throw systemError("ENOSPC");
    if (grows > 0) file.bytes = resized(file.bytes, position + wrote);
    file.bytes.set(from.subarray(offset, offset + wrote), position);
    for (let at = position - (position % PAGE); at < position + wrote; at += PAGE) file.dirty.add(at / PAGE);
    this.#change();
    return wrote;
  }

  truncate(fd: number, bytes: number): void {
    this.onOperation("truncate", this.#nameOf(fd));
    const file = this.#file(fd);
    file.bytes = resized(file.bytes, bytes);
    this.#change();
  }

  datasync(fd: number): void {
    this.onOperation("datasync", this.#nameOf(fd));
    this.#sync(fd);
  }

  sync(fd: number): void {
    this.onOperation("sync", this.#nameOf(fd));
    this.#sync(fd);
  }

  syncDir(dir: string): void {
    this.onOperation("syncDir", dir);
    const isLast = this.#isLast();
    if (!this.liesAboutSync && (!isLast || this.isLastDone)) {
      this.#durableNames = new Map(this.#names);
      this.#namesSince = [];
    }
    this.#change();
  }

  rename(from: string, to: string): void {
    this.onOperation("rename", basename(to));
    const file = this.#names.get(basename(from));
    if (file === undefined) throw systemError("ENOENT");
    this.#names.delete(basename(from));
    this.#names.set(basename(to), file);
    this.#noteNames();
    this.#change();
  }

  remove(path: string): void {
    this.onOperation("remove", basename(path));
    this.#names.delete(basename(path));
    this.#noteNames();
    this.#change();
  }

  usedBytes(): number {
    let bytes = 0;
    for (const file of this.#names.values()) bytes += file.bytes.length;
    return bytes;
  }

  /** The bytes of a file, to damage them: what is changed here counts as durable. */
  bytesOf(name: string): Uint8Array {
    const file = this.#names.get(name);
    if (file === undefined) throw systemError("ENOENT");
    file.durable = file.bytes;
    return file.bytes;
  }

  setBytes(name: string, bytes: Uint8Array): void {
    const file = this.#names.get(name) ?? new DiskFile();
    file.bytes = file.durable = bytes as Uint8Array<ArrayBuffer>;
    this.#names.set(name, file);
  }

  /** A disk with the same durable bytes, for a test that damages them. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk();
    for (const [name, file] of this.#names) copy.setBytes(name, file.bytes.slice());
    return copy;
  }

  /**
   * The power comes back: names are the durable ones or as after any change since, for file systems keep the order of
   * names; each page (or sector) that was not synced is what was synced, what was written, rubbish or zeros. A process that only died leaves everything as written (`isPowerLoss` false).
   */
  recoverPower(prng: Prng, isPowerLoss: boolean): void {
    this.isDown = false;
    this.failAt = Number.POSITIVE_INFINITY;
    this.#open.clear();
    if (!isPowerLoss) return;
    const kept = prng.nextBelow(this.#namesSince.length + 1);
    this.#names = new Map(kept === 0 ? this.#durableNames : this.#namesSince[kept - 1]);
    this.#durableNames = new Map(this.#names);
    this.#namesSince = [];
    for (const file of new Set(this.#names.values())) loseUnsynced(file, prng, this.tornBytes);
  }

  #noteNames(): void {
    this.#namesSince.push(new Map(this.#names));
  }

  #sync(fd: number): void {
    const file = this.#file(fd);
    const isLast = this.#isLast();
    if (!this.liesAboutSync && (!isLast || this.isLastDone)) {
      if (file.durable.length !== file.bytes.length) file.durable = file.bytes.slice();
      else for (const page of file.dirty) copyPage(file, page);
      file.dirty.clear();
    }
    this.#change();
  }

  #file(fd: number): DiskFile {
    this.#up();
    const file = this.#open.get(fd);
    if (file === undefined) throw systemError("EBADF");
    return file;
  }

  #nameOf(fd: number): string {
    for (const [name, file] of this.#names) if (file === this.#open.get(fd)) return name;
    return "";
  }

  #isLast(): boolean {
    return this.operations + 1 >= this.failAt;
  }

  #change(): void {
    this.#up();
    this.operations++;
    if (this.operations < this.failAt) return;
    this.isDown = true;
    throw new PowerFailed();
  }

  #up(): void {
    if (this.isDown) throw new PowerFailed();
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test wants it`), { code });
}

function loseUnsynced(file: DiskFile, prng: Prng, pieceBytes: number): void {
  // The size is metadata of its own: the old one or the new one.
  const size = prng.nextBelow(2) === 0 ? file.durable.length : file.bytes.length;
  const after = resized(file.durable, size);
  for (const page of file.dirty) {
    const pageEnd = Math.min((page + 1) * PAGE, size);
    for (let at = page * PAGE; at < pageEnd; at += pieceBytes) {
      const end = Math.min(at + pieceBytes, pageEnd);
      const written = Math.min(end, file.bytes.length);
      const fate = prng.nextBelow(4);
      if (fate === 0 && written > at) after.set(file.bytes.subarray(at, written), at);
      if (fate === 1) for (let i = at; i < end; i++) after[i] = prng.nextBelow(256);
      if (fate === 2) after.fill(0, at, end);
    }
  }
  file.dirty.clear();
  file.bytes = after;
  file.durable = after.slice();
}

function copyPage(file: DiskFile, page: number): void {
  const at = page * PAGE;
  if (at < file.bytes.length) file.durable.set(file.bytes.subarray(at, at + PAGE), at);
}

function resized(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}
