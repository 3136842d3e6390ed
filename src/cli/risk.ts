/** `meltica risk`: what limits, breakers and kills say, and the words that change them. Each names who decides, and why. */

import { KILL_SCOPES } from "../app/kill_file.ts";
import type { LimitsView } from "../control/answers.ts";
import type { RiskView } from "../control/views.ts";
import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { listingVerb, timeText } from "./listing.ts";
import { table } from "./output.ts";
import { plain } from "./plain.ts";
import { styled, type Terminal } from "./terminal.ts";
import { type Call, sayNext, type Verb, type VerbGroup } from "./verb.ts";

const SCOPE: Definitions = {
  scope: { type: "enum", options: KILL_SCOPES, default: "firm", description: "What it is about" },
  key: { type: "string", valueHint: "NAME", description: "Name of the account, venue, instrument or instance" },
};
const BY: Definitions = {
  by: { type: "string", valueHint: "NAME", description: "Who decides it" },
  why: { type: "string", valueHint: "TEXT", description: "Reason, kept in the journal" },
};

const CONFIRM: Definitions = {
  confirm: {
    type: "string",
    valueHint: "NAME",
    description: "The account's name once more; at a terminal you are asked",
  },
};

export const verb: VerbGroup = {
  name: "risk",
  description: "Show what limits, breakers and kills say; halt, reset, arm, override",
  defaultAction: "state",
  actions: [
    {
      name: "state",
      description: "Kills, breakers, trading states, armed accounts and overrides",
      definitions: DATA_DIR_DEFINITIONS,
      examples: ["meltica risk state --json"],
      run: showState,
    },
    listingVerb<LimitsView>({
      name: "limits",
      description: "Limits of every scope",
      path: "risk/limits",
      whole: true,
      columns: [
        ["scope", (row) => row.scope],
        ["key", (row) => row.key],
        ["version", (row) => row.version],
        ["limits", limitsText],
      ],
      none: "no limits: every order is denied",
      examples: ["meltica risk limits --json"],
      next: "meltica risk set --scope firm --limit maxOpenOrders=100",
    }),
    {
      name: "set",
      description: "Change limits of one scope; the others of it stay",
      definitions: {
        ...SCOPE,
        limit: {
          type: "string",
          valueHint: "NAME=VALUE",
          repeatable: true,
          description: "A limit; empty takes it away",
        },
        ...DATA_DIR_DEFINITIONS,
      },
      examples: ["meltica risk set --scope account --key paper --limit maxDailyLoss=500"],
      run: setLimits,
    },
    change("trading", "Set the trading state", stateOption(), "trading-state", (given) => ({
      ...target(given),
      state: required(given, "state"),
      ...decision(given),
    })),
    change("reset", "End a breaker", { ...SCOPE, ...codeOption(), ...BY }, "breakers/reset", (given) => ({
      ...target(given),
      code: required(given, "code"),
      ...decision(given),
    })),
    change(
      "arm",
      "Let a live account trade with the running build",
      { ...accountOption(), ...CONFIRM, ...BY },
      "arm",
      arming(true),
    ),
    change("disarm", "Keep a live account from opening", { ...accountOption(), ...BY }, "arm", arming(false)),
    change("override", "Let one order by hand pass price and size limits", overrideOptions(), "override", (given) => ({
      account: required(given, "account"),
      instrument: required(given, "instrument"),
      side: required(given, "side"),
      qty: required(given, "qty"),
      ...(given.text("price") === undefined ? {} : { price: given.text("price") }),
      seconds: Number.parseInt(required(given, "seconds"), 10),
      by: required(given, "by"),
      second: required(given, "second"),
      reason: required(given, "why"),
    })),
  ],
  examples: [
    "meltica risk",
    'meltica risk trading --scope account --key paper --state reducing --by ada --why "month end"',
    'meltica risk reset --scope instance --key ema --code RepeatedExecutions --by ada --why "looked at the fills"',
  ],
};

function stateOption(): Definitions {
  const options = ["active", "reducing", "halted"];
  return { state: { type: "enum", options, description: "What may trade there" }, ...SCOPE, ...BY };
}

function codeOption(): Definitions {
  return { code: { type: "string", valueHint: "CODE", description: "Which breaker, as `meltica risk` names it" } };
}

function accountOption(): Definitions {
  return { account: { type: "string", valueHint: "NAME", description: "Which account" } };
}

function overrideOptions(): Definitions {
  return {
    ...accountOption(),
    instrument: { type: "string", valueHint: "NAME", description: "Of which instrument" },
    side: { type: "enum", options: ["buy", "sell"], description: "Side of the order" },
    qty: { type: "string", valueHint: "QTY", description: "Exactly this quantity" },
    price: { type: "string", valueHint: "PRICE", description: "Exactly this limit price; none: a market order" },
    seconds: { type: "string", valueHint: "N", default: "60", description: "How long it holds, at most 300" },
    second: { type: "string", valueHint: "NAME", description: "Another person, who agrees" },
    ...BY,
  };
}

function arming(armed: boolean) {
  return (given: Arguments) => {
    const account = required(given, "account");
    const body = { account, armed, ...decision(given) };
    return armed ? { ...body, confirm: given.text("confirm") ?? typedName(account) } : body;
  };
}

