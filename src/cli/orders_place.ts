/** `meltica orders place`: one order by hand, under an idempotency key so that repeating it cannot place it twice. */

import type { AccountView, PlaceBody } from "../control/views.ts";
import { Code, codeName } from "../core/code.ts";
import { ProblemError } from "../core/problem.ts";
import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { type GatewayClient, openGateway } from "./gateway_client.ts";
import { decimalOption, type OrderAnswer, type ShowOrder } from "./order_answer.ts";
import { table } from "./output.ts";
import { plain } from "./plain.ts";
import { styled } from "./terminal.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

const definitions: Definitions = {
  instrument: { type: "string", valueHint: "NAME", description: "For example sim:BTC-USDT" },
  side: { type: "enum", options: ["buy", "sell"], description: "Buy or sell" },
  qty: { type: "string", valueHint: "QTY", description: "Quantity in the base asset" },
  price: { type: "string", valueHint: "PRICE", description: "Limit price; without it a market order" },
  account: { type: "string", valueHint: "NAME", description: "Needed when there are several accounts" },
  tif: { type: "enum", options: ["gtc", "ioc", "fok"], description: "How long it stays; else gtc, market orders ioc" },
  stop: { type: "string", valueHint: "PRICE", description: "Fires against the position; with --price a limit order" },
  "take-profit": { type: "string", valueHint: "PRICE", description: "Fires in favour; with --price a limit order" },
  "trail-price": { type: "string", valueHint: "DISTANCE", description: "Trailing stop at this distance" },
  "trail-bps": { type: "string", valueHint: "BPS", description: "Trailing stop at this distance in basis points" },
  "trigger-by": { type: "enum", options: ["last", "quote", "mark"], description: "Which price fires; else last" },
  "on-outage": {
    type: "enum",
    options: ["trigger", "keep", "cancel"],
    description: "When the market passed it while the gateway was down; else trigger",
  },
  "exit-stop": { type: "string", valueHint: "PRICE", description: "Bracket: stop of what this order fills" },
  "exit-limit": { type: "string", valueHint: "PRICE", description: "Bracket: take-profit of what this order fills" },
  "post-only": { type: "boolean", description: "Refused rather than filled at once" },
  "reduce-only": { type: "boolean", description: "May only make a position smaller" },
  why: { type: "string", valueHint: "TEXT", description: "Reason, kept with the order" },
  key: { type: "string", valueHint: "KEY", description: "Idempotency key; else a new one" },
  "dry-run": { type: "boolean", description: "Check it without placing it" },
  ...DATA_DIR_DEFINITIONS,
};

export function placeVerb(show: ShowOrder): Verb {
  return {
    name: "place",
    description: "Place an order",
    definitions,
    examples: [
      "meltica orders place --instrument sim:BTC-USDT --side buy --qty 0.01 --price 50000 --post-only",
      "meltica orders place --instrument sim:ETH-USDT --side sell --qty 0.5 --why rebalance --json",
      "meltica orders place --instrument sim:ETH-USDT --side sell --qty 0.5 --stop 1900 --reduce-only",
    ],
    run: (call) => place(call, show),
  };
}

async function place(call: Call, show: ShowOrder): Promise<Exit> {
  const { given } = call;
  const order = orderOf(given);
  const gateway = await openGateway(given);
  const body: PlaceBody = { account: given.text("account") ?? (await onlyAccount(gateway)), ...order };
  const key = given.text("key") ?? crypto.randomUUID();
  return given.flag("dry-run") ? await check(call, gateway, body) : await send(call, gateway, body, key, show);
}

/** What `?dryRun=true` answers. */
interface DryRun {
  readonly ok: boolean;
  readonly checks: readonly { check: string; ok: boolean; code: string | null; detail: string; hint: string }[];
  readonly notChecked: readonly string[];
}

/** Asks what the gateway's own checks say; exit 1 when one of them would deny. */
async function check({ terminal, json, quiet }: Call, gateway: GatewayClient, body: PlaceBody): Promise<Exit> {
  const answer = await gateway.call<DryRun>("orders", { method: "POST", body, query: { dryRun: "true" } });
  if (json) terminal.out(`${JSON.stringify(answer)}\n`);
  else {
    const verdict = (ok: boolean) => styled(terminal, ok ? "green" : "red", ok ? "ok" : "denied");
    const rows = plain(answer.checks).map((one) => [one.check, verdict(one.ok), one.detail, one.ok ? "" : one.hint]);
    if (rows.length > 0) terminal.out(table(terminal, ["check", "verdict", "detail", "hint"], rows));
    if (!quiet) terminal.out(`nothing was sent; not checked: ${answer.notChecked.join("; ") || "nothing"}\n`);
  }
  return answer.ok ? Exit.Ok : Exit.Error;
}

