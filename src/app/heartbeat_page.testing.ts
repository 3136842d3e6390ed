/** Leaves nothing of a data directory: its heartbeat page may lie in memory, elsewhere. */

import { existsSync, lstatSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HEARTBEAT_FILE, HeartbeatPage, WatchdogState } from "./heartbeat_page.ts";

/** Ends the watchdog that a killed gateway left, and its page: before the directory goes with others. */
export function endWatchdog(dataDir: string): void {
  const link = join(dataDir, HEARTBEAT_FILE);
  if (!existsSync(link)) return;
  const { pid, state } = HeartbeatPage.map(link).watchdog();
  if (pid > 0 && pid !== process.pid && state !== WatchdogState.Ended && isThere(pid)) process.kill(pid, "SIGKILL");
  removePage(dataDir);
}

function removePage(dataDir: string): void {
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
