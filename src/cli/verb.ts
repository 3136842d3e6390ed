/** What a verb is: its words, its arguments, and a function that does it and says how it ended. */

import type { Arguments, Definitions } from "./arguments.ts";
import type { Exit } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

/** One call of a verb. */
export interface Call {
  readonly given: Arguments;
  readonly terminal: Terminal;
  /** The result as JSON on standard output, nothing else there. */
  readonly json: boolean;
  /** No progress, no hints: only the result. */
  readonly quiet: boolean;
}

export interface Verb {
  readonly name: string;
  readonly description: string;
  readonly definitions: Definitions;
  /** Command lines that work, shown under the help. */
  readonly examples: readonly string[];
  run(call: Call): Promise<Exit> | Exit;
}

/** A verb of several actions: `orders list`, `orders place`; each has arguments and help of its own. */
export interface VerbGroup {
  readonly name: string;
  readonly description: string;
  /** What each does when named after the verb; the name is the one word. */
  readonly actions: readonly Verb[];
  /** The action of the verb alone; none = one must be named. */
  readonly defaultAction?: string;
  readonly examples: readonly string[];
}

export type AnyVerb = Verb | VerbGroup;

/** What every verb understands. */
export const COMMON_DEFINITIONS: Definitions = Object.freeze({
  json: { type: "boolean", description: "Print the result as JSON, errors as JSON on standard error" },
  quiet: { type: "boolean", description: "Print the result only: no progress, no hints" },
  help: { type: "boolean", alias: "h", description: "Show this help" },
});

/** Says what a person may do next; only on a terminal, and only when words are wanted. */
export function sayNext(call: Call, command: string): void {
  if (call.json || call.quiet || !call.terminal.stdoutIsTerminal) return;
  call.terminal.out(`\nnext: ${command}\n`);
}
