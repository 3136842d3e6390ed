/** config_outbox.ts: files that a sink or the database names are looked for beside the configuration, from wherever it is started. */

import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, readConfigText } from "./config.ts";

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

const read = (text: string) => readConfigText(text, "/etc/meltica.yaml", { flags: [], env: {}, cwd: "/" });
const told = (text: string) =>
  read(text).problems.map(({ code, line, detail, hint }) => `${code} ${line} ${detail} (${hint})`);

test("a sink that cannot be is told where it stands", () => {
  expect(told("outbox:\n  none: {kinds: []}\n")).toEqual([
    "OutboxConfig 2 outbox.none has neither a file nor a url (`file: records.jsonl` or `url: https://…`)",
  ]);
  const both = told("outbox:\n  both:\n    file: a.jsonl\n    url: https://hooks.example/x\n");
  expect(both).toEqual(["OutboxConfig 3 outbox.both has both a file and a url (make two sinks of it)"]);
  expect(told("outbox:\n  lines:\n    file: out/\n")[0]).toStartWith("OutboxConfig 3 outbox.lines.file is a directory");
  expect(told("outbox:\n  lines:\n    file: a\n    secret: {env: X}\n")[0]).toStartWith(
    "OutboxConfig 4 outbox.lines.secret signs nothing",
  );
  expect(told("outbox:\n  a: {file: out/x.jsonl}\n  b: {file: /etc/out/../out/x.jsonl}\n")).toEqual([
    "OutboxConfig 3 outbox.b.file is that of outbox.a too: each would pass over what the other wrote (a file of its own)",
  ]);
  for (const url of ["https://:80/", "https://hooks.example:0/x", "http://[/"]) {
    expect(told(`outbox:\n  hook:\n    url: "${url}"\n`)[0]).toStartWith(
      "OutboxConfig 3 outbox.hook.url is no address",
    );
  }
  expect(told("outbox:\n  hook:\n    url: ftp://hooks.example/x\n")[0]).toContain("outbox.hook.url");
});

test("a password in a receiver's address is refused and quoted nowhere", () => {
  for (const url of ["https://me:hunter2@hooks.example/x", "https://hunter2@hooks.example/x", "htp//me:hunter2@[x"]) {
    const { config, problems } = read(`outbox:\n  hook:\n    url: "${url}"\n`);
    expect(config).toBeUndefined();
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  }
  expect(told("outbox:\n  hook:\n    url: https://me:hunter2@hooks.example/x\n")).toEqual([
    "SecretInConfig 3 outbox.hook.url holds a name or password (take it out and change it; " +
      "what is sent is signed with `secret: {file: PATH}`, {env: NAME} or {store: NAME})",
  ]);
});

test("a directory that is not there, one in the place of a file, and a way in the clear are warned of", () => {
  const folder = mkdtempSync(join(tmpdir(), "meltica-outbox-"));
  const text = `outbox:
  good: {file: ${folder}/records.jsonl}
  absent: {file: ${folder}/none/records.jsonl}
  folder: {file: ${folder}}
  clear: {url: "http://hooks.example/x"}
  here: {url: "http://127.0.0.1:9/x"}
`;
  const { problems, warnings } = read(text);
  expect(problems).toEqual([]);
  const ours = warnings.filter(({ code }) => code === "OutboxConfig");
  expect(ours.map(({ line, detail, hint }) => `${line} ${detail} (${hint})`)).toEqual([
    `3 outbox.absent.file: there is no directory ${folder}/none for us (mkdir -p ${folder}/none)`,
    `4 outbox.folder.file: ${folder} is a directory (name the file in it, for example records.jsonl)`,
    "5 outbox.clear.url: records of all orders pass in the clear (https://hooks.example/…)",
  ]);
});