async function send(call: Call, gateway: GatewayClient, body: PlaceBody, key: string, show: ShowOrder): Promise<Exit> {
  const answer = await post(gateway, body, key);
  if (call.json) call.terminal.out(`${JSON.stringify(answer)}\n`);
  else if (answer.order === null) call.terminal.out(`order ${answer.id}\n`);
  else show(call, answer.order);
  sayNext(call, `meltica orders show ${answer.id}`);
  return Exit.Ok;
}

/** Checks form only: what an instrument allows, the gateway knows. */
function orderOf(given: Arguments): Omit<PlaceBody, "account"> {
  const price = decimalOption(given, "price");
  const why = given.text("why");
  const tif = given.text("tif") as PlaceBody["timeInForce"];
  const stop = decimalOption(given, "stop");
  const takeProfit = decimalOption(given, "take-profit");
  const trailPrice = decimalOption(given, "trail-price");
  const trailBps = decimalOption(given, "trail-bps");
  const trails = trailPrice !== undefined || trailBps !== undefined;
  if (stop !== undefined && takeProfit !== undefined) throw usage("--stop or --take-profit, not both");
  const trigger = stop ?? takeProfit;
  const triggerBy = given.text("trigger-by") as PlaceBody["triggerBy"];
  const onOutage = given.text("on-outage") as PlaceBody["onOutage"];
  const exitStop = decimalOption(given, "exit-stop");
  const exitLimit = decimalOption(given, "exit-limit");
  const exits = {
    ...(exitStop === undefined ? {} : { stop: { triggerPrice: exitStop } }),
    ...(exitLimit === undefined ? {} : { takeProfit: { price: exitLimit } }),
  };
  return {
    instrument: needed(given, "instrument"),
    side: needed(given, "side") as PlaceBody["side"],
    qty: decimalOption(given, "qty") ?? needed(given, "qty"),
    type: typeOf(price, stop, takeProfit, trails),
    ...(price === undefined ? {} : { price }),
    ...(tif === undefined ? {} : { timeInForce: tif }),
    ...(trigger === undefined ? {} : { triggerPrice: trigger }),
    ...(trailPrice === undefined ? {} : { trailPrice }),
    ...(trailBps === undefined ? {} : { trailBps }),
    ...(triggerBy === undefined ? {} : { triggerBy }),
    ...(onOutage === undefined ? {} : { onOutage }),
    ...(Object.keys(exits).length === 0 ? {} : { exits }),
    ...(given.flag("post-only") ? { postOnly: true } : {}),
    ...(given.flag("reduce-only") ? { reduceOnly: true } : {}),
    ...(why === undefined ? {} : { why }),
  };
}

function typeOf(
  price: string | undefined,
  stop: string | undefined,
  takeProfit: string | undefined,
  trails: boolean,
): NonNullable<PlaceBody["type"]> {
  if (trails) return "trailingStop";
  if (stop !== undefined) return price === undefined ? "stop" : "stopLimit";
  if (takeProfit !== undefined) return price === undefined ? "takeProfit" : "takeProfitLimit";
  return price === undefined ? "market" : "limit";
}

async function post(gateway: GatewayClient, body: PlaceBody, key: string): Promise<OrderAnswer> {
  try {
    return await gateway.call<OrderAnswer>("orders", { method: "POST", body, headers: { "idempotency-key": key } });
  } catch (error) {
    const open = [Code.TimedOut, Code.OutcomeUnknown].map(codeName);
    if (!(error instanceof ProblemError) || !open.includes(error.problem.code)) throw error;
    const hint = `it may or may not have been placed: repeat it with --key ${key}, which cannot place it twice`;
    throw new ProblemError({ ...error.problem, hint });
  }
}

async function onlyAccount(gateway: GatewayClient): Promise<string> {
  const { items } = await gateway.list<AccountView>("accounts");
  const [only] = items;
  if (only !== undefined && items.length === 1) return only.name;
  throw usage("--account is missing", `one of ${items.map((account) => account.name).join(", ")}`);
}

function needed(given: Arguments, name: string): string {
  const text = given.text(name);
  if (text === undefined) throw usage(`--${name} is missing`, definitions[name]?.description);
  return text;
}
