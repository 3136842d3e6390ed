/** The files that belong to the repository: what git tracks, or what lies there when git is absent. */

import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { filesUnder, ROOT } from "./source.ts";

export interface RepositoryFile {
  readonly path: string;
  readonly bytes: number;
}

const NOT_OURS = /^(node_modules|dist|meltica-data|\.git)(\/|$)|\.log$|^\.env$/;

/** Tracked files and new ones that are not ignored, sorted by path. */
export function repositoryFiles(): RepositoryFile[] {
  const paths = listedByGit() ?? listedByHand();
  return paths.flatMap((path) => {
    const found = statSync(join(ROOT, path), { throwIfNoEntry: false });
    return found?.isFile() === true ? [{ path, bytes: found.size }] : [];
  });
}

function listedByGit(): string[] | undefined {
  try {
    const command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    const asked = Bun.spawnSync(command, { cwd: ROOT, stderr: "ignore" });
    if (asked.exitCode !== 0) return undefined;
    return asked.stdout
      .toString()
      .split("\0")
      .filter((path) => path !== "")
      .sort();
  } catch {
    return undefined; // No git on this machine: the folder itself is the list.
  }
}

function listedByHand(): string[] {
  const top = [...new Bun.Glob("*").scanSync({ cwd: ROOT, dot: true, onlyFiles: false })];
  const kept = top.filter((name) => !NOT_OURS.test(name));
  const paths = kept.flatMap((name) => {
    const full = join(ROOT, name);
    return statSync(full).isDirectory() ? filesUnder(full) : [full];
  });
  return paths.map((path) => relative(ROOT, path)).sort();
}
