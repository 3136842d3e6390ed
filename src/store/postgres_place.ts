/** Where a PostgreSQL is and how it is spoken to: out of its address, which never carries the password. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

/** `off`: in clear. `require`: encrypted, whoever answers. `verify`: encrypted, and the certificate is checked. */
export type Tls = "off" | "require" | "verify";

export interface PostgresPlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** All tables are in it; made when it is not there. Two gateways on one database need two. */
  readonly schema: string;
  readonly tls: Tls;
  /** PEM of the authority that signed the server's certificate; undefined: those of the system. */
  readonly ca: string | undefined;
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  /** The server ends a statement that takes longer; a little later we give it up ourselves. */
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

export interface PostgresOptions extends Omit<PostgresPlace, "host" | "port" | "user" | "database" | "tls"> {
  /** undefined: `off` for this host, else `verify`. */
  readonly tls: Tls | undefined;
}

const PORT = 5_432;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;
/** What other tools write into the address, and what to write here. */
const ELSEWHERE: Readonly<Record<string, string>> = Object.freeze({
  sslmode: "database.tls",
  options: "database.schema",
  schema: "database.schema",
});

/** `postgres://user@host:5432/database`. Throws ProblemError DatabaseUrl, which never quotes a password. */
export function postgresPlace(address: string, options: PostgresOptions): PostgresPlace {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) throw fault("it is no address of a PostgreSQL");
  if (url.password !== "") {
    throw new ProblemError(problem(Code.SecretInConfig, "the database's address holds a password", {}, PASSWORD_HINT));
  }
  const extra = [...url.searchParams.keys()][0];
  if (extra !== undefined) {
    const instead = ELSEWHERE[extra];
    throw fault(`\`${extra}\` does not belong there${instead === undefined ? "" : `: write \`${instead}\``}`);
  }
  const [database, user] = [url.pathname.slice(1), url.username].map(decoded) as [string, string];
  if (url.hostname === "" || database === "") throw fault("it lacks a host or the name of a database");
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(options.schema)) throw fault("the schema's name is none");
  const isHere = LOOPBACK.test(url.hostname);
  return {
    ...options,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? PORT : Number.parseInt(url.port, 10),
    user: user === "" ? "meltica" : user,
    database,
    tls: options.tls ?? (isHere ? "off" : "verify"),
  };
}

/** For logs, status and problems. */
export function placeText({ user, host, port, database, schema }: PostgresPlace): string {
  return `postgres://${user}@${host.includes(":") ? `[${host}]` : host}:${port}/${database} (${schema})`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw fault("a `%` in it begins no character: write %25 for the sign itself");
  }
}

const PASSWORD_HINT = "write `database.password: {file: PATH}`, {env: NAME} or {store: NAME}; and change that password";

function fault(detail: string): ProblemError {
  return new ProblemError(problem(Code.DatabaseUrl, `database.url: ${detail}`));
}
