/** Finds a strategy and looks at its types; the type checker is large and loaded only when a file is to be checked. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { StrategyModule } from "../strategy/api.ts";
import { findStrategy } from "./strategy_loader.ts";

/** As `findStrategy`, types included. */
export function findChecked(nameOrPath: string): Promise<StrategyModule | readonly Problem[]> {
  return findStrategy(nameOrPath, async (file, source) => {
    const { checkStrategy } = await import("./strategy_check.ts");
    return checkStrategy(file, source);
  });
}

/** As `findChecked`. Throws ProblemError with the first thing that is wrong. */
export async function loadStrategy(nameOrPath: string): Promise<StrategyModule> {
  const found = await findChecked(nameOrPath);
  if ("kind" in found) return found;
  throw new ProblemError(found[0] ?? problem(Code.StrategyNotFound, `no strategy ${nameOrPath}`));
}
