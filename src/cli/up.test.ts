/** `up`: what is printed, what is told on a broken configuration, and how signals end it (as real processes). */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { readArguments } from "./arguments.ts";
import { Exit } from "./exit.ts";
import { run } from "./run.ts";
import type { RunningGateway, StartGateway } from "./start_gateway.ts";
import { runUp, verb } from "./up.ts";
import { COMMON_DEFINITIONS } from "./verb.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-up-"));

function gateway(dataDir: string, code = 0): RunningGateway {
  const url = "http://127.0.0.1:8880";
  const tokenFile = join(dataDir, "token");
  const loginUrl = `${url}/#login=abc`;
  return { url, loginUrl, tokenFile, dataDir, pid: 7, stop: async () => undefined, done: Promise.resolve(code) };
}

async function up(start: StartGateway, ...raw: string[]) {
  const terminal = new MemoryTerminal();
  const given = readArguments(raw, { ...verb.definitions, ...COMMON_DEFINITIONS });
  const call = { given, terminal, json: given.flag("json"), quiet: given.flag("quiet") };
  const exit = await runUp(call, async () => start);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("up", () => {
  test("--json: exactly one line; the configuration reaches the gateway with its flags", async () => {
    const seen: unknown[] = [];
    const start: StartGateway = async (config, options) => {
      seen.push(config.server.port, config.dataDir, config.log.level, options.version);
      return gateway(config.dataDir);
    };
    const words = ["--data-dir", folder, "--port", "9999", "--log-level", "error", "--json"];
    const { exit, stdout, stderr } = await up(start, ...words);
    expect({ exit, stderr }).toEqual({ exit: Exit.Ok, stderr: "" });
    expect(stdout.split("\n")).toHaveLength(2);
    const tokenFile = join(folder, "token");
    expect(JSON.parse(stdout)).toEqual({ url: "http://127.0.0.1:8880", tokenFile, dataDir: folder, pid: 7 });
    expect(seen).toEqual([9999, folder, "error", expect.stringMatching(/^\d/)]);
  });

  test("for people: the login link, what is running", async () => {
    const { stdout } = await up(async (config) => gateway(config.dataDir), "--data-dir", folder);
    expect(stdout).toStartWith("meltica is running at http://127.0.0.1:8880\n");
    for (const part of [
      "/#login=abc",
      "built in",
      "sim",
      "paper",
      "ema-cross: sim:BTC-USDT on paper",
      "market-making",
    ]) {
      expect(stdout).toContain(part);
    }
    expect((await up(async () => gateway(folder), "--quiet")).stdout).toBe("http://127.0.0.1:8880\n");
  });

  test("a broken configuration: all problems, exit 4, nothing started", async () => {
    const file = join(folder, "bad.yaml");
    writeFileSync(file, "nod: 1\nserver: {port: x}\n");
    const never: StartGateway = () => Promise.reject(new Error("must not start"));
    const { exit, stdout, stderr } = await up(never, "--config", file);
    expect({ exit, stdout }).toEqual({ exit: Exit.Configuration, stdout: "" });
    expect(stderr).toContain(`error: ${file}:1:1: unknown key "nod" [ConfigKeyUnknown] (did you mean "node"?)\n`);
    expect(stderr).toContain(`error: ${file}:2:16: server.port must be`);
    const json = await up(never, "--config", file, "--json");
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { line: 1 }, problems: [{ line: 1 }, { line: 2 }] });
    expect((await up(never, "--config", join(folder, "gone.yaml"))).exit).toBe(Exit.UsageOrNotFound);
    expect((await up(never, "--port", "70000")).exit).toBe(Exit.Configuration);
  });

  test("warnings go to standard error and do not stop it", async () => {
    const file = join(folder, "warn.yaml");
    const instance = '{name: e, strategy: ema-cross, markets: {main: {instrument: "sim:BTC-USDT", account: a}}}';
    writeFileSync(file, `providers: {sim: {adapter: sim}}\naccounts: {a: {provider: sim}}\ninstances: [${instance}]`);
    const { exit, stderr } = await up(async () => gateway(folder), "--config", file);
    expect(exit).toBe(Exit.Ok);
    expect(stderr).toStartWith(`warning: ${file}:3:`);
  });

  test("a gateway that cannot start or ends badly gives its exit code", async () => {
    expect((await up(async () => gateway(folder, 1))).exit).toBe(Exit.Error);
    const taken = up(() => Promise.reject(new ProblemError(problem(Code.PortTaken, "taken"))));
    expect(await taken.catch((error) => error)).toBeInstanceOf(ProblemError);
  });

  test("the verb is the program's default", async () => {
    const terminal = new MemoryTerminal();
    expect(await run(["--port", "70000"], terminal)).toBe(Exit.Configuration);
    expect(terminal.stderr).toContain("--port: server.port is 70000");
  });
});
