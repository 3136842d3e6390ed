/** Help texts, drawn by citty from the same definitions that the arguments are read by. */

import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, type CommandDef, renderUsage } from "citty";
import type { Definitions } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";
import { COMMON_DEFINITIONS, type Verb, type VerbGroup } from "./verb.ts";

export interface VerbSummary {
  readonly name: string;
  readonly description: string;
}

/** Help of the whole program: its verbs. */
export async function programHelp(summaries: readonly VerbSummary[], version: string, terminal: Terminal) {
  const subCommands = Object.fromEntries(summaries.map((meta) => [meta.name, { meta: { ...meta } }]));
  const meta = { name: "meltica", version, description: "Auto-trading gateway in one executable" };
  return finish(await renderUsage({ meta, subCommands }), terminal);
}

/** Help of a verb of several actions: its actions. */
export async function groupHelp(group: VerbGroup, terminal: Terminal): Promise<string> {
  const subCommands = Object.fromEntries(
    group.actions.map(({ name, description }) => [name, { meta: { name, description } }]),
  );
  const { name, description, defaultAction } = group;
  const meta = {
    name,
    description: defaultAction === undefined ? description : `${description}; by itself: ${defaultAction}`,
  };
  const text = finish(await renderUsage({ meta, subCommands }, { meta: { name: "meltica" } }), terminal);
  return `${text}${commonOptions()}${examplesText(group.examples)}`;
}

export async function verbHelp(verb: Verb, terminal: Terminal, group?: VerbGroup): Promise<string> {
  const name = group === undefined ? verb.name : `${group.name} ${verb.name}`;
  const meta = { name, description: verb.description };
  const command: CommandDef = { meta, args: cittyArguments({ ...verb.definitions, ...COMMON_DEFINITIONS }) };
  const text = finish(await renderUsage(command, { meta: { name: "meltica" } }), terminal);
  return `${text}${examplesText(verb.examples)}`;
}

function examplesText(examples: readonly string[]): string {
  return examples.length === 0 ? "" : `\nEXAMPLES\n\n${examples.map((line) => `  ${line}\n`).join("")}`;
}

function commonOptions(): string {
  const rows = Object.entries(COMMON_DEFINITIONS).map(
    ([name, { description }]) => `  --${name.padEnd(6)}  ${description}\n`,
  );
  return `\nOPTIONS OF ALL\n\n${rows.join("")}`;
}

function cittyArguments(definitions: Definitions): ArgsDef {
  const shown: ArgsDef = {};
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.hidden === true) continue;
    const { repeatable, hidden: _, options, ...rest } = definition;
    const description = repeatable ? `${rest.description} (repeatable)` : rest.description;
    shown[name] = {
      ...rest,
      description,
      ...(options === undefined ? {} : { options: [...options] }),
    } as ArgsDef[string];
  }
  return shown;
}

/** Trailing spaces off, one line end at the end, and no colours where none are wanted. */
function finish(text: string, terminal: Terminal): string {
  const plain = terminal.color ? text : stripVTControlCharacters(text);
  return `${plain.replace(/[ \t]+$/gm, "").trimEnd()}\n`;
}
