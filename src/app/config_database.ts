/** The section `database`: where the history is kept, when it is not a file in the data directory. */

import { resolve } from "node:path";
import { type Static, type TUnsafe, Type as t } from "@sinclair/typebox";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { type PostgresPlace, postgresPlace, type Tls } from "../store/postgres_place.ts";
import { type ConfigNode, nodeAt, positionAt } from "./config_node.ts";
import { lookAt } from "./config_outbox.ts";
import type { ConfigReader } from "./config_read.ts";
import { HIDDEN, reference, replaced, withoutHidden, withoutLiteral } from "./config_secrets.ts";

const closed = { additionalProperties: false };
const PATH = ["database"];

export const DatabaseSection = t.Object(
  {
    url: t.Optional(
      t.String({
        minLength: 1,
        maxLength: 1_024,
        description: "postgres://user@host:5432/database; without it: SQLite in dataDir",
      }),
    ),
    password: t.Optional(reference("the password, by reference")),
    schema: t.String({
      pattern: "^[a-z_][a-z0-9_]{0,62}$",
      default: "meltica",
      description: "PostgreSQL schema of the tables; each gateway needs its own",
    }),
    tls: t.Optional(
      t.String({
        enum: ["off", "require", "verify"],
        description: "verify = encrypted, certificate checked; usual: off for this host, else verify",
      }) as unknown as TUnsafe<Tls>,
    ),
    caFile: t.Optional(
      t.String({ minLength: 1, maxLength: 4_096, description: "PEM of the authority of the server's certificate" }),
    ),
    connections: t.Integer({ minimum: 2, maximum: 64, default: 4, description: "at most so many at one time" }),
    connectTimeoutMs: t.Integer({ minimum: 100, maximum: 60_000, default: 5_000, description: "of one connection" }),
    statementTimeoutMs: t.Integer({ minimum: 100, maximum: 600_000, default: 10_000, description: "of one statement" }),
    lockTimeoutMs: t.Integer({ minimum: 10, maximum: 60_000, default: 2_000, description: "of waiting for a lock" }),
  },
  {
    ...closed,
    default: {},
    description: "where the history is kept; another one is filled from the journal, and outboxes begin anew in it",
  },
);

export type DatabaseConfig = Static<typeof DatabaseSection>;

/** Files are relative to the configuration that names them. */
export function databasePlaced(database: DatabaseConfig, folder: string): DatabaseConfig {
  const { password, caFile } = database;
  return {
    ...database,
    ...(password?.file === undefined ? {} : { password: { file: resolve(folder, password.file) } }),
    ...(caFile === undefined ? {} : { caFile: resolve(folder, caFile) }),
  };
}

/** Of a configuration that has a `url`. Throws ProblemError. */
export function postgresOf(database: DatabaseConfig, ca: string | undefined): PostgresPlace {
  const { schema, tls, connections, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs } = database;
  const times = { connectTimeoutMs, statementTimeoutMs, lockTimeoutMs };
  return postgresPlace(database.url as string, { schema, tls, ca, connectionsMax: connections, ...times });
}

/** The tree without a password that stands in it, in the address or beside it; each is noted. */
export function withoutDatabasePassword(root: ConfigNode, reader: ConfigReader): ConfigNode {
  return replaced(root, "database", (database) => {
    const found = withoutLiteral(database, PATH, "password", reader);
    const safe = replaced(found, "url", (url) => {
      if (url.kind !== "text" || !/\/\/.*:.*@|[?&]password=/.test(url.text)) return url;
      const hint = "write `password: {file: PATH}`, {env: NAME} or {store: NAME} beside it; and change that password";
      reader.fail(Code.SecretInConfig, "database.url holds a password", url.at, hint);
      return HIDDEN;
    });
    return withoutHidden(safe);
  });
}

/** Notes what the schema cannot see. */
export function checkDatabase(database: DatabaseConfig | undefined, root: ConfigNode, reader: ConfigReader): void {
  if (database === undefined) return;
  const at = (name: string) => positionAt(root, [...PATH, name], {});
  if (database.url === undefined) {
    const found = ["password", "tls", "caFile"].find((name) => nodeAt(root, [...PATH, name]) !== undefined);
    if (found === undefined) return;
    reader.fail(Code.ConfigMissing, `database.${found} without database.url`, at(found), "give the url as well");
    return;
  }
  try {
    postgresOf(database, undefined);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { detail, hint } = error.problem;
    reader.fail(Code.DatabaseUrl, detail, at("url"), hint);
  }
}

/** What may be put right while the gateway runs, and must not keep it from starting. */
export function databaseWarnings({ database }: { readonly database: DatabaseConfig }, root: ConfigNode): Problem[] {
  const { tls, ...others } = database;
  const { caFile, url } = others;
  const warnings: Problem[] = [];
  const warn = (code: Code, name: string, detail: string, hint: string) =>
    warnings.push(problem(code, `database.${name}${detail}`, positionAt(root, [...PATH, name], {}), hint));
  if (caFile !== undefined && lookAt(caFile)?.isFile() !== true) {
    const hint = "the PEM file of the authority that signed the server's certificate";
    warn(Code.FileNotFound, "caFile", `: there is no file ${caFile}`, hint);
  }
  const usual = url === undefined || tls === undefined ? tls : postgresOf(others, undefined).tls;
  if (usual === "verify" && tls !== usual) {
    const said =
      tls === "off" ? "all of the history passes in the clear" : "whoever is in between may read and write all";
    warn(
      Code.DatabaseUrl,
      "tls",
      `: ${said}`,
      "leave it out, or `verify`; with `caFile` where the authority is one of your own",
    );
  }
  return warnings;
}
