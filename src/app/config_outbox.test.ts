/** config_outbox.ts: files that a sink or the database names are looked for beside the configuration, from wherever it is started. */

import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "./config.ts";

test("all files of outbox and database are relative to the file that names them", () => {
  const cwd = mkdtempSync(join(tmpdir(), "meltica-outbox-"));
  const folder = join(cwd, "etc");
  mkdirSync(folder);
  const text = `database:
  url: postgres://meltica@db.example/meltica
  password: {file: ../db.password}
  caFile: ca.pem
outbox:
  lines: {file: out/records.jsonl}
  there: {file: /var/lib/records.jsonl}
  hook: {url: "https://hooks.example/meltica", secret: {file: hook.secret}}
  named: {url: "https://hooks.example/named", secret: {env: HOOK}}
`;
  writeFileSync(join(folder, "meltica.yaml"), text);
  const { config, problems } = loadConfig({ file: "etc/meltica.yaml", flags: [], env: {}, cwd });
  expect(problems).toEqual([]);
  expect(config?.database).toMatchObject({
    password: { file: join(cwd, "db.password") },
    caFile: join(folder, "ca.pem"),
  });
  expect(config?.outbox).toEqual({
    lines: { file: join(folder, "out/records.jsonl"), kinds: [] },
    there: { file: "/var/lib/records.jsonl", kinds: [] },
    hook: { url: "https://hooks.example/meltica", secret: { file: join(folder, "hook.secret") }, kinds: [] },
    named: { url: "https://hooks.example/named", secret: { env: "HOOK" }, kinds: [] },
  });
});
