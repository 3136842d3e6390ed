/** Which file system holds the data directory, and what that means for a journal that must survive a crash. */

import { type FileSystem, fileSystemOf, fileSystemOfType, type Keeping } from "../journal/file_system.ts";
import type { Check } from "./doctor_check.ts";

const VERDICTS: Readonly<Record<Keeping, Check["verdict"]>> = {
  safe: "ok",
  volatile: "warn",
  network: "fail",
  shared: "warn",
  unknown: "warn",
};

const CURE = "put the data directory on a local disk (ext4, xfs), or a volume of its own";

export function fileSystemVerdict(folder: string): Check {
  return verdictOf(fileSystemOf(folder));
}

/** `type` as statfs tells it; signed on some systems. */
export function verdictOfType(type: number): Check {
  return verdictOf(fileSystemOfType(type));
}

function verdictOf({ name, keeping, meaning }: FileSystem): Check {
  if (keeping === "unknown") {
    const cure = "make sure that it is local and that fdatasync is real; live accounts do not start on it";
    return { name: "file system", verdict: VERDICTS[keeping], detail: `unknown (${name})`, cure };
  }
  const verdict = VERDICTS[keeping];
  return { name: "file system", verdict, detail: `${name}: ${meaning}`, cure: verdict === "ok" ? "" : CURE };
}
