/** What a strategy file must export: looked at before any of its functions runs, since types do not bind JavaScript. */

import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { type Position, type Problem, problem } from "../core/problem.ts";
import type { Handlers, Schema, StrategyModule } from "./api.ts";
import { INTERVAL_HINT, intervalUs } from "./interval.ts";
import type { ParamValue } from "./params.ts";

const EXPORT_HINT = "export default strategy({ name, markets }, setup)";
const DEFINITION_KEYS: readonly string[] = ["name", "description", "params", "validate", "markets"];
/** What setup's argument holds beside the markets. */
const CONTEXT_KEYS: readonly string[] = ["params", "now", "random", "every", "log", "state"];
const HANDLER_KEYS: readonly (keyof Handlers)[] = [
  "onStart",
  "onBar",
  "onTrade",
  "onLiquidation",
  "onQuote",
  "onBook",
  "onFill",
  "onOrder",
  "onReject",
  "onTimer",
  "onStop",
  "every",
];

/** Everything that is wrong with what a file exports by default; empty when it is a strategy. */
export function shapeProblems(exported: unknown, at: Position = {}): Problem[] {
  const fault = (detail: string, hint: string) => problem(Code.StrategyShape, detail, at, hint);
  const module = exported as Partial<StrategyModule> | null | undefined;
  if (typeof module !== "object" || module === null || module.kind !== "meltica.strategy") {
    return [fault("the file exports no strategy by default", EXPORT_HINT)];
  }
  const { definition, setup } = module;
  if (!isTable(definition)) return [fault("the definition is no object", EXPORT_HINT)];
  const found: Problem[] = [];
  if (typeof setup !== "function") found.push(fault("setup is no function", EXPORT_HINT));
  if (typeof definition.name !== "string" || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(definition.name)) {
    found.push(fault(`name ${String(definition.name)} is no name`, "lower-case words joined by -, as in ema-cross"));
  }
  for (const key of Object.keys(definition)) {
    if (!DEFINITION_KEYS.includes(key)) {
      found.push(fault(`the definition has an unknown field ${key}`, nearestHint(key, DEFINITION_KEYS)));
    }
  }
  if (definition.validate !== undefined && typeof definition.validate !== "function") {
    found.push(fault("validate is no function", "validate: (params) => true or what is wrong"));
  }
  for (const [detail, hint] of marketFaults(definition.markets)) found.push(fault(detail, hint));
  for (const [detail, hint] of paramFaults(definition.params)) found.push(fault(detail, hint));
  return found;
}

type Fault = readonly [detail: string, hint: string];

function marketFaults(markets: unknown): Fault[] {
  const hint = 'markets: { main: { tf: "1m" } }';
  if (!isTable(markets) || Object.keys(markets).length === 0) return [["it names no market", hint]];
  const found: Fault[] = [];
  for (const [name, spec] of Object.entries(markets)) {
    if (CONTEXT_KEYS.includes(name))
      found.push([`a market cannot be called ${name}`, `taken: ${CONTEXT_KEYS.join(", ")}`]);
    if (!isTable(spec)) {
      found.push([`market ${name} is no object`, hint]);
      continue;
    }
    for (const key of Object.keys(spec)) {
      if (key !== "tf") found.push([`market ${name} has an unknown field ${key}`, "known: tf"]);
    }
    if (spec["tf"] !== undefined && intervalUs(spec["tf"] as string) === undefined) {
      found.push([`market ${name}: tf ${String(spec["tf"])} is no timeframe`, INTERVAL_HINT]);
    }
  }
  return found;
}

function paramFaults(params: unknown): Fault[] {
  if (params === undefined) return [];
  const hint = "params: { fast: t.Integer({ default: 12, minimum: 5, maximum: 50 }) }";
  if (!isTable(params)) return [["params is no object", hint]];
  const found: Fault[] = [];
  for (const [name, value] of Object.entries(params)) {
    const schema = value as Partial<Schema<ParamValue>> | undefined;
    if (!isTable(schema) || !["integer", "number", "string", "boolean"].includes(String(schema.type))) {
      found.push([`parameter ${name} is no schema`, hint]);
    } else if (!isWithin(schema as Schema<ParamValue>)) {
      found.push([`parameter ${name}: the default ${String(schema.default)} is not allowed by its own bounds`, hint]);
    }
  }
  return found;
}

function isWithin(schema: Schema<ParamValue>): boolean {
  const { type, default: value, minimum, maximum } = schema;
  if (type === "string") return typeof value === "string" && (schema.enum === undefined || schema.enum.includes(value));
  if (type === "boolean") return typeof value === "boolean";
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (type === "integer" && !Number.isSafeInteger(value)) return false;
  return !(minimum !== undefined && value < minimum) && !(maximum !== undefined && value > maximum);
}

/** What is wrong with what setup returned: an unknown name would never be called, and nobody would know. */
export function handlerFault(handlers: unknown): Problem | undefined {
  const fault = (detail: string, hint: string) => problem(Code.StrategyShape, detail, {}, hint);
  if (!isTable(handlers)) return fault("setup returned no object of handlers", "return { onBar() { … } }, or {}");
  for (const [name, handler] of Object.entries(handlers)) {
    if (!(HANDLER_KEYS as readonly string[]).includes(name)) {
      return fault(`setup returned ${name}, which is no handler`, nearestHint(name, HANDLER_KEYS));
    }
    if (name === "every" ? !isTable(handler) && handler !== undefined : handler !== undefined && !isFunction(handler)) {
      return fault(`${name} is ${name === "every" ? "no object" : "no function"}`, "handlers are plain functions");
    }
  }
  for (const [interval, run] of Object.entries((handlers["every"] as object | undefined) ?? {})) {
    if (intervalUs(interval) === undefined) return fault(`every: ${interval} is no interval`, INTERVAL_HINT);
    if (!isFunction(run)) return fault(`every ${interval} is no function`, "handlers are plain functions");
  }
  return undefined;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
