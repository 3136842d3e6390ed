/** Reads a strategy's parameters from text or values against its schemas; every fault is named, with what would do. */

import { Code } from "../core/code.ts";
import { nearest } from "../core/nearest.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { Definition, Markets, Schema, Schemas } from "./api.ts";

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
  if (problems.length === 0 && definition.validate !== undefined) {
    const verdict = definition.validate(params as never);
    if (verdict !== true) {
      problems.push(problem(Code.StrategyParam, verdict === false ? "parameters do not fit together" : verdict));
    }
  }
  return problems.length === 0 ? { ok: true, params } : { ok: false, problems };
}

function readValue(name: string, schema: Schema<ParamValue>, value: ParamValue): ParamValue | Problem {
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
  if (schema.type === "integer" && !Number.isInteger(number)) return fault("is no whole number");
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

const UNIT_US: Readonly<Record<string, number>> = {
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

/** `1s`, `5m`, `4h`, `1d` in microseconds, or undefined. */
export function intervalUs(text: string): number | undefined {
  const match = /^(\d{1,4})([smhd])$/.exec(text);
  const unit = UNIT_US[match?.[2] ?? ""];
  const count = Number(match?.[1] ?? 0); // number-ok: at most four digits
  return unit === undefined || count === 0 ? undefined : count * unit;
}
