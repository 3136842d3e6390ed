/** A small disk of its own for a test: a tmpfs that can be filled, grown and taken away. Needs root on Linux. */

import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), "meltica-disk-"));
  readonly #filler = join(this.path, "filler");

  private constructor() {}

  /** Undefined where nothing may be mounted. */
  static mount(megabytes: number, options = ""): SmallDisk | undefined {
    const disk = new SmallDisk();
    if (run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m${options}`, "tmpfs", disk.path)) return disk;
    rmSync(disk.path, { recursive: true });
    return undefined;
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Takes all that is free but `bytes`. */
  fill(bytes = 0): void {
    writeFileSync(this.#filler, new Uint8Array(Math.max(0, this.freeBytes - bytes)));
  }

  empty(): void {
    rmSync(this.#filler, { force: true });
  }

  resize(megabytes: number): void {
    if (!run("mount", "-o", `remount,size=${megabytes}m`, this.path)) throw new Error(`cannot resize ${this.path}`);
  }

  remove(): void {
    run("umount", "-l", this.path);
    if (readdirSync(this.path).length === 0) rmSync(this.path, { recursive: true });
  }
}

function run(...words: string[]): boolean {
  try {
    return Bun.spawnSync(words, { stdout: "ignore", stderr: "ignore" }).success;
  } catch {
    return false; // No such program.
  }
}
