/** Who may come in: the token, sessions made from it or from a one-time code, and tickets for one stream each. */

import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { httpProblem } from "./http_problem.ts";
import { SecretTable, sameSecret } from "./secret_table.ts";
import { TokenBucket } from "./token_bucket.ts";

const MINUTE_US = 60_000_000;
const CODE_US = 10 * MINUTE_US;
const TICKET_US = 10_000_000;
export const SESSION_IDLE_US = 15 * MINUTE_US;
export const SESSION_ABSOLUTE_US = 600 * MINUTE_US;
export const COOKIE = "meltica_session";

export class Sessions {
  readonly #codes: SecretTable;
  readonly #sessions: SecretTable;
  readonly #tickets: SecretTable;
  /** Failed logins by address. */
  readonly #failures = new Map<string, TokenBucket>();
  loginsFailed = 0;
  loginsRefused = 0;

  constructor(
    readonly limits: Limits,
    readonly token: string,
    readonly nowUs: () => number,
  ) {
    this.#codes = new SecretTable(limits.sessionsMax, CODE_US, CODE_US);
    this.#sessions = new SecretTable(limits.sessionsMax, SESSION_IDLE_US, SESSION_ABSOLUTE_US);
    this.#tickets = new SecretTable(limits.sessionsMax, TICKET_US, TICKET_US);
  }

  /** For the person who started the gateway: once, within ten minutes. */
  loginCode(): string {
    return this.#codes.give(this.nowUs());
  }

  /** A session for a code or the token; throws 401 or, after too many failures from one address, 429. */
  login(given: { readonly code?: string; readonly token?: string }, peer: string): string {
    const nowUs = this.nowUs();
    const failures = this.#failuresOf(peer, nowUs);
    // Taken before the secret is looked at, so that tries at one time cannot pass together.
    if (!failures.take(nowUs)) {
      this.loginsRefused++;
      const headers = { "retry-after": String(failures.waitSeconds(nowUs)) };
      throw httpProblem(Code.TooManyRequests, "too many failed logins", { headers, hint: "wait, then try again" });
    }
    const good =
      (given.code !== undefined && this.#codes.spend(given.code, nowUs) !== undefined) ||
      (given.token !== undefined && this.isToken(given.token));
    if (!good) {
      this.loginsFailed++;
      throw httpProblem(Code.Unauthorized, "the code or token is wrong, used or too old", {
        hint: "run `meltica status` for the token file, or start again for a new code",
      });
    }
    failures.giveBack();
    return this.#sessions.give(nowUs);
  }

  /** Stored form of a session in force. */
  session(cookie: string | undefined): string | undefined {
    return cookie === undefined ? undefined : this.#sessions.touch(cookie, this.nowUs());
  }

  logout(cookie: string): void {
    this.#sessions.spend(cookie, this.nowUs());
  }

  isToken(given: string): boolean {
    return sameSecret(given, this.token);
  }

  /** For one stream, that lasts no longer than the session that asked. */
  ticket(session: string): { readonly ticket: string; readonly expiresUs: number } {
    const nowUs = this.nowUs();
    return { ticket: this.#tickets.give(nowUs, session), expiresUs: nowUs + TICKET_US };
  }

  /** The session that asked for the ticket, empty for the token; undefined when the ticket is not in force. */
  spendTicket(ticket: string): string | undefined {
    return this.#tickets.spend(ticket, this.nowUs());
  }

  /** An open page is in use: its session does not idle out, but still ends at its absolute time. */
  renew(session: string): boolean {
    return this.#sessions.renew(session, this.nowUs());
  }

  #failuresOf(peer: string, nowUs: number): TokenBucket {
    const known = this.#failures.get(peer);
    if (known !== undefined) return known;
    if (this.#failures.size >= this.limits.sessionsMax) {
      const oldest = this.#failures.keys().next().value;
      if (oldest !== undefined) this.#failures.delete(oldest);
    }
    const { loginFailuresMax } = this.limits;
    const bucket = new TokenBucket(loginFailuresMax / 60, loginFailuresMax, nowUs);
    this.#failures.set(peer, bucket);
    return bucket;
  }
}

/** Value of our cookie in a Cookie header. */
export function cookieOf(request: Request): string | undefined {
  const header = request.headers.get("cookie");
  if (header === null) return undefined;
  for (const pair of header.split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === COOKIE && value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** No `Secure` and no `__Host-`: the gateway speaks plain HTTP on loopback. */
export function cookieText(secret: string, maxAgeSeconds: number): string {
  return `${COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`;
}
