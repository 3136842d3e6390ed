/** `meltica orders cancel` and `cancel-all`. */

import { type Problem, ProblemError, problemText } from "../core/problem.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit, exitOfProblem } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { type OrderAnswer, orderNumber } from "./order_answer.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

export const cancelVerb: Verb = {
  name: "cancel",
  description: "Cancel orders by number",
  definitions: {
    ids: { type: "positional", repeatable: true, description: "Numbers of the orders" },
    ...DATA_DIR_DEFINITIONS,
  },
  examples: ["meltica orders cancel 17", "meltica orders cancel 17 18 --json"],
  run: cancel,
};

export const cancelAllVerb: Verb = {
  name: "cancel-all",
  description: "Cancel all open orders, or those of an account, instrument or instance",
  definitions: {
    account: { type: "string", valueHint: "NAME", description: "Of one account" },
    instrument: { type: "string", valueHint: "NAME", description: "Of one instrument" },
    instance: { type: "string", valueHint: "NAME", description: "Of one instance" },
    why: { type: "string", valueHint: "TEXT", description: "Reason, kept with the orders" },
    ...DATA_DIR_DEFINITIONS,
  },
  examples: ["meltica orders cancel-all", 'meltica orders cancel-all --instrument sim:BTC-USDT --why "news"'],
  run: cancelAll,
};

/** Each order on its own: one that cannot be cancelled does not keep the others. */
async function cancel(call: Call): Promise<Exit> {
  const ids = call.given.positionals.map(orderNumber);
  const gateway = await openGateway(call.given);
  const problems: Problem[] = [];
  const done: OrderAnswer[] = [];
  for (const id of ids) {
    try {
      const answer = await gateway.call<OrderAnswer>(`orders/${id}`, { method: "DELETE" });
      done.push(answer);
      if (!call.json) call.terminal.out(`order ${id}: ${answer.order?.state ?? "cancel asked for"}\n`);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(error.problem);
      if (!call.json) call.terminal.err(`order ${id}: ${problemText(error.problem)}\n`);
    }
  }
  if (call.json) call.terminal.out(`${JSON.stringify({ items: done, problems })}\n`);
  const [first] = problems;
  if (first !== undefined) return exitOfProblem(first.code);
  sayNext(call, "meltica orders list");
  return Exit.Ok;
}

async function cancelAll(call: Call): Promise<Exit> {
  const gateway = await openGateway(call.given);
  const names = ["account", "instrument", "instance", "why"] as const;
  const body = Object.fromEntries(
    names.flatMap((name) => {
      const value = call.given.text(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const answer = await gateway.call<{ asked: number }>("orders/cancel-all", { method: "POST", body });
  if (call.json) call.terminal.out(`${JSON.stringify(answer)}\n`);
  else call.terminal.out(`cancels asked for: ${answer.asked} open orders\n`);
  sayNext(call, "meltica orders list");
  return Exit.Ok;
}
