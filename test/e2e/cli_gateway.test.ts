/** Verbs around the gateway as a person or a supervisor runs them: real processes, exit codes, signals, a frozen gateway. */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStandIn } from "../../src/cli/gateway.testing.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-e2e-"));
const MAIN = join(import.meta.dir, "../../src/main.ts");
const UP = join(import.meta.dir, "up_program.testing.ts");
const started: Bun.Subprocess[] = [];
afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
});

function meltica(args: readonly string[], { cwd = folder, env = {} } = {}) {
  const all = { ...process.env, ...env };
  const options = { cwd, env: all, stdout: "pipe", stderr: "pipe", stdin: "ignore" } as const;
  const run = Bun.spawnSync([process.execPath, MAIN, ...args], options);
  return { code: run.exitCode, out: run.stdout.toString(), err: run.stderr.toString() };
}

describe("exit codes", () => {
  test("2 usage, 3 not running, 4 configuration, 0 good: words on standard error only", () => {
    const bad = join(folder, "bad.yaml");
    writeFileSync(bad, "server:\n  prot: 1\n");
    const cases: [readonly string[], number, string][] = [
      [["orders", "plce"], 2, 'error: orders cannot "plce" [Usage] (did you mean "place"?)\n'],
      [
        ["status"],
        3,
        `error: there is no data directory ${folder}/meltica-data [NotRunning] (start it with \`meltica up\`)\n`,
      ],
      [
        ["up", "--config", "bad.yaml"],
        4,
        'error: bad.yaml:2:3: unknown key "prot" in server [ConfigKeyUnknown] (did you mean "port"?)\n',
      ],
    ];
    for (const [args, code, err] of cases) expect(meltica(args)).toEqual({ code, out: "", err });
    const checked = meltica(["config", "check", "--json"], { env: { MELTICA__SERVER__PORT: "1" } });
    expect(checked).toMatchObject({ code: 0, err: "" });
    expect(meltica(["config", "check"], { env: { MELTICA__SERVER__PORT: "-1" } }).err).toStartWith(
      "error: $MELTICA__SERVER__PORT: server.port is -1: it must be a whole number from 0 to 65535 [ConfigValue]",
    );
  });

  test("the configuration of the working folder says where state lives", () => {
    const cwd = mkdtempSync(join(tmpdir(), "meltica-e2e-"));
    mkdirSync(join(cwd, "state"));
    writeFileSync(join(cwd, "meltica.toml"), 'dataDir = "state"\n');
    expect(meltica(["kill", "--quiet"], { cwd })).toMatchObject({ code: 0, out: "" });
    expect(existsSync(join(cwd, "state/KILL"))).toBe(true);
    const { code, out } = meltica(["doctor", "--json", "--port", "0"], { cwd });
    expect([code, JSON.parse(out).dataDir]).toEqual([0, join(cwd, "state")]);
    writeFileSync(join(cwd, "meltica.toml"), "dataDir = ");
    expect(meltica(["kill"], { cwd })).toMatchObject({ code: 4, out: "" });
  });
});

/** A gateway process that listens, then is stopped like one whose threads all hang. */
async function frozenGateway(): Promise<string> {
  const script =
    'const s = Bun.serve({port: 0, hostname: "127.0.0.1", fetch: () => Response.json({})}); console.log(s.port)';
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "ignore" });
  started.push(child);
  const { value } = await child.stdout.getReader().read();
  const url = `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`;
  child.kill("SIGSTOP");
  const dataDir = mkdtempSync(join(tmpdir(), "meltica-e2e-"));
  writeFileSync(join(dataDir, "token"), "t");
  writeFileSync(join(dataDir, "gateway.json"), JSON.stringify({ url, pid: child.pid, tokenFile: "token" }));
  return dataDir;
}

describe("a gateway that does not answer", () => {
  test("kill writes the file at once, says that nothing was heard, exit 5; resume then keeps the file", async () => {
    const dataDir = await frozenGateway();
    const child = Bun.spawn([process.execPath, MAIN, "kill", "--data-dir", dataDir, "--json"], {
      stdout: "pipe",
      stderr: "ignore",
    });
    const began = performance.now();
    // Written, not only opened: an empty file kills as well, but is no JSON.
    const written = () => existsSync(join(dataDir, "KILL")) && statSync(join(dataDir, "KILL")).size > 0;
    while (!written() && performance.now() - began < 1_500) await Bun.sleep(5);
    expect(JSON.parse(readFileSync(join(dataDir, "KILL"), "utf8"))).toMatchObject({ scope: "firm" });
    expect(child.exitCode).toBeNull(); // The file is there while the gateway is still being asked.
    expect(await child.exited).toBe(5);
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await new Response(child.stdout).json()).toMatchObject({ gateway: "no answer", fileProblem: null });
    const resumed = meltica(["resume", "--why", "test", "--data-dir", dataDir]);
    expect(resumed).toMatchObject({ code: 5, out: "" });
    expect(existsSync(join(dataDir, "KILL"))).toBe(true);
  }, 10_000);
});

describe("logs --follow", () => {
  test("prints what comes, and ends well when interrupted", async () => {
    const standIn = startStandIn();
    standIn.mood.logs = [{ level: 30, msg: "first" }];
    const words = ["logs", "--follow", "--data-dir", standIn.dataDir];
    const child = Bun.spawn([process.execPath, MAIN, ...words], { stdout: "pipe", stderr: "pipe" });
    started.push(child);
    const reader = child.stdout.getReader();
    const next = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).toContain("info  first\n");
    standIn.mood.logs = [...standIn.mood.logs, { level: 50, msg: "second" }];
    expect(await next()).toContain("error second\n");
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    standIn.stop();
  });
});

describe("up and signals", () => {
  async function up(how: string) {
    const child = Bun.spawn([process.execPath, UP, how, "--data-dir", folder], { stdout: "pipe", stderr: "pipe" });
    started.push(child);
    const { value } = await child.stdout.getReader().read();
    expect(JSON.parse(new TextDecoder().decode(value))).toMatchObject({ pid: child.pid });
    return child;
  }
  const words = (child: Bun.Subprocess<"ignore", "pipe", "pipe">) => new Response(child.stderr).text();

  test("SIGTERM stops politely: exit 0", async () => {
    const child = await up("politely");
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(await words(child)).toBe("stop SIGTERM\n");
  });

  test("a second signal ends a stop that hangs, at once; stop is asked once", async () => {
    const child = await up("never");
    child.kill("SIGINT");
    await Bun.sleep(100);
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    expect(await child.exited).toBe(1);
    expect(await words(child)).toBe("stop SIGINT\n");
  });

  test("a stop that fails says why: exit 1", async () => {
    const child = await up("throws");
    child.kill("SIGTERM");
    expect(await child.exited).toBe(1);
    expect(await words(child)).toContain("the gateway did not stop in order: disk gone");
  });
});
