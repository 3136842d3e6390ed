/** The data directory of a configuration alone: for verbs that must work however broken the rest of it is. */

import { dirname, resolve } from "node:path";
import type { Problem } from "../core/problem.ts";
import { findConfigFile, readConfigFile } from "./config_file.ts";
import { nodeAt } from "./config_node.ts";

export const DEFAULT_DATA_DIR = "./meltica-data";

/** Absolute path; problems only when the file does not parse at all. */
export function configuredDataDir(cwd: string): { readonly dataDir: string; readonly problems: readonly Problem[] } {
  const { file } = findConfigFile(undefined, cwd);
  const fallback = resolve(cwd, DEFAULT_DATA_DIR);
  if (file === undefined) return { dataDir: fallback, problems: [] };
  const { root, problems } = readConfigFile(file, cwd);
  const node = nodeAt(root, ["dataDir"]);
  const dataDir = node?.kind === "text" ? resolve(dirname(resolve(cwd, file)), node.text) : fallback;
  return { dataDir, problems };
}
