/** What a key may do and how an account is set up: asked once before it trades, so that nobody trades with too mighty a key. */

import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { Fields } from "../wire/fields.ts";
import type { RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import type { AccountFacts, LiveHost } from "../wire/live_dialect.ts";
import type { BinanceMarket } from "./fast_path.ts";

export type { AccountFacts } from "../wire/live_dialect.ts";

/** `done` gets the facts, or the problem that kept them. */
export function probeAccount(
  market: BinanceMarket,
  call: LiveHost["call"],
  done: (facts: AccountFacts | Problem) => void,
): void {
  // Spot states the rights of the key itself; USD-M, at its own address, those of account and key together.
  const [rights, holdings] =
    market === "spot"
      ? ["/sapi/v1/account/apiRestrictions", "/api/v3/account"]
      : ["/fapi/v2/account", "/fapi/v3/balance"];
  call(ask(rights), (first) => {
    if (!first.isOk) return done(refused(first));
    call(ask(holdings), (second) => {
      if (!second.isOk) return done(refused(second));
      const assets = assetsOf(market === "spot" ? Fields.of(second.value).source["balances"] : second.value);
      if (market === "spot") return done(spotFacts(Fields.of(first.value), assets));
      call(ask("/fapi/v1/positionSide/dual"), (third) => {
        if (!third.isOk) return done(refused(third));
        done(usdmFacts(Fields.of(first.value), Fields.of(third.value), assets));
      });
    });
  });
}

function spotFacts(rights: Fields, assets: readonly string[]): AccountFacts | Problem {
  const mayTrade = rights.flag("enableSpotAndMarginTrading");
  const mayWithdraw = rights.flag("enableWithdrawals");
  if (rights.bad !== "" || !rights.has("enableWithdrawals")) return unreadable("enableWithdrawals");
  const bound = rights.has("ipRestrict") ? { isUnbound: !rights.flag("ipRestrict") } : {};
  return { mayTrade, mayWithdraw, isHedged: false, assets, ...bound };
}

function usdmFacts(account: Fields, sides: Fields, assets: readonly string[]): AccountFacts | Problem {
  const mayTrade = account.flag("canTrade");
  const mayWithdraw = account.flag("canWithdraw");
  const isHedged = sides.flag("dualSidePosition");
  if (account.bad !== "" || !account.has("canWithdraw")) return unreadable("canWithdraw");
  return sides.bad === "" ? { mayTrade, mayWithdraw, isHedged, assets } : unreadable("dualSidePosition");
}

function assetsOf(rows: unknown): string[] {
  const all = Array.isArray(rows) ? rows.map((row) => Fields.of(row)) : [];
  const holds = (row: Fields) => ["free", "locked", "balance"].some((name) => /[1-9]/.test(row.text(name, "")));
  return all.filter(holds).map((row) => row.text("asset", ""));
}

function ask(path: string): RestAsk {
  return { method: "GET", path, params: [], security: "signed", weight: 1 };
}

function refused(answer: VenueAnswer): Problem {
  return problem(Code.AnswerRefused, `what the key may do: ${answer.msg}`);
}

function unreadable(name: string): Problem {
  return problem(Code.FieldMissing, `what the key may do: field ${name}`);
}
