/** What a key may do and how the account is set up: asked once before it trades, so that nobody trades with too mighty a key. */

import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import type { AccountFacts, LiveHost } from "../wire/live_dialect.ts";
import type { Category } from "./category.ts";
import { coinsOf, listOf } from "./gateway_queries.ts";

/** Symbols whose position mode is asked for: it may differ from one to the next. */
const SYMBOLS_MAX = 16;

/** `symbols`: of what is traded. `done` gets the facts, or the problem that kept them. */
export function probeAccount(
  category: Category,
  symbols: readonly string[],
  call: LiveHost["call"],
  done: (facts: AccountFacts | Problem) => void,
): void {
  call(ask("/v5/user/query-api", []), (first) => {
    const rights = first.isOk ? rightsOf(category, Fields.of(first.value)) : refused(first);
    if ("detail" in rights) return done(rights);
    call(ask("/v5/account/wallet-balance", [["accountType", "UNIFIED"]]), (second) => {
      const coins = second.isOk ? coinsOf(second.value) : undefined;
      if (coins === undefined) return done(second.isOk ? unreadable("coin") : refused(second));
      const assets = coins.map((row) => Fields.of(row)).filter(holds);
      const facts = { ...rights, assets: assets.map((row) => row.text("coin", "")) };
      if (category === "spot") return done({ ...facts, isHedged: false });
      askModes(symbols.slice(0, SYMBOLS_MAX), call, (isHedged) =>
        done(typeof isHedged === "boolean" ? { ...facts, isHedged } : isHedged),
      );
    });
  });
}

/** One symbol after the other, until one has sides apart. A symbol that is named shows without a position too. */
function askModes(
  symbols: readonly string[],
  call: LiveHost["call"],
  done: (isHedged: boolean | Problem) => void,
): void {
  const [symbol, ...others] = symbols;
  if (symbol === undefined) return done(false);
  const params: Param[] = [
    ["category", "linear"],
    ["symbol", symbol],
  ];
  call(ask("/v5/position/list", params), (answer) => {
    const rows = answer.isOk ? listOf(answer.value) : undefined;
    if (rows === undefined) return done(answer.isOk ? unreadable("list") : refused(answer));
    const indexes = rows.map((row) => Fields.of(row).whole("positionIdx", 0));
    if (indexes.some((index) => index !== 0)) return done(true);
    askModes(others, call, done);
  });
}

function rightsOf(
  category: Category,
  key: Fields,
): Pick<AccountFacts, "mayTrade" | "mayWithdraw" | "isUnbound"> | Problem {
  const isReader = key.whole("readOnly");
  const permissions = key.object("permissions");
  if (key.bad !== "") return unreadable(key.bad);
  const may = (name: string, word: string) => {
    const words = permissions.has(name) ? permissions.list(name) : [];
    return words.includes(word);
  };
  const mayTrade =
    category === "spot"
      ? may("Spot", "SpotTrade")
      : may("ContractTrade", "Order") || may("Derivatives", "DerivativesTrade");
  // Money that may go to a member of the family may leave from there.
  const mayWithdraw = may("Wallet", "Withdraw") || may("Wallet", "SubMemberTransfer");
  if (!permissions.has("Wallet") || permissions.bad !== "") return unreadable("permissions");
  const addresses = key.has("ips") ? key.list("ips") : undefined;
  const bound = addresses === undefined ? {} : { isUnbound: addresses.length === 0 || addresses.includes("*") };
  return { mayTrade: isReader === 0 && mayTrade, mayWithdraw, ...bound };
}

function holds(row: Fields): boolean {
  return ["walletBalance", "locked"].some((name) => /[1-9]/.test(row.text(name, "")));
}

function ask(path: string, params: readonly Param[]): RestAsk {
  return { method: "GET", path, params, security: "signed", weight: 1 };
}

function refused(answer: VenueAnswer): Problem {
  return problem(Code.AnswerRefused, `what the key may do: ${answer.msg}`);
}

function unreadable(name: string): Problem {
  return problem(Code.FieldMissing, `what the key may do: field ${name}`);
}
