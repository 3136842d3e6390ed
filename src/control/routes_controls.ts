/** Routes of risk's controls: trading states, breakers, arming, overrides. Each names who decides, and why. */

import { type Static, Type as t } from "@sinclair/typebox";
import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { parseMantissa } from "../core/decimal.ts";
import { Denial } from "../model/denial.ts";
import { Side } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord, TradingState } from "../model/record.ts";
import { OVERRIDE_US_MAX } from "../risk/overrides.ts";
import { RiskAnswer } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { httpProblem } from "./http_problem.ts";
import { LimitScope } from "./limit_schema.ts";
import { accountNamed, instrumentNamed, scopeKey, scopeOf } from "./lookup.ts";
import { refusalOf } from "./place_order.ts";
import { NoQuery } from "./queries.ts";
import { Decimal } from "./value_views.ts";

const closed = { additionalProperties: false };
const Name = t.String({ minLength: 1, maxLength: 64, description: "name of the person who decides" });
const Why = t.String({ minLength: 1, maxLength: 500 });
const Key = t.Optional(t.String({ maxLength: 128, description: "none for the firm" }));
const SECOND_US = 1_000_000;

const StateBody = t.Object(
  {
    scope: LimitScope,
    key: Key,
    state: t.Union([t.Literal("active"), t.Literal("reducing"), t.Literal("halted")]),
    by: Name,
    why: Why,
  },
  closed,
);
const ResetBody = t.Object(
  { scope: LimitScope, key: Key, code: t.String({ maxLength: 64, description: "see risk/state" }), by: Name, why: Why },
  closed,
);
const ArmBody = t.Object(
  {
    account: t.String({ maxLength: 128 }),
    armed: t.Boolean(),
    build: t.Optional(
      t.String({ maxLength: 128, description: "hash of the approved build; the running one when absent" }),
    ),
    confirm: t.Optional(
      t.String({ maxLength: 128, description: "the account's name once more: needed to arm one with real money" }),
    ),
    by: Name,
    why: Why,
  },
  closed,
);
const OverrideBody = t.Object(
  {
    account: t.String({ maxLength: 128 }),
    instrument: t.String({ maxLength: 128 }),
    side: t.Union([t.Literal("buy"), t.Literal("sell")]),
    qty: Decimal,
    price: t.Optional(Decimal),
    seconds: t.Integer({ minimum: 1, maximum: OVERRIDE_US_MAX / SECOND_US }),
    by: Name,
    second: t.String({ minLength: 1, maxLength: 64, description: "another person, who agrees" }),
    reason: t.String({ minLength: 1, maxLength: 256 }),
  },
  closed,
);
const STATES = { active: TradingState.Active, reducing: TradingState.Reducing, halted: TradingState.Halted } as const;

export function addControlRoutes(app: Elysia, ctx: ControlContext): void {
  const detail = (summary: string) => ({ tags: ["risk"], summary });
  const send = async (command: TradingRecord) => {
    const answer = await ctx.ports.commander.send(command);
    if (!answer.ok) throw refusalOf(answer);
    return { record: answer.record, risk: ctx.system.risk() };
  };
  const response = { 200: RiskAnswer };

  app.post(
    "/api/v1/risk/trading-state",
    async ({ body }) => {
      const command = scoped(ctx, RecordKind.CommandSetTradingState, body);
      command.code = STATES[body.state];
      return await send(command);
    },
    { query: NoQuery, body: StateBody, response, detail: detail("Active, only reducing, or halted") },
  );
  app.post(
    "/api/v1/risk/breakers/reset",
    async ({ body }) => {
      const command = scoped(ctx, RecordKind.CommandResetBreaker, body);
      const code = Denial[body.code as keyof typeof Denial];
      if (typeof code !== "number") throw httpProblem(Code.BreakerUnknown, `no breaker is named ${body.code}`);
      command.code = code;
      return await send(command);
    },
    { query: NoQuery, body: ResetBody, response, detail: detail("End a breaker by name") },
  );
  app.post(
    "/api/v1/risk/arm",
    async ({ body }) => {
      const command = new TradingRecord().reset(RecordKind.CommandArm);
      const { id, name } = accountNamed(ctx.ports.state, body.account, 422);
      if (body.armed && body.confirm !== name && ctx.ports.state.risk.arming.isReal(id)) {
        throw httpProblem(Code.ConfirmationMissing, `"confirm" must be "${name}"`, { status: 422 });
      }
      command.account = id;
      command.flags = body.armed ? 1 : 0;
      command.venueOrderId = body.build ?? "";
      command.fillId = body.by;
      command.text = body.why;
      return await send(command);
    },
    { query: NoQuery, body: ArmBody, response, detail: detail("Arm a live account for one build, or disarm it") },
  );
  app.post("/api/v1/risk/override", async ({ body }) => await send(overrideCommand(ctx, body)), {
    query: NoQuery,
    body: OverrideBody,
    response,
    detail: detail("Let one order by hand pass price and size limits"),
  });
}

interface Scoped {
  readonly scope: Static<typeof LimitScope>;
  readonly key?: string;
  readonly by: string;
  readonly why: string;
}

function scoped(ctx: ControlContext, kind: RecordKind, { scope: name, key: keyName, by, why }: Scoped): TradingRecord {
  const scope = scopeOf(name);
  const key = scopeKey(ctx.ports.state, scope, keyName);
  const command = new TradingRecord().reset(kind);
  command.scope = scope;
  if (scope === Scope.Instance) command.instance = key;
  else if (scope === Scope.Instrument) command.instrument = key;
  else if (scope === Scope.Account) command.account = key;
  else if (scope === Scope.Venue) command.venueOrderId = keyName ?? "";
  command.fillId = by;
  command.text = why;
  return command;
}

function overrideCommand(ctx: ControlContext, body: Static<typeof OverrideBody>): TradingRecord {
  const { state } = ctx.ports;
  const instrument = instrumentNamed(state, body.instrument, 422);
  const command = new TradingRecord().reset(RecordKind.CommandOverride);
  command.account = accountNamed(state, body.account, 422).id;
  command.instrument = instrument.id;
  command.instrumentRevision = instrument.revision;
  command.side = body.side === "buy" ? Side.Buy : Side.Sell;
  command.qty = exactly("qty", body.qty, instrument.qtyScale);
  command.price = body.price === undefined ? 0 : exactly("price", body.price, instrument.priceScale);
  command.expireUs = ctx.ports.nowUs() + body.seconds * SECOND_US;
  command.text = JSON.stringify({ by: body.by, second: body.second, reason: body.reason });
  return command;
}

function exactly(field: string, text: string, scale: number): number {
  const { code, mantissa } = parseMantissa(text, scale);
  if (code === Code.Ok && mantissa > 0) return mantissa;
  throw httpProblem(Code.BodyInvalid, `${field} ${text} has more decimals than the instrument, or is not positive`);
}
