/** Which build this is: embedded by config/dev/build.sh, or read from the checkout when run from source. */

import manifest from "../../package.json";

declare const MELTICA_VERSION: string | undefined;
declare const MELTICA_COMMIT: string | undefined;
declare const MELTICA_BUILT: string | undefined;

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

function commitOfCheckout(): string {
  try {
    const asked = Bun.spawnSync(["git", "rev-parse", "--short=12", "HEAD"], { cwd: import.meta.dir, stderr: "ignore" });
    return asked.exitCode === 0 ? asked.stdout.toString().trim() : "unknown";
  } catch {
    return "unknown"; // No git on this machine.
  }
}
