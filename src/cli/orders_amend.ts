/** `meltica orders amend`: another price or quantity for an open order. */

import type { AmendBody } from "../control/views.ts";
import { usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { decimalOption, type OrderAnswer, orderNumber, type ShowOrder } from "./order_answer.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

export function amendVerb(show: ShowOrder): Verb {
  return {
    name: "amend",
    description: "Change price or quantity of an open order",
    definitions: {
      id: { type: "positional", description: "Number of the order" },
      price: { type: "string", valueHint: "PRICE", description: "New limit price" },
      qty: { type: "string", valueHint: "QTY", description: "New quantity, what is filled already included" },
      why: { type: "string", valueHint: "TEXT", description: "Reason, kept with the order" },
      ...DATA_DIR_DEFINITIONS,
    },
    examples: ["meltica orders amend 17 --price 50100", "meltica orders amend 17 --qty 0.5 --json"],
    run: (call) => amend(call, show),
  };
}

async function amend(call: Call, show: ShowOrder): Promise<Exit> {
  const { given, terminal } = call;
  const id = orderNumber(given.positionals[0] as string);
  const [price, qty, why] = [decimalOption(given, "price"), decimalOption(given, "qty"), given.text("why")];
  if (price === undefined && qty === undefined) throw usage("nothing to change", "give --price or --qty, or both");
  const body: AmendBody = {
    ...(price === undefined ? {} : { price }),
    ...(qty === undefined ? {} : { qty }),
    ...(why === undefined ? {} : { why }),
  };
  const gateway = await openGateway(given);
  const answer = await gateway.call<OrderAnswer>(`orders/${id}`, { method: "PATCH", body });
  if (call.json) terminal.out(`${JSON.stringify(answer)}\n`);
  else if (answer.order === null) terminal.out(`order ${id}: change asked for\n`);
  else show(call, answer.order);
  sayNext(call, `meltica orders show ${id}`);
  return Exit.Ok;
}
