/** Readiness and open breaks out of the replica: what reconciliation has found, for people. */

import { type Static, Type as t } from "@sinclair/typebox";
import { mantissaTextShort } from "../core/decimal.ts";
import type { DurableState } from "../engine/durable.ts";
import { Readiness } from "../model/record.ts";
import { bigOf, bigText } from "./exact.ts";
import type { OrderViews } from "./order_view.ts";
import { timeOf } from "./time.ts";
import { Decimal, Time } from "./value_views.ts";

const closed = { additionalProperties: false };
const LEGS = ["net", "long", "short"] as const;
export const LegName = t.Union([t.Literal("net"), t.Literal("long"), t.Literal("short")]);

export const ReadinessView = t.Object(
  {
    accounts: t.Array(
      t.Object(
        {
          account: t.String(),
          state: t.Union([t.Literal("syncing"), t.Literal("ready"), t.Literal("broken")]),
          why: t.String(),
        },
        closed,
      ),
      { description: "syncing and broken: openings are denied, exits pass" },
    ),
    breaks: t.Array(
      t.Object(
        {
          account: t.String(),
          instrument: t.String(),
          leg: LegName,
          venueQty: Decimal,
          ourQty: Decimal,
          time: Time,
        },
        closed,
      ),
      { description: "positions that are another at the venue, until somebody adjusts them" },
    ),
    cashBreaks: t.Array(
      t.Object({ account: t.String(), asset: t.String(), venue: Decimal, ours: Decimal, time: Time }, closed),
    ),
  },
  closed,
);
export type ReadinessView = Static<typeof ReadinessView>;

const STATES = { [Readiness.Syncing]: "syncing", [Readiness.Ready]: "ready", [Readiness.Broken]: "broken" } as const;

export function readinessView(state: DurableState, names: OrderViews): ReadinessView {
  const { readiness, instruments, ledger } = state;
  const accounts: ReadinessView["accounts"] = [];
  for (const { id, name } of state.accounts.all()) {
    const now = readiness.ofAccount(id);
    if (now !== undefined) accounts.push({ account: name, state: STATES[now], why: readiness.whyOf(id) });
  }
  return {
    accounts,
    breaks: readiness.breaks().map(({ account, instrument, leg, venueQty, ourQty, timeUs }) => {
      const scale = instruments.get(instrument)?.qtyScale ?? 0;
      return {
        account: names.accountName(account),
        instrument: names.instrumentName(instrument),
        leg: LEGS[leg] ?? "net",
        venueQty: mantissaTextShort(venueQty, scale),
        ourQty: mantissaTextShort(ourQty, scale),
        time: timeOf(timeUs),
      };
    }),
    cashBreaks: ledger.breaks.all().map(({ account, asset, theirs, ours, timeUs }) => ({
      account: names.accountName(account),
      asset: ledger.assetCode(asset) ?? `asset-${asset}`,
      venue: bigText(bigOf(theirs)),
      ours: bigText(bigOf(ours)),
      time: timeOf(timeUs),
    })),
  };
}
