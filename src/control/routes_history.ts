/** Routes of history: what the store has, in the shapes of what is live. */

import { type Static, Type as t } from "@sinclair/typebox";
import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { ProblemError } from "../core/problem.ts";
import type { ControlContext } from "./context.ts";
import { cursorText, readCursor, readLimit } from "./cursor.ts";
import { BalancePointView, HistoryView, OrderEventView, PnlPeriodView } from "./history_answers.ts";
import {
  HistoryBalancesQuery,
  HistoryExecutionsQuery,
  HistoryOrdersQuery,
  HistoryPnlQuery,
  HistoryPositionsQuery,
} from "./history_queries.ts";
import { HistoryViews } from "./history_view.ts";
import { fromProblem, httpProblem } from "./http_problem.ts";
import { accountNamed, instanceNamed, instrumentNamed } from "./lookup.ts";
import type { History } from "./ports.ts";
import { NoQuery, OrderParams } from "./queries.ts";
import { ExecutionView, OrderView, Page, PositionView } from "./views.ts";

const USUAL_ROWS = 100;
const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;
const STEPS = { "1m": MINUTE_US, "1h": 3_600_000_000, "1d": DAY_US } as const;
const USUAL_DAYS = 30;
/** The whole of an account, in the store's words. */
const WHOLE = -1;

const closed = { additionalProperties: false };
const detail = (summary: string) => ({ tags: ["history"], summary });

const TimelineAnswer = t.Object(
  { record: t.Integer(), order: OrderView, events: t.Array(OrderEventView), executions: t.Array(ExecutionView) },
  closed,
);

export function addHistoryRoutes(app: Elysia, ctx: ControlContext): void {
  app.get("/api/v1/history", () => ask(ctx, async (history) => history.view()), {
    query: NoQuery,
    response: { 200: HistoryView },
    detail: detail("How far the store is behind the journal"),
  });
  addOrderHistory(app, ctx);
  addMoneyHistory(app, ctx);
}

function addOrderHistory(app: Elysia, ctx: ControlContext): void {
  const views = new HistoryViews(ctx.orders);
  app.get(
    "/api/v1/history/orders",
    ({ query }) =>
      ask(ctx, async (history) => {
        const { state = "all" } = query;
        const filter = { ...filterOf(ctx, query), state: state === "all" ? undefined : state };
        const page = await history.orders({ ...filter, ...pageOf(ctx, "horders", query) });
        return answer("horders", page, (row) => views.order(row), history);
      }),
    { query: HistoryOrdersQuery, response: { 200: Page(OrderView) }, detail: detail("Orders, newest first") },
  );
  app.get(
    "/api/v1/history/executions",
    ({ query }) =>
      ask(ctx, async (history) => {
        const order = query.order === undefined ? undefined : Number.parseInt(query.order, 10);
        const page = await history.executions({ ...filterOf(ctx, query), order, ...pageOf(ctx, "hexecutions", query) });
        return answer("hexecutions", page, (row) => views.execution(row), history);
      }),
    {
      query: HistoryExecutionsQuery,
      response: { 200: Page(ExecutionView) },
      detail: detail("Executions, newest first"),
    },
  );
  app.get(
    "/api/v1/history/orders/:id/timeline",
    ({ params }) =>
      ask(ctx, async (history) => {
        const id = Number.parseInt(params.id, 10);
        const found = await history.timeline(id);
        const { record } = history.view();
        if (found === undefined) {
          const hint = `the store is at record ${record}; see /api/v1/orders/${id} for what is newer`;
          throw httpProblem(Code.NotFound, `the store has no order ${id}`, { hint });
        }
        return {
          record,
          order: views.order(found.order),
          events: found.events.map((row) => views.event(row, found.order)),
          executions: found.executions.map((row) => views.execution(row)),
        };
      }),
    {
      params: OrderParams,
      query: NoQuery,
      response: { 200: TimelineAnswer },
      detail: detail("All that happened to an order: why it was sent or refused, and what came of it"),
    },
  );
}

