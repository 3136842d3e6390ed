/** The data directory of real money: its user's alone, whoever made it; what stands in it as well. */

import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "../core/problem.ts";
import { defaultConfig } from "./config.ts";
import { DataDir } from "./data_dir.ts";
import { startGateway } from "./gateway.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-data-dir-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  return "none";
}

test("a directory that others may write into is refused to live accounts, before anything is started", async () => {
  const dir = new DataDir(join(folder, "made"));
  dir.open();
  expect(statSync(dir.path).mode & 0o777).toBe(0o700);
  for (const [mode, code] of [
    [0o700, "none"],
    [0o755, "none"], // They may look: files are their user's alone.
    [0o770, "DataDirExposed"],
    [0o707, "DataDirExposed"],
    [0o1777, "DataDirExposed"],
  ] as const) {
    chmodSync(dir.path, mode);
    expect([mode, await codeOf(() => dir.refuseShared())]).toEqual([mode, code]);
  }
  const base = defaultConfig(folder);
  const [paper] = Object.values(base.accounts);
  const config = { ...base, dataDir: dir.path, accounts: { desk: { ...paper, mode: "live" } } } as typeof base;
  const options = { version: "test", log: () => undefined, logIsTerminal: false };
  expect(await codeOf(() => startGateway(config, options))).toBe("DataDirExposed");
});

test("the token is made once, and closed again when somebody has opened it", () => {
  const dir = new DataDir(join(folder, "token"));
  dir.open();
  const token = dir.token();
  chmodSync(dir.tokenFile, 0o644);
  expect(dir.token()).toBe(token);
  expect(statSync(dir.tokenFile).mode & 0o777).toBe(0o600);
});
