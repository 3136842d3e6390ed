/** Leaves nothing of a data directory: its heartbeat page may lie in memory, elsewhere. */

import { lstatSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HEARTBEAT_FILE } from "./heartbeat_page.ts";

/** The page alone: before the directory goes with others. */
export function removePage(dataDir: string): void {
  const link = join(dataDir, HEARTBEAT_FILE);
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    rmSync(readlinkSync(link), { force: true });
}

export function removeDataDir(dataDir: string): void {
  removePage(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}

/** Whether a process is there, stopped or not. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
