/** Reads a strategy's parameters from text or values against its schemas; every fault is named, with what would do. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { nearest } from "../core/nearest.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { Definition, Markets, Schema, Schemas } from "./api.ts";

export { intervalUs } from "./interval.ts";

export type ParamValue = number | string | boolean;
export type ParamValues = Readonly<Record<string, ParamValue>>;

export type ResolvedParams =
  | { readonly ok: true; readonly params: ParamValues }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Defaults, then what was given. Text is read by the schema's type, so that flags and JSON mean the same. */
export function resolveParams(definition: Definition<Schemas, Markets>, raw: ParamValues): ResolvedParams {
  const schemas = (definition.params ?? {}) as Record<string, Schema<ParamValue>>;
  const problems: Problem[] = [];
  const params: Record<string, ParamValue> = {};
  for (const [name, schema] of Object.entries(schemas)) params[name] = schema.default;
  for (const [name, value] of Object.entries(raw)) {
    const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (schema === undefined) {
      const near = nearest(name, Object.keys(schemas));
      const hint = near === undefined ? `it has ${Object.keys(schemas).join(", ") || "none"}` : `did you mean ${near}?`;
      problems.push(problem(Code.StrategyParam, `${definition.name} has no parameter ${name}`, {}, hint));
      continue;
    }
    const read = readValue(name, schema, value);
    if (typeof read === "object") problems.push(read);
    else params[name] = read;
  }
  if (problems.length === 0) problems.push(...validate(definition, params));
  return problems.length === 0 ? { ok: true, params } : { ok: false, problems };
}

/** The strategy's own word on the combination; its code is a user's and may throw. */
function validate(definition: Definition<Schemas, Markets>, params: ParamValues): Problem[] {
  if (definition.validate === undefined) return [];
  try {
    const verdict = definition.validate(params as never);
    if (verdict === true) return [];
    const text = typeof verdict === "string" ? verdict : "parameters do not fit together";
    return [problem(Code.StrategyParam, `${definition.name}: ${text}`)];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return [problem(Code.StrategyParam, `${definition.name}: validate threw: ${text}`)];
  }
}

function readValue(name: string, schema: Schema<ParamValue>, value: ParamValue): ParamValue | Problem {
  assert(schema.default !== undefined, Code.InvariantBroken);
  const fault = (what: string) =>
    problem(Code.StrategyParam, `parameter ${name}=${String(value)} ${what}`, {}, bounds(schema));
  if (schema.type === "boolean") {
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    return fault("is not true or false");
  }
  if (schema.type === "string") {
    const text = String(value);
    if (schema.enum !== undefined && !schema.enum.includes(text)) return fault("is none of the choices");
    return text;
  }
  if (typeof value === "string" && !/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value.trim())) return fault("is no number");
  const number = Number(value); // number-ok: a strategy's parameter, not a price
  if (typeof value === "boolean" || !Number.isFinite(number)) return fault("is no number");
  if (schema.type === "integer" && !Number.isSafeInteger(number)) return fault("is no whole number");
  if (schema.minimum !== undefined && number < schema.minimum) return fault("is too small");
  if (schema.maximum !== undefined && number > schema.maximum) return fault("is too large");
  return number;
}

function bounds(schema: Schema<ParamValue>): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  const low = schema.minimum === undefined ? "" : `at least ${schema.minimum}`;
  const high = schema.maximum === undefined ? "" : `at most ${schema.maximum}`;
  const range = [low, high].filter((part) => part !== "").join(", ");
  return `${schema.type}${range === "" ? "" : `, ${range}`}; default ${String(schema.default)}`;
}
