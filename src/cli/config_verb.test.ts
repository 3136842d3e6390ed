/** `config check`, `show` and `schema` as verbs, and which data directory the other verbs mean. */

import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { configuredDataDir } from "../app/config_data_dir.ts";
import { readArguments } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS, dataDirOf } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-config-verb-"));

async function call(...raw: string[]) {
  const terminal = new MemoryTerminal();
  const exit = await run(raw, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

function save(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("config", () => {
  test("check: good, broken with every problem, missing", async () => {
    const good = save("good.yaml", "node: 3\n");
    expect((await call("config", "check", good)).stdout).toMatch(/good\.yaml is good; limits [0-9a-f]{12}\n$/);
    expect(JSON.parse((await call("config", "check", good, "--json")).stdout)).toMatchObject({
      ok: true,
      warnings: [],
    });
    const bad = save("bad.json", '{"node": 1000,\n "server": {"prot": 1}}');
    const { exit, stderr } = await call("config", "check", "--config", bad);
    expect(exit).toBe(Exit.Configuration);
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .map((line) => line.replace(bad, "bad.json")),
    ).toEqual([
      "error: bad.json:1:10: node is 1000: it must be a whole number from 0 to 255 [ConfigValue] (see `meltica config schema`)",
      'error: bad.json:2:13: unknown key "prot" in server [ConfigKeyUnknown] (did you mean "port"?)',
    ]);
    expect((await call("config", "check", join(folder, "no.yaml"))).exit).toBe(Exit.UsageOrNotFound);
  });

  test("show: every value with where it came from", async () => {
    const file = save("show.yaml", "server:\n  port: 9001\n");
    const { stdout } = await call("config", "show", file, "--host", "0.0.0.0");
    expect(stdout).toMatch(/^server\.host +0\.0\.0\.0 +--host$/m);
    expect(stdout).toMatch(/^server\.port +9001 +\S+show\.yaml:2:9$/m);
    expect(stdout).toMatch(/^accounts\.paper\.balances\.USDT +100000 +default$/m);
    const json = JSON.parse((await call("config", "show", file, "--json")).stdout);
    expect(json).toMatchObject({ file, config: { server: { port: 9001 } }, sources: { node: "default" } });
  });

  test("schema is JSON", async () => {
    const { stdout } = await call("config", "schema");
    expect(JSON.parse(stdout)).toMatchObject({ type: "object", additionalProperties: false });
    expect((await call("config")).stderr).toContain("say what to do: config check|show|schema");
  });
});

describe("data directory", () => {
  const before = process.env["MELTICA__DATA_DIR"];
  afterEach(() => {
    if (before === undefined) delete process.env["MELTICA__DATA_DIR"];
    else process.env["MELTICA__DATA_DIR"] = before;
  });
  const given = (...raw: string[]) => dataDirOf(readArguments(raw, DATA_DIR_DEFINITIONS));

  test("flag over environment over file over default", async () => {
    process.env["MELTICA__DATA_DIR"] = "/env";
    expect(await given("--data-dir", "/flag")).toBe("/flag");
    expect(await given()).toBe("/env");
    delete process.env["MELTICA__DATA_DIR"];
    expect(await given()).toBe(join(process.cwd(), "meltica-data"));
  });

  test("of a file: relative to it, however wrong the rest is; only one that does not parse is a problem", () => {
    const own = mkdtempSync(join(tmpdir(), "meltica-dir-"));
    expect(configuredDataDir(own)).toEqual({ dataDir: join(own, "meltica-data"), problems: [] });
    writeFileSync(join(own, "meltica.yaml"), "dataDir: state\nserver: nonsense\n");
    expect(configuredDataDir(own)).toEqual({ dataDir: join(own, "state"), problems: [] });
    writeFileSync(join(own, "meltica.yaml"), "dataDir: [");
    expect(configuredDataDir(own).problems).toHaveLength(1);
  });
});
