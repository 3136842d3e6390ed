/** `meltica migrate` as a person types it: status makes nothing, up and down, what is refused; migrate_entry.ts. */

import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { lockDirectory } from "../journal/lock.ts";
import { MIGRATIONS } from "../store/migrations_embedded.ts";
import { Exit } from "./exit.ts";
import { run } from "./run.ts";

const dataDir = join(mkdtempSync(join(tmpdir(), "meltica-migrate-")), "data");
const names = MIGRATIONS.sqlite.map(({ name }) => name);
afterAll(() => rmSync(join(dataDir, ".."), { recursive: true, force: true }));

async function migrate(...words: string[]) {
  const terminal = new MemoryTerminal();
  const exit = await run(["migrate", ...words, "--data-dir", dataDir], terminal);
  return { exit, out: terminal.stdout, err: terminal.stderr };
}

test("status makes nothing; up applies all that is missing, once", async () => {
  const before = await migrate("status", "--json");
  expect(JSON.parse(before.out)).toMatchObject({ database: join(dataDir, "history.sqlite"), pending: names.length });
  expect(existsSync(dataDir)).toBe(false);
  expect(JSON.parse((await migrate("up", "--steps", "1", "--json")).out)).toEqual({
    ok: true,
    migrations: names.slice(0, 1),
  });
  expect((await migrate("up")).out).toBe(
    names
      .slice(1)
      .map((name) => `applied: ${name}\n`)
      .join(""),
  );
  expect((await migrate("up")).out).toBe("everything is applied already\n");
  const after = await migrate("--json");
  expect(JSON.parse(after.out).pending).toBe(0);
  expect((await migrate()).out).toContain(names.at(-1) as string);
});

test("down is asked for twice, never while a gateway runs, and takes one step", async () => {
  const bare = await migrate("down");
  expect([bare.exit, bare.err]).toEqual([Exit.UsageOrNotFound, expect.stringContaining("--yes")]);
  const lock = lockDirectory(dataDir);
  const locked = await migrate("down", "--yes");
  lock.release();
  expect([locked.exit, locked.err]).toEqual([Exit.Error, expect.stringContaining("DataDirLocked")]);
  expect((await migrate("down", "--yes")).out).toBe(`taken back: ${names.at(-1)}\n`);
  expect(JSON.parse((await migrate("--json")).out).pending).toBe(1);
  expect((await migrate("up", "--steps", "none")).exit).toBe(Exit.UsageOrNotFound);
});
