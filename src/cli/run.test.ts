/** The command line as a whole: verbs, help, errors and exit codes; in this process and as a process of its own. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { Exit } from "./exit.ts";
import { run } from "./run.ts";
import { VERBS } from "./verbs.ts";

const MAIN = join(import.meta.dir, "../main.ts");

async function call(...raw: string[]) {
  const terminal = new MemoryTerminal();
  const exit = await run(raw, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("run", () => {
  test("--help and help: the verbs on standard output", async () => {
    const asked = await call("--help");
    expect(asked).toMatchObject({ exit: Exit.Ok, stderr: "" });
    for (const { name, description, hidden } of VERBS) {
      expect(asked.stdout.includes(name)).toBe(hidden !== true);
      expect(asked.stdout.includes(description)).toBe(hidden !== true);
    }
    expect(asked.stdout).not.toContain("\x1b");
    expect((await call("help")).stdout).toBe(asked.stdout);
  });

  test("options without a verb belong to up; a verb behind options is a mistake", async () => {
    const { exit, stdout, stderr } = await call("--config", "gone.yaml");
    expect({ exit, stdout }).toEqual({ exit: Exit.UsageOrNotFound, stdout: "" });
    expect(stderr).toStartWith("error: gone.yaml: there is no such configuration file [FileNotFound]");
    expect((await call("--prot", "1")).stderr).toContain('did you mean "--port"?');
    expect((await call("--quiet", "version")).stderr).toContain("the verb comes first, before --quiet");
  });

  test("every verb has help with the common options and an example", async () => {
    for (const { name, load } of VERBS) {
      const { exit, stdout } = await call(name, "--help");
      expect(exit).toBe(Exit.Ok);
      const { verb } = await load();
      expect(verb.name).toBe(name);
      for (const { name: action } of "actions" in verb ? verb.actions : []) {
        const help = await call(name, action, "--help");
        expect(help).toMatchObject({ exit: Exit.Ok, stderr: "" });
        expect(help.stdout).toContain(`meltica ${name} ${action}`);
      }
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
