/** `meltica instances`: running strategies. */

import type { InstanceBody, InstanceView } from "../control/views.ts";
import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway, type Request } from "./gateway_client.ts";
import { type Column, listingVerb, showRows } from "./listing.ts";
import { verbatim } from "./output.ts";
import { styled } from "./terminal.ts";
import { type Call, sayNext, type Verb, type VerbGroup } from "./verb.ts";

const COLUMNS: readonly Column<InstanceView>[] = [
  ["id", (row) => verbatim(row.id)],
  ["name", (row) => row.name],
  ["strategy", (row) => row.strategy],
  ["status", (row, terminal) => styled(terminal, row.status === "running" ? "green" : "yellow", row.status)],
  ["markets", (row) => Object.values(row.markets).map(marketText).join(" ")],
  ["open orders", (row) => row.openOrders],
  ["killed", (row, terminal) => (row.killed ? styled(terminal, "red", "KILLED") : "")],
  ["problem", (row) => row.problem],
];

const NAME: Definitions = { name: { type: "positional", description: "Name of the instance" } };
const WHY: Definitions = { why: { type: "string", valueHint: "TEXT", description: "Reason, kept in the journal" } };

const START: Definitions = {
  ...NAME,
  strategy: { type: "string", valueHint: "NAME|FILE", description: "Built-in strategy or strategy file" },
  market: {
    type: "string",
    valueHint: "[NAME=]INSTRUMENT",
    repeatable: true,
    description: "What it trades; the market is called main unless named",
  },
  account: { type: "string", valueHint: "NAME", description: "Account that trades" },
  tf: { type: "string", valueHint: "INTERVAL", description: "Bar interval, e.g. 1s, 5m" },
  param: { type: "string", valueHint: "NAME=VALUE", repeatable: true, description: "A parameter of the strategy" },
};

const POLICY: Definitions = {
  policy: {
    type: "enum",
    options: ["cancel-orders", "keep", "flatten"],
    description: "What becomes of its orders and position; else cancel-orders",
  },
};

export const verb: VerbGroup = {
  name: "instances",
  description: "List, start, pause, resume, stop and delete running strategies",
  defaultAction: "list",
  actions: [
    listingVerb<InstanceView>({
      name: "list",
      description: "List instances",
      path: "instances",
      whole: true,
      columns: COLUMNS,
      none: "no instances",
      examples: ["meltica instances list --json"],
      next: "meltica instances show NAME",
    }),
    action("show", "Show one instance in full", NAME, (name) => [name, {}]),
    action("start", "Start a strategy as a new instance", START, (name, given) => [
      "",
      { method: "POST", body: newInstance(name, given) },
    ]),
    action("pause", "Let it place no more orders", { ...NAME, ...WHY }, (name, given) => post(name, "pause", given)),
    action("resume", "Let it go on", { ...NAME, ...WHY }, (name, given) => post(name, "resume", given)),
    action("stop", "Stop it", { ...NAME, ...POLICY, ...WHY }, (name, given) => post(name, "stop", given)),
    action("delete", "Delete a stopped one", NAME, (name) => [name, { method: "DELETE" }]),
  ],
  examples: [
    "meltica instances",
    "meltica instances start ema2 --strategy ema-cross --market sim:SOL-USDT --account paper --tf 1s --param size=0.1",
    "meltica instances stop ema2 --policy flatten",
  ],
};

interface InstanceAnswer {
  readonly record: number;
  readonly id: number;
  /** Null: deleted. */
  readonly instance: InstanceView | null;
}

type Ask = (name: string, given: Arguments) => readonly [path: string, request: Request];

function action(name: string, description: string, own: Definitions, ask: Ask): Verb {
  return {
    name,
    description,
    definitions: { ...own, ...DATA_DIR_DEFINITIONS },
    examples: name === "start" ? [] : [`meltica instances ${name} ema`],
    run: (call) => runAction(call, name, ask),
  };
}

async function runAction(call: Call, name: string, ask: Ask): Promise<Exit> {
  const { given, terminal } = call;
  const instance = given.positionals[0] as string;
  const [path, request] = ask(encodeURIComponent(instance), given);
  const gateway = await openGateway(given);
  const answer = await gateway.call<InstanceAnswer>(path === "" ? "instances" : `instances/${path}`, request);
  if (call.json) terminal.out(`${JSON.stringify(answer)}\n`);
  else if (answer.instance === null) terminal.out(`instance ${instance}: ${name} done\n`);
  else showRows(call, [answer.instance], COLUMNS, "");
  sayNext(call, "meltica instances");
  return Exit.Ok;
}

function post(name: string, what: string, given: Arguments): readonly [string, Request] {
  const why = given.text("why");
  const policy = what === "stop" ? given.text("policy") : undefined;
  const body = { ...(policy === undefined ? {} : { policy }), ...(why === undefined ? {} : { why }) };
  return [`${name}/${what}`, { method: "POST", body }];
}

function newInstance(name: string, given: Arguments): InstanceBody {
  const strategy = given.text("strategy");
  const account = given.text("account");
  const tf = given.text("tf");
  if (strategy === undefined) throw usage("--strategy is missing", "for example --strategy ema-cross");
  if (account === undefined) throw usage("--account is missing", "see `meltica balances`");
  if (given.all("market").length === 0) throw usage("--market is missing", "for example --market sim:BTC-USDT");
  const markets = given.all("market").map((text) => {
    const [instrument = "", market = "main"] = text.split("=").reverse();
    return [market, { instrument, account, ...(tf === undefined ? {} : { tf }) }] as const;
  });
  const params = given.all("param").map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1) throw usage(`--param "${text}" has no such form`, "--param NAME=VALUE");
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
  return {
    name: decodeURIComponent(name),
    strategy,
    params: Object.fromEntries(params),
    markets: Object.fromEntries(markets),
  };
}

function marketText(market: InstanceView["markets"][string]): string {
  return `${market.instrument}@${market.account}${market.tf === undefined ? "" : `/${market.tf}`}`;
}
