/** Routes of reconciliation: what it has found, and what an operator corrects: positions, adopted orders, a new look. */

import { type Static, Type as t } from "@sinclair/typebox";
import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { DecimalReader } from "../core/decimal.ts";
import { Leg, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { OrderAnswer } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { httpProblem } from "./http_problem.ts";
import { accountNamed, instanceNamed, instrumentNamed } from "./lookup.ts";
import { orderAnswer, refusalOf } from "./place_order.ts";
import { NoQuery, OrderParams, SinceQuery } from "./queries.ts";
import { LegName, ReadinessView, readinessView } from "./readiness_view.ts";
import { Decimal } from "./value_views.ts";

const closed = { additionalProperties: false };
const Why = t.String({ minLength: 1, maxLength: 500, description: "who and why: it is journaled" });
const LEGS = { net: Leg.Net, long: Leg.Long, short: Leg.Short } as const;

const AdjustBody = t.Object(
  {
    account: t.String({ maxLength: 64 }),
    instrument: t.String({ maxLength: 128 }),
    leg: t.Optional(LegName),
    qty: t.String({ pattern: Decimal.pattern as string, description: "the position from here on; negative = short" }),
    price: t.Optional(
      t.String({ pattern: Decimal.pattern as string, description: "what the difference is booked at" }),
    ),
    why: Why,
  },
  closed,
);
const ReconcileBody = t.Object({ account: t.String({ maxLength: 64 }), why: Why }, closed);
const AdoptBody = t.Object({ instance: t.Optional(t.String({ maxLength: 64 })), why: Why }, closed);
const EndBody = t.Object(
  { by: t.String({ minLength: 1, maxLength: 64, description: "name of the person who has looked" }), why: Why },
  closed,
);
const detail = (summary: string) => ({ tags: ["reconciliation"], summary });
const ReadinessAnswer = t.Object({ record: t.Integer(), readiness: ReadinessView }, closed);

export function addReconcileRoutes(app: Elysia, ctx: ControlContext): void {
  const { ports } = ctx;
  const view = (record: number) => ({ record, readiness: readinessView(ports.state, ctx.orders) });
  const send = async (command: TradingRecord) => {
    const answer = await ports.commander.send(command);
    if (!answer.ok) throw refusalOf(answer);
    return answer;
  };

  app.get(
    "/api/v1/readiness",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return view(ports.state.record);
    },
    {
      query: SinceQuery,
      response: { 200: ReadinessAnswer },
      detail: detail("What is reconciled with its venue, and open breaks"),
    },
  );
  app.post(
    "/api/v1/reconcile",
    async ({ body }) => {
      const command = new TradingRecord().reset(RecordKind.CommandReconcile);
      command.account = accountNamed(ports.state, body.account, 422).id;
      command.text = body.why;
      return view((await send(command)).record);
    },
    {
      query: NoQuery,
      body: ReconcileBody,
      response: { 200: ReadinessAnswer },
      detail: detail("Reconcile an account now; ends a halt when all agrees"),
    },
  );
  app.post("/api/v1/positions/adjust", async ({ body }) => view((await send(adjustCommand(ctx, body))).record), {
    query: NoQuery,
    body: AdjustBody,
    response: { 200: ReadinessAnswer },
    detail: detail("Close a break: the position becomes what is said here"),
  });
  addOrderRoutes(app, ctx);
}

/** Orders that are not what the venue says of them. */
function addOrderRoutes(app: Elysia, ctx: ControlContext): void {
  const { ports } = ctx;
  app.post(
    "/api/v1/orders/:id/adopt",
    async ({ params, body }) => {
      const command = new TradingRecord().reset(RecordKind.CommandAdopt);
      command.order = Number.parseInt(params.id, 10);
      command.instance = body.instance === undefined ? 0 : instanceNamed(ports.state, body.instance, 422).id;
      command.text = body.why;
      return orderAnswer(ctx, await ports.commander.send(command));
    },
    {
      params: OrderParams,
      query: NoQuery,
      body: AdoptBody,
      response: { 200: OrderAnswer },
      detail: detail("Take an order that was found at the venue into hand, or give it to an instance"),
    },
  );
  app.post(
    "/api/v1/orders/:id/end",
    async ({ params, body }) => {
      const command = new TradingRecord().reset(RecordKind.CommandEndOrder);
      command.order = Number.parseInt(params.id, 10);
      command.fillId = body.by;
      command.text = body.why;
      return orderAnswer(ctx, await ports.commander.send(command));
    },
    {
      params: OrderParams,
      query: NoQuery,
      body: EndBody,
      response: { 200: OrderAnswer },
      detail: detail("End an order whose fate the venue cannot tell any more: its exposure is free again"),
    },
  );
}

function adjustCommand(ctx: ControlContext, body: Static<typeof AdjustBody>): TradingRecord {
  const { state } = ctx.ports;
  const instrument = instrumentNamed(state, body.instrument, 422);
  const command = new TradingRecord().reset(RecordKind.CommandAdjustPosition);
  command.account = accountNamed(state, body.account, 422).id;
  command.instrument = instrument.id;
  command.instrumentRevision = instrument.revision;
  command.leg = LEGS[body.leg ?? "net"];
  const qty = read("/qty", body.qty, instrument.qtyScale);
  command.qty = Math.abs(qty);
  command.side = qty < 0 ? Side.Sell : Side.Buy;
  command.price = body.price === undefined ? 0 : read("/price", body.price, instrument.priceScale);
  if (command.price < 0) throw malformed("/price", "must not be negative");
  command.text = body.why;
  return command;
}

/** A decimal of any sign as a mantissa. */
function read(path: string, text: string, scale: number): number {
  const reader = new DecimalReader();
  const mantissa = reader.readSigned(text, 0, scale);
  if (reader.code === Code.Ok && reader.end === text.length) return mantissa;
  throw malformed(path, `${Code[reader.code]}: at most ${scale} decimals here`);
}

function malformed(path: string, message: string) {
  return httpProblem(Code.BodyInvalid, `${path.slice(1)}: ${message}`, { errors: [{ path, message }] });
}
