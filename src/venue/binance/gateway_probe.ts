/** What a key may do and how an account is set up: asked once before it trades, so that nobody trades with too mighty a key. */

import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { Fields } from "../wire/fields.ts";
import type { RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import type { AccountFacts, LiveHost } from "../wire/live_dialect.ts";
import type { BinanceMarket } from "./fast_path.ts";

export type { AccountFacts } from "../wire/live_dialect.ts";

/**
 * `done` gets the facts, or the problem that kept them. What a key may do, the wallet alone says: what accounts state of
 * themselves (`canWithdraw`) is true for nearly everybody. Test networks have no wallet (`hasWallet`), and nothing to lose.
 */
export function probeAccount(
  market: BinanceMarket,
  hasWallet: boolean,
  call: LiveHost["call"],
  done: (facts: AccountFacts | Problem) => void,
): void {
  const [account, holdings] =
    market === "spot" ? ["/api/v3/account", "/api/v3/account"] : ["/fapi/v2/account", "/fapi/v3/balance"];
  call(ask(hasWallet ? RIGHTS : account), (first) => {
    if (!first.isOk) return done(refused(first));
    const rights = hasWallet ? rightsOf(market, Fields.of(first.value)) : accountRights(Fields.of(first.value));
    if ("detail" in rights) return done(rights);
    call(ask(holdings), (second) => {
      if (!second.isOk) return done(refused(second));
      const assets = assetsOf(market === "spot" ? Fields.of(second.value).source["balances"] : second.value);
      if (market === "spot") return done({ ...rights, isHedged: false, assets });
      call(ask("/fapi/v1/positionSide/dual"), (third) => {
        if (!third.isOk) return done(refused(third));
        const sides = Fields.of(third.value);
        const isHedged = sides.flag("dualSidePosition");
        done(sides.bad === "" ? { ...rights, isHedged, assets } : unreadable("dualSidePosition"));
      });
    });
  });
}

const RIGHTS = "/sapi/v1/account/apiRestrictions";

type Rights = Pick<AccountFacts, "mayTrade" | "mayWithdraw" | "isUnbound">;

function rightsOf(market: BinanceMarket, rights: Fields): Rights | Problem {
  const trade = market === "spot" ? "enableSpotAndMarginTrading" : "enableFutures";
  const mayTrade = rights.flag(trade);
  const mayWithdraw = rights.flag("enableWithdrawals");
  // Absent is no answer: nobody may read permission out of it.
  const missing = [trade, "enableWithdrawals"].find((name) => !rights.has(name));
  if (rights.bad !== "" || missing !== undefined) return unreadable(missing ?? rights.bad);
  const bound = rights.has("ipRestrict") ? { isUnbound: !rights.flag("ipRestrict") } : {};
  return { mayTrade, mayWithdraw, ...bound };
}

function accountRights(account: Fields): Rights | Problem {
  const mayTrade = account.flag("canTrade");
  return account.bad === "" && account.has("canTrade") ? { mayTrade, mayWithdraw: false } : unreadable("canTrade");
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