function addMoneyHistory(app: Elysia, ctx: ControlContext): void {
  const views = new HistoryViews(ctx.orders);
  const { state } = ctx.ports;
  app.get(
    "/api/v1/history/positions",
    ({ query }) =>
      ask(ctx, async (history) => {
        const account = query.account === undefined ? undefined : accountNamed(state, query.account, 422).id;
        const rows =
          query.at === undefined
            ? await history.positions(account)
            : await history.positionsAt(Number.parseInt(query.at, 10), account);
        return { items: views.positions(rows), next: null, record: history.view().record };
      }),
    {
      query: HistoryPositionsQuery,
      response: { 200: Page(PositionView) },
      detail: detail("Positions as they stood at the end of a day"),
    },
  );
  app.get(
    "/api/v1/history/balances",
    ({ query }) =>
      ask(ctx, async (history) => {
        const account = accountNamed(state, query.account, 422).id;
        const { asset } = query;
        const page = await history.balanceHistory({
          ...{ account, asset, ...timesOf(query) },
          ...pageOf(ctx, "hbalances", query),
        });
        return answer("hbalances", page, (row) => views.balance(row), history);
      }),
    {
      query: HistoryBalancesQuery,
      response: { 200: Page(BalancePointView) },
      detail: detail("Cash of an account in one asset over time, newest first"),
    },
  );
  app.get(
    "/api/v1/history/pnl",
    ({ query }) =>
      ask(ctx, async (history) => {
        const page = await history.pnl(pnlAsk(ctx, query));
        return answer("hpnl", page, (row) => views.pnl(row), history);
      }),
    {
      query: HistoryPnlQuery,
      response: { 200: Page(PnlPeriodView) },
      detail: detail("What an account or an instance made, by period; periods without news are left out"),
    },
  );
}

function pnlAsk(ctx: ControlContext, query: Static<typeof HistoryPnlQuery>): Parameters<History["pnl"]>[0] {
  const { state, nowUs } = ctx.ports;
  const stepUs = STEPS[query.step ?? "1d"];
  const { fromUs, toUs = Math.floor(nowUs()) } = timesOf(query);
  const begin = fromUs ?? toUs - USUAL_DAYS * DAY_US;
  return {
    account: accountNamed(state, query.account, 422).id,
    instance: query.instance === undefined ? WHOLE : (instanceOf(ctx, query.instance) as number),
    asset: query.asset,
    fromUs: Math.floor(Math.max(0, begin) / stepUs) * stepUs,
    toUs,
    stepUs,
    ...pageOf(ctx, "hpnl", query),
  };
}

interface Filters {
  readonly account?: string;
  readonly instrument?: string;
  readonly instance?: string;
  readonly from?: string;
  readonly to?: string;
}

function filterOf(ctx: ControlContext, query: Filters) {
  const { state } = ctx.ports;
  const { account, instrument, instance } = query;
  return {
    account: account === undefined ? undefined : accountNamed(state, account, 422).id,
    instrument: instrument === undefined ? undefined : instrumentNamed(state, instrument, 422).id,
    instance: instanceOf(ctx, instance),
    ...timesOf(query),
  };
}

function instanceOf(ctx: ControlContext, instance: string | undefined): number | undefined {
  if (instance === undefined) return undefined;
  return instance === "manual" || instance === "0" ? 0 : instanceNamed(ctx.ports.state, instance, 422).id;
}

function timesOf({ from, to }: Filters): { fromUs: number | undefined; toUs: number | undefined } {
  return {
    fromUs: from === undefined ? undefined : Number.parseInt(from, 10),
    toUs: to === undefined ? undefined : Number.parseInt(to, 10),
  };
}

function pageOf(ctx: ControlContext, list: string, query: { readonly limit?: string; readonly cursor?: string }) {
  const limit = readLimit(query.limit, ctx.limits.pageRowsMax, USUAL_ROWS);
  return { limit, cursor: query.cursor === undefined ? undefined : readCursor(list, query.cursor, 0) };
}

function answer<R, V>(
  list: string,
  page: { readonly items: readonly R[]; readonly next: number | null },
  view: (row: R) => V,
  history: History,
): { items: V[]; next: string | null; record: number } {
  const next = page.next === null ? null : cursorText(list, page.next);
  return { items: page.items.map(view), next, record: history.view().record };
}

/** A store that is away is a 503, none at all a 404. */
async function ask<A>(ctx: ControlContext, work: (history: History) => Promise<A>): Promise<A> {
  const { history } = ctx.ports;
  if (history === undefined) throw httpProblem(Code.HistoryAbsent, "there is no store", { status: 404 });
  try {
    return await work(history);
  } catch (error) {
    if (error instanceof ProblemError) throw fromProblem(error.problem);
    throw error;
  }
}
