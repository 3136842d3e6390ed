/** An exclusive lock of a data directory, that a killed process cannot leave behind. */

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

export interface DataDirLock {
  release(): void;
}

export function lockDataDir(dir: string): DataDirLock {
  const path = join(dir, "lock");
  const { dlopen } = require("bun:ffi") as typeof import("bun:ffi");
  const libc = dlopen(process.platform === "darwin" ? "libc.dylib" : "libc.so.6", {
    flock: { args: ["i32", "i32"], returns: "i32" },
  });
  const file = openSync(path, "a+", 0o600);
  if (libc.symbols.flock(file, 6) !== 0) {
    const pid = readFileSync(path, "utf8").trim();
    closeSync(file);
    throw new ProblemError(problem(Code.DataDirLocked, `process ${pid} uses ${dir}`));
  }
  ftruncateSync(file, 0);
  writeSync(file, `${process.pid}\n`);
  return {
    release() {
      closeSync(file);
    },
  };
}
