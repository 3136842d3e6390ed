/** One pool of connections to PostgreSQL that is thrown away and made anew when the other side does not answer. */

import { checkServerIdentity, type PeerCertificate } from "node:tls";
import postgres from "postgres";
import { DEADLINE, databaseFault } from "./database_faults.ts";
import { type PostgresPlace, placeText } from "./postgres_place.ts";

/** Beyond the server's own time-out: then nobody answers at all. */
const GRACE_MS = 2_000;
const IDLE_S = 60;
const LIFE_S = 3_600;
const KEEP_ALIVE_S = 15;

export class PostgresClient {
  readonly where: string;
  #pool: postgres.Sql;
  /** Why the password could not be read. */
  #unread: unknown;
  #closed = false;

  /** Connects with the first statement. `password` is read anew for every connection, so it may change. */
  constructor(
    readonly place: PostgresPlace,
    readonly password: () => string | undefined,
  ) {
    this.where = placeText(place);
    this.#pool = this.#made();
  }

  /** Rejects with a ProblemError. Whatever is asked of the pool ends within the time-outs of the place. */
  async run<T>(act: (pool: postgres.Sql) => Promise<T>): Promise<T> {
    const pool = this.#pool;
    const { connectTimeoutMs, statementTimeoutMs } = this.place;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(DEADLINE)), connectTimeoutMs + statementTimeoutMs + GRACE_MS);
    });
    const answer = act(pool);
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      const isLate = error instanceof Error && error.message === DEADLINE;
      if (isLate) answer.catch(() => {}); // It is rejected when its pool ends.
      if (isLate || isConnectionLost(error)) this.#replace(pool, isLate ? 0 : statementTimeoutMs / 1_000);
      throw databaseFault(this.#unread ?? error, this.where);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Without a time-out of our own: for what may take long. */
  async runLong<T>(act: (pool: postgres.Sql) => Promise<T>): Promise<T> {
    try {
      return await act(this.#pool);
    } catch (error) {
      throw databaseFault(error, this.where);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.end({ timeout: 1 });
  }

  /**
   * After a lost connection the driver may keep it among the open ones, and what it sends there is never answered: nobody
   * takes anything from that pool again. Others that are on their way in it may end first.
   */
  #replace(pool: postgres.Sql, graceS: number): void {
    if (pool !== this.#pool || this.#closed) return;
    this.#pool = this.#made();
    void pool.end({ timeout: graceS }).catch(() => {}); // Of sockets that are dead anyway.
  }

  /** What it throws would escape the driver: it ends with the connection that it was for. */
  #read(): string {
    this.#unread = undefined;
    try {
      return this.password() ?? "";
    } catch (error) {
      this.#unread = error;
      return "";
    }
  }

  #made(): postgres.Sql {
    const { place } = this;
    return postgres({
      host: place.host,
      port: place.port,
      user: place.user,
      database: place.database,
      // No variable of the environment fills this in: an absent password is an empty one.
      password: () => this.#read(),
      ssl: tlsOf(place),
      max: place.connectionsMax,
      connect_timeout: place.connectTimeoutMs / 1_000,
      idle_timeout: IDLE_S,
      max_lifetime: LIFE_S,
      keep_alive: KEEP_ALIVE_S,
      // Whoever asks waits in the projection's own backoff, not in the driver's.
      backoff: () => 0.05,
      onnotice: () => {},
      // A pool of connections in between (PgBouncer) cannot keep named statements apart.
      prepare: false,
      fetch_types: false,
      connection: {
        application_name: "meltica",
        search_path: `"${place.schema}"`,
        statement_timeout: place.statementTimeoutMs,
        lock_timeout: place.lockTimeoutMs,
        idle_in_transaction_session_timeout: place.statementTimeoutMs,
        TimeZone: "UTC",
      },
    });
  }
}

function tlsOf({ tls, ca, host }: PostgresPlace): NonNullable<postgres.Options<Record<string, never>>["ssl"]> | false {
  if (tls === "off") return false;
  if (tls === "require") return { rejectUnauthorized: false };
  return {
    rejectUnauthorized: true,
    // The driver names no host for an address of digits, and who is named by nobody is checked against nothing.
    checkServerIdentity: (_: string, certificate: PeerCertificate) => checkServerIdentity(host, certificate),
    ...(ca === undefined ? {} : { ca }),
  };
}

function isConnectionLost(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return /^(CONNECTION|ECONNRESET|EPIPE|57P|08|25P03)/.test((cause as { code?: string } | undefined)?.code ?? "");
}
