/** Exit codes: fixed numbers, and which problems count as usage. */

import { expect, test } from "bun:test";
import { Exit, exitOfProblem } from "./exit.ts";

test("the numbers are a public contract", () => {
  const names = ["Ok", "Error", "UsageOrNotFound", "NotRunning", "Configuration", "TimeOut"] as const;
  expect(names.map((name) => Exit[name])).toEqual([0, 1, 2, 3, 4, 5]);
});

test("what was mistyped or does not exist is 2, the rest is 1; some have their own", () => {
  for (const code of ["Usage", "FileNotFound", "StrategyNotFound", "StrategyParam"])
    expect(exitOfProblem(code)).toBe(2);
  for (const code of ["ConfigSyntax", "ConfigKeyUnknown", "ConfigType", "ConfigValue", "ConfigMissing"])
    expect(exitOfProblem(code)).toBe(Exit.Configuration);
  expect([exitOfProblem("NotRunning"), exitOfProblem("TimedOut"), exitOfProblem("NotFound")]).toEqual([3, 5, 2]);
  for (const code of ["FileCorrupt", "StrategyThrew", "NoSuchCode"]) expect(exitOfProblem(code)).toBe(1);
});