/** Real money is not armed by a line of a script that somebody pasted: a person types the name. */
function typedName(account: string): string {
  if (process.stdin.isTTY !== true) throw usage("--confirm is missing", `--confirm ${account}`);
  return prompt(`This lets real orders leave. Type the account's name (${account}) to arm it:`) ?? "";
}

function change(
  name: string,
  description: string,
  own: Definitions,
  path: string,
  body: (given: Arguments) => unknown,
): Verb {
  return {
    name,
    description,
    definitions: { ...own, ...DATA_DIR_DEFINITIONS },
    examples: [`meltica risk ${name} --help`],
    async run(call: Call): Promise<Exit> {
      const request = { method: "POST", body: body(call.given) } as const;
      const gateway = await openGateway(call.given);
      const answer = await gateway.call<{ readonly risk: RiskView }>(`risk/${path}`, request);
      say(call, answer, answer.risk);
      return Exit.Ok;
    },
  };
}

async function showState(call: Call): Promise<Exit> {
  const gateway = await openGateway(call.given);
  const risk = await gateway.call<RiskView>("risk/state");
  say(call, risk, risk);
  return Exit.Ok;
}

async function setLimits(call: Call): Promise<Exit> {
  const wanted = target(call.given);
  const gateway = await openGateway(call.given);
  const { items } = await gateway.list<LimitsView>("risk/limits", {}, undefined);
  const known = items.find(({ scope, key }) => scope === wanted.scope && key === (wanted.key ?? ""));
  const { scope: _scope, key: _key, version = 0, ...controls } = known ?? ({} as Partial<LimitsView>);
  const changed: Record<string, unknown> = { ...controls };
  const given = call.given.all("limit");
  if (given.length === 0) throw usage("--limit is missing: which one?", "--limit maxOpenOrders=100");
  for (const text of given) {
    const [, name, value] = /^([A-Za-z]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) throw usage(`${text} is no NAME=VALUE`, "--limit collarBps=500");
    if (value === "") delete changed[name];
    else changed[name] = limitValue(name, value);
  }
  const body = { ...changed, ...wanted, ...(known === undefined ? {} : { version }) };
  const answer = await gateway.call<{ readonly limits: LimitsView }>("risk/limits", { method: "PUT", body });
  if (call.json) call.terminal.out(`${JSON.stringify(answer)}\n`);
  else call.terminal.out(`limits of ${wanted.scope} ${wanted.key ?? ""} are at version ${answer.limits.version}\n`);
  sayNext(call, "meltica risk limits");
  return Exit.Ok;
}

/** Money and quantities stay text; counts are numbers, rates and lists JSON. */
function limitValue(name: string, value: string): unknown {
  const isMoney =
    /^(max(OrderValue|OrderQty|LongPosition|ShortPosition|GrossValue|NetValue|DailyLoss|Drawdown)|minFree)/;
  if (isMoney.test(name)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function target(given: Arguments): { scope: string; key?: string } {
  const scope = given.text("scope") ?? "firm";
  const key = given.text("key") ?? "";
  if (scope !== "firm" && key === "") throw usage(`--key is missing: which ${scope}?`, `--scope ${scope} --key NAME`);
  if (scope === "firm" && key !== "") throw usage("--key needs a --scope", `--scope ${KILL_SCOPES.slice(1).join("|")}`);
  return key === "" ? { scope } : { scope, key };
}

function decision(given: Arguments): { by: string; why: string } {
  return { by: required(given, "by"), why: required(given, "why") };
}

function required(given: Arguments, name: string): string {
  const text = given.text(name) ?? "";
  if (text === "") throw usage(`--${name} is missing`, `--${name} …`);
  return text;
}

function limitsText({ scope: _scope, key: _key, version: _version, ...controls }: LimitsView): string {
  const one = ([name, value]: [string, unknown]) =>
    `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`;
  return Object.entries(controls).map(one).join(" ");
}

function say(call: Call, answer: unknown, risk: RiskView): void {
  if (call.json) call.terminal.out(`${JSON.stringify(answer)}\n`);
  else if (!call.quiet) call.terminal.out(riskText(plain(risk), call.terminal));
  sayNext(call, "meltica risk limits");
}

function riskText(risk: RiskView, terminal: Terminal): string {
  const at = (row: { scope: string; key: string }) => (row.key === "" ? row.scope : `${row.scope} ${row.key}`);
  const rows = [
    ...risk.kills.map((row) => [styled(terminal, "red", "KILLED"), at(row), row.why, timeText(row.time)]),
    ...risk.breakers.map((row) => [styled(terminal, "yellow", row.code), at(row), row.why, timeText(row.since)]),
    ...risk.tradingStates.map((row) => [styled(terminal, "yellow", row.state), at(row), "", ""]),
    ...risk.accounts.map((row) => [row.armed ? "armed" : "not armed", `account ${row.account}`, row.build, ""]),
    ...risk.overrides.map((row) => [
      "override",
      `${row.side} ${row.qty} ${row.instrument}`,
      `${row.by} and ${row.second}: ${row.reason}`,
      timeText(row.until),
    ]),
  ];
  const counts = `${risk.openOrders} open orders, ${risk.unknownOrders} of unknown fate\n`;
  if (rows.length === 0) return `nothing is killed, tripped or halted; ${counts}`;
  return `${table(terminal, ["state", "of", "why", "time (UTC)"], rows)}\n${counts}`;
}
