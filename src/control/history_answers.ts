/** What only the history answers: steps of an order, cash over time, profit by period, how far the store is. */

import { type Static, Type as t } from "@sinclair/typebox";
import { Decimal, Time } from "./value_views.ts";

const closed = { additionalProperties: false };

/** One step of an order in its timeline. */
export const OrderEventView = t.Object(
  {
    record: t.Integer({ description: "record number: unique, rising" }),
    input: t.Integer({ description: "number of the input that caused it; equal ones are one step" }),
    event: t.String({ description: "OrderIntent, OrderDenied, OrderSent, OrderAccepted, OrderFilled, …" }),
    state: t.String({ description: "of the order afterwards" }),
    cause: t.String({
      description: "an instance's name, by hand, risk, engine, or `venue:` and where it is known from",
    }),
    code: t.Union([t.String(), t.Null()], { description: "why denied, rejected, withdrawn or unknown" }),
    attempt: t.Integer(),
    price: t.Union([Decimal, t.Null()]),
    qty: t.Union([Decimal, t.Null()]),
    cumQty: t.Union([Decimal, t.Null()], { description: "filled in all, as stated with it" }),
    referencePrice: t.Union([Decimal, t.Null()], { description: "market price that the decision saw" }),
    referenceAgeUs: t.Union([t.Number(), t.Null()]),
    text: t.String(),
    time: Time,
    exchangeTime: t.Union([Time, t.Null()]),
  },
  closed,
);
export type OrderEventView = Static<typeof OrderEventView>;

/** Cash of an account in one asset after a record that moved it. */
export const BalancePointView = t.Object(
  { record: t.Integer(), account: t.String(), asset: t.String(), change: Decimal, total: Decimal, time: Time },
  closed,
);
export type BalancePointView = Static<typeof BalancePointView>;

/** What was made within one period. */
export const PnlPeriodView = t.Object(
  {
    start: Time,
    realizedPnl: Decimal,
    fees: Decimal,
    funding: Decimal,
    equity: t.Union([Decimal, t.Null()], {
      description:
        "at its end, of an account that held nothing but this asset; null: a market had a part in it, or it is an instance",
    }),
  },
  closed,
);
export type PnlPeriodView = Static<typeof PnlPeriodView>;

/** How far the store is behind the journal. */
export const HistoryView = t.Object(
  {
    dialect: t.String(),
    state: t.Union([t.Literal("following"), t.Literal("behind"), t.Literal("away"), t.Literal("stopped")]),
    record: t.Integer({ description: "last record in the store" }),
    durableRecord: t.Integer(),
    lagRecords: t.Integer(),
    begun: t.Integer({ description: "times that it began at what the store has: one more after a rebuild" }),
    problem: t.Union([t.String(), t.Null()]),
    outbox: t.Array(
      t.Object(
        { name: t.String(), record: t.Integer(), delivered: t.Integer(), failures: t.Integer(), problem: t.String() },
        closed,
      ),
    ),
  },
  closed,
);
export type HistoryView = Static<typeof HistoryView>;
