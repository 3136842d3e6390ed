/** What `up` and `config` share: the flags that set configuration, and how its problems are told. */

import type { FlagValue, LoadedConfig } from "../app/config.ts";
import { type Problem, problemText } from "../core/problem.ts";
import type { Arguments, Definitions } from "./arguments.ts";
import { Exit, exitOfProblem } from "./exit.ts";
import { styled } from "./terminal.ts";
import type { Call } from "./verb.ts";

export const CONFIG_DEFINITIONS: Definitions = Object.freeze({
  config: { type: "string", valueHint: "FILE", description: "Configuration; else meltica.yaml, .json or .toml here" },
  "data-dir": { type: "string", valueHint: "DIR", description: "Where state lives" },
  host: { type: "string", valueHint: "HOST", description: "Address to listen on" },
  port: { type: "string", valueHint: "PORT", description: "Port to listen on; 0 = any that is free" },
  "log-level": { type: "string", valueHint: "LEVEL", description: "trace, debug, info, warn, error or silent" },
});

const PATHS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  "data-dir": ["dataDir"],
  host: ["server", "host"],
  port: ["server", "port"],
  "log-level": ["log", "level"],
});

/** The flags that were given, with the paths that they set. */
export function configFlags(given: Arguments): FlagValue[] {
  return Object.entries(PATHS).flatMap(([name, path]) => {
    const text = given.text(name);
    return text === undefined ? [] : [{ flag: `--${name}`, path, text }];
  });
}

/** All problems on standard error, and the exit code: a missing file is 2, all else 4. */
export function reportConfig(call: Call, { problems }: Pick<LoadedConfig, "problems">): Exit {
  const { terminal } = call;
  const [first] = problems as readonly [Problem];
  if (call.json) terminal.err(`${JSON.stringify({ error: first, problems })}\n`);
  else {
    const word = styled({ color: terminal.errorColor }, "red", "error");
    for (const found of problems) terminal.err(`${word}: ${problemText(found)}\n`);
  }
  const exit = exitOfProblem(first.code);
  return exit === Exit.UsageOrNotFound && first.line === undefined ? exit : Exit.Configuration;
}
