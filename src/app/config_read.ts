/** Reads a tree by a schema: typed values, where each came from, and every misfit with its position. */

import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { type Position, type Problem, problem } from "../core/problem.ts";
import { type ConfigEntry, type ConfigNode, entryOf, kindText, pathText, shortened } from "./config_node.ts";

/** The words of JSON Schema that the configuration's schema uses. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly discriminator?: { readonly propertyName: string };
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  /** What a text means beyond its pattern: decimal, url, websocket-url. */
  readonly "x-form"?: string;
  readonly description?: string;
  readonly default?: unknown;
}

export type Path = readonly (string | number)[];

/** `file` of what nobody wrote. */
export const DEFAULT_SOURCE = "default";

/** A plain value as a tree of the built-in default. */
export function defaultNode(value: unknown): ConfigNode {
  const at = { file: DEFAULT_SOURCE };
  if (Array.isArray(value)) return { kind: "list", at, items: value.map(defaultNode) };
  if (typeof value === "string") return { kind: "text", at, text: value };
  if (typeof value === "number") return { kind: "number", at, value, text: String(value) };
  if (typeof value === "boolean") return { kind: "boolean", at, value };
  if (typeof value !== "object" || value === null) return { kind: "null", at };
  const entries = Object.entries(value).map(([key, inner]) => ({ key, at, value: defaultNode(inner) }));
  return { kind: "map", at, entries };
}

/** Collects problems and sources over one tree. `undefined` as a value means: a problem was noted. */
export class ConfigReader {
  readonly problems: Problem[] = [];
  /** Path of each value → where it came from: `meltica.yaml:3:9`, `$MELTICA__…`, `--port`, `default`. */
  readonly sources = new Map<string, string>();

  read(schema: JsonSchema, node: ConfigNode, path: Path): unknown {
    if (schema.anyOf !== undefined) return this.#oneOf(schema, schema.anyOf, node, path);
    if (schema.type === "object") return this.#object(schema, node, path);
    if (schema.type === "array") return this.#array(schema, node, path);
    const value = this.#scalar(schema, node, path);
    if (value !== undefined) this.sources.set(pathText(path), sourceText(node.at));
    return value;
  }

  /** Like `read` of a record or list, but a broken element leaves only itself out: lists keep a hole in its place. */
  readElements(schema: JsonSchema, node: ConfigNode, path: Path): unknown {
    if (schema.type === "array") return this.#items(schema, node, path);
    const read = this.#recordEntries(schema, node, path);
    return Object.fromEntries(read.filter(([, value]) => value !== undefined));
  }

  fail(code: Code, detail: string, at: Position, hint?: string): undefined {
    this.problems.push(problem(code, detail, at, hint));
    return undefined;
  }

