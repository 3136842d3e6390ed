/** One process per data directory, also after a kill -9. */

import { afterAll, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProblemError } from "../core/problem.ts";
import { tempDir } from "./journal.testing.ts";
import { LOCK_NAME, lockDirectory } from "./lock.ts";

const dir = tempDir();
afterAll(() => rmSync(dir, { recursive: true }));

function refusal(work: () => unknown): { code: string; detail: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.problem.code, detail: error.problem.detail };
    throw error;
  }
  return { code: "none", detail: "" };
}

const HOLDER = `
  import { lockDirectory } from ${JSON.stringify(join(import.meta.dir, "lock.ts"))};
  lockDirectory(process.argv[1]);
  console.log("held");
  setInterval(() => {}, 1000);
`;

test("a second process is refused by name; a killed one holds nothing", async () => {
  const data = join(dir, "data");
  for (let round = 0; round < 3; round++) {
    const child = Bun.spawn([process.execPath, "-e", HOLDER, data], { stdout: "pipe", stderr: "inherit" });
    const said = child.stdout.getReader();
    expect(new TextDecoder().decode((await said.read()).value)).toBe("held\n");
    expect(refusal(() => lockDirectory(data))).toEqual({
      code: "DataDirLocked",
      detail: `${data} is in use by process ${child.pid}`,
    });
    child.kill("SIGKILL");
    await child.exited;
    const lock = lockDirectory(data);
    expect(readFileSync(join(data, LOCK_NAME), "utf8").trim()).toBe(String(process.pid));
    lock.release();
  }
});

test("in one process too; released, it can be taken again; release twice is once", () => {
  const data = join(dir, "one");
  const lock = lockDirectory(data);
  expect(refusal(() => lockDirectory(data)).code).toBe("DataDirLocked");
  lock.release();
  lock.release();
  lockDirectory(data).release();
});

test("a directory that cannot be is a problem with its path", () => {
  writeFileSync(join(dir, "file"), "");
  expect(refusal(() => lockDirectory(join(dir, "file", "data"))).code).toBe("DataDirUnwritable");
});
