/** Routes of risk: limits, state, kill and resume. */

import { Type as t } from "@sinclair/typebox";
import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import type { LimitsPayload } from "../risk/limits_payload.ts";
import { LimitsAnswer, LimitsBody, LimitsView, RiskAnswer } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { httpProblem } from "./http_problem.ts";
import { scopeKey, scopeOf } from "./lookup.ts";
import { refusalOf } from "./place_order.ts";
import type { CommandAnswer } from "./ports.ts";
import { NoQuery, SinceQuery } from "./queries.ts";
import { addControlRoutes } from "./routes_controls.ts";
import { KillBody, Page, ResumeBody, RiskView } from "./views.ts";

export function addRiskRoutes(app: Elysia, ctx: ControlContext): void {
  addControlRoutes(app, ctx);
  const { ports } = ctx;
  const detail = (summary: string) => ({ tags: ["risk"], summary });
  const once = new Coalescer();

  app.get(
    "/api/v1/risk/state",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return ctx.system.risk();
    },
    { query: SinceQuery, response: { 200: RiskView }, detail: detail("Kills in force, open and unknown orders") },
  );
  app.get(
    "/api/v1/risk/limits",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return { items: ctx.system.limits(), next: null, record: ports.state.record };
    },
    { query: SinceQuery, response: { 200: Page(LimitsView) }, detail: detail("Limits of every scope") },
  );
  addLimitsRoute(app, ctx);
  app.post(
    "/api/v1/risk/kill",
    async ({ body }) => {
      const scope = scopeOf(body?.scope ?? "firm");
      const key = scopeKey(ports.state, scope, body?.key);
      const why = body?.why ?? "kill by hand";
      // The same kill asked for many times at once is one kill: it needs no budget to be bounded.
      const venue = scope === Scope.Venue ? (body?.key ?? "") : "";
      const answer = await once.run(`${scope}/${key}/${venue}`, () => ports.commander.kill(scope, key, why, venue));
      if (!answer.ok) throw refusalOf(answer);
      return { record: answer.record, risk: ctx.system.risk() };
    },
    { query: NoQuery, body: t.Optional(KillBody), response: { 200: RiskAnswer }, detail: detail("Kill: stop trading") },
  );
  app.post(
    "/api/v1/risk/resume",
    async ({ body }) => {
      const scope = scopeOf(body.scope);
      const key = scopeKey(ports.state, scope, body.key);
      const venue = scope === Scope.Venue ? (body.key ?? "") : "";
      // A kill that is still waiting was before this resume: who kills after it must not be answered with that one.
      once.forget();
      const answer = await ports.commander.resume(scope, key, body.why, venue);
      if (!answer.ok) throw refusalOf(answer);
      return { record: answer.record, risk: ctx.system.risk() };
    },
    { query: NoQuery, body: ResumeBody, response: { 200: RiskAnswer }, detail: detail("End a kill") },
  );
}

function addLimitsRoute(app: Elysia, ctx: ControlContext): void {
  const { ports } = ctx;
  app.put(
    "/api/v1/risk/limits",
    async ({ body }) => {
      const scope = scopeOf(body.scope);
      const key = scopeKey(ports.state, scope, body.key);
      const command = limitsCommand(ctx, body, scope, key);
      const { text } = command;
      const answer = await ports.commander.send(command);
      if (!answer.ok) throw refusalOf(answer);
      // Of two that were sent at one time the engine takes one: the other must not be told that its limits hold.
      const venue = scope === Scope.Venue ? (body.key ?? "") : "";
      const { risk } = ports.state;
      if ((venue === "" ? risk.level(scope, key) : risk.venueLevel(venue)).text !== text) {
        throw httpProblem(Code.Conflict, "other limits were set at the same time", {
          hint: "read them, then change them",
        });
      }
      const limits = ctx.system.limitsOf(body.scope, scope, key, venue);
      if (limits === undefined) throw httpProblem(Code.Conflict, "the limits did not take hold");
      return { record: answer.record, limits };
    },
    {
      query: NoQuery,
      body: LimitsBody,
      response: { 200: LimitsAnswer },
      detail: { tags: ["risk"], summary: "Replace a scope's limits" },
    },
  );
}

function limitsCommand(ctx: ControlContext, body: LimitsBody, scope: Scope, key: number): TradingRecord {
  const { state } = ctx.ports;
  const venue = scope === Scope.Venue ? (body.key ?? "") : "";
  const version = state.risk.limitsVersion(scope, key, venue);
  if (body.version !== undefined && body.version !== version) {
    const detail = `the limits are at version ${version}, not ${body.version}`;
    throw httpProblem(Code.Conflict, detail, { hint: "read them again, then change them" });
  }
  const { key: _key, ...controls } = body;
  const payload = { ...controls, ...(venue === "" ? {} : { venue }), key, version: version + 1 } as LimitsPayload;
  const command = new TradingRecord();
  const problems = limitsRecord(command, payload, ctx.limits);
  if (problems.length > 0) {
    const errors = problems.map(({ code, detail }) => ({
      path: `/${detail.split(" ")[0] ?? ""}`,
      message: `${code}: ${detail}`,
    }));
    throw httpProblem(Code.BodyInvalid, problems[0]?.detail ?? "", { errors });
  }
  command.kind = RecordKind.CommandSetLimits;
  return command;
}

/** Requests for the same thing at one time share one answer. */
class Coalescer {
  readonly #running = new Map<string, Promise<CommandAnswer>>();

  run(key: string, work: () => Promise<CommandAnswer>): Promise<CommandAnswer> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const answer: Promise<CommandAnswer> = work().finally(() => {
      if (this.#running.get(key) === answer) this.#running.delete(key);
    });
    this.#running.set(key, answer);
    return answer;
  }

  /** From here on nobody joins what is running. */
  forget(): void {
    this.#running.clear();
  }
}
