/** Which file system holds the data directory, and what that means for a journal that must survive a crash. */

import { statfsSync } from "node:fs";
import type { Check } from "./doctor_checks.ts";

interface Kind {
  readonly name: string;
  readonly verdict: Check["verdict"];
  readonly meaning: string;
}

const LOCAL = "a local file system: what is synced stays";
const MEMORY = "memory: all is lost at a reboot; for trying out only, never live";
const NETWORK = "a network: syncs and locks may lie; never live";
const SHARED = "a program's or the host's share: whether syncs are real, only that knows; not advised live";

/** Linux `f_type` → what it is. */
const KINDS: Readonly<Record<number, Kind>> = Object.freeze({
  61267: { name: "ext4", verdict: "ok", meaning: LOCAL },
  1481003842: { name: "xfs", verdict: "ok", meaning: LOCAL },
  2435016766: { name: "btrfs", verdict: "ok", meaning: `${LOCAL}; copy on write makes syncs slower` },
  801189825: { name: "zfs", verdict: "ok", meaning: LOCAL },
  4076150800: { name: "f2fs", verdict: "ok", meaning: LOCAL },
  16914836: { name: "tmpfs", verdict: "warn", meaning: MEMORY },
  2240043254: { name: "ramfs", verdict: "warn", meaning: MEMORY },
  2035054128: {
    name: "overlay",
    verdict: "warn",
    meaning: "a container's own layer: lost with the container; never live",
  },
  26985: { name: "nfs", verdict: "fail", meaning: NETWORK },
  4283649346: { name: "cifs", verdict: "fail", meaning: NETWORK },
  4266872130: { name: "smb", verdict: "fail", meaning: NETWORK },
  1702057286: { name: "fuse", verdict: "warn", meaning: SHARED },
  16914839: { name: "9p", verdict: "warn", meaning: SHARED },
});

const CURE = "put the data directory on a local disk (ext4, xfs), or a volume of its own";

export function fileSystemVerdict(folder: string): Check {
  return verdictOfType(statfsSync(folder).type);
}

/** `type` as statfs tells it; signed on some systems. */
export function verdictOfType(type: number): Check {
  const known = KINDS[type >>> 0];
  const name = "file system";
  if (known === undefined) {
    const detail = `unknown (type 0x${(type >>> 0).toString(16)})`;
    return { name, verdict: "warn", detail, cure: "make sure that it is local and that fdatasync is real" };
  }
  return {
    name,
    verdict: known.verdict,
    detail: `${known.name}: ${known.meaning}`,
    cure: known.verdict === "ok" ? "" : CURE,
  };
}
