/** `<dataDir>/KILL`: a kill that holds whatever answers. Present at start = killed. */

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export class KillFile {
  readonly path: string;

  constructor(readonly dataDir: string) {
    this.path = join(dataDir, "KILL");
  }

  get present(): boolean {
    return existsSync(this.path);
  }

  /** Durable when this returns. */
  write(why: string, timeUs: number): void {
    const file = openSync(this.path, "w", 0o600);
    writeSync(file, `${JSON.stringify({ why, timeUs })}\n`);
    fsyncSync(file);
    closeSync(file);
    this.#syncDirectory();
  }

  /** Why it was written; "" when it is not there or not readable. */
  why(): string {
    try {
      const value = JSON.parse(readFileSync(this.path, "utf8")) as { why?: unknown };
      return typeof value.why === "string" ? value.why : "";
    } catch {
      return "";
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
    this.#syncDirectory();
  }

  #syncDirectory(): void {
    const directory = openSync(this.dataDir, "r");
    fsyncSync(directory);
    closeSync(directory);
  }
}
