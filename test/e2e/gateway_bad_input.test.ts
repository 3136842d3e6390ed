/** Starts that must fail, and starts that must not: each says what is wrong and what to do, and changes nothing. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SmallDisk } from "./gateway_disk.testing.ts";
import { rebuild, speedConfig } from "./gateway_journal.testing.ts";
import { configFile, failedStart, GatewayProcess, SOURCE_COMMAND } from "./gateway_process.testing.ts";

setDefaultTimeout(120_000);

const PAGE_BYTES = 4_096;
const running: GatewayProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) if (gateway.isAlive) await gateway.kill();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "meltica-bad-"));
  folders.push(folder);
  return folder;
}

async function start(dataDir: string, speed = 20): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start(dataDir, { args: ["--config", speedConfig(speed)] });
  running.push(gateway);
  await gateway.untilReady();
  return gateway;
}

/** The one error line of a failed start, as JSON. */
async function refusal(dataDir: string, args: readonly string[] = [], port = 0) {
  const { code, out, err } = await failedStart(dataDir, { args, port });
  expect(out).toBe("");
  return { exit: code, ...JSON.parse(err.trim().split("\n").at(-1) ?? "").error };
}

/** A data directory in which a gateway has traded and was killed. */
async function killedDataDir(): Promise<string> {
  const dataDir = join(newFolder(), "data");
  const gateway = await start(dataDir);
  await gateway.until("orders", async () => (await gateway.all("/api/v1/orders")).length > 20);
  await gateway.kill();
  return dataDir;
}

function segmentsOf(dataDir: string): string[] {
  const journal = join(dataDir, "journal");
  return readdirSync(journal)
    .filter((name) => name.endsWith(".journal"))
    .sort()
    .map((name) => join(journal, name));
}

/** Name and content of every file but the lock's. */
function contents(dataDir: string): [string, string][] {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.endsWith("/LOCK"))
    .sort()
    .map((path) => [path, Bun.hash(readFileSync(path)).toString()]);
}

describe("a data directory", () => {
  test("in use: refused with the other process's id; the first one is not disturbed", async () => {
    const dataDir = join(newFolder(), "data");
    const gateway = await start(dataDir);
    const address = readFileSync(join(dataDir, "gateway.json"), "utf8");
    const { exit, code, detail } = await refusal(dataDir);
    expect([exit, code]).toEqual([1, "DataDirLocked"]);
    expect(detail).toContain(`process ${gateway.child.pid}`);
    expect(readFileSync(join(dataDir, "gateway.json"), "utf8")).toBe(address);
    expect((await gateway.ask("GET", "/readyz")).status).toBe(200);
    // The lock is the kernel's: whoever is killed holds nothing.
    await gateway.kill();
    expect((await start(dataDir)).isAlive).toBe(true);
  });

  test("under a file, or on a disk that is read only: refused", async () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    expect(await refusal(join(file, "data"))).toMatchObject({ exit: 1, code: "DataDirUnwritable" });
    expect(await refusal(file)).toMatchObject({ exit: 1, code: "DataDirUnwritable" });
    const disk = SmallDisk.mount(1, ",ro");
    if (disk === undefined) return;
    try {
      expect(await refusal(join(disk.path, "data"))).toMatchObject({ exit: 1, code: "DataDirUnwritable" });
    } finally {
      disk.remove();
    }
  });
});

describe("a port", () => {
  test("that is taken: refused, and nothing was started", async () => {
    const taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
    const dataDir = join(newFolder(), "data");
    const { exit, code, detail } = await refusal(dataDir, [], taken.port);
    expect([exit, code]).toEqual([1, "PortTaken"]);
    expect(detail).toContain(String(taken.port));
    expect(segmentsOf(dataDir)).toEqual([]);
    taken.stop(true);
  });
});

