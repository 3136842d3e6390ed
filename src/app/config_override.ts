/** Values from flags and `MELTICA__…` variables, laid over the tree of the file. */

import { Code } from "../core/code.ts";
import { nearest } from "../core/nearest.ts";
import { type Position, type Problem, problem } from "../core/problem.ts";
import { type ConfigEntry, type ConfigNode, entryOf } from "./config_node.ts";
import type { JsonSchema, Path } from "./config_read.ts";
import { parseYaml } from "./config_yaml.ts";

export const ENV_PREFIX = "MELTICA__";

export interface Overridden {
  readonly root: ConfigNode;
  readonly problems: readonly Problem[];
}

/** `MELTICA__SERVER__PORT` → server.port; keys in `A_B` for aB; list items by index; whole sections as YAML or JSON. */
export function overrideFromEnv(
  root: ConfigNode,
  env: Readonly<Record<string, string | undefined>>,
  schema: JsonSchema,
): Overridden {
  const problems: Problem[] = [];
  let result = root;
  // Sorted, so that a section comes before what is set within it.
  for (const name of Object.keys(env).sort()) {
    const text = env[name];
    if (!name.startsWith(ENV_PREFIX) || text === undefined) continue;
    const at = { file: `$${name}` };
    const found = resolvePath(name.slice(ENV_PREFIX.length).split("__"), schema, result);
    if ("unknown" in found) {
      const hint = found.near === undefined ? undefined : `did you mean ${ENV_PREFIX}${found.near}?`;
      problems.push(problem(Code.ConfigKeyUnknown, `no setting is called ${name}`, at, hint));
      continue;
    }
    const parsed = valueNode(text, found.schema, at);
    problems.push(...parsed.problems);
    if (parsed.root !== undefined) result = withValue(result, found.path, parsed.root, at);
  }
  return { root: result, problems };
}

/** Each flag sets one path; its `at.file` is the flag's own name. */
export function overrideFromFlags(root: ConfigNode, flags: readonly FlagValue[]): ConfigNode {
  let result = root;
  for (const { flag, path, text } of flags) {
    const at = { file: flag };
    result = withValue(result, path, { kind: "text", at, text, loose: true }, at);
  }
  return result;
}

export interface FlagValue {
  /** As the person wrote it: `--port`. */
  readonly flag: string;
  readonly path: readonly string[];
  readonly text: string;
}

type Resolved =
  | { readonly path: Path; readonly schema: JsonSchema }
  | { readonly unknown: true; readonly near?: string };

function resolvePath(segments: readonly string[], schema: JsonSchema, root: ConfigNode): Resolved {
  const path: (string | number)[] = [];
  let inner = schema;
  let node: ConfigNode | undefined = root;
  for (const [depth, segment] of segments.entries()) {
    const step = stepOf(segment, inner, node);
    if (step === undefined) {
      const known = Object.keys(propertiesOf(inner, node)).map(envName);
      const near = nearest(segment, known);
      return near === undefined
        ? { unknown: true }
        : { unknown: true, near: [...segments.slice(0, depth), near].join("__") };
    }
    path.push(step.key);
    inner = step.schema;
    node = typeof step.key === "number" ? itemOf(node, step.key) : entryOf(node, step.key)?.value;
  }
  return { path, schema: inner };
}

function stepOf(segment: string, schema: JsonSchema, node: ConfigNode | undefined) {
  if (schema.type === "array") {
    const length = node?.kind === "list" ? node.items.length : 0;
    const index = /^\d{1,4}$/.test(segment) ? Number.parseInt(segment, 10) : -1;
    return index >= 0 && index <= length ? { key: index, schema: schema.items as JsonSchema } : undefined;
  }
  const record = Object.values(schema.patternProperties ?? {})[0];
  if (record !== undefined) {
    const keys = node?.kind === "map" ? node.entries.map((entry) => entry.key) : [];
    const key = keys.find((name) => envName(name) === segment || name === segment);
    return { key: key ?? segment.toLowerCase().replaceAll("_", "-"), schema: record };
  }
  const properties = propertiesOf(schema, node);
  const key = Object.keys(properties).find((name) => envName(name) === segment);
  return key === undefined ? undefined : { key, schema: properties[key] as JsonSchema };
}

/** Of the alternative that the discriminator names; of all of them when it names none. */
function propertiesOf(schema: JsonSchema, node: ConfigNode | undefined): Readonly<Record<string, JsonSchema>> {
  if (schema.anyOf === undefined) return schema.properties ?? {};
  const name = schema.discriminator?.propertyName ?? "";
  const chosen = entryOf(node, name)?.value;
  const found = schema.anyOf.find((one) => chosen?.kind === "text" && one.properties?.[name]?.const === chosen.text);
  return found?.properties ?? Object.assign({}, ...schema.anyOf.map((one) => one.properties));
}

/** `dataDir` → `DATA_DIR`, `BTC-USDT` → `BTC_USDT`. */
function envName(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

function valueNode(text: string, schema: JsonSchema, at: Position) {
  const scalar = schema.type !== "object" && schema.type !== "array" && schema.discriminator === undefined;
  if (!scalar) return parseYaml(text, at.file as string);
  // A strategy's parameter stays text: strategies read text by their own schema.
  const root: ConfigNode =
    schema.anyOf === undefined ? { kind: "text", at, text, loose: true } : { kind: "text", at, text };
  return { root, problems: [] };
}

function withValue(root: ConfigNode, path: Path, value: ConfigNode, at: Position): ConfigNode {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === "number") {
    const items = root.kind === "list" ? [...root.items] : [];
    items[step] = withValue(items[step] ?? { kind: "null", at }, rest, value, at);
    return { kind: "list", at: root.at, items };
  }
  const entries: ConfigEntry[] = root.kind === "map" ? [...root.entries] : [];
  const index = entries.findIndex((entry) => entry.key === step);
  const inner = withValue(entries[index]?.value ?? { kind: "null", at }, rest, value, at);
  const entry = { key: step, at, value: inner };
  if (index >= 0) entries[index] = entry;
  else entries.push(entry);
  return { kind: "map", at: root.at, entries };
}

function itemOf(node: ConfigNode | undefined, index: number): ConfigNode | undefined {
  return node?.kind === "list" ? node.items[index] : undefined;
}
