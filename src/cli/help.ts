/** Help texts, drawn by citty from the same definitions that the arguments are read by. */

import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, type CommandDef, renderUsage } from "citty";
import type { Terminal } from "./terminal.ts";
import { COMMON_DEFINITIONS, type Definitions, type Verb } from "./verb.ts";

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

export async function verbHelp(verb: Verb, terminal: Terminal): Promise<string> {
  const meta = { name: verb.name, description: verb.description };
  const command: CommandDef = { meta, args: cittyArguments({ ...verb.definitions, ...COMMON_DEFINITIONS }) };
  const examples = verb.examples.map((line) => `  ${line}\n`).join("");
  const text = finish(await renderUsage(command, { meta: { name: "meltica" } }), terminal);
  return examples === "" ? text : `${text}\nEXAMPLES\n\n${examples}`;
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
