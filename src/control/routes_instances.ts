/** Routes of strategies, their instances, and the jobs that prepare them. */

import { Type as t } from "@sinclair/typebox";
import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { nearest } from "../core/nearest.ts";
import { RecordKind, StopPolicy, TradingRecord } from "../model/record.ts";
import { intervalUs } from "../strategy/interval.ts";
import { InstanceAnswer, JobView, ParamsBody, WhyBody } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { fromProblem, httpProblem } from "./http_problem.ts";
import { definitionOf, type InstanceDefinition } from "./instance_definition.ts";
import { accountNamed, instanceNamed, instrumentNamed } from "./lookup.ts";
import { refusalOf } from "./place_order.ts";
import { InstanceParams, NoQuery, SinceQuery } from "./queries.ts";
import { InstanceBody, InstanceView, Page, StopBody, StrategyView } from "./views.ts";

const POLICIES = {
  "cancel-orders": StopPolicy.CancelOrders,
  keep: StopPolicy.Keep,
  flatten: StopPolicy.Flatten,
} as const;

export function addStrategyRoutes(app: Elysia, ctx: ControlContext): void {
  const { ports } = ctx;
  app.get(
    "/api/v1/strategies",
    () => ({ items: ports.strategies().map(strategyView), next: null, record: ports.state.record }),
    { query: NoQuery, response: { 200: Page(StrategyView) }, detail: { tags: ["strategies"], summary: "Strategies" } },
  );
  app.get("/api/v1/jobs", () => ({ items: ctx.jobs.all(), next: null, record: ports.state.record }), {
    query: NoQuery,
    response: { 200: Page(JobView) },
    detail: { tags: ["strategies"], summary: "Work that goes on beside requests, newest first" },
  });
}

const detail = (summary: string) => ({ tags: ["instances"], summary });
const one = { params: InstanceParams, query: NoQuery, response: { 200: InstanceAnswer } };

export function addInstanceRoutes(app: Elysia, ctx: ControlContext): void {
  addInstanceReads(app, ctx);
  addInstanceDefinitions(app, ctx);
  addInstanceCommands(app, ctx);
}

function addInstanceReads(app: Elysia, ctx: ControlContext): void {
  const { ports } = ctx;

  app.get(
    "/api/v1/instances",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return { items: ctx.system.instances(), next: null, record: ports.state.record };
    },
    { query: SinceQuery, response: { 200: Page(InstanceView) }, detail: detail("Strategy instances") },
  );
  app.get(
    "/api/v1/instances/:id",
    async ({ params, query }) => {
      await ctx.waitFor(query.since);
      return instanceAnswer(ctx, live(ctx, params.id).id, ports.state.record);
    },
    { ...one, query: SinceQuery, detail: detail("One instance") },
  );
}

function addInstanceDefinitions(app: Elysia, ctx: ControlContext): void {
  const { ports } = ctx;
  app.post(
    "/api/v1/instances",
    async ({ body, set }) => {
      const text = await definitionText(ctx, body);
      const answer = await sendInstance(ctx, RecordKind.CommandInstanceStart, 0, text, 0);
      set.status = 201;
      return answer;
    },
    { body: InstanceBody, query: NoQuery, response: { 201: InstanceAnswer }, detail: detail("Create and start") },
  );
  app.patch(
    "/api/v1/instances/:id",
    async ({ params, body }) => {
      const { id } = live(ctx, params.id);
      const instance = instanceNamed(ports.state, String(id));
      const old = definitionOf(instance);
      const definition = { ...old, params: { ...old.params, ...body.params } };
      checkParams(ctx, definition);
      const text = boundedText(ctx, definition);
      return sendInstance(ctx, RecordKind.CommandInstanceStart, id, text, 0);
    },
    {
      ...one,
      body: ParamsBody,
      detail: detail("New parameters: it starts anew with them and takes its live orders over"),
    },
  );
}

