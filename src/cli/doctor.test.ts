/** `doctor`: each check says what it saw; bad hosts are made, not mocked, where that can be done. */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import type { Check } from "./doctor_check.ts";
import { runChecks } from "./doctor_checks.ts";
import { driftVerdict, fileClockVerdict, yearVerdict } from "./doctor_clock.ts";
import { verdictOfType } from "./doctor_file_system.ts";
import { syncTimes } from "./doctor_sync.ts";
import { Exit } from "./exit.ts";
import { run } from "./run.ts";

const dataDir = mkdtempSync(join(tmpdir(), "meltica-doctor-"));
const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
afterAll(() => server.stop(true));

async function examine(dir: string, port = 0): Promise<Record<string, Check>> {
  const checks = await runChecks({ dataDir: dir, host: "127.0.0.1", port, problems: [] });
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

describe("doctor", () => {
  test("a sound directory: every check is there, nothing is left behind", async () => {
    const checks = await examine(dataDir);
    expect(Object.keys(checks)).toEqual([
      ...["configuration", "clock", "clock of files", "clock drift", "data directory", "free space", "file system"],
      ...["sync speed", "port", "KILL file", "gateway"],
    ]);
    for (const name of ["clock", "clock of files", "data directory", "port", "KILL file"]) {
      expect(checks[name]).toMatchObject({ verdict: "ok", cure: "" });
    }
    expect(checks["sync speed"]?.figures?.["p50Us"]).toBeGreaterThan(0);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test("a directory that is not there yet is judged by the folder it will be made in", async () => {
    const checks = await examine(join(dataDir, "a/b"));
    expect(checks["data directory"]).toMatchObject({
      verdict: "ok",
      detail: `${dataDir}/a/b will be made in ${dataDir}`,
    });
    expect(existsSync(join(dataDir, "a"))).toBe(false);
  });

  test("unwritable, a file in its place: fails with the code, and the disk is not measured", async () => {
    expect((await examine("/proc/meltica"))["data directory"]).toMatchObject({
      verdict: "fail",
      code: "DataDirUnwritable",
    });
    const file = join(mkdtempSync(join(tmpdir(), "meltica-doctor-")), "file");
    writeFileSync(file, "");
    const checks = await examine(file);
    expect(checks["data directory"]).toMatchObject({ verdict: "fail", code: "DataDirUnwritable" });
    expect(checks["sync speed"]).toBeUndefined();
  });

  test("a port in use fails, unless it is our own gateway's", async () => {
    const own = mkdtempSync(join(tmpdir(), "meltica-doctor-"));
    expect((await examine(own, server.port))["port"]).toMatchObject({ verdict: "fail", code: "PortTaken" });
    const url = `http://127.0.0.1:${server.port}`;
    writeFileSync(join(own, "gateway.json"), JSON.stringify({ url, pid: process.pid, tokenFile: "token" }));
    const checks = await examine(own, server.port);
    expect(checks["port"]).toMatchObject({ verdict: "ok" });
    expect(checks["gateway"]?.detail).toContain(`process ${process.pid} runs on this data directory`);
    writeFileSync(join(own, "gateway.json"), JSON.stringify({ url, pid: 2 ** 22 + 1, tokenFile: "token" }));
    expect((await examine(own, server.port))["port"]?.verdict).toBe("fail");
    expect((await examine(own))["gateway"]?.detail).toContain("did not stop in order");
  });

  test("a KILL file is named with its reason", async () => {
    const own = mkdtempSync(join(tmpdir(), "meltica-doctor-"));
    writeFileSync(join(own, "KILL"), "");
    expect((await examine(own))["KILL file"]).toMatchObject({ verdict: "warn", code: "KillFilePresent" });
  });

  test("clocks: year, file system, drift", () => {
    expect([1970, 2025, 2026, 2100, 2101].map((year) => yearVerdict(year).verdict)).toEqual([
      ...(["fail", "fail", "ok", "ok", "fail"] as const),
    ]);
    expect([0, -900, 1_500].map((ms) => fileClockVerdict(ms).verdict)).toEqual(["ok", "ok", "warn"]);
    expect([0.1, -6, 60].map((ms) => driftVerdict(ms).verdict)).toEqual(["ok", "warn", "fail"]);
    expect(driftVerdict(60)).toMatchObject({ code: "ClockWrong", cure: expect.stringContaining("synchronise") });
  });

  test("file systems by their number, signed or not", () => {
    const names = [0xef53, 0x01021994, 0x794c7630, 0x6969, 0x65735546, -1859950530, 1].map((type) => {
      const { verdict, detail } = verdictOfType(type);
      return `${verdict} ${detail.split(":")[0]}`;
    });
    expect(names).toEqual([
      ...["ok ext4", "warn tmpfs", "warn overlay", "fail nfs", "warn fuse", "ok btrfs", "warn unknown (type 0x1)"],
    ]);
  });

  test("sync times are ordered and of this disk", () => {
    const { p50Us, p99Us, maxUs } = syncTimes(dataDir);
    expect([p50Us, p99Us, maxUs]).toEqual([p50Us, p99Us, maxUs].sort((a, b) => a - b));
    expect(() => syncTimes(join(dataDir, "gone"))).toThrow();
  });

  test("the verb: a table, JSON, and exit 1 when something fails", async () => {
    const terminal = new MemoryTerminal();
    expect(await run(["doctor", "--data-dir", dataDir, "--port", "0", "--json"], terminal)).toBe(Exit.Ok);
    expect(JSON.parse(terminal.stdout)).toMatchObject({ ok: true, dataDir, checks: expect.any(Array) });
    const bad = new MemoryTerminal();
    expect(await run(["doctor", "--data-dir", "/proc/meltica", "--port", "0", "--quiet"], bad)).toBe(Exit.Error);
    expect(bad.stdout).toMatch(/^fail {2}data directory {2}\/proc\/meltica cannot be written: .*\n +check owner/);
    const port = new MemoryTerminal();
    expect(await run(["doctor", "--data-dir", dataDir, "--port", "x"], port)).toBe(Exit.Error);
    expect(port.stdout).toContain("fail  configuration   --port: server.port must be a whole number");
  });
});
