/** Which build this is: embedded by config/dev/build.sh, or read from the checkout when run from source. */

import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { basename, join } from "node:path";
import manifest from "../../package.json";

declare const MELTICA_VERSION: string | undefined;
declare const MELTICA_COMMIT: string | undefined;
declare const MELTICA_BUILT: string | undefined;

const PIECE_BYTES = 1 << 20;
const HASH_DIGITS = 32;

export interface BuildInfo {
  readonly name: string;
  readonly version: string;
  /** Short git commit; `unknown` outside a checkout. */
  readonly commit: string;
  /** ISO-8601 time of the build; `source` when run from source. */
  readonly built: string;
  readonly bun: string;
  readonly platform: string;
}

export function version(): string {
  return typeof MELTICA_VERSION === "string" ? MELTICA_VERSION : manifest.version;
}

/** True in the compiled executable. */
export function isCompiled(): boolean {
  return typeof MELTICA_BUILT === "string";
}

export function buildInfo(): BuildInfo {
  return {
    name: manifest.name,
    version: version(),
    commit: typeof MELTICA_COMMIT === "string" ? MELTICA_COMMIT : commitOfCheckout(),
    built: typeof MELTICA_BUILT === "string" ? MELTICA_BUILT : "source",
    bun: Bun.version,
    platform: `${process.platform}-${process.arch}`,
  };
}

/** Version and hash of what runs: the executable's bytes, or those of all sources but tests. Half a second at most. */
export function buildHash(): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const piece = new Uint8Array(PIECE_BYTES);
  for (const path of isCompiled() ? [process.execPath] : sources()) {
    if (!isCompiled()) hasher.update(`${basename(path)}\n`);
    const file = openSync(path, "r");
    try {
      for (let got = readSync(file, piece); got > 0; got = readSync(file, piece)) hasher.update(piece.subarray(0, got));
    } finally {
      closeSync(file);
    }
  }
  return `${version()}+${hasher.digest("hex").slice(0, HASH_DIGITS)}`;
}

function sources(): string[] {
  const root = join(import.meta.dir, "../..");
  const names = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).sort();
  const own = names.filter((name) => /\.tsx?$/.test(name) && !/\.(test|testing)\.tsx?$/.test(name));
  return [join(root, "package.json"), join(root, "bun.lock"), ...own.map((name) => join(root, "src", name))];
}

function commitOfCheckout(): string {
  try {
    const asked = Bun.spawnSync(["git", "rev-parse", "--short=12", "HEAD"], { cwd: import.meta.dir, stderr: "ignore" });
    return asked.exitCode === 0 ? asked.stdout.toString().trim() : "unknown";
  } catch {
    return "unknown"; // No git on this machine.
  }
}