function addInstanceCommands(app: Elysia, ctx: ControlContext): void {
  app.post(
    "/api/v1/instances/:id/pause",
    ({ params, body }) => {
      const why = body?.why ?? "paused by hand";
      return sendInstance(ctx, RecordKind.CommandInstancePause, live(ctx, params.id).id, why, 0);
    },
    { ...one, body: t.Optional(WhyBody), detail: detail("Pause: its open orders are cancelled, it decides nothing") },
  );
  app.post(
    "/api/v1/instances/:id/resume",
    ({ params, body }) => {
      const why = body?.why ?? "resumed by hand";
      return sendInstance(ctx, RecordKind.CommandInstanceResume, live(ctx, params.id).id, why, 0);
    },
    { ...one, body: t.Optional(WhyBody), detail: detail("Start anew what is paused or stopped") },
  );
  app.post(
    "/api/v1/instances/:id/stop",
    ({ params, body }) => {
      const policy = POLICIES[body?.policy ?? "cancel-orders"];
      const why = body?.why ?? "stopped by hand";
      return sendInstance(ctx, RecordKind.CommandInstanceStop, live(ctx, params.id).id, why, policy);
    },
    { ...one, body: t.Optional(StopBody), detail: detail("Stop, with a policy for its orders and position") },
  );
  app.delete(
    "/api/v1/instances/:id",
    ({ params }) => {
      const { id, name, status } = live(ctx, params.id);
      if (status !== "stopped") throw httpProblem(Code.Conflict, `${name} is ${status}`, { hint: "stop it first" });
      return sendInstance(ctx, RecordKind.CommandInstanceDelete, id, "deleted by hand", 0);
    },
    { ...one, detail: detail("Delete a stopped instance") },
  );
}

/** Only what the schema names: a port may know more. */
function strategyView({ name, source, markets, params }: StrategyView): StrategyView {
  return { name, source, markets, params };
}

async function sendInstance(ctx: ControlContext, kind: RecordKind, instance: number, text: string, flags: number) {
  const command = new TradingRecord().reset(kind);
  command.instance = instance;
  command.text = text;
  command.flags = flags;
  const answer = await ctx.ports.commander.send(command);
  if (!answer.ok) throw refusalOf(answer);
  return instanceAnswer(ctx, answer.instance === 0 ? instance : answer.instance, answer.record);
}

function instanceAnswer(ctx: ControlContext, id: number, record: number) {
  return { record, id, instance: ctx.system.instance(id) ?? null };
}

function live(ctx: ControlContext, idOrName: string): InstanceView {
  const { id } = instanceNamed(ctx.ports.state, idOrName);
  const view = ctx.system.instance(id);
  if (view === undefined) throw httpProblem(Code.NotFound, `the instance ${idOrName} was deleted`);
  return view;
}

/** Checks the whole body, has the strategy prepared, and answers the text that is journaled. */
async function definitionText(ctx: ControlContext, body: InstanceBody): Promise<string> {
  const { state, commander } = ctx.ports;
  if (ctx.system.instances().some(({ name }) => name === body.name)) {
    throw httpProblem(Code.Conflict, `there is an instance ${body.name} already`, { hint: "choose another name" });
  }
  if (/^[0-9]+$/.test(body.name)) throw httpProblem(Code.BodyInvalid, "a name needs a letter: digits mean numbers");
  for (const [market, { instrument, account, tf }] of Object.entries(body.markets)) {
    instrumentNamed(state, instrument, 422);
    accountNamed(state, account, 422);
    if (tf !== undefined && intervalUs(tf) === undefined) {
      const errors = [{ path: `/markets/${market}/tf`, message: "for example 1s, 5m, 1h, 1d" }];
      throw httpProblem(Code.BodyInvalid, `${JSON.stringify(tf)} is no timeframe`, { errors });
    }
  }
  const { name, strategy, markets } = body;
  const definition = { name, strategy, params: body.params ?? {}, markets: markets as InstanceDefinition["markets"] };
  checkParams(ctx, definition);
  const text = boundedText(ctx, definition);
  const problem = await ctx.jobs.run("prepare-strategy", strategy, () => commander.prepare(strategy));
  if (problem !== undefined) throw fromProblem(problem);
  return text;
}

/** Names only: the strategy itself checks the values. Strategies from files may not be known here yet. */
function checkParams(ctx: ControlContext, definition: InstanceDefinition): void {
  const strategy = ctx.ports.strategies().find(({ name }) => name === definition.strategy);
  if (strategy === undefined) return;
  const names = [...Object.keys(strategy.params), "tf"];
  for (const param of Object.keys(definition.params)) {
    if (names.includes(param)) continue;
    const near = nearest(param, names);
    const hint = near === undefined ? `it has: ${names.join(", ")}` : `did you mean ${near}?`;
    const errors = [{ path: `/params/${param}`, message: hint }];
    throw httpProblem(Code.StrategyParam, `${definition.strategy} has no parameter ${param}`, { hint, errors });
  }
}

/** A definition is one record: what would not fit is refused here, since it would stop the engine. */
function boundedText(ctx: ControlContext, definition: InstanceDefinition): string {
  const text = JSON.stringify(definition);
  const bytes = Buffer.byteLength(text);
  if (bytes <= ctx.limits.stateBytesMax) return text;
  throw httpProblem(Code.BodyInvalid, `the definition has ${bytes} bytes, ${ctx.limits.stateBytesMax} fit`, {
    hint: "fewer markets or shorter parameters",
  });
}
