/** The name of a data directory's journal: made once, at random, so that a store knows whose records it holds. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

const FILE = "journal-id";
const NAME = /^[0-9a-f-]{36}$/;

/** A journal that is put back from a copy keeps its name when this file is put back with it. */
export function journalSource(dataDir: string): string {
  const path = join(dataDir, FILE);
  // det-ok: a name, made once
  if (!existsSync(path)) writeFileSync(path, `${crypto.randomUUID()}\n`, { mode: 0o600, flag: "wx", flush: true });
  const name = readFileSync(path, "utf8").trim();
  if (NAME.test(name)) return name;
  throw new ProblemError(problem(Code.FileCorrupt, "it holds no name of a journal", { file: path }));
}
