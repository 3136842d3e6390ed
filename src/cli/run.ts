/** Finds the verb, reads its arguments strictly, runs it, and turns whatever goes wrong into a message and an exit code. */

import { AssertionFailed } from "../core/assert.ts";
import { Code, codeName } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { type Problem, ProblemError, problem, problemText } from "../core/problem.ts";
import { readArguments, usage } from "./arguments.ts";
import { Exit, exitOfProblem } from "./exit.ts";
import { styled, type Terminal } from "./terminal.ts";
import { COMMON_DEFINITIONS, type Verb, type VerbGroup } from "./verb.ts";
import { VERBS } from "./verbs.ts";

/** Runs one command line (without the program's name) and returns its exit code. Never throws. */
export async function run(raw: readonly string[], terminal: Terminal): Promise<Exit> {
  const ended = raw.indexOf("--");
  const json = raw.slice(0, ended < 0 ? undefined : ended).includes("--json");
  try {
    return await dispatch(raw, terminal);
  } catch (error) {
    const found = problemOf(error);
    if (json) terminal.err(`${JSON.stringify({ error: found })}\n`);
    else terminal.err(`${styled({ color: terminal.errorColor }, "red", "error")}: ${problemText(found)}\n`);
    if (!(error instanceof ProblemError) && !json) terminal.err(`${(error as Error)?.stack ?? String(error)}\n`);
    return exitOfProblem(found.code);
  }
}

async function dispatch(raw: readonly string[], terminal: Terminal): Promise<Exit> {
  const [first, ...rest] = raw;
  if (first === "help" && rest[0] !== undefined) return dispatch([rest[0], "--help"], terminal);
  if (first === "--help" || first === "-h" || first === "help") {
    terminal.out(await overview(terminal));
    return Exit.Ok;
  }
  if (first === "--version" || first === "-v") return dispatch(["version", ...rest], terminal);
  const asked = first === undefined || first.startsWith("-") ? defaultVerb(raw) : first;
  const words = asked === first ? rest : raw;
  const found = VERBS.find((verb) => verb.name === asked);
  if (found === undefined) throw unknownVerb(asked);
  const { verb } = await found.load();
  return "actions" in verb ? await runAction(verb, words, terminal) : await runVerb(verb, words, terminal);
}

async function runVerb(verb: Verb, words: readonly string[], terminal: Terminal, group?: VerbGroup): Promise<Exit> {
  const given = readArguments(words, { ...verb.definitions, ...COMMON_DEFINITIONS });
  if (given.flag("help")) {
    const { verbHelp } = await import("./help.ts");
    terminal.out(await verbHelp(verb, terminal, group));
    return Exit.Ok;
  }
  return await verb.run({ given, terminal, json: given.flag("json"), quiet: given.flag("quiet") });
}

/** `orders place …`: the word after the verb names the action; without one it is the group's default. */
async function runAction(group: VerbGroup, words: readonly string[], terminal: Terminal): Promise<Exit> {
  const [first, ...rest] = words;
  const isNamed = first !== undefined && !first.startsWith("-");
  if (!isNamed && (words.includes("--help") || words.includes("-h"))) {
    const { groupHelp } = await import("./help.ts");
    terminal.out(await groupHelp(group, terminal));
    return Exit.Ok;
  }
  const names = group.actions.map((action) => action.name);
  const name = isNamed ? first : group.defaultAction;
  if (name === undefined) throw usage(`say what to do: ${group.name} ${names.join("|")}`, `see ${group.name} --help`);
  const action = group.actions.find((known) => known.name === name);
  if (action === undefined) throw usage(`${group.name} cannot "${name}"`, nearestHint(name, names));
  return await runVerb(action, isNamed ? rest : words, terminal, group);
}

/** Options alone mean `up`; a verb behind options is a mistake that would start a gateway unasked. */
function defaultVerb(raw: readonly string[]): string {
  const [first] = raw;
  const late = raw.find((word) => VERBS.some((verb) => verb.name === word));
  if (first !== undefined && late !== undefined) {
    throw usage(`the verb comes first, before ${first}`, "meltica VERB [OPTIONS]; see --help");
  }
  return "up";
}

async function overview(terminal: Terminal): Promise<string> {
  const [{ programHelp }, { version }] = await Promise.all([import("./help.ts"), import("./build_info.ts")]);
  return programHelp(shownVerbs(), version(), terminal);
}

function shownVerbs() {
  return VERBS.filter(({ hidden }) => hidden !== true);
}

function unknownVerb(word: string): ProblemError {
  const names = shownVerbs().map((verb) => verb.name);
  return usage(`unknown verb "${word}"`, nearestHint(word, names));
}

function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof AssertionFailed) return problem(error.code, error.message);
  const detail = error instanceof Error ? error.message : String(error);
  return { code: codeName(Code.InvariantBroken), detail, hint: "this is a fault in meltica: please report it" };
}
