/** Decides about every request before any route sees it: host, principal, origin, rate, size and type. Deny by default. */

import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { httpProblem } from "./http_problem.ts";
import { hostName, hostOf, isLoopback, originOf } from "./origin.ts";
import { cookieOf, type Sessions } from "./sessions.ts";
import { TokenBucket } from "./token_bucket.ts";

/** What needs no token: health, the page's own files, and the login itself. Everything else does. */
const PUBLIC = new Set(["GET /", "GET /healthz", "GET /readyz", "POST /api/v1/login"]);
const PUBLIC_ASSETS = /^GET \/assets\/[\w.-]+$/;
const KILL = "POST /api/v1/risk/kill";
/** What makes things safer has a bucket of its own: a flood of orders must not hold up cancels. */
const EXITS =
  /^(DELETE \/api\/v1\/orders\/|POST \/api\/v1\/orders\/cancel-all$|POST \/api\/v1\/instances\/[^/]+\/(pause|stop)$)/;

export interface Principal {
  readonly kind: "public" | "token" | "session";
  /** Stored form of the session; empty for the others. */
  readonly session: string;
}

interface Buckets {
  readonly read: TokenBucket;
  readonly write: TokenBucket;
  readonly exit: TokenBucket;
}

export class Door {
  readonly #buckets = new Map<string, Buckets>();
  /** Requests turned away by reason. */
  readonly refused: Record<"host" | "unauthorized" | "origin" | "rate", number> = {
    host: 0,
    unauthorized: 0,
    origin: 0,
    rate: 0,
  };

  constructor(
    readonly limits: Limits,
    readonly sessions: Sessions,
    readonly boundTo: string,
    readonly nowUs: () => number,
  ) {}

  /** Throws HttpProblem when the request may not go on. `method`: as routed, so GET for HEAD. */
  admit(request: Request, method: string, path: string): Principal {
    this.#checkHost(request);
    const what = `${method} ${path}`;
    const principal = this.#principal(request, what);
    if (method !== "GET") this.#checkOrigin(request, principal);
    if (principal.kind !== "public") this.#checkRate(principal, what);
    return principal;
  }

  /** A stream: the token in a header, a cookie from our own page, or a ticket in the URL. */
  admitStream(request: Request, ticket: string | null): Principal {
    this.#checkHost(request);
    const origin = originOf(request);
    if (origin === "other") throw this.#forbidden("a stream from another origin");
    if (ticket !== null) {
      const session = this.sessions.spendTicket(ticket);
      if (session !== undefined) return { kind: session === "" ? "token" : "session", session };
      throw this.#unauthorized("the ticket is wrong, used or too old");
    }
    const principal = this.#principal(request, "GET /api/v1/stream");
    if (principal.kind === "session" && origin !== "same") throw this.#forbidden("a stream without our own origin");
    return principal;
  }

  #checkHost(request: Request): void {
    // Bound to loopback, only loopback names can be meant: another one was made to point here.
    if (!isLoopback(this.boundTo)) return;
    const name = hostName(hostOf(request));
    if (isLoopback(name)) return;
    this.refused.host++;
    throw httpProblem(Code.Forbidden, "the Host header names another host", { hint: "use 127.0.0.1 or localhost" });
  }

  #principal(request: Request, what: string): Principal {
    const header = request.headers.get("authorization");
    if (header !== null) {
      const bearer = /^bearer +(\S+) *$/i.exec(header)?.[1];
      if (bearer !== undefined && this.sessions.isToken(bearer)) return { kind: "token", session: "" };
      if (!isPublic(what)) throw this.#unauthorized("the bearer token is wrong");
    }
    const session = this.sessions.session(cookieOf(request));
    if (session !== undefined) return { kind: "session", session };
    if (isPublic(what)) return { kind: "public", session: "" };
    throw this.#unauthorized("a bearer token or a session is needed");
  }

  #checkOrigin(request: Request, principal: Principal): void {
    const origin = originOf(request);
    if (origin === "other" && principal.kind !== "token")
      throw this.#forbidden("the request comes from another origin");
    if (principal.kind !== "session") return;
    if (request.headers.get("x-meltica") !== "1") {
      throw this.#forbidden("a session changes things only with the header X-Meltica: 1");
    }
    if (origin !== "same") throw this.#forbidden("a session changes things only from our own page");
  }

  #checkRate(principal: Principal, what: string): void {
    if (what === KILL) return;
    const buckets = this.#bucketsOf(principal);
    const bucket = what.startsWith("GET ") ? buckets.read : EXITS.test(what) ? buckets.exit : buckets.write;
    const nowUs = this.nowUs();
    if (bucket.take(nowUs)) return;
    this.refused.rate++;
    const headers = { "retry-after": String(bucket.waitSeconds(nowUs)) };
    throw httpProblem(Code.TooManyRequests, "too many requests in a second", { headers });
  }

  #bucketsOf(principal: Principal): Buckets {
    const known = this.#buckets.get(principal.session);
    if (known !== undefined) return known;
    const nowUs = this.nowUs();
    const { readsPerSecondMax: reads, writesPerSecondMax: writes, sessionsMax } = this.limits;
    if (this.#buckets.size > sessionsMax) {
      const oldest = this.#buckets.keys().next().value;
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    const made = {
      read: new TokenBucket(reads, 2 * reads, nowUs),
      write: new TokenBucket(writes, 2 * writes, nowUs),
      exit: new TokenBucket(writes, 2 * writes, nowUs),
    };
    this.#buckets.set(principal.session, made);
    return made;
  }

  #unauthorized(detail: string): Error {
    this.refused.unauthorized++;
    return httpProblem(Code.Unauthorized, detail, { headers: { "www-authenticate": 'Bearer realm="meltica"' } });
  }

  #forbidden(detail: string): Error {
    this.refused.origin++;
    return httpProblem(Code.Forbidden, detail, { hint: "open the gateway's own page, or use the bearer token" });
  }
}

function isPublic(what: string): boolean {
  return PUBLIC.has(what) || PUBLIC_ASSETS.test(what);
}
