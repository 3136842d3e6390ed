/** What the HTTP interface answers of an account with real money. */

import { type Static, Type as t } from "@sinclair/typebox";
import { Time } from "./value_views.ts";

const closed = { additionalProperties: false };

/** The gateway of an account with real money: what it was checked for, its clock, its budget, its stream. */
export const LiveAccountView = t.Object(
  {
    fit: t.Boolean({ description: "all checks are passed: it may be armed" }),
    unfitWhy: t.Union([t.String(), t.Null()]),
    checks: t.Array(
      t.Object(
        { name: t.String(), verdict: t.String(), detail: t.String(), code: t.String(), hint: t.String() },
        closed,
      ),
    ),
    streamUp: t.Boolean(),
    clockOffsetUs: t.Number({ description: "the venue's clock less ours" }),
    clockUncertaintyUs: t.Union([t.Number(), t.Null()], { description: "null: not measured yet" }),
    weightUsed: t.Number({ description: "request weight of the last window, that of others of our address included" }),
    ordersUsed: t.Number({ description: "orders of the last window, as the venue counts them" }),
    freezes: t.Integer({ description: "times that the venue told us to stop asking" }),
    reconnects: t.Integer(),
    handovers: t.Integer(),
    requestsOpen: t.Integer({ description: "orders and cancels without an answer" }),
    questionsOpen: t.Integer(),
    reports: t.Integer(),
    reportsWaiting: t.Integer(),
    reportsLost: t.Integer(),
    deadManSwitches: t.Integer({
      description: "instruments whose orders the venue ends when we fall silent: it has said so",
    }),
    deadManMissing: t.Array(
      t.Object(
        {
          instrument: t.String(),
          code: t.Union([t.String(), t.Null()], { description: "null: its first answer is awaited" }),
          stillArmed: t.Boolean({ description: "what the venue took before still runs" }),
        },
        closed,
      ),
      { description: "instruments whose switch the venue has not taken, or not renewed; tried again" },
    ),
    fees: t.Array(
      t.Object(
        {
          instrument: t.String(),
          maker: t.String({ description: "share of a trade's value, 0.0004 is 4 bps; below zero: a rebate" }),
          taker: t.String(),
          discountIn: t.Union([t.String(), t.Null()], {
            description: "asset in which fees may be paid and are less then; how much less is not in the rates",
          }),
          asOf: Time,
        },
        closed,
      ),
      { description: "what the venue says that it charges; asked for every hour" },
    ),
    feesMissing: t.Integer({ description: "instruments whose fees the venue has not told yet" }),
  },
  closed,
);
export type LiveAccountView = Static<typeof LiveAccountView>;
