/** Query strings of the routes: each field as text with a pattern, so that nothing is coerced behind our back. */

import { Type as t } from "@sinclair/typebox";

const closed = { additionalProperties: false };
const since = t.Optional(
  t.String({ pattern: "^[0-9]{1,15}$", description: "answer only when the read model holds this record; at most 2 s" }),
);
const limit = t.Optional(t.String({ pattern: "^[0-9]{1,5}$", description: "rows of a page" }));
const cursor = t.Optional(t.String({ maxLength: 64, description: "`next` of the page before" }));
const name = (what: string) => t.Optional(t.String({ maxLength: 128, description: what }));

export const SinceQuery = t.Object({ since }, closed);
export const PageQuery = t.Object({ since, limit, cursor }, closed);
export const OrdersQuery = t.Object(
  {
    since,
    limit,
    cursor,
    state: t.Optional(t.Union([t.Literal("open"), t.Literal("all")], { description: "usual: all, newest first" })),
    account: name("only this account"),
    instrument: name("only this instrument"),
    instance: name("only this instance: name or number; `manual` = by hand"),
  },
  closed,
);
export const CancelScopeQuery = t.Object(
  {
    scope: t.Optional(t.Literal("all", { description: "all orders: to be said when nothing else is named" })),
    account: name("orders of this account"),
    instrument: name("orders of this instrument"),
    instance: name("orders of this instance: name or number; `manual` = by hand"),
  },
  closed,
);
export const ExecutionsQuery = t.Object(
  { since, limit, cursor, account: name("only this account"), instrument: name("only this instrument") },
  closed,
);
export const PnlQuery = t.Object(
  {
    by: t.Optional(
      t.Union([t.Literal("account"), t.Literal("instance"), t.Literal("firm")], { description: "usual: account" }),
    ),
    currency: t.Optional(t.String({ maxLength: 32, description: "asset to value in; usual: the account's own" })),
    since: t.Optional(
      t.String({ pattern: "^[0-9]{1,16}$", description: "epoch µs: the curve from there on; without it the present" }),
    ),
    limit,
    cursor,
  },
  closed,
);
export const BookQuery = t.Object({ depth: t.Optional(t.String({ pattern: "^[0-9]{1,4}$" })) }, closed);
export const BarsQuery = t.Object({ tf: t.Optional(t.String({ maxLength: 8 })), limit }, closed);
export const PlaceQuery = t.Object({ dryRun: t.Optional(t.Union([t.Literal("true"), t.Literal("false")])) }, closed);
export const LogsQuery = t.Object({ limit }, closed);
export const NoQuery = t.Object({}, closed);

export const OrderParams = t.Object(
  { id: t.String({ pattern: "^[0-9]{1,10}$", description: "order number" }) },
  closed,
);
export const InstanceParams = t.Object({ id: t.String({ maxLength: 64, description: "name or number" }) }, closed);
export const InstrumentParams = t.Object({ instrument: t.String({ maxLength: 128 }) }, closed);