describe("a configuration that is broken", () => {
  test.each([
    ["server:\n  prot: 1\n", "ConfigKeyUnknown", [2, 3], "port"],
    ["log:\n  level: info\nnode: many\n", "ConfigType", [3, 7], ""],
    ["server: {port: 1\nlog: }\n", "ConfigSyntax", [2, 1], ""],
    ["limits:\n  - scope: firm\n    maxOrderValue: -1\n", "ConfigValue", [3, 20], ""],
    ["providers:\n  sim:\n    adapter: sin\n", "ConfigValue", [3, 14], "sim"],
    ["instances:\n  - name: x\n", "ConfigMissing", [2, 5], ""],
  ])("%j: exit 4, with its place and the nearest name", async (text, name, at, near) => {
    const file = configFile(text);
    const dataDir = join(newFolder(), "data");
    const { exit, code, hint, ...place } = await refusal(dataDir, ["--config", file]);
    expect([exit, code]).toEqual([4, name]);
    expect(place).toMatchObject({ file, line: at[0], column: at[1] });
    expect(hint).toContain(near);
    expect(() => readdirSync(dataDir)).toThrow();
  });

  test("the same for people: file:line:column and the nearest name on one line", () => {
    const file = configFile("server:\n  prot: 1\n");
    const run = Bun.spawnSync([...SOURCE_COMMAND, "up", "--config", file]);
    expect([run.exitCode, run.stdout.toString()]).toEqual([4, ""]);
    expect(run.stderr.toString()).toContain(`${file}:2:3: unknown key "prot"`);
    expect(run.stderr.toString()).toContain('did you mean "port"?');
  });
});

describe("a journal", () => {
  test("with a torn tail starts, with all that was whole", async () => {
    const dataDir = await killedDataDir();
    const whole = rebuild(dataDir);
    const last = segmentsOf(dataDir).at(-1) as string;
    // Cut in the middle of the last page that has anything in it: what a crash in a write leaves.
    const bytes = readFileSync(last);
    let end = bytes.length;
    while (bytes[end - 1] === 0) end--;
    const from = Math.floor((end - 1) / PAGE_BYTES) * PAGE_BYTES;
    bytes.fill(0, from + 100);
    writeFileSync(last, bytes);
    const torn = rebuild(dataDir);
    const gateway = await start(dataDir);
    const { record, hash, epoch } = await gateway.get("/api/v1/status");
    expect(epoch).toBe(2);
    expect(rebuild(dataDir, record).hash).toBe(hash);
    expect(torn.seals).toBeLessThanOrEqual(whole.seals);
    const orders = (await gateway.all("/api/v1/orders")).length;
    await gateway.until("it trades on", async () => (await gateway.all("/api/v1/orders")).length > orders + 5);
    expect(await gateway.terminate()).toBe(0);
  });

  test("that is damaged: refused with file and place, nothing changed, again and again", async () => {
    const dataDir = await killedDataDir();
    const file = segmentsOf(dataDir)[0] as string;
    const bytes = readFileSync(file);
    bytes[3 * PAGE_BYTES + 200] = (bytes[3 * PAGE_BYTES + 200] as number) ^ 1;
    writeFileSync(file, bytes);
    const before = contents(dataDir);
    for (let n = 0; n < 2; n++) {
      const { exit, code, hint, ...place } = await refusal(dataDir);
      expect([exit, code]).toEqual([1, "JournalDamaged"]);
      expect(place).toMatchObject({ file });
      expect(hint).not.toBe("");
      expect(contents(dataDir)).toEqual(before);
    }
    const verified = Bun.spawnSync([...SOURCE_COMMAND, "journal", "verify", "--json", "--data-dir", dataDir]);
    expect([verified.exitCode, JSON.parse(verified.stdout.toString()).ok]).toEqual([1, false]);
  });

  test("from which a segment is missing, or into which a stranger's was put: refused", async () => {
    const dataDir = await killedDataDir();
    await (await start(dataDir)).kill();
    const [first, second] = segmentsOf(dataDir) as [string, string];
    const kept = readFileSync(first);
    rmSync(first);
    expect((await refusal(dataDir)).code).toBe("JournalDamaged");
    writeFileSync(first, readFileSync(second));
    expect((await refusal(dataDir)).code).toBe("JournalDamaged");
    writeFileSync(first, kept);
    await (await start(dataDir)).kill();
    mkdirSync(join(dataDir, "journal/notes"));
    appendFileSync(join(dataDir, "journal/readme.txt"), "mine");
    expect((await start(dataDir)).isAlive).toBe(true);
  });
});
