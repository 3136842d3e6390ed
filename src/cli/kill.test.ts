/** `kill` and `resume` with a gateway, without one, and with one that refuses: the file first, then the word. */

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { readKillFile } from "../app/kill_file.ts";
import { KillBody } from "../control/views.ts";
import { Exit } from "./exit.ts";
import { type Mood, startStandIn } from "./gateway.testing.ts";
import { run } from "./run.ts";

const standIn = startStandIn();
afterAll(() => standIn.stop());

beforeEach(() => {
  standIn.asked.length = 0;
  rmSync(join(standIn.dataDir, "KILL"), { force: true, recursive: true });
  for (const key of Object.keys(standIn.mood)) delete standIn.mood[key as keyof Mood];
});

async function at(dataDir: string, ...raw: string[]) {
  const terminal = new MemoryTerminal();
  const exit = await run([...raw, "--data-dir", dataDir], terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("with a gateway", () => {
  test("kill: file and gateway; resume: gateway and file", async () => {
    const killed = await at(standIn.dataDir, "kill", "--why", "test");
    expect(killed).toMatchObject({ exit: Exit.Ok, stderr: "" });
    expect(killed.stdout).toContain("KILL is written: all trading is stopped while");
    expect(killed.stdout).toContain("KILLED: the gateway has stopped all trading\n");
    expect(readKillFile(standIn.dataDir)).toMatchObject([{ scope: "firm", key: "", why: "test" }]);
    expect(standIn.asked).toMatchObject([{ method: "POST", path: "risk/kill", body: { scope: "firm", why: "test" } }]);
    expect([...Value.Errors(KillBody, standIn.asked[0]?.body)]).toEqual([]);
    const resumed = await at(standIn.dataDir, "resume", "--why", "test", "--json");
    expect(JSON.parse(resumed.stdout)).toMatchObject({ gateway: "resumed", removed: 1, left: [] });
    expect(existsSync(join(standIn.dataDir, "KILL"))).toBe(false);
    expect(standIn.asked[1]).toMatchObject({ path: "risk/resume", body: { scope: "firm" } });
  });

  test("a scope needs a key and a key a scope", async () => {
    const { dataDir } = standIn;
    await at(dataDir, "kill", "--scope", "instance", "--key", "ema");
    expect(standIn.asked[0]?.body).toMatchObject({ scope: "instance", key: "ema" });
    expect(readKillFile(dataDir)).toMatchObject([{ scope: "instance", key: "ema" }]);
    expect((await at(dataDir, "kill", "--scope", "instance")).exit).toBe(Exit.UsageOrNotFound);
    expect((await at(dataDir, "kill", "--key", "ema")).exit).toBe(Exit.UsageOrNotFound);
    expect((await at(dataDir, "kill", "--scope", "frim")).stderr).toContain('did you mean "firm"?');
    expect(readKillFile(dataDir)).toHaveLength(1);
  });

  test("a gateway that refuses: the file stays and the refusal is told; resume then leaves the file", async () => {
    standIn.mood.refuse = { status: 401, code: "Unauthorized", detail: "no token", hint: "" };
    const killed = await at(standIn.dataDir, "kill");
    expect(killed).toMatchObject({ exit: Exit.Error, stderr: "error: no token [Unauthorized]\n" });
    expect(readKillFile(standIn.dataDir)).toHaveLength(1);
    expect((await at(standIn.dataDir, "resume", "--why", "test")).exit).toBe(Exit.Error);
    expect(readKillFile(standIn.dataDir)).toHaveLength(1);
  });

  test("a file that cannot be written does not keep the gateway from being told", async () => {
    mkdirSync(join(standIn.dataDir, "KILL"));
    const { exit, stdout, stderr } = await at(standIn.dataDir, "kill");
    expect(exit).toBe(Exit.Error);
    expect(stdout).toBe("KILLED: the gateway has stopped all trading\n");
    expect(stderr).toContain("the KILL file could not be written");
    expect(standIn.asked).toHaveLength(1);
  });
});

describe("without a gateway", () => {
  test("kill holds for the next start; resume takes it away; both say that none is running", async () => {
    const dir = mkdtempSync(join(tmpdir(), "meltica-kill-"));
    const killed = await at(dir, "kill");
    expect(killed.exit).toBe(Exit.Ok);
    expect(killed.stdout).toContain("no gateway is running");
    expect(killed.stdout).not.toContain("KILLED");
    expect(JSON.parse((await at(dir, "kill", "--json")).stdout)).toMatchObject({
      gateway: "not running",
      answer: null,
    });
    const resumed = await at(dir, "resume", "--why", "test");
    expect(resumed.exit).toBe(Exit.Ok);
    expect(resumed.stdout).toContain("the kill of all trading is removed");
    expect((await at(dir, "resume", "--why", "test")).stdout).toContain("no KILL file names it");
  });

  test("no data directory: nothing is made, nothing is killed, and it says so", async () => {
    const dir = join(mkdtempSync(join(tmpdir(), "meltica-kill-")), "typo");
    const { exit, stderr } = await at(dir, "kill");
    expect(exit).toBe(Exit.UsageOrNotFound);
    expect(stderr).toContain("nothing was killed");
    expect(existsSync(dir)).toBe(false);
  });
});
