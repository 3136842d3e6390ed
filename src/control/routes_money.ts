/** Routes of positions, balances and profit and loss. */

import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { parseMantissa } from "../core/decimal.ts";
import { LeverageTable } from "../ledger/leverage.ts";
import { InstrumentKind } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { LeverageAnswer, LeverageBody } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { cursorText, readCursor, readLimit } from "./cursor.ts";
import { httpProblem } from "./http_problem.ts";
import { accountNamed, instrumentNamed } from "./lookup.ts";
import { refusalOf } from "./place_order.ts";
import { NoQuery, PageQuery, PnlQuery } from "./queries.ts";
import { BalanceView, Page, PnlView, PositionView } from "./views.ts";

interface Paging {
  readonly limit?: string;
  readonly cursor?: string;
}

export function addMoneyRoutes(app: Elysia, ctx: ControlContext): void {
  const { ports, limits } = ctx;
  const detail = (summary: string) => ({ tags: ["money"], summary });

  /** One page of rows that are all at hand; only those that are shown are valued. */
  const page = <R, T>(list: string, rows: readonly R[], query: Paging, view: (row: R) => T) => {
    const at = readCursor(list, query.cursor, 0);
    const end = at + readLimit(query.limit, limits.pageRowsMax);
    const next = end < rows.length ? cursorText(list, end) : null;
    return { items: rows.slice(at, end).map(view), next, record: ports.state.record };
  };

  app.get(
    "/api/v1/positions",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return page("positions", ports.state.ledger.rows(), query, (row) => ctx.money.position(row));
    },
    { query: PageQuery, response: { 200: Page(PositionView) }, detail: detail("Positions, flat ones included") },
  );
  app.get(
    "/api/v1/balances",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return page("balances", ports.state.ledger.cashRows(), query, (row) => ctx.money.balance(row));
    },
    {
      query: PageQuery,
      response: { 200: Page(BalanceView) },
      detail: detail("Cash by account, asset and cause; what is locked and what is free"),
    },
  );
  addLeverageRoute(app, ctx);
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

function addLeverageRoute(app: Elysia, ctx: ControlContext): void {
  app.put(
    "/api/v1/leverage",
    async ({ body }) => {
      const answer = await ctx.ports.commander.send(leverageCommand(ctx, body));
      if (!answer.ok) throw refusalOf(answer);
      const { account, instrument } = body;
      return { record: answer.record, account, instrument, leverage: body.leverage };
    },
    {
      query: NoQuery,
      body: LeverageBody,
      response: { 200: LeverageAnswer },
      detail: {
        tags: ["money"],
        summary: "Set the leverage of an account's contracts",
        description: "Counts for margin here. A live venue is not told: set it there as well.",
      },
    },
  );
}

function leverageCommand(ctx: ControlContext, body: LeverageBody): TradingRecord {
  const { state } = ctx.ports;
  const account = accountNamed(state, body.account, 422);
  const instrument = instrumentNamed(state, body.instrument, 422);
  if (instrument.kind === InstrumentKind.Spot) {
    const hint = "name a contract; spot is paid in full";
    throw httpProblem(Code.BodyInvalid, `${instrument.name} is spot and has no leverage`, { hint });
  }
  const { code, mantissa } = parseMantissa(body.leverage, 2);
  if (code !== Code.Ok || !LeverageTable.allows(mantissa, ctx.limits)) {
    const most = ctx.limits.leverageCentsMax / 100;
    throw httpProblem(Code.BodyInvalid, `leverage ${body.leverage}`, { hint: `1 to ${most}, two decimals at most` });
  }
  const command = new TradingRecord().reset(RecordKind.CommandSetLeverage);
  command.account = account.id;
  command.instrument = instrument.id;
  command.instrumentRevision = instrument.revision;
  command.qty = mantissa;
  return command;
}
