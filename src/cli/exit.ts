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
  [
    ...[Code.Usage, Code.FileNotFound, Code.StrategyNotFound, Code.StrategyParam, Code.SymbolUnknown],
    ...[Code.NotFound, Code.BodyInvalid],
  ].map(codeName),
);
const CONFIGURATION: readonly string[] = Object.freeze(
  [Code.ConfigSyntax, Code.ConfigKeyUnknown, Code.ConfigType, Code.ConfigValue, Code.ConfigMissing].map(codeName),
);

/** The exit code of a verb that ended with this problem; `code` is the name as it stands in a `Problem`. */
export function exitOfProblem(code: string): Exit {
  if (NOT_FOUND.includes(code)) return Exit.UsageOrNotFound;
  if (CONFIGURATION.includes(code)) return Exit.Configuration;
  if (code === codeName(Code.NotRunning)) return Exit.NotRunning;
  return code === codeName(Code.TimedOut) ? Exit.TimeOut : Exit.Error;
}
