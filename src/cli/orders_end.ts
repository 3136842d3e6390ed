/** `meltica orders end`: the operator's word on an order whose fate its venue cannot tell any more. */

import { usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { type OrderAnswer, orderNumber } from "./order_answer.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

const EXAMPLE = 'meltica orders end 17 --by ann --why "not in their list or history, asked their support"';

export const endVerb: Verb = {
  name: "end",
  description: "End an unknown order that its venue has forgotten, by your word",
  definitions: {
    id: { type: "positional", description: "Number of the order" },
    by: { type: "string", valueHint: "NAME", description: "Who has looked at the venue" },
    why: { type: "string", valueHint: "TEXT", description: "What shows that it has ended" },
    ...DATA_DIR_DEFINITIONS,
  },
  examples: [EXAMPLE],
  run: end,
};

async function end(call: Call): Promise<Exit> {
  const id = orderNumber(call.given.positionals[0] as string);
  const by = call.given.text("by") ?? "";
  const why = call.given.text("why") ?? "";
  if (by === "") throw usage("--by is missing: who has looked at the venue?", EXAMPLE);
  if (why === "") throw usage("--why is missing: what shows that it has ended?", EXAMPLE);
  const gateway = await openGateway(call.given);
  const answer = await gateway.call<OrderAnswer>(`orders/${id}/end`, { method: "POST", body: { by, why } });
  if (call.json) call.terminal.out(`${JSON.stringify(answer)}\n`);
  else call.terminal.out(`order ${id}: ${answer.order?.state ?? "ended"}\n`);
  sayNext(call, `meltica orders show ${id}`);
  return Exit.Ok;
}
