/** What commands and the smaller resources answer: schemas beside the views. */

import { type Static, Type as t } from "@sinclair/typebox";
import { CONTROL_FIELDS, LimitScope } from "./limit_schema.ts";
import { Time } from "./value_views.ts";
import { InstanceView, OrderView, RiskView } from "./views.ts";

const closed = { additionalProperties: false };

/** Every command's answer names the record that the read model must hold to show its effect: use it as `?since=`. */
export const OrderAnswer = t.Object(
  {
    record: t.Integer(),
    id: t.Integer(),
    order: t.Union([OrderView, t.Null()], { description: "null: ended long ago and forgotten by the read model" }),
  },
  closed,
);
export type OrderAnswer = Static<typeof OrderAnswer>;

/** One of a batch: what a request of its own would have been answered. */
export const BatchItem = t.Object(
  {
    ok: t.Boolean(),
    id: t.Integer({ description: "0: no order came of it" }),
    order: t.Union([OrderView, t.Null()]),
    code: t.Union([t.String(), t.Null()]),
    denial: t.Union([t.String(), t.Null()]),
    detail: t.String(),
  },
  closed,
);
export type BatchItem = Static<typeof BatchItem>;

export const BatchAnswer = t.Object(
  { record: t.Integer(), cancel: t.Array(BatchItem), amend: t.Array(BatchItem), place: t.Array(BatchItem) },
  closed,
);
export type BatchAnswer = Static<typeof BatchAnswer>;

export const CheckView = t.Object(
  {
    check: t.String(),
    ok: t.Boolean(),
    code: t.Union([t.String(), t.Null()]),
    detail: t.String(),
    hint: t.String(),
  },
  closed,
);
export type CheckView = Static<typeof CheckView>;

/** `?dryRun=true`: what our own checks say at this moment; nothing was sent and nothing was recorded. */
export const DryRunAnswer = t.Object(
  {
    dryRun: t.Literal(true),
    ok: t.Boolean(),
    record: t.Integer(),
    checks: t.Array(CheckView),
    notChecked: t.Array(t.String(), { description: "what only sending would show" }),
  },
  closed,
);
export type DryRunAnswer = Static<typeof DryRunAnswer>;

export const CancelAllAnswer = t.Object(
  { record: t.Integer(), asked: t.Integer({ description: "open orders that the request covered" }) },
  closed,
);
export const InstanceAnswer = t.Object(
  { record: t.Integer(), id: t.Integer(), instance: t.Union([InstanceView, t.Null()]) },
  closed,
);
export const RiskAnswer = t.Object({ record: t.Integer(), risk: RiskView }, closed);

/** All limits of one scope. What is missing is not set at this level; missing at every level denies. */
export const LimitsView = t.Object(
  {
    scope: LimitScope,
    key: t.String({ description: "name; empty for the firm" }),
    version: t.Integer(),
    ...CONTROL_FIELDS,
  },
  closed,
);
export type LimitsView = Static<typeof LimitsView>;

/** Replaces all limits of a scope. `version`: the one that was read; another one by now is a conflict. */
export const LimitsBody = t.Object(
  {
    scope: LimitScope,
    key: t.Optional(t.String({ maxLength: 128 })),
    version: t.Optional(t.Integer()),
    ...CONTROL_FIELDS,
  },
  closed,
);
export type LimitsBody = Static<typeof LimitsBody>;
/** Leverage of the contracts of one instrument in one account: cross margin. */
export const LeverageBody = t.Object(
  {
    account: t.String({ maxLength: 64 }),
    instrument: t.String({ maxLength: 128 }),
    leverage: t.String({ pattern: "^[0-9]{1,4}(\\.[0-9]{1,2})?$", description: "times, e.g. 5" }),
  },
  closed,
);
export type LeverageBody = Static<typeof LeverageBody>;
export const LeverageAnswer = t.Object(
  { record: t.Integer(), account: t.String(), instrument: t.String(), leverage: t.String() },
  closed,
);

export const LimitsAnswer = t.Object({ record: t.Integer(), limits: LimitsView }, closed);

/** Work that takes longer than a request should. */
export const JobView = t.Object(
  {
    id: t.String(),
    kind: t.String(),
    subject: t.String(),
    state: t.Union([t.Literal("running"), t.Literal("done"), t.Literal("failed")]),
    started: Time,
    ended: t.Union([Time, t.Null()]),
    problem: t.Union([t.String(), t.Null()]),
  },
  closed,
);
export type JobView = Static<typeof JobView>;

export const ParamsBody = t.Object(
  { params: t.Record(t.String(), t.Union([t.String({ maxLength: 256 }), t.Number(), t.Boolean()])) },
  closed,
);
export const WhyBody = t.Object({ why: t.Optional(t.String({ maxLength: 500 })) }, closed);

export const LoginBody = t.Object(
  { code: t.Optional(t.String({ maxLength: 128 })), token: t.Optional(t.String({ maxLength: 256 })) },
  closed,
);
export const LoginAnswer = t.Object({ idleSeconds: t.Integer(), absoluteSeconds: t.Integer() }, closed);
export const TicketAnswer = t.Object({ ticket: t.String(), expires: Time }, closed);
export const LogLineView = t.Record(t.String(), t.Unknown());
