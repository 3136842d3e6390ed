/** Routes of login, logout and stream tickets. */

import type { Elysia } from "elysia";
import { LoginAnswer, LoginBody, TicketAnswer } from "./answers.ts";
import type { Facts } from "./facts.ts";
import { NoQuery } from "./queries.ts";
import { COOKIE, cookieOf, cookieText, SESSION_ABSOLUTE_US, SESSION_IDLE_US, type Sessions } from "./sessions.ts";
import { timeOf } from "./time.ts";

const SECOND_US = 1_000_000;

export function addSessionRoutes(app: Elysia, sessions: Sessions, facts: Facts): void {
  const detail = (summary: string) => ({ tags: ["session"], summary });
  const answer = {
    idleSeconds: SESSION_IDLE_US / SECOND_US,
    absoluteSeconds: SESSION_ABSOLUTE_US / SECOND_US,
  };

  app.post(
    "/api/v1/login",
    ({ body, request, set }) => {
      const given = {
        ...(body.code === undefined ? {} : { code: body.code }),
        ...(body.token === undefined ? {} : { token: body.token }),
      };
      const secret = sessions.login(given, facts.peer(request));
      set.headers["set-cookie"] = cookieText(secret, answer.absoluteSeconds);
      return answer;
    },
    { query: NoQuery, body: LoginBody, response: { 200: LoginAnswer }, detail: detail(`Code or token for ${COOKIE}`) },
  );
  app.post(
    "/api/v1/logout",
    ({ request, set }) => {
      const cookie = cookieOf(request);
      if (cookie !== undefined) sessions.logout(cookie);
      set.headers["set-cookie"] = cookieText("", 0);
      return answer;
    },
    { query: NoQuery, response: { 200: LoginAnswer }, detail: detail("End the session") },
  );
  app.post(
    "/api/v1/stream/ticket",
    ({ request }) => {
      const { ticket, expiresUs } = sessions.ticket(facts.session(request));
      return { ticket, expires: timeOf(expiresUs) };
    },
    { query: NoQuery, response: { 200: TicketAnswer }, detail: detail("A ticket for one stream, within 10 s") },
  );
}
