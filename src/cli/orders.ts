/** `meltica orders`: list, show, place, change and cancel orders. */

import type { OrderView } from "../control/views.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { Definitions } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { type Column, listingVerb, showRows, sideText, timeText } from "./listing.ts";
import { type OrderAnswer, orderNumber, type ShowOrder } from "./order_answer.ts";
import { amendVerb } from "./orders_amend.ts";
import { cancelAllVerb, cancelVerb } from "./orders_cancel.ts";
import { endVerb } from "./orders_end.ts";
import { placeVerb } from "./orders_place.ts";
import { timelineVerb } from "./orders_timeline.ts";
import { pairs, verbatim } from "./output.ts";
import { plain } from "./plain.ts";
import { type Call, sayNext, type Verb, type VerbGroup } from "./verb.ts";

const FILTERS: Definitions = {
  state: { type: "enum", options: ["open", "all"], default: "open", description: "Open orders, or ended ones too" },
  account: { type: "string", valueHint: "NAME", description: "Of one account" },
  instrument: { type: "string", valueHint: "NAME", description: "Of one instrument" },
  instance: { type: "string", valueHint: "NAME", description: "Of one instance" },
};

const COLUMNS: readonly Column<OrderView>[] = [
  ["id", (row) => verbatim(row.id)],
  ["account", (row) => row.account],
  ["instrument", (row) => row.instrument],
  ["instance", (row) => row.instance ?? "by hand"],
  ["side", (row, terminal) => sideText(row.side, terminal)],
  ["type", (row) => row.type],
  ["qty", (row) => row.qty],
  ["filled", (row) => row.filledQty],
  ["price", (row) => row.price],
  ["waits for", (row) => waitsFor(row)],
  ["state", (row) => row.state],
  ["reason", (row) => row.reason],
  ["updated (UTC)", (row) => timeText(row.updated)],
];

const showOrder: ShowOrder = (call, order) => showRows(call, [order], COLUMNS, "no order");

const show: Verb = {
  name: "show",
  description: "Show one order in full",
  definitions: { id: { type: "positional", description: "Number of the order" }, ...DATA_DIR_DEFINITIONS },
  examples: ["meltica orders show 17"],
  async run(call: Call): Promise<Exit> {
    const gateway = await openGateway(call.given);
    const id = orderNumber(call.given.positionals[0] as string);
    const { order } = await gateway.call<OrderAnswer>(`orders/${id}`);
    if (order === null) throw new ProblemError(problem(Code.NotFound, `order ${id} ended long ago and is forgotten`));
    if (call.json) call.terminal.out(`${JSON.stringify(order)}\n`);
    else {
      const rows = Object.entries(plain(order)).map(([name, value]) => [name, verbatim(fieldText(value))] as const);
      call.terminal.out(pairs(call.terminal, rows, "left"));
      sayNext(call, order.terminal ? "meltica executions" : `meltica orders cancel ${order.id}`);
    }
    return Exit.Ok;
  },
};

export const verb: VerbGroup = {
  name: "orders",
  description: "List, place, change and cancel orders",
  defaultAction: "list",
  actions: [
    listingVerb<OrderView>({
      name: "list",
      description: "List open orders, or all",
      path: "orders",
      history: { path: "history/orders", without: ["state"] },
      filters: FILTERS,
      columns: COLUMNS,
      none: "no orders",
      examples: [
        "meltica orders list",
        "meltica orders list --state all --instrument sim:BTC-USDT --json",
        "meltica orders --history",
      ],
      next: "meltica orders show ID",
    }),
    placeVerb(showOrder),
    amendVerb(showOrder),
    cancelVerb,
    cancelAllVerb,
    endVerb,
    show,
    timelineVerb,
  ],
  examples: ["meltica orders", "meltica orders place --instrument sim:BTC-USDT --side buy --qty 0.01 --price 50000"],
};

/** What a held order waits for, in a few characters: its trigger, its distance, its parent; and who ends it when. */
function waitsFor(row: OrderView): string {
  const parts: string[] = [];
  if (row.parent !== undefined && row.state === "held") parts.push(`order ${row.parent}`);
  if (row.trailPrice !== undefined) parts.push(`trail ${row.trailPrice}`);
  if (row.trailBps !== undefined) parts.push(`trail ${row.trailBps} bp`);
  if (row.triggerPrice !== undefined && row.triggered !== true) parts.push(`at ${row.triggerPrice}`);
  if (row.group !== undefined) parts.push(`one of ${row.group}`);
  return parts.join(", ");
}

function fieldText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  const { iso } = value as { iso?: string };
  return iso ?? JSON.stringify(value);
}
