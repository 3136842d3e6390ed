/** Exit codes, the same for every verb: scripts and supervisors decide by them. */

import { Code, codeName } from "../core/code.ts";

export enum Exit {
  Ok = 0,
  Error = 1,
  /** The command line is wrong, or what it names does not exist. */
  UsageOrNotFound = 2,
  NotRunning = 3,
  Configuration = 4,
  TimeOut = 5,
}

const NOT_FOUND: readonly string[] = Object.freeze(
  [Code.Usage, Code.FileNotFound, Code.StrategyNotFound, Code.StrategyParam, Code.SymbolUnknown].map(codeName),
);

/** The exit code of a verb that ended with this problem; `code` is the name as it stands in a `Problem`. */
export function exitOfProblem(code: string): Exit {
  return NOT_FOUND.includes(code) ? Exit.UsageOrNotFound : Exit.Error;
}
