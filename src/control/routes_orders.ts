/** Routes of orders and executions. */

import { Type as t } from "@sinclair/typebox";
import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { isExposed, isHeld, OrderState } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { BatchAnswer, CancelAllAnswer, DryRunAnswer, OrderAnswer } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { cursorText, readCursor, readLimit } from "./cursor.ts";
import { httpProblem } from "./http_problem.ts";
import { accountNamed, instanceNamed, instrumentNamed } from "./lookup.ts";
import { OrderBatch } from "./order_batch.ts";
import { amendCommand, cancelCommand, placeCommand } from "./order_command.ts";
import { OrderPlacer, orderAnswer, refusalOf } from "./place_order.ts";
import {
  CancelScopeQuery,
  ExecutionsQuery,
  NoQuery,
  OrderParams,
  OrdersQuery,
  PlaceQuery,
  SinceQuery,
} from "./queries.ts";
import { AmendBody, BatchBody, CancelAllBody, ExecutionView, OrderView, Page, PlaceBody } from "./views.ts";

/** Order numbers looked at for one page: old numbers may be long forgotten. */
const SCAN_FACTOR = 2;
/** Cancels of one request that wait for the engine together. */
const TOGETHER = 64;

const detail = (summary: string) => ({ tags: ["orders"], summary });

interface OrderFilter {
  readonly openOnly: boolean;
  readonly account: number | undefined;
  readonly instrument: number | undefined;
  readonly instance: number | undefined;
}

export function addOrderRoutes(app: Elysia, ctx: ControlContext): void {
  addOrderReads(app, ctx);
  addOrderCommands(app, ctx);
  addCancelRoutes(app, ctx);
  addBatchRoute(app, ctx);
}

function addOrderReads(app: Elysia, ctx: ControlContext): void {
  const { ports, limits } = ctx;

  app.get(
    "/api/v1/orders",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      const filter = readFilter(ctx, query, query.state === "open");
      const { orders } = ports.state;
      const limit = readLimit(query.limit, limits.pageRowsMax, 100);
      const items: OrderView[] = [];
      let order = Math.min(readCursor("orders", query.cursor, orders.nextOrder), orders.nextOrder) - 1;
      const end = Math.max(1, order - SCAN_FACTOR * limits.ordersMax);
      for (; order >= end && items.length < limit; order--) {
        const view = matches(ctx, order, filter) ? ctx.orders.order(order) : undefined;
        if (view !== undefined) items.push(view);
      }
      return { items, next: order >= 1 ? cursorText("orders", order + 1) : null, record: ports.state.record };
    },
    { query: OrdersQuery, response: { 200: Page(OrderView) }, detail: detail("Orders, newest first") },
  );

  app.get(
    "/api/v1/orders/:id",
    async ({ params, query }) => {
      await ctx.waitFor(query.since);
      return { record: ports.state.record, ...known(ctx, params.id) };
    },
    { params: OrderParams, query: SinceQuery, response: { 200: OrderAnswer }, detail: detail("One order") },
  );
}

function addOrderCommands(app: Elysia, ctx: ControlContext): void {
  const { ports } = ctx;
  const placer = new OrderPlacer(ctx);

  app.post(
    "/api/v1/orders",
    async ({ body, query, request, set }) => {
      if (query.dryRun === "true") {
        return ctx.check.check(placeCommand(ports.state, body), ports.health(), ports.nowUs());
      }
      const { answer, replayed } = await placer.place(body, request.headers.get("idempotency-key"));
      set.status = 201;
      if (replayed) set.headers["idempotency-replayed"] = "true";
      return answer;
    },
    {
      body: PlaceBody,
      query: PlaceQuery,
      response: { 200: DryRunAnswer, 201: OrderAnswer },
      detail: detail("Place an order by hand; Idempotency-Key makes a repeat safe"),
    },
  );

  app.patch(
    "/api/v1/orders/:id",
    async ({ params, body }) => {
      const { id } = known(ctx, params.id);
      return orderAnswer(ctx, await ports.commander.send(amendCommand(ports.state, id, body)));
    },
    {
      params: OrderParams,
      query: NoQuery,
      body: AmendBody,
      response: { 200: OrderAnswer },
      detail: detail("Change price or quantity"),
    },
  );
}

function addCancelRoutes(app: Elysia, ctx: ControlContext): void {
  const { ports } = ctx;

  app.delete(
    "/api/v1/orders/:id",
    async ({ params }) => {
      const { id } = known(ctx, params.id);
      const { record, orders } = ports.state;
      // What is cancelled already is what was asked for: a repeat is no error.
      if (orders.state(id) === OrderState.Canceled || orders.state(id) === OrderState.Withdrawn) {
        return { record, ...known(ctx, params.id) };
      }
      const answer = await ports.commander.send(cancelCommand(ports.state, id, undefined));
      if (!answer.ok) throw refusalOf(answer);
      return { record: answer.record, ...known(ctx, params.id) };
    },
    { params: OrderParams, query: NoQuery, response: { 200: OrderAnswer }, detail: detail("Cancel one order") },
  );

  app.delete(
    "/api/v1/orders",
    async ({ query }) => {
      const { scope, ...names } = query;
      const filter = readFilter(ctx, names, true);
      const isNamed = filter.account !== undefined || filter.instrument !== undefined || filter.instance !== undefined;
      if (isNamed === (scope === "all")) {
        throw httpProblem(Code.BodyInvalid, "name an account, an instrument or an instance; or say scope=all", {
          hint: "?instrument=NAME cancels its open and held orders",
        });
      }
      return cancelAll(ctx, filter, "cancelled by scope");
    },
    {
      query: CancelScopeQuery,
      response: { 200: CancelAllAnswer },
      detail: detail("Cancel the open and held orders of an account, instrument or instance, or all of them"),
    },
  );

  app.post(
    "/api/v1/orders/cancel-all",
    async ({ body }) => {
      const filter = readFilter(ctx, body ?? {}, true);
      return cancelAll(ctx, filter, body?.why ?? "cancel all by hand");
    },
    {
      body: t.Optional(CancelAllBody),
      query: NoQuery,
      response: { 200: CancelAllAnswer },
      detail: detail("Cancel all open orders, of one account, instrument or instance where named"),
    },
  );
}

