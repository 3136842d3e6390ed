/** The pool: what the driver does when a connection goes away under it (database_faults.ts), addresses, TLS, and no password comes out. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Sql } from "postgres";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { postgresAbsent, startPostgres, type TestPostgres } from "./postgres.testing.ts";
import { PostgresClient } from "./postgres_client.ts";
import { type PostgresOptions, type PostgresPlace, placeText, postgresPlace } from "./postgres_place.ts";
import { PostgresStore } from "./postgres_store.ts";

const TIMES = {
  connectionsMax: 2,
  connectTimeoutMs: 500,
  statementTimeoutMs: 500,
  lockTimeoutMs: 200,
};
const OPTIONS: PostgresOptions = { ...TIMES, schema: "meltica", tls: undefined, ca: undefined };
const absent = postgresAbsent();

describe("addresses", () => {
  test("say host, port, user and database; TLS is verified unless it is this host", () => {
    const place = postgresPlace("postgres://trader@db.example.com:6432/history", OPTIONS);
    expect(place).toMatchObject({
      host: "db.example.com",
      port: 6432,
      user: "trader",
      database: "history",
      tls: "verify",
    });
    expect(placeText(place)).toBe("postgres://trader@db.example.com:6432/history (meltica)");
    expect(postgresPlace("postgresql://localhost/x", OPTIONS)).toMatchObject({
      port: 5432,
      user: "meltica",
      tls: "off",
    });
    expect(postgresPlace("postgres://[::1]:1/x", OPTIONS)).toMatchObject({ host: "::1", tls: "off" });
    expect(postgresPlace("postgres://localhost/x", { ...OPTIONS, tls: "require" }).tls).toBe("require");
  });

  test("a password in an address is refused, and not said again", () => {
    const fault = faultOf(() => postgresPlace("postgres://trader:hunter2@db/x", OPTIONS));
    expect(fault?.code).toBe("SecretInConfig");
    expect(JSON.stringify(fault)).not.toContain("hunter2");
  });

  test("what is none is refused with what to write instead", () => {
    const bad = ["", "db", "http://db/x", "postgres://db", "postgres:///x", "postgres://db/x?sslmode=require"];
    for (const text of bad) expect(faultOf(() => postgresPlace(text, OPTIONS))?.code).toBe("DatabaseUrl");
    expect(faultOf(() => postgresPlace("postgres://db/x", { ...OPTIONS, schema: 'a"b' }))?.code).toBe("DatabaseUrl");
    expect(faultOf(() => postgresPlace("postgres://db/x?sslmode=require", OPTIONS))?.detail).toContain("database.tls");
  });
});

test("a database that is not there is away, within the time-outs", async () => {
  const store = new PostgresStore(postgresPlace("postgres://meltica@127.0.0.1:1/x", OPTIONS), () => "hunter2");
  const sinceMs = performance.now();
  const error = await store.prepare(1).catch((caught: unknown) => caught);
  expect(String(error)).toContain("StoreAway");
  expect(String(error)).not.toContain("hunter2");
  expect(performance.now() - sinceMs).toBeLessThan(4_000);
  await store.close();
});

describe.skipIf(absent !== undefined)(`a server${absent === undefined ? "" : `: ${absent}`}`, () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  /** Without our patch of the driver each of these ends the process: it throws where nobody can catch. */
  test("a connection that is ended under us is a fault that can be caught", async () => {
    const client = new PostgresClient(server.place(TIMES), () => server.password);
    const killer = new PostgresClient(server.place(TIMES), () => server.password);
    for (let n = 0; n < 10; n++) {
      const error = await client
        .run((pool) =>
          pool.begin(async (sql) => {
            const [row] = await sql`select pg_backend_pid() as pid`;
            await killer.run((other) => other`select pg_terminate_backend(${row?.["pid"]})`);
            if (n % 2 === 0) await Bun.sleep(20);
            // The signal takes its time: asked until it has come.
            for (;;) await Promise.all([1, 2, 3].map(() => sql`select 1`));
          }),
        )
        .catch((caught: unknown) => caught);
      expect(String(error)).toContain("StoreAway");
    }
    expect(await client.run(async (pool) => (await pool`select 1 as one`)[0]?.["one"])).toBe(1);
    await Promise.all([client.close(), killer.close()]);
  });

  test("a wrong password is away until it is put right, and is not said; a statement that takes too long is away", async () => {
    const wrong = new PostgresStore(server.place(TIMES), () => "hunter2");
    const error = await wrong.prepare(1).catch((caught: unknown) => caught);
    expect(String(error)).toContain("28P01");
    expect(String(error)).toContain("StoreAway");
    expect(String(error)).not.toContain("hunter2");
    await wrong.close();
    const missing = new PostgresStore(server.place(TIMES), () => {
      throw new ProblemError(problem(Code.SecretMissing, "variable X is not set"));
    });
    expect(String(await missing.prepare(1).catch((caught: unknown) => caught))).toContain("SecretMissing");
    await missing.close();
    const client = new PostgresClient(server.place(TIMES), () => server.password);
    const slow = client.run((pool) => pool`select pg_sleep(5)`).catch((caught: unknown) => caught);
    expect(String(await slow)).toContain("StoreAway");
    await client.close();
  });

  test("TLS: the certificate's authority and its name are checked; what is asked for and not given is refused", async () => {
    const { ca } = server;
    if (ca === undefined) return; // A server of somebody else, or no openssl.
    const ask = async (place: PostgresPlace) => {
      const client = new PostgresClient(place, () => server.password);
      const query = (pool: Sql) => pool`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
      const answer = await client
        .run(async (pool) => (await query(pool))[0]?.["ssl"])
        .catch((error: Error) => error.name);
      await client.close();
      return answer;
    };
    // What must succeed may take its time on a busy machine.
    const slow = { connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 };
    expect(await ask(server.place({ ...slow, tls: "off" }))).toBe(false);
    expect(await ask(server.place({ ...slow, tls: "require" }))).toBe(true);
    expect(await ask(server.place({ ...slow, tls: "verify", ca }))).toBe(true);
    expect(await ask(server.place({ ...TIMES, tls: "verify" }))).toBe("ProblemError");
    expect(await ask(server.place({ ...TIMES, tls: "verify", ca, host: "localhost" }))).toBe("ProblemError");
    const plain = plainServer();
    const place = server.place({ ...TIMES, port: plain.port });
    expect(await ask({ ...place, tls: "require" })).toBe("ProblemError");
    expect(await ask({ ...place, tls: "verify", ca })).toBe("ProblemError");
    plain.stop(true);
    expect(plain.said.join("")).not.toContain(place.user);
  }, 60_000);
});

/** Speaks the protocol as far as saying that it has no TLS, and keeps what it hears. */
function plainServer(): { readonly port: number; readonly said: string[]; stop(now: boolean): void } {
  const said: string[] = [];
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        said.push(bytes.toString("latin1"));
        if (said.length === 1) socket.write("N");
      },
    },
  });
  return { port: server.port, said, stop: (now) => server.stop(now) };
}

function faultOf(act: () => unknown): ProblemError["problem"] | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  return undefined;
}
