/** The command line as a whole: verbs, help, errors and exit codes; in this process and as a process of its own. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { Exit } from "./exit.ts";
import { run } from "./run.ts";

const MAIN = join(import.meta.dir, "../main.ts");

async function call(...raw: string[]) {
  const terminal = new MemoryTerminal();
  const exit = await run(raw, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("run", () => {
  test("without a verb: help on standard error and exit 2; --help: the same on standard output", async () => {
    const bare = await call();
    expect(bare).toMatchObject({ exit: Exit.UsageOrNotFound, stdout: "" });
    const asked = await call("--help");
    expect(asked).toMatchObject({ exit: Exit.Ok, stderr: "", stdout: bare.stderr });
    for (const name of ["replay", "bench", "version"]) expect(asked.stdout).toContain(name);
    expect(asked.stdout).not.toContain("\x1b");
    expect((await call("help")).stdout).toBe(asked.stdout);
  });

  test("every verb has help with the common options and an example", async () => {
    for (const name of ["replay", "bench", "version"]) {
      const { exit, stdout } = await call(name, "--help");
      expect(exit).toBe(Exit.Ok);
      for (const word of ["--json", "--quiet", "--help", "EXAMPLES", `meltica ${name}`]) expect(stdout).toContain(word);
      expect(stdout).not.toContain("--collections");
      expect((await call("help", name)).stdout).toBe(stdout);
    }
  });

  test("an unknown verb is a usage error with the nearest one", async () => {
    const { exit, stdout, stderr } = await call("verison");
    expect(exit).toBe(Exit.UsageOrNotFound);
    expect(stdout).toBe("");
    expect(stderr).toBe('error: unknown verb "verison" [Usage] (did you mean "version"?)\n');
    expect((await call("--quiet", "version")).stderr).toContain("the verb comes first");
  });

  test("with --json an error is one JSON object on standard error", async () => {
    const { exit, stdout, stderr } = await call("version", "--verbos", "--json");
    expect(exit).toBe(Exit.UsageOrNotFound);
    expect(stdout).toBe("");
    expect(JSON.parse(stderr).error).toMatchObject({ code: "Usage", detail: "unknown option --verbos" });
  });

  test("version", async () => {
    expect((await call("version", "--quiet")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const info = JSON.parse((await call("version", "--json")).stdout);
    expect(info).toMatchObject({ name: "meltica", built: "source", bun: Bun.version });
    expect(Object.keys(info)).toEqual(["name", "version", "commit", "built", "bun", "platform"]);
    expect((await call("--version")).stdout).toStartWith("meltica ");
  });

  test("a next line follows success on a terminal only, and not with --quiet", async () => {
    const terminal = new MemoryTerminal();
    terminal.stdoutIsTerminal = true;
    await run(["version"], terminal);
    expect(terminal.stdout).toEndWith("\nnext: meltica --help\n");
    expect((await call("version")).stdout).not.toContain("next:");
    terminal.stdout = "";
    await run(["version", "--quiet"], terminal);
    expect(terminal.stdout).not.toContain("next:");
  });

  test("an unknown bench is a usage error", async () => {
    const { exit, stderr } = await call("bench", "--only", "harness.nothin");
    expect(exit).toBe(Exit.UsageOrNotFound);
    expect(stderr).toContain('unknown bench "harness.nothin"');
  });
});

describe("as a process", () => {
  test("exit codes and streams are the operating system's", () => {
    const good = Bun.spawnSync([process.execPath, MAIN, "version", "--json"], {
      env: { ...process.env, FORCE_COLOR: "1" },
    });
    expect(good.exitCode).toBe(0);
    expect(JSON.parse(good.stdout.toString()).name).toBe("meltica");
    expect(good.stderr.toString()).toBe("");
    const bad = Bun.spawnSync([process.execPath, MAIN, "versoin"], { env: { ...process.env, FORCE_COLOR: "1" } });
    expect(bad.exitCode).toBe(2);
    expect(bad.stdout.toString()).toBe("");
    expect(bad.stderr.toString()).not.toContain("\x1b");
  });
});
