/** Routes of market data: instruments, quotes, order books, bars. */

import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { intervalUs } from "../strategy/interval.ts";
import type { ControlContext } from "./context.ts";
import { cursorText, readCursor, readLimit } from "./cursor.ts";
import { httpProblem } from "./http_problem.ts";
import { instrumentNamed } from "./lookup.ts";
import { barView, instrumentView } from "./market_view.ts";
import { BarsQuery, BookQuery, InstrumentParams, NoQuery, PageQuery } from "./queries.ts";
import { BarView, BookView, InstrumentView, Page, QuoteView } from "./views.ts";

const DEPTH_MAX = 500;
const DEPTH_USUAL = 20;

const detail = (summary: string) => ({ tags: ["market"], summary });

export function addMarketRoutes(app: Elysia, ctx: ControlContext): void {
  addInstrumentRoutes(app, ctx);
  addHistoryRoutes(app, ctx);
}

function addInstrumentRoutes(app: Elysia, ctx: ControlContext): void {
  const { limits } = ctx;
  const { state } = ctx.ports;

  app.get(
    "/api/v1/instruments",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      const all = state.instruments.all();
      const at = readCursor("instruments", query.cursor, 0);
      const end = at + readLimit(query.limit, limits.pageRowsMax);
      const next = end < all.length ? cursorText("instruments", end) : null;
      return { items: all.slice(at, end).map(instrumentView), next, record: state.record };
    },
    { query: PageQuery, response: { 200: Page(InstrumentView) }, detail: detail("Instruments") },
  );
  app.get(
    "/api/v1/instruments/:instrument",
    ({ params }) => instrumentView(instrumentNamed(state, params.instrument)),
    { params: InstrumentParams, query: NoQuery, response: { 200: InstrumentView }, detail: detail("One instrument") },
  );
  app.get(
    "/api/v1/quotes",
    ({ query }) => {
      const all = state.instruments.all();
      const at = readCursor("quotes", query.cursor, 0);
      const end = at + readLimit(query.limit, limits.pageRowsMax);
      const next = end < all.length ? cursorText("quotes", end) : null;
      const items = all.slice(at, end).map((instrument) => ctx.quotes.quote(instrument));
      return { items, next, record: state.record };
    },
    { query: PageQuery, response: { 200: Page(QuoteView) }, detail: detail("Best bid, best ask and last trade") },
  );
  app.get("/api/v1/quotes/:instrument", ({ params }) => ctx.quotes.quote(instrumentNamed(state, params.instrument)), {
    params: InstrumentParams,
    query: NoQuery,
    response: { 200: QuoteView },
    detail: detail("One quote"),
  });
}

function addHistoryRoutes(app: Elysia, ctx: ControlContext): void {
  const { ports, limits } = ctx;
  const { state } = ports;

  app.get(
    "/api/v1/books/:instrument",
    async ({ params, query }) => {
      const instrument = instrumentNamed(state, params.instrument);
      const depth = readLimit(query.depth, DEPTH_MAX, DEPTH_USUAL);
      const book = await ports.commander.book(instrument.id, depth);
      if (book === undefined) throw httpProblem(Code.NotFound, `there is no order book of ${instrument.name} yet`);
      return book;
    },
    { params: InstrumentParams, query: BookQuery, response: { 200: BookView }, detail: detail("Order book") },
  );
  app.get(
    "/api/v1/bars/:instrument",
    ({ params, query }) => {
      const instrument = instrumentNamed(state, params.instrument);
      const tf = query.tf ?? "1m";
      const interval = intervalUs(tf);
      if (interval === undefined) {
        throw httpProblem(Code.BodyInvalid, `${JSON.stringify(tf)} is no timeframe`, {
          hint: "for example 1s, 5m, 1h",
        });
      }
      const bars = ctx.memory.bars(instrument.id, interval, readLimit(query.limit, limits.pageRowsMax));
      return { items: bars.map((bar) => barView(instrument, bar)), next: null, record: state.record };
    },
    {
      params: InstrumentParams,
      query: BarsQuery,
      response: { 200: Page(BarView) },
      detail: detail("Closed bars, oldest first; a series exists once a strategy uses it"),
    },
  );
}
