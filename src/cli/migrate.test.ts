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

async function meltica(words: readonly string[], dir = dataDir) {
  const terminal = new MemoryTerminal();
  const exit = await run([...words, "--data-dir", dir], terminal);
  return { exit, out: terminal.stdout, err: terminal.stderr };
}

const migrate = (...words: string[]) => meltica(["migrate", ...words]);

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

test("where no gateway runs, `store status` says so, and makes nothing: not what was taken back either", async () => {
  const absent = join(dataDir, "..", "absent");
  const before = await meltica(["store", "status", "--json"], absent);
  expect(JSON.parse(before.out)).toMatchObject({ state: "down", record: 0, durableRecord: 0, pending: names.length });
  expect(existsSync(absent)).toBe(false);
  for (let n = names.length; n > 0; n--) {
    expect(JSON.parse((await migrate("--json")).out).pending).toBe(names.length - n);
    expect((await meltica(["store", "status"])).out).toContain("no gateway is running");
    await migrate("down", "--yes");
  }
  expect((await meltica(["store", "status"])).out).toContain(`${names.length} pending`);
  await migrate("up");
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
