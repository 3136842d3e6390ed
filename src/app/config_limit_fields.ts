/** Risk controls of a configuration beside the basic ones: sums, losses, repetition, lists, hours. */

import { type TUnsafe, Type as t } from "@sinclair/typebox";
import { DEFAULT_LIMITS } from "../core/limits.ts";

const closed = { additionalProperties: false };
const WINDOW_US_MAX = 86_400_000_000;
const BAND_US_MAX = 60_000_000;

function choice<const T extends readonly string[]>(values: T, description: string) {
  return t.String({ enum: [...values], description }) as unknown as TUnsafe<T[number]>;
}

/** A plain decimal as text: money never passes through a float. */
function decimal(description: string) {
  return t.String({ pattern: "^[0-9]{1,18}(\\.[0-9]{1,18})?$", "x-form": "decimal", description });
}

function rate(description: string) {
  const count = t.Integer({ minimum: 0, maximum: DEFAULT_LIMITS.ordersMax, description: "at most so many" });
  const windowUs = t.Integer({ minimum: 1, maximum: WINDOW_US_MAX, description: "in any window of so many µs" });
  return t.Object({ count, windowUs }, { ...closed, description });
}

function bps(description: string, maximum = 1_000_000) {
  return t.Integer({ minimum: 0, maximum, description: `${description}, in 1/10,000` });
}

function names(description: string) {
  const name = t.String({ minLength: 1, maxLength: 128, description: "name" });
  return t.Array(name, { maxItems: 256, description });
}

const time = t.String({ pattern: "^([01][0-9]|2[0-4]):[0-5][0-9]$", description: "HH:MM in UTC" });

export const LIMIT_FIELDS = {
  amends: t.Optional(rate("rate of amends; counted as new orders where absent")),
  band: t.Optional(
    t.Object(
      {
        bps: bps("largest distance from the lowest and highest reference"),
        windowUs: t.Integer({ minimum: 1, maximum: BAND_US_MAX, description: "of so many µs" }),
      },
      { ...closed, description: "price band of the last seconds" },
    ),
  ),
  slippageBps: t.Optional(bps("largest expected slippage of a market order")),
  duplicateUs: t.Optional(
    t.Integer({ minimum: 0, maximum: WINDOW_US_MAX, description: "the same order within so many µs is a duplicate" }),
  ),
  selfMatch: t.Optional(choice(["account", "firm"], "whose resting orders an order may not meet")),
  maxGrossValue: t.Optional(decimal("largest sum of |position| at mark over instruments, open orders counted")),
  maxNetValue: t.Optional(decimal("largest |sum| of positions at mark over instruments, open orders counted")),
  maxLeverage: t.Optional(
    t.Integer({ minimum: 0, maximum: 100_000, description: "gross value over equity, in 1/100" }),
  ),
  minFreeBalance: t.Optional(decimal("what must stay free of the asset that pays")),
  maxDailyLoss: t.Optional(decimal("largest loss of a day, realised and unrealised")),
  maxDrawdown: t.Optional(decimal("largest fall from the highest profit")),
  maxLosingTrips: t.Optional(
    t.Integer({ minimum: 1, maximum: DEFAULT_LIMITS.ordersMax, description: "round trips lost in a row" }),
  ),
  onLoss: t.Optional(choice(["reduce", "halt", "kill"], "what a loss limit does")),
  executions: t.Optional(rate("automated executions until a person confirms by name")),
  refusals: t.Optional(rate("denials and rejects until a person confirms by name")),
  rejectRatio: t.Optional(
    t.Object(
      {
        orders: t.Integer({
          minimum: 1,
          maximum: DEFAULT_LIMITS.ordersMax,
          description: "of the last so many answers",
        }),
        bps: bps("largest share of rejects", 10_000),
      },
      { ...closed, description: "share of orders that the venue rejects" },
    ),
  ),
  coolDownUs: t.Optional(
    t.Integer({
      minimum: 0,
      maximum: WINDOW_US_MAX,
      description: "a breaker of rejects ends after so long; 0 = by name",
    }),
  ),
  instruments: t.Optional(names("only these instruments")),
  venues: t.Optional(names("only these venues")),
  restricted: t.Optional(names("never these instruments")),
  hours: t.Optional(
    t.Object(
      {
        from: time,
        to: time,
        days: t.Optional(
          t.Array(t.Integer({ minimum: 1, maximum: 7, description: "1 = Monday" }), {
            maxItems: 7,
            description: "days",
          }),
        ),
      },
      { ...closed, description: "trading hours in UTC" },
    ),
  ),
};
