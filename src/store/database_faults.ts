/** Errors of both databases as problems: what heals by waiting, and what does not. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

/** SQLSTATEs and codes of sockets that another try may find gone: by their beginning. */
const AWAY = Object.freeze([
  "08", // connection lost or refused
  "53", // too many connections, disk full, out of memory
  "57P", // the server shuts down, starts, or was told to end us
  "28", // no such user, wrong password: whoever puts that right at the server does not restart us
  "3D", // no such database, yet
  "57014", // a statement took too long
  "40", // deadlock, serialisation
  "55P03", // a lock was not to be had
  "25P", // a session that waited too long within a transaction
  "25006", // a standby that only reads, until it is promoted
  "CONNECT", // CONNECT_TIMEOUT, CONNECTION_CLOSED, CONNECTION_ENDED, CONNECTION_DESTROYED
  "ECONN",
  "EPIPE",
  "ETIMEDOUT",
  "EHOST",
  "ENET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT", // a socket file that is not there yet
  "SQLITE_BUSY",
  "SQLITE_LOCKED",
  "SQLITE_PROTOCOL",
  "SQLITE_FULL",
  "SQLITE_IOERR",
  "SQLITE_NOMEM",
]);

/** `where` names the database without any secret. What is a ProblemError already stays itself. */
export function databaseFault(error: unknown, where: string): ProblemError {
  if (error instanceof ProblemError) return error;
  // Drizzle wraps what the driver says in a text with all values of the statement, which nobody should read in a log.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof ProblemError) return cause;
  const { code = "", message = String(cause) } = cause as { code?: string; message?: string };
  const detail = `${where}: ${[code, message.slice(0, 500)].filter((part) => part !== "").join(" ")}`;
  if (code === "42P01" || code === "42703" || /^no such (table|column)/.test(message)) {
    return new ProblemError(problem(Code.SchemaBehind, detail));
  }
  const isAway = AWAY.some((start) => code.startsWith(start)) || message === DEADLINE;
  return new ProblemError(problem(isAway ? Code.StoreAway : Code.StoreFailed, detail));
}

/** Of a statement that nobody has answered: the other host is gone without a word. */
export const DEADLINE = "no answer in time";

export function gap(where: string, from: number, stands: number): ProblemError {
  const detail = `${where}: the store stands at record ${stands}, the batch begins with ${from}`;
  return new ProblemError(problem(Code.StoreGap, detail));
}
