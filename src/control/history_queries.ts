/** Query strings of the history's routes. */

import { Type as t } from "@sinclair/typebox";

const closed = { additionalProperties: false };
const limit = t.Optional(t.String({ pattern: "^[0-9]{1,5}$", description: "rows of a page" }));
const cursor = t.Optional(t.String({ maxLength: 64, description: "`next` of the page before" }));
const name = (what: string) => t.Optional(t.String({ maxLength: 128, description: what }));
const time = (what: string) => t.Optional(t.String({ pattern: "^[0-9]{1,16}$", description: `epoch µs: ${what}` }));

const filters = {
  account: name("only this account"),
  instrument: name("only this instrument"),
  instance: name("only this instance: name or number; `manual` = by hand"),
  from: time("at or after"),
  to: time("before"),
};

export const HistoryOrdersQuery = t.Object(
  {
    limit,
    cursor,
    state: t.Optional(
      t.Union([t.Literal("open"), t.Literal("ended"), t.Literal("all")], { description: "usual: all" }),
    ),
    ...filters,
  },
  closed,
);
export const HistoryExecutionsQuery = t.Object(
  {
    limit,
    cursor,
    order: t.Optional(t.String({ pattern: "^[0-9]{1,10}$", description: "of this order" })),
    ...filters,
  },
  closed,
);
export const HistoryPositionsQuery = t.Object(
  { account: name("only this account"), at: time("as they stood at the end of its UTC day; without it the newest") },
  closed,
);
export const HistoryBalancesQuery = t.Object(
  {
    limit,
    cursor,
    account: t.String({ maxLength: 128 }),
    asset: t.String({ maxLength: 32 }),
    from: time("at or after"),
    to: time("before"),
  },
  closed,
);
export const HistoryPnlQuery = t.Object(
  {
    limit,
    cursor,
    account: t.String({ maxLength: 128 }),
    asset: t.String({ maxLength: 32, description: "asset that the profit is in" }),
    instance: name("of this instance: name or number; `manual` = by hand; without it the whole account"),
    from: time("begin of the first period, a whole minute; usual: 30 days ago"),
    to: time("end; usual: now"),
    step: t.Optional(
      t.Union([t.Literal("1m"), t.Literal("1h"), t.Literal("1d")], { description: "length of a period; usual: 1d" }),
    ),
  },
  closed,
);
