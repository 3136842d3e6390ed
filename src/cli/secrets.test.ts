/** `meltica secrets`: values go into the store and never come out; every way to name a place or a source wrongly. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { openStore, secretsPlace } from "../app/secrets_place.ts";
import { ProblemError } from "../core/problem.ts";
import { Exit } from "./exit.ts";
import { type ReadPiece, readLine, readPipe } from "./hidden_input.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-secrets-verb-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SECRET = "canary-5Gz1QbKq";
const config = join(folder, "meltica.yaml");
writeFileSync(
  config,
  `dataDir: ${join(folder, "data")}
secrets:
  keyFile: ${join(folder, "key")}
providers:
  binance:
    adapter: binance-spot
    symbols: [BTCUSDT]
accounts:
  main:
    provider: binance
    mode: live
    apiKey: {store: main-key}
    secret: {store: main-secret}
`,
);

async function call(...raw: string[]) {
  const terminal = new MemoryTerminal();
  const exit = await run(["secrets", ...raw, "--config", config], terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

function stored(name: string): string {
  const place = { file: join(folder, "data", "secrets.json"), keyFile: join(folder, "key") };
  return Buffer.from(openStore(place).get(name).bytes()).toString();
}

const pieces = (text: string, size: number): ReadPiece => {
  const bytes = Buffer.from(text);
  let at = 0;
  return (into) => {
    const got = bytes.copy(into, 0, at, Math.min(bytes.length, at + Math.min(size, into.length)));
    at += got;
    return got;
  };
};

const shown = (read: () => { bytes(): Uint8Array }) => Buffer.from(read().bytes()).toString();

describe("meltica secrets", () => {
  test("init makes the key once, for its owner alone", async () => {
    expect((await call("list")).stderr).toContain("key: ENOENT");
    const { exit, stdout } = await call("init");
    expect(exit).toBe(Exit.Ok);
    expect(stdout).toContain("keep a copy apart from the store");
    expect(statSync(join(folder, "key")).mode & 0o777).toBe(0o600);
    const again = await call("init");
    expect(again.exit).toBe(Exit.Error);
    expect(again.stderr).toContain("a key is never overwritten");
  });

  test("set takes a pipe, a file or a variable; list says names and users, never values", async () => {
    const child = Bun.spawnSync({
      cmd: [
        process.execPath,
        resolve(import.meta.dir, "../main.ts"),
        "secrets",
        "set",
        "main-secret",
        "--config",
        config,
      ],
      stdin: Buffer.from(`${SECRET}\n`),
    });
    expect(child.stderr.toString()).toBe("");
    expect(child.stdout.toString()).toBe("main-secret is stored\n");
    expect(stored("main-secret")).toBe(SECRET);

    const file = join(folder, "typed");
    writeFileSync(file, `${SECRET}-2\n`, { mode: 0o600 });
    expect((await call("set", "main-secret", "--file", file)).stdout).toBe("main-secret is replaced\n");
    expect(stored("main-secret")).toBe(`${SECRET}-2`);
    process.env["MELTICA_TEST_SECRET"] = `${SECRET}-3`;
    expect((await call("set", "other", "--env", "MELTICA_TEST_SECRET", "--json")).stdout).toBe(
      '{"name":"other","replaced":false}\n',
    );
    delete process.env["MELTICA_TEST_SECRET"];
    expect(stored("other")).toBe(`${SECRET}-3`);

    expect(JSON.parse((await call("list", "--json")).stdout).items).toEqual([
      { name: "main-secret", stored: true, usedBy: ["accounts.main.secret"] },
      { name: "other", stored: true, usedBy: [] },
      { name: "main-key", stored: false, usedBy: ["accounts.main.apiKey"] },
    ]);
    expect((await call("list")).stdout).toMatch(/^main-key +missing +accounts\.main\.apiKey$/m);
    for (const name of readdirSync(join(folder, "data"))) {
      expect(readFileSync(join(folder, "data", name), "utf8")).not.toContain(SECRET);
    }
  });

  test("what is wrong is said with a hint, and changes nothing", async () => {
    const before = readFileSync(join(folder, "data", "secrets.json"));
    expect((await call("set", "Main Secret", "--env", "HOME")).stderr).toContain("is no name");
    expect((await call("set", "x", "--env", "MELTICA_NO_SUCH")).stderr).toContain("MELTICA_NO_SUCH is not set");
    expect((await call("set", "x", "--env", "A", "--file", "b")).stderr).toContain("two places");
    const open = join(folder, "open");
    writeFileSync(open, SECRET, { mode: 0o644 });
    const exposed = await call("set", "x", "--file", open);
    expect(exposed.stderr).toContain(`chmod 600 ${open}`);
    expect(exposed.stderr).not.toContain(SECRET);
    const missing = await call("remove", "main-secert");
    expect(missing.exit).toBe(Exit.UsageOrNotFound);
    expect(missing.stderr).toContain('did you mean "main-secret"?');
    expect(readFileSync(join(folder, "data", "secrets.json"))).toEqual(before);
  });

  test("rekey seals all anew; the old key then opens nothing; remove takes one away", async () => {
    const next = join(folder, "next");
    expect((await call("rekey", "--to", next)).stdout).toContain("2 secrets are sealed by");
    expect((await call("list")).exit).toBe(Exit.Ok); // Names are not secret.
    expect(() => stored("other")).toThrow();
    const removed = await call("remove", "main-secret", "--key-file", next);
    expect(removed.stdout).toContain("accounts.main.secret still names it");
    expect(JSON.parse((await call("list", "--key-file", next, "--json")).stdout).items[0].name).toBe("other");
  });

  test("the key may be a credential of systemd", () => {
    const dataDir = join(folder, "data");
    expect(secretsPlace({ secrets: {}, dataDir }, {}).keyFile).toBeUndefined();
    expect(() => openStore(secretsPlace({ secrets: {}, dataDir }, {}))).toThrow("the store has no key");
    expect(secretsPlace({ secrets: {}, dataDir }, { CREDENTIALS_DIRECTORY: "/run/c" })).toEqual({
      file: join(dataDir, "secrets.json"),
      keyFile: "/run/c/meltica-key",
    });
  });
});

describe("hidden input", () => {
  test("a pipe is read to its end, in whatever pieces; line ends at its end do not count", () => {
    for (const size of [1, 3, 100]) {
      expect(shown(() => readPipe(pieces("two\nlines\r\n", size)))).toBe("two\nlines");
      expect(() => readPipe(pieces("\n", size))).toThrow("nothing in it");
    }
    expect(() => readPipe(pieces("x".repeat(9_000), 100))).toThrow("longer than");
  });

  test("a line ends at Enter, takes backspaces, and is broken off by Ctrl-C", () => {
    expect(shown(() => readLine(pieces("abx\u007fc\rrest", 9)))).toBe("abc");
    expect(() => readLine(pieces("ab\u0003", 1))).toThrow(ProblemError);
    expect(() => readLine(pieces("\u0004", 1))).toThrow("nothing in it");
  });
});
