/** Finds the verb, reads its arguments strictly, runs it, and turns whatever goes wrong into a message and an exit code. */

import { AssertionFailed } from "../core/assert.ts";
import { Code, codeName } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { type Problem, ProblemError, problem, problemText } from "../core/problem.ts";
import { readArguments, usage } from "./arguments.ts";
import { Exit, exitOfProblem } from "./exit.ts";
import { styled, type Terminal } from "./terminal.ts";
import { COMMON_DEFINITIONS, type Verb } from "./verb.ts";

interface LazyVerb {
  readonly name: string;
  readonly description: string;
  load(): Promise<{ readonly verb: Verb }>;
}

/** Each verb is loaded when it is called, so that `version` stays fast whatever the others need. */
const VERBS: readonly LazyVerb[] = Object.freeze([
  {
    name: "replay",
    description: "Run captured market data and a strategy through the whole engine",
    load: () => import("./replay.ts"),
  },
  {
    name: "bench",
    description: "Measure the hot paths against stated baselines",
    load: () => import("./bench.ts"),
  },
  {
    name: "version",
    description: "Show version, commit and platform",
    load: () => import("./version.ts"),
  },
]);

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
  if (first === undefined) {
    terminal.err(await overview(terminal));
    return Exit.UsageOrNotFound;
  }
  const found = VERBS.find((verb) => verb.name === first);
  if (found === undefined) throw unknownVerb(first);
  const { verb } = await found.load();
  const given = readArguments(rest, { ...verb.definitions, ...COMMON_DEFINITIONS });
  if (given.flag("help")) {
    const { verbHelp } = await import("./help.ts");
    terminal.out(await verbHelp(verb, terminal));
    return Exit.Ok;
  }
  return await verb.run({ given, terminal, json: given.flag("json"), quiet: given.flag("quiet") });
}

async function overview(terminal: Terminal): Promise<string> {
  const [{ programHelp }, { version }] = await Promise.all([import("./help.ts"), import("./build_info.ts")]);
  return programHelp(VERBS, version(), terminal);
}

function unknownVerb(word: string): ProblemError {
  if (word.startsWith("-")) return usage(`the verb comes first, before ${word}`, "meltica VERB [OPTIONS]; see --help");
  const names = VERBS.map((verb) => verb.name);
  return usage(`unknown verb "${word}"`, nearestHint(word, names));
}

function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof AssertionFailed) return problem(error.code, error.message);
  const detail = error instanceof Error ? error.message : String(error);
  return { code: codeName(Code.InvariantBroken), detail, hint: "this is a fault in meltica: please report it" };
}
