/**
 * Which limits of one scope a newer payload loosens. What is not surely the same or tighter counts as looser: a change of
 * hours or lists, and a limit that is taken away, whatever other scopes still say.
 */

import { Code } from "../core/code.ts";
import { CASH_SCALE, parseWide } from "../core/decimal.ts";
import { Wide, wideCmp } from "../core/wide.ts";

type Fields = Readonly<Record<string, unknown>>;

/** More is looser. Money and quantities are decimal text, the rest whole numbers. */
const MORE: readonly string[] = [
  ...["maxOrderValue", "maxOrderQty", "maxLongPosition", "maxShortPosition", "maxGrossValue", "maxNetValue"],
  ...["maxDailyLoss", "maxDrawdown", "maxLosingTrips", "maxLeverage", "maxOpenOrders"],
  ...["collarBps", "slippageBps", "referenceAgeUsMax"],
];
const LESS: readonly string[] = ["minFreeBalance", "duplicateUs"];
/** At most `count` in `windowUs`. */
const RATES: readonly string[] = ["newOrders", "cancels", "amends", "executions", "refusals"];
/** Where they are absent, something stricter, or a default as strict, is in force. */
const LOOSER_WHEN_NEW: readonly string[] = ["amends", "coolDownUs"];
const LOSS_ACTIONS: readonly string[] = ["reduce", "halt", "kill"];
const NO_LIMITS: readonly string[] = ["scope", "key", "venue", "version"];

/** Each as `name before → after`. */
export function loosenedLimits(before: Fields, after: Fields): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !NO_LIMITS.includes(name),
  );
  return names
    .filter((name) => isLooser(name, before[name], after[name]))
    .map((name) => `${name} ${textOf(before[name])} → ${textOf(after[name])}`);
}

function isLooser(name: string, before: unknown, after: unknown): boolean {
  if (JSON.stringify(before) === JSON.stringify(after)) return false;
  if (before === undefined) return LOOSER_WHEN_NEW.includes(name);
  if (after === undefined) return true;
  if (MORE.includes(name)) return isMore(after, before);
  if (LESS.includes(name)) return isMore(before, after);
  if (RATES.includes(name)) return isFaster(before as Fields, after as Fields);
  if (name === "selfMatch") return after === "account";
  if (name === "onLoss") return LOSS_ACTIONS.indexOf(String(after)) < LOSS_ACTIONS.indexOf(String(before));
  if (name === "instruments" || name === "venues") return hasMore(after as string[], before as string[]);
  if (name === "restricted") return hasMore(before as string[], after as string[]);
  return true;
}

function isMore(one: unknown, other: unknown): boolean {
  const [left, right] = [new Wide(), new Wide()];
  const isRead = [parseWide(left, String(one), CASH_SCALE), parseWide(right, String(other), CASH_SCALE)];
  return isRead.some((code) => code !== Code.Ok) || wideCmp(left, right) > 0;
}

/** A reserve of cancels is a count more of them; one that is not given is as large as the count. */
function isFaster(before: Fields, after: Fields): boolean {
  if (isMore(after["count"], before["count"]) || isMore(before["windowUs"], after["windowUs"])) return true;
  return isMore(after["reserve"] ?? after["count"], before["reserve"] ?? before["count"]);
}

function hasMore(one: readonly string[], other: readonly string[]): boolean {
  return one.some((each) => !other.includes(each));
}

function textOf(value: unknown): string {
  if (value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
