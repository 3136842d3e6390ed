/** What a live account must pass before it may open anything: each check is a coded problem with a cure, or nothing. */

import { Code } from "../core/code.ts";
import { CODE_TEXTS } from "../core/code_texts.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { AccountFacts } from "../venue/wire/live_dialect.ts";
import type { GatewayStatus } from "../venue/wire/live_gateway.ts";

/** Requests are stamped by the venue's clock, but timers, bars and ages are ours: a host so far off is not looked after. */
export const CLOCK_OFFSET_US_MAX = 1_000_000;
/** Half of the way there and back: a venue that far away would take orders that are too old. */
const CLOCK_UNCERTAINTY_US_MAX = 500_000;

/** Plain data: crosses threads. */
export interface LiveCheck {
  readonly name: "allowed" | "key" | "clock" | "trade" | "withdraw" | "address" | "one-way" | "venue";
  readonly verdict: "ok" | "waiting" | "failed";
  readonly detail: string;
  readonly code: string;
  readonly hint: string;
}

/** `live: true` at the top is the permission. */
export function checkAllowed(isAllowed: boolean): LiveCheck {
  if (isAllowed) return ok("allowed", "live: true");
  return failed("allowed", problem(Code.LiveNotAllowed, "`live: true` does not stand at the top of the configuration"));
}

export function checkKey(found: Problem | undefined): LiveCheck {
  return found === undefined ? ok("key", "it was read") : failed("key", found);
}

export function checkClock({ isKnown }: { readonly isKnown: boolean }, figures: GatewayStatus): LiveCheck {
  if (!isKnown) return waiting("clock", "the venue has not told its time yet");
  const { clockOffsetUs, clockUncertaintyUs } = figures;
  const text = `${ms(clockOffsetUs)} ms off, ± ${ms(clockUncertaintyUs)} ms`;
  if (Math.abs(clockOffsetUs) > CLOCK_OFFSET_US_MAX) {
    return failed("clock", problem(Code.ClockWrong, `${text}: more than ${ms(CLOCK_OFFSET_US_MAX)} ms`));
  }
  if (!(clockUncertaintyUs <= CLOCK_UNCERTAINTY_US_MAX)) {
    return failed("clock", problem(Code.ClockWrong, `${text}: the venue answers too slowly to know better`));
  }
  return ok("clock", text);
}

/** `asked`: what the venue said when it was asked last; undefined = it has not answered yet. */
export function checkFacts(asked: AccountFacts | Problem | undefined): LiveCheck[] {
  if (asked === undefined) return [waiting("venue", "it has not said yet what the key may do")];
  if ("detail" in asked) return [failed("venue", asked)];
  const { mayTrade, mayWithdraw, isUnbound, isHedged } = asked;
  return [
    mayTrade
      ? ok("trade", "the key may trade")
      : failed("trade", problem(Code.KeyMayNotTrade, "the key may not trade")),
    mayWithdraw
      ? failed("withdraw", problem(Code.KeyMayWithdraw, "the key may withdraw"))
      : ok("withdraw", "it may not"),
    ...(isUnbound === undefined ? [] : [checkAddress(isUnbound)]),
    isHedged ? failed("one-way", problem(Code.HedgeMode, "hedge mode is on")) : ok("one-way", "one position each"),
  ];
}

/** No reason to open nothing: addresses of a home change. A reason to be told. */
function checkAddress(isUnbound: boolean): LiveCheck {
  if (!isUnbound) return ok("address", "the key is bound to some");
  const { code, detail, hint } = problem(Code.KeyUnbound, "the key may be used from any address");
  return { name: "address", verdict: "ok", detail, code, hint };
}

/** The first thing that keeps an account from opening; "" = nothing. */
export function whyUnfit(checks: readonly LiveCheck[]): string {
  const first = checks.find(({ verdict }) => verdict === "failed") ?? checks.find(({ verdict }) => verdict !== "ok");
  if (first === undefined) return "";
  return `${first.name}: ${first.detail}${first.hint === "" ? "" : ` (${first.hint})`}`;
}

export function problemOf({ code, detail, hint }: LiveCheck, account: string): Problem {
  return { code, detail: `account ${account}: ${detail}`, hint };
}

function ok(name: LiveCheck["name"], detail: string): LiveCheck {
  return { name, verdict: "ok", detail, code: "", hint: "" };
}

function waiting(name: LiveCheck["name"], detail: string): LiveCheck {
  return { name, verdict: "waiting", detail, code: "NotReady", hint: CODE_TEXTS[Code.NotReady].hint };
}

function failed(name: LiveCheck["name"], { code, detail, hint }: Problem): LiveCheck {
  return { name, verdict: "failed", detail, code, hint };
}

function ms(us: number): string {
  return (us / 1_000).toFixed(1);
}
