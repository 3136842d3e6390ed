/** The controls of one scope as the HTTP interface takes and shows them. */

import { Type as t } from "@sinclair/typebox";
import { Decimal } from "./value_views.ts";

const closed = { additionalProperties: false };

const Rate = t.Object(
  {
    count: t.Integer({ minimum: 0 }),
    windowUs: t.Integer({ minimum: 1 }),
    reserve: t.Optional(t.Integer({ minimum: 0 })),
  },
  closed,
);
const Names = t.Array(t.String({ minLength: 1, maxLength: 128 }), { maxItems: 256 });
const Bps = t.Integer({ minimum: 0, maximum: 1_000_000 });

export const LimitScope = t.Union([
  t.Literal("firm"),
  t.Literal("account"),
  t.Literal("venue"),
  t.Literal("instrument"),
  t.Literal("instance"),
]);

export const CONTROL_FIELDS = {
  maxOrderValue: t.Optional(Decimal),
  maxOrderQty: t.Optional(Decimal),
  maxLongPosition: t.Optional(Decimal),
  maxShortPosition: t.Optional(Decimal),
  collarBps: t.Optional(t.Integer({ minimum: 0 })),
  referenceAgeUsMax: t.Optional(t.Integer({ minimum: 0 })),
  newOrders: t.Optional(Rate),
  cancels: t.Optional(Rate),
  maxOpenOrders: t.Optional(t.Integer({ minimum: 0 })),
  amends: t.Optional(Rate),
  band: t.Optional(t.Object({ bps: Bps, windowUs: t.Integer({ minimum: 1 }) }, closed)),
  slippageBps: t.Optional(Bps),
  duplicateUs: t.Optional(t.Integer({ minimum: 0 })),
  selfMatch: t.Optional(t.Union([t.Literal("account"), t.Literal("firm")])),
  maxGrossValue: t.Optional(Decimal),
  maxNetValue: t.Optional(Decimal),
  maxLeverage: t.Optional(t.Integer({ minimum: 0, description: "in 1/100" })),
  minFreeBalance: t.Optional(Decimal),
  maxDailyLoss: t.Optional(Decimal),
  maxDrawdown: t.Optional(Decimal),
  maxLosingTrips: t.Optional(t.Integer({ minimum: 1 })),
  onLoss: t.Optional(t.Union([t.Literal("reduce"), t.Literal("halt"), t.Literal("kill")])),
  executions: t.Optional(Rate),
  refusals: t.Optional(Rate),
  rejectRatio: t.Optional(t.Object({ orders: t.Integer({ minimum: 1 }), bps: Bps }, closed)),
  coolDownUs: t.Optional(t.Integer({ minimum: 0 })),
  instruments: t.Optional(Names),
  venues: t.Optional(Names),
  restricted: t.Optional(Names),
  hours: t.Optional(
    t.Object(
      {
        from: t.String({ maxLength: 5 }),
        to: t.String({ maxLength: 5 }),
        days: t.Optional(t.Array(t.Integer({ minimum: 1, maximum: 7 }), { maxItems: 7 })),
      },
      closed,
    ),
  ),
};