  #object(schema: JsonSchema, node: ConfigNode, path: Path): unknown {
    if (schema.patternProperties !== undefined) {
      const read = this.#recordEntries(schema, node, path);
      return read.every(([, value]) => value !== undefined) ? Object.fromEntries(read) : undefined;
    }
    if (node.kind !== "map" && node.kind !== "null") return this.#wrongType("a mapping of keys", node, path);
    const known = schema.properties ?? {};
    let sound = this.unknownKeys(node, Object.keys(known), path);
    const value: Record<string, unknown> = {};
    for (const [name, inner] of Object.entries(known)) {
      const given =
        entryOf(node, name)?.value ?? (inner.default === undefined ? undefined : defaultNode(inner.default));
      if (given === undefined) {
        if (schema.required?.includes(name) !== true) continue;
        this.fail(Code.ConfigMissing, `${pathText([...path, name])} is missing`, node.at, inner.description);
        sound = false;
        continue;
      }
      const read = this.read(inner, given, [...path, name]);
      if (read === undefined) sound = false;
      else value[name] = read;
    }
    return sound ? value : undefined;
  }

  /** True when the map has no key but these. */
  unknownKeys(node: ConfigNode, known: readonly string[], path: Path): boolean {
    if (node.kind !== "map") return true;
    const unknown = node.entries.filter((entry) => !known.includes(entry.key));
    for (const { key, at } of unknown) {
      const where = path.length === 0 ? "" : ` in ${pathText(path)}`;
      this.fail(Code.ConfigKeyUnknown, `unknown key "${shortened(key)}"${where}`, at, nearestHint(key, known));
    }
    return unknown.length === 0;
  }

  #recordEntries(schema: JsonSchema, node: ConfigNode, path: Path): [string, unknown][] {
    if (node.kind === "null") return [];
    if (node.kind !== "map") {
      this.#wrongType("a mapping of names", node, path);
      return [["", undefined]];
    }
    const [pattern, inner] = Object.entries(schema.patternProperties ?? {})[0] as [string, JsonSchema];
    return node.entries.map((entry) => [entry.key, this.#recordValue(pattern, inner, entry, path)]);
  }

  #recordValue(pattern: string, schema: JsonSchema, { key, at, value }: ConfigEntry, path: Path): unknown {
    // Names of Object's own would not become entries of a plain object.
    if (new RegExp(pattern).test(key) && key !== "__proto__") return this.read(schema, value, [...path, key]);
    const detail = `"${shortened(key)}" cannot be a name in ${pathText(path)}`;
    return this.fail(Code.ConfigValue, detail, at, nameHint(pattern));
  }

  #array(schema: JsonSchema, node: ConfigNode, path: Path): unknown {
    const items = this.#items(schema, node, path);
    return items?.every((item) => item !== undefined) === true ? items : undefined;
  }

  #items(schema: JsonSchema, node: ConfigNode, path: Path): unknown[] | undefined {
    const items = node.kind === "null" ? [] : node.kind === "list" ? node.items : undefined;
    if (items === undefined) return this.#wrongType("a list", node, path);
    const { minItems = 0, maxItems = Number.MAX_SAFE_INTEGER } = schema;
    if (items.length < minItems || items.length > maxItems) {
      const detail = `${pathText(path)} has ${items.length} items: it must have ${minItems} to ${maxItems}`;
      return this.fail(Code.ConfigValue, detail, node.at);
    }
    const seen = new Set<unknown>();
    return items.map((item, index) => {
      const value = this.read(schema.items as JsonSchema, item, [...path, index]);
      if (schema.uniqueItems === true && value !== undefined && seen.has(value)) {
        return this.fail(Code.ConfigValue, `${pathText(path)} has ${JSON.stringify(value)} twice`, item.at);
      }
      seen.add(value);
      return value;
    });
  }

  /** The alternative whose discriminator fits, else any scalar of the types that are allowed. */
  #oneOf(schema: JsonSchema, alternatives: readonly JsonSchema[], node: ConfigNode, path: Path): unknown {
    const name = schema.discriminator?.propertyName;
    if (name === undefined) {
      const types = alternatives.map((alternative) => alternative.type as string);
      const found = alternatives.find(({ type }) => type === (node.kind === "text" ? "string" : node.kind));
      if (found === undefined) return this.#wrongType(types.join(" or "), node, path);
      return this.read(found, node, path);
    }
    if (node.kind !== "map") return this.#wrongType("a mapping of keys", node, path);
    const known = alternatives.map((alternative) => alternative.properties?.[name]?.const as string);
    const chosen = entryOf(node, name)?.value;
    const where = pathText([...path, name]);
    if (chosen === undefined)
      return this.fail(Code.ConfigMissing, `${where} is missing`, node.at, nearestHint("", known));
    if (chosen.kind !== "text") return this.#wrongType(known.join(" or "), chosen, [...path, name]);
    const found = alternatives[known.indexOf(chosen.text)];
    if (found !== undefined) return this.read(found, node, path);
    const hint = nearestHint(chosen.text, known);
    return this.fail(Code.ConfigValue, `${where} is "${shortened(chosen.text)}"`, chosen.at, hint);
  }

  #scalar(schema: JsonSchema, node: ConfigNode, path: Path): unknown {
    if (schema.type === "boolean") return this.#boolean(node, path);
    if (schema.type === "integer" || schema.type === "number") return this.#number(schema, node, path);
    return this.#text(schema, node, path);
  }

  #boolean(node: ConfigNode, path: Path): boolean | undefined {
    if (node.kind === "boolean") return node.value;
    if (node.kind === "text" && node.loose === true && /^(true|false)$/.test(node.text)) return node.text === "true";
    return this.#wrongType("true or false", node, path);
  }

  #number(schema: JsonSchema, node: ConfigNode, path: Path): number | undefined {
    const what = numberText(schema);
    let value: number;
    if (node.kind === "number") value = node.value;
    else if (node.kind === "text" && node.loose === true && /^-?\d{1,15}(\.\d{1,15})?$/.test(node.text)) {
      value = Number(node.text); // number-ok: a setting of the program, no price and no amount
    } else return this.#wrongType(what, node, path);
    const whole = schema.type === "number" || Number.isSafeInteger(value);
    const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
    if (Number.isFinite(value) && whole && value >= minimum && value <= maximum) return value;
    return this.fail(Code.ConfigValue, `${pathText(path)} is ${value}: it must be ${what}`, node.at);
  }

  #text(schema: JsonSchema, node: ConfigNode, path: Path): string | undefined {
    const isDecimal = schema["x-form"] === "decimal";
    const unquoted = isDecimal && node.kind === "number" ? node.text : undefined;
    const text = node.kind === "text" ? node.text : unquoted;
    if (text === undefined) {
      const hint = node.kind === "number" || node.kind === "boolean" ? "put it in quotes" : undefined;
      return this.#wrongType(isDecimal ? "a plain decimal in quotes" : "text", node, path, hint);
    }
    const where = pathText(path);
    const choices = schema.const === undefined ? schema.enum : [schema.const];
    if (choices !== undefined) {
      if (choices.includes(text)) return text;
      return this.fail(Code.ConfigValue, `${where} is "${shortened(text)}"`, node.at, nearestHint(text, choices));
    }
    const { minLength = 0, maxLength = Number.MAX_SAFE_INTEGER, pattern } = schema;
    const fits = text.length >= minLength && text.length <= maxLength;
    if (fits && !text.includes("\0") && (pattern === undefined || new RegExp(pattern).test(text))) return text;
    return this.fail(Code.ConfigValue, `${where} cannot be "${shortened(text)}"`, node.at, textHint(schema));
  }

  #wrongType(wanted: string, node: ConfigNode, path: Path, hint?: string): undefined {
    const name = path.length === 0 ? "the configuration" : pathText(path);
    return this.fail(Code.ConfigType, `${name} must be ${wanted}, not ${kindText(node)}`, node.at, hint);
  }
}

/** `file:line:column`, or the flag, variable or `default` that stands as the file. */
export function sourceText(at: Position): string {
  return [at.file, at.line, at.column].filter((part) => part !== undefined).join(":");
}

function numberText({ type, minimum, maximum }: JsonSchema): string {
  const bounds = minimum !== undefined && maximum !== undefined ? ` from ${minimum} to ${maximum}` : "";
  return `a ${type === "integer" ? "whole number" : "number"}${bounds}`;
}

function textHint({ "x-form": form, description, pattern }: JsonSchema): string {
  if (form === "decimal")
    return `a plain decimal with at most 18 decimals${pattern?.startsWith("^-") ? "" : ", not negative"}`;
  if (form === "url") return "a URL that begins with http:// or https://";
  if (form === "websocket-url") return "a URL that begins with ws:// or wss://";
  return description ?? "";
}

function nameHint(pattern: string): string {
  return pattern.includes("A-Z0-9") && !pattern.includes("a-z")
    ? "an asset in capital letters, e.g. USDT"
    : pattern.includes("A-Z")
      ? "letters, digits and underscores"
      : "small letters, digits and dashes";
}
