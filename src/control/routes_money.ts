/** Routes of positions, balances and profit and loss. */

import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import type { ControlContext } from "./context.ts";
import { cursorText, readCursor, readLimit } from "./cursor.ts";
import { httpProblem } from "./http_problem.ts";
import { PageQuery, PnlQuery } from "./queries.ts";
import { BalanceView, Page, PnlView, PositionView } from "./views.ts";

export function addMoneyRoutes(app: Elysia, ctx: ControlContext): void {
  const { ports, limits } = ctx;
  const detail = (summary: string) => ({ tags: ["money"], summary });

  /** One page of rows that are all at hand. */
  const page = <T>(list: string, rows: readonly T[], query: { limit?: string; cursor?: string }) => {
    const at = readCursor(list, query.cursor, 0);
    const end = at + readLimit(query.limit, limits.pageRowsMax);
    const next = end < rows.length ? cursorText(list, end) : null;
    return { items: rows.slice(at, end), next, record: ports.state.record };
  };

  app.get(
    "/api/v1/positions",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return page("positions", ctx.money.positions(), query);
    },
    { query: PageQuery, response: { 200: Page(PositionView) }, detail: detail("Positions, flat ones included") },
  );
  app.get(
    "/api/v1/balances",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return page("balances", ctx.money.balances(), query);
    },
    {
      query: PageQuery,
      response: { 200: Page(BalanceView) },
      detail: detail("Cash by account, asset and cause; what is locked and what is free"),
    },
  );
  app.get(
    "/api/v1/pnl",
    ({ query }) => {
      const { record } = ports.state;
      if (query.since === undefined) {
        const items = ctx.money.pnl.rows(query.by ?? "account", query.currency, ports.nowUs());
        return { items, next: null, record };
      }
      if (query.by !== undefined || query.currency !== undefined) {
        const hint = "leave since out for the figures of now";
        throw httpProblem(Code.BodyInvalid, "the curve is kept by account, in its usual asset", { status: 422, hint });
      }
      const at = readCursor("pnl", query.cursor, 0);
      const limit = readLimit(query.limit, limits.pageRowsMax);
      const { items, next } = ctx.pnl.page(Number.parseInt(query.since, 10), at, limit);
      return { items, next: next === undefined ? null : cursorText("pnl", next), record };
    },
    {
      query: PnlQuery,
      response: { 200: Page(PnlView) },
      detail: detail("Equity and profit now (by, currency), or the accounts' curve `since` a time"),
    },
  );
}
