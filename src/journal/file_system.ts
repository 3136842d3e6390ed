/** Which file system holds a folder, and whether what is synced there stays: live accounts are refused where it may not. */

import { statfsSync } from "node:fs";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";

/** Safe: a local disk. Volatile: gone with the power or the container. Doubtful: its syncs are somebody else's word. */
export type Keeping = "safe" | "volatile" | "network" | "shared" | "unknown";

export interface FileSystem {
  readonly name: string;
  readonly keeping: Keeping;
  /** For a person. */
  readonly meaning: string;
}

const LOCAL = "a local file system: what is synced stays";
const MEMORY = "memory: all is lost at a reboot; for trying out only, never live";
const NETWORK = "a network: syncs and locks may lie; never live";
const SHARED = "a program's or the host's share: whether syncs are real, only that knows; never live";
const LAYER = "a container's own layer: lost with the container; never live";

/** Linux `f_type` → what it is. */
const KINDS: Readonly<Record<number, FileSystem>> = Object.freeze({
  61267: { name: "ext4", keeping: "safe", meaning: LOCAL },
  1481003842: { name: "xfs", keeping: "safe", meaning: LOCAL },
  2435016766: { name: "btrfs", keeping: "safe", meaning: `${LOCAL}; copy on write makes syncs slower` },
  801189825: { name: "zfs", keeping: "safe", meaning: LOCAL },
  4076150800: { name: "f2fs", keeping: "safe", meaning: LOCAL },
  3393526350: { name: "bcachefs", keeping: "safe", meaning: LOCAL },
  16914836: { name: "tmpfs", keeping: "volatile", meaning: MEMORY },
  2240043254: { name: "ramfs", keeping: "volatile", meaning: MEMORY },
  2508478710: { name: "hugetlbfs", keeping: "volatile", meaning: MEMORY },
  2035054128: { name: "overlay", keeping: "volatile", meaning: LAYER },
  1635083891: { name: "aufs", keeping: "volatile", meaning: LAYER },
  26985: { name: "nfs", keeping: "network", meaning: NETWORK },
  4283649346: { name: "cifs", keeping: "network", meaning: NETWORK },
  4266872130: { name: "smb", keeping: "network", meaning: NETWORK },
  20859: { name: "smb", keeping: "network", meaning: NETWORK },
  12805120: { name: "ceph", keeping: "network", meaning: NETWORK },
  1397113167: { name: "afs", keeping: "network", meaning: NETWORK },
  198183888: { name: "lustre", keeping: "network", meaning: NETWORK },
  1702057286: { name: "fuse", keeping: "shared", meaning: SHARED },
  16914839: { name: "9p", keeping: "shared", meaning: SHARED },
  2020557398: { name: "vboxsf", keeping: "shared", meaning: SHARED },
});

export function fileSystemOf(folder: string): FileSystem {
  return fileSystemOfType(statfsSync(folder).type);
}

/** `type` as statfs tells it; signed on some systems. */
export function fileSystemOfType(type: number): FileSystem {
  const known = KINDS[type >>> 0];
  if (known !== undefined) return known;
  return {
    name: `type 0x${(type >>> 0).toString(16)}`,
    keeping: "unknown",
    meaning: "nobody here knows what it keeps",
  };
}

/** What is wrong with a journal on it; undefined when it is safe. For an account that is live this must stop the start. */
export function fileSystemProblem(folder: string, found: FileSystem = fileSystemOf(folder)): Problem | undefined {
  if (found.keeping === "safe") return undefined;
  return problem(Code.FileSystemUnsafe, `${found.name}: ${found.meaning}`, { file: folder });
}
