/** Reads a verb's arguments strictly: what is not defined is an error with the nearest name, never silently ignored. */

import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { ProblemError, problem } from "../core/problem.ts";

export interface ArgumentDefinition {
  readonly type: "boolean" | "string" | "enum" | "positional";
  readonly description: string;
  /** Shown in the help as `--name=<valueHint>`. */
  readonly valueHint?: string;
  /** A one-letter form; for flags only. */
  readonly alias?: string;
  readonly default?: string | boolean;
  /** Positionals are required unless this is false. */
  readonly required?: boolean;
  /** Values of an enum. */
  readonly options?: readonly string[];
  /** May stand more than once; of positionals only the last one may. */
  readonly repeatable?: true;
  /** For flags that are on: what `--no-name` means. */
  readonly negativeDescription?: string;
  /** Not shown in the help: for the program's own child processes. */
  readonly hidden?: true;
}

export type Definitions = Readonly<Record<string, ArgumentDefinition>>;

/** What stood on the command line, in form correct. */
export class Arguments {
  readonly positionals: string[] = [];
  readonly #values = new Map<string, string[]>();
  readonly #flags = new Map<string, boolean>();

  constructor(readonly definitions: Definitions) {}

  /** Text of an option that takes one value; its default, or undefined, when it was not given. */
  text(name: string): string | undefined {
    const fallback = this.definitions[name]?.default;
    return this.#values.get(name)?.[0] ?? (typeof fallback === "string" ? fallback : undefined);
  }

  /** All values of an option that may be repeated, in order. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  flag(name: string): boolean {
    return this.#flags.get(name) ?? this.definitions[name]?.default === true;
  }

  /** Notes a value; a second one for an option that takes one is an error. */
  put(name: string, value: string): void {
    const known = this.#values.get(name);
    if (known === undefined) this.#values.set(name, [value]);
    else if (this.definitions[name]?.repeatable === true) known.push(value);
    else throw usage(`--${name} is given twice`, "give it once");
  }

  putFlag(name: string, value: boolean): void {
    this.#flags.set(name, value);
  }
}

/** Splits `raw` by the definitions. Throws ProblemError `Usage` with a hint. */
export function readArguments(raw: readonly string[], definitions: Definitions): Arguments {
  const given = new Arguments(definitions);
  let optionsEnded = false;
  for (let at = 0; at < raw.length; at++) {
    const word = raw[at] as string;
    if (optionsEnded || !word.startsWith("-") || word === "-") given.positionals.push(word);
    else if (word === "--") optionsEnded = true;
    else if (word.startsWith("--")) at += readOption(word, raw[at + 1], given);
    else readShort(word, given);
  }
  checkPositionals(given);
  return given;
}

/** A mistake on the command line. */
export function usage(detail: string, hint?: string): ProblemError {
  return new ProblemError(problem(Code.Usage, detail, {}, hint));
}

/** Returns how many further words it used. */
function readOption(word: string, next: string | undefined, given: Arguments): number {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const definition = option(name, given.definitions);
  if (definition === undefined) {
    const positive = name.startsWith("no-") ? option(name.slice(3), given.definitions) : undefined;
    if (positive?.type !== "boolean") throw unknownOption(name, given.definitions);
    if (value !== undefined) throw usage(`--${name} takes no value`);
    given.putFlag(name.slice(3), false);
    return 0;
  }
  if (definition.type === "boolean") {
    if (value !== undefined) throw usage(`--${name} takes no value`);
    given.putFlag(name, true);
    return 0;
  }
  const text = value ?? (next?.startsWith("--") ? undefined : next);
  if (text === undefined || text === "") throw usage(`--${name} needs a value`, `--${name} ${valueName(definition)}`);
  if (definition.type === "enum" && !definition.options?.includes(text)) {
    throw usage(`--${name} cannot be "${text}"`, nearestHint(text, definition.options ?? []));
  }
  given.put(name, text);
  return value === undefined ? 1 : 0;
}

function readShort(word: string, given: Arguments): void {
  const letter = word.slice(1);
  const found = Object.keys(given.definitions).find((name) => given.definitions[name]?.alias === letter);
  if (found === undefined || given.definitions[found]?.type !== "boolean") {
    throw usage(`unknown option ${word}`, "options are written in full: see --help");
  }
  given.putFlag(found, true);
}

function checkPositionals(given: Arguments): void {
  const names = Object.keys(given.definitions).filter((name) => given.definitions[name]?.type === "positional");
  const last = names.at(-1);
  const many = last !== undefined && given.definitions[last]?.repeatable === true;
  const extra = given.positionals[names.length];
  if (extra !== undefined && !many && !given.flag("help")) throw usage(`"${extra}" is one argument too many`);
  const missing = names[given.positionals.length];
  if (missing === undefined || given.definitions[missing]?.required === false || given.flag("help")) return;
  throw usage(`${missing.toUpperCase()} is missing`, given.definitions[missing]?.description);
}

function option(name: string, definitions: Definitions): ArgumentDefinition | undefined {
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  return definition?.type === "positional" ? undefined : definition;
}

function unknownOption(name: string, definitions: Definitions): ProblemError {
  const names = Object.keys(definitions).flatMap((known) => {
    const { type, default: on, hidden } = definitions[known] as ArgumentDefinition;
    if (type === "positional" || hidden === true) return [];
    return type === "boolean" && on === true ? [`--${known}`, `--no-${known}`] : [`--${known}`];
  });
  return usage(`unknown option --${name}`, nearestHint(`--${name}`, names));
}

function valueName(definition: ArgumentDefinition): string {
  return definition.valueHint ?? "VALUE";
}
