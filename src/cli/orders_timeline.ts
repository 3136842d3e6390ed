/** `meltica orders timeline`: all that happened to an order, and why. */

import type { OrderEventView } from "../control/history_answers.ts";
import type { ExecutionView, OrderView } from "../control/views.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { type Column, showRows, timeText } from "./listing.ts";
import { orderNumber } from "./order_answer.ts";
import { verbatim } from "./output.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

interface Timeline {
  readonly record: number;
  readonly order: OrderView;
  readonly events: readonly OrderEventView[];
  readonly executions: readonly ExecutionView[];
}

const COLUMNS: readonly Column<OrderEventView>[] = [
  ["time (UTC)", (row) => timeText(row.time)],
  ["record", (row) => verbatim(row.record)],
  ["input", (row) => verbatim(row.input)],
  ["event", (row) => row.event],
  ["state", (row) => row.state],
  ["cause", (row) => row.cause],
  ["qty", (row) => row.qty],
  ["price", (row) => row.price],
  ["market", (row) => row.referencePrice],
  ["code", (row) => row.code],
  ["why", (row) => row.text],
];

export const timelineVerb: Verb = {
  name: "timeline",
  description: "Show all that happened to an order: why it was sent or refused, and what came of it",
  definitions: { id: { type: "positional", description: "Number of the order" }, ...DATA_DIR_DEFINITIONS },
  examples: ["meltica orders timeline 17", "meltica orders timeline 17 --json"],
  async run(call: Call): Promise<Exit> {
    const gateway = await openGateway(call.given);
    const id = orderNumber(call.given.positionals[0] as string);
    const timeline = await gateway.call<Timeline>(`history/orders/${id}/timeline`);
    if (call.json) call.terminal.out(`${JSON.stringify(timeline)}\n`);
    else {
      showRows(call, timeline.events, COLUMNS, "nothing happened to it");
      sayNext(call, `meltica orders show ${id}`);
    }
    return Exit.Ok;
  },
};