function addBatchRoute(app: Elysia, ctx: ControlContext): void {
  const batch = new OrderBatch(ctx);
  app.post("/api/v1/orders/batch", ({ body, request }) => batch.run(body, request.headers.get("idempotency-key")), {
    body: BatchBody,
    query: NoQuery,
    response: { 200: BatchAnswer },
    detail: detail("Cancel, change and place several orders; each is answered for itself"),
  });
}

export function addExecutionRoutes(app: Elysia, ctx: ControlContext): void {
  app.get(
    "/api/v1/executions",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      const { fills } = ctx.memory;
      const filter = readFilter(ctx, query, false);
      const limit = readLimit(query.limit, ctx.limits.pageRowsMax, 100);
      const items: ExecutionView[] = [];
      let at = Math.min(readCursor("executions", query.cursor, fills.count), fills.count) - 1;
      for (; at >= fills.first && items.length < limit; at--) {
        const fill = fills.at(at);
        if (fill === undefined) continue;
        if (filter.account !== undefined && fill.account !== filter.account) continue;
        if (filter.instrument !== undefined && fill.instrument !== filter.instrument) continue;
        items.push(ctx.orders.execution(fill));
      }
      const next = at >= fills.first ? cursorText("executions", at + 1) : null;
      return { items, next, record: ctx.ports.state.record };
    },
    {
      query: ExecutionsQuery,
      response: { 200: Page(ExecutionView) },
      detail: detail("Executions, newest first"),
    },
  );
}

/** One command for each account when nothing narrows it, so that orders on their way are covered; else one an order. */
async function cancelAll(
  ctx: ControlContext,
  filter: OrderFilter,
  why: string,
): Promise<{ record: number; asked: number }> {
  const { state, commander } = ctx.ports;
  const asked: number[] = [];
  for (let order = state.orders.firstOpenAll(); order !== 0; order = state.orders.nextOpenAll(order)) {
    if (matches(ctx, order, filter)) asked.push(order);
  }
  for (let order = state.orders.firstHeldAll(); order !== 0; order = state.orders.nextHeldAll(order)) {
    if (matches(ctx, order, filter)) asked.push(order);
  }
  const commands: TradingRecord[] = [];
  if (filter.instrument === undefined && filter.instance === undefined) {
    const first = filter.account ?? 0;
    const last = filter.account ?? state.accounts.count - 1;
    for (let account = first; account <= last; account++) {
      const command = new TradingRecord().reset(RecordKind.CommandCancelAll);
      command.account = account;
      command.text = why;
      commands.push(command);
    }
  } else for (const order of asked) commands.push(cancelCommand(state, order, why));
  let record = state.record;
  for (let at = 0; at < commands.length; at += TOGETHER) {
    const answers = await Promise.all(commands.slice(at, at + TOGETHER).map((one) => commander.send(one)));
    for (const answer of answers) record = Math.max(record, answer.record);
  }
  return { record, asked: asked.length };
}

function readFilter(
  ctx: ControlContext,
  names: { readonly account?: string; readonly instrument?: string; readonly instance?: string },
  openOnly: boolean,
): OrderFilter {
  const { state } = ctx.ports;
  const { account, instrument, instance } = names;
  const manual = instance === "manual" || instance === "0";
  return {
    openOnly,
    account: account === undefined ? undefined : accountNamed(state, account, 422).id,
    instrument: instrument === undefined ? undefined : instrumentNamed(state, instrument, 422).id,
    instance: instance === undefined ? undefined : manual ? 0 : instanceNamed(state, instance, 422).id,
  };
}

function matches(ctx: ControlContext, order: number, filter: OrderFilter): boolean {
  const { orders } = ctx.ports.state;
  if (!orders.has(order)) return false;
  const state = orders.state(order);
  if (filter.openOnly && !isExposed(state) && !isHeld(state)) return false;
  if (filter.account !== undefined && orders.account(order) !== filter.account) return false;
  if (filter.instrument !== undefined && orders.instrument(order) !== filter.instrument) return false;
  return filter.instance === undefined || orders.instance(order) === filter.instance;
}

function known(ctx: ControlContext, id: string): { id: number; order: OrderView } {
  const number = Number.parseInt(id, 10);
  const order = ctx.orders.order(number);
  if (order === undefined) {
    throw httpProblem(Code.NotFound, `there is no order ${number}, or it ended long ago`, {
      hint: `see /api/v1/orders, and /api/v1/history/orders/${number}/timeline of one that ended long ago`,
    });
  }
  return { id: number, order };
}
