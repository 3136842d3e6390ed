/** `meltica secrets` as a program: in by a pipe, sealed on the disk, opened by an account; never out. */

import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../app/config.ts";
import { openKey } from "../app/live_keys.ts";
import { Exit } from "./exit.ts";

const MAIN = join(import.meta.dir, "../main.ts");
const SECRET = "sealed-and-never-shown";

test("init, set, list, remove; the file holds nothing readable, and an account opens its key by the name", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "meltica-secrets-"));
  const key = "apiKey: {store: name}, secret: {store: secret}";
  const text = `live: true
secrets: {keyFile: keys/store-key}
providers: {b: {adapter: binance-spot, symbols: [BTCUSDT]}}
accounts: {desk: {provider: b, mode: live, ${key}}}
`;
  writeFileSync(join(cwd, "meltica.yaml"), text);
  const call = async (words: string[], input = "") => {
    const options = { cwd, stdin: Buffer.from(input), stdout: "pipe", stderr: "pipe" } as const;
    const child = Bun.spawn([process.execPath, MAIN, "secrets", ...words, "--json"], options);
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    expect(out + err).not.toContain(SECRET);
    return { code: await child.exited, out, err };
  };
  expect((await call(["set", "secret"], SECRET)).err).toContain("SecretMissing"); // No key yet.
  expect((await call(["init"])).code).toBe(Exit.Ok);
  expect(statSync(join(cwd, "keys/store-key")).mode & 0o777).toBe(0o600);
  expect((await call(["init"])).err).toContain("is there already");
  expect((await call(["set", "secret"], `${SECRET}\n`)).code).toBe(Exit.Ok);
  expect((await call(["set", "name"], "public")).code).toBe(Exit.Ok);
  expect((await call(["set", "empty"], "\n")).err).toContain("empty");
  expect((await call(["set", "Bad Name"], "x")).err).toContain("is no name");
  expect(JSON.parse((await call(["list"])).out)).toEqual({ names: ["name", "secret"] });
  expect(readFileSync(join(cwd, "meltica-data/secrets.json"), "utf8")).not.toContain(SECRET);
  const { config } = loadConfig({ flags: [], env: {}, cwd });
  expect(openKey(config as NonNullable<typeof config>, "desk")).toMatchObject({ apiKey: "public" });
  expect((await call(["remove", "secret"])).code).toBe(Exit.Ok);
  expect((await call(["remove", "secret"])).err).toContain("no secret");
});
