/** What a key may do and how an account is set up: asked once before it trades, so that nobody trades with too mighty a key. */

import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { Fields } from "../wire/fields.ts";
import type { RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import type { AccountFacts, LiveHost } from "../wire/live_dialect.ts";
import { rowOf } from "./row_fields.ts";

/** `done` gets the facts, or the problem that kept them. */
export function probeAccount(call: LiveHost["call"], done: (facts: AccountFacts | Problem) => void): void {
  call(ask("/api/v5/account/config"), (first) => {
    if (!first.isOk) return done(refused(first));
    call(ask("/api/v5/account/balance"), (second) => {
      if (!second.isOk) return done(refused(second));
      done(factsOf(rowIn(first.value), rowIn(second.value)));
    });
  });
}

function factsOf(config: Fields, balance: Fields): AccountFacts | Problem {
  const rights = config.text("perm").split(",");
  const mode = config.text("posMode");
  const details = balance.source["details"];
  const rows = Array.isArray(details) ? details.map(rowOf) : [];
  if (config.bad !== "") return problem(Code.FieldMissing, `what the key may do: field ${config.bad}`);
  return {
    mayTrade: rights.includes("trade"),
    mayWithdraw: rights.includes("withdraw"),
    isUnbound: config.text("ip", "").trim() === "",
    isHedged: mode !== "net_mode",
    assets: rows.filter((row) => /[1-9]/.test(row.text("cashBal", ""))).map((row) => row.text("ccy", "")),
  };
}

function rowIn(value: unknown): Fields {
  return Fields.of(Array.isArray(value) ? value[0] : undefined);
}

function ask(path: string): RestAsk {
  return { method: "GET", path, params: [], security: "signed", weight: 1 };
}

function refused(answer: VenueAnswer): Problem {
  return problem(Code.AnswerRefused, `what the key may do: ${answer.msg}`);
}
