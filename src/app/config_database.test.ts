/** The section `database`: what is read, what is refused where it stands, and that no password comes out; history_store.ts. */

import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfigText } from "./config.ts";
import { postgresOf } from "./config_database.ts";
import { openConfiguredStore, storeText } from "./history_store.ts";

const read = (text: string, env = {}) =>
  readConfigText(text, "/etc/meltica/meltica.yaml", { flags: [], env, cwd: "/" });
const faults = (text: string, env = {}) =>
  read(text, env).problems.map(({ code, detail, line }) => `${code} ${line}: ${detail}`);

test("without it the history is a file of the data directory", () => {
  const { config } = read("node: 3\n");
  expect(config?.database).toMatchObject({ schema: "meltica", connections: 4 });
  expect(storeText(config as never, "/data")).toBe("/data/history.sqlite");
});

test("an address, a password by reference, files relative to the configuration; flags and environment as for all", () => {
  const text =
    "database:\n  url: postgres://trader@db.example.com/history\n  password: {file: db.secret}\n  caFile: ca.pem\n";
  const { config, problems, warnings } = read(text, { MELTICA__DATABASE__CONNECTIONS: "7" });
  expect(problems).toEqual([]);
  expect(warnings.map(({ code, line, detail }) => `${code} ${line} ${detail}`)).toContain(
    "FileNotFound 4 database.caFile: there is no file /etc/meltica/ca.pem",
  );
  expect(config?.database).toMatchObject({
    password: { file: "/etc/meltica/db.secret" },
    caFile: "/etc/meltica/ca.pem",
    connections: 7,
  });
  expect(postgresOf(config?.database as never, undefined)).toMatchObject({
    tls: "verify",
    connectionsMax: 7,
    port: 5432,
  });
  expect(storeText(config as never, "/data")).toBe("postgres://trader@db.example.com:5432/history (meltica)");
  expect(() => openConfiguredStore(config as never, "/data")).toThrow("database.caFile /etc/meltica/ca.pem: ENOENT");
});

test("a password that stands in the configuration is refused and quoted nowhere", () => {
  const places = [
    "database: {url: 'postgres://trader:hunter2@db/x'}",
    "database: {url: 'postgres://trader:hun/ter2@hunter2@db/x'}",
    "database: {url: 'postgres://db/x?password=hunter2'}",
    "database: {url: 'postgres://db/x', password: hunter2}",
    "database: {url: 'postgres://db/x', password: {hunter2: x}}",
  ];
  for (const text of places) {
    const { problems } = read(text);
    expect(problems.map(({ code }) => code)).toContain("SecretInConfig");
    expect(JSON.stringify(problems)).not.toMatch(/hun.?ter2/);
  }
  const env = read("node: 1\n", { MELTICA__DATABASE__URL: "postgres://trader:hunter2@db/x" });
  expect(JSON.stringify(env)).not.toContain("hunter2");
  expect(env.config).toBeUndefined();
});

test("less than a checked certificate is warned of, but for this host", () => {
  const said = (host: string, tls: string) => {
    const { config, warnings } = read(`database:\n  url: postgres://${host}/x\n  tls: ${tls}\n`);
    expect(config?.database.tls as string | undefined).toBe(tls);
    return warnings
      .filter(({ detail }) => detail.startsWith("database.tls"))
      .map(({ line, detail }) => `${line} ${detail}`);
  };
  expect(said("db.example.com", "verify")).toEqual([]);
  expect(said("db.example.com", "off")).toEqual(["3 database.tls: all of the history passes in the clear"]);
  expect(said("db.example.com", "require")[0]).toStartWith("3 database.tls: whoever is in between");
  expect([said("127.0.0.1", "off"), said("localhost", "require")]).toEqual([[], []]);
});

test("an authority that is no certificate is told, and never reaches a socket: nothing there would catch it", () => {
  const caFile = join(mkdtempSync(join(tmpdir(), "meltica-ca-")), "ca.pem");
  const { config } = read(`database:\n  url: postgres://db.example.com/x\n  caFile: ${caFile}\n`);
  for (const text of ["", "a password\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]) {
    writeFileSync(caFile, text);
    expect(() => openConfiguredStore(config as never, "/data")).toThrow(
      `database.caFile ${caFile}: it holds no certificate`,
    );
  }
});

test("what cannot be used is told where it stands", () => {
  expect(faults("database:\n  url: mysql://db/x\n")).toEqual([
    "DatabaseUrl 2: database.url: it is no address of a PostgreSQL",
  ]);
  expect(faults("database:\n  url: postgres://db\n")).toEqual([
    "DatabaseUrl 2: database.url: it lacks a host or the name of a database",
  ]);
  expect(faults("database:\n  url: postgres://db/%zz\n")[0]).toStartWith("DatabaseUrl 2: database.url: a `%`");
  expect(faults("database:\n  url: sqlite:history.db\n")[0]).toStartWith("DatabaseUrl 2");
  expect(faults("database:\n  tls: verify\n")).toEqual(["ConfigMissing 2: database.tls without database.url"]);
  expect(faults("database:\n  schema: 'My Tables'\n")[0]).toContain("database.schema");
});
