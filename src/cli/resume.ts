/** `meltica resume`: takes a kill back. A gateway that runs must agree before the KILL file goes. */

import { existsSync } from "node:fs";
import { clearKillFile, readKillFile } from "../app/kill_file.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { usage } from "./arguments.ts";
import { dataDirOf } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { body, KILL_DEFINITIONS, type Target, targetOf, tell } from "./kill.ts";
import { styled } from "./terminal.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

export const verb: Verb = {
  name: "resume",
  description: "Take a kill back",
  definitions: KILL_DEFINITIONS,
  examples: [
    'meltica resume --why "feed repaired"',
    'meltica resume --scope venue --key binance-spot --why "venue is back"',
  ],
  run: resume,
};

async function resume(call: Call): Promise<Exit> {
  const target = targetOf(call.given);
  const dataDir = await dataDirOf(call.given);
  if (!existsSync(dataDir)) {
    throw new ProblemError(problem(Code.FileNotFound, `there is no data directory ${dataDir}`, {}, "give --data-dir"));
  }
  const before = readKillFile(dataDir);
  // Anyone may kill without a word; whoever resumes says why.
  const why = call.given.text("why") ?? "";
  if (why === "") throw usage("--why is missing: why may it go on?", 'meltica resume --why "feed repaired"');
  const { gateway, gatewayProblem, answer } = await tell(dataDir, "risk/resume", { ...body(target), why });
  // A gateway that is silent or says no stays killed: it is not for this program to overrule it.
  if (gateway === "no answer" || gateway === "refused") throw new ProblemError(gatewayProblem as Problem);
  clear(dataDir, target);
  const left = readKillFile(dataDir);
  const told = gateway === "killed";
  const removed = before.length - left.length;
  if (call.json) {
    const outcome = { ...target, gateway: told ? "resumed" : gateway, removed, left, answer };
    call.terminal.out(`${JSON.stringify(outcome)}\n`);
  } else if (!call.quiet) call.terminal.out(text(call, target, told, removed, left.length));
  sayNext(call, told ? "meltica status" : "meltica up");
  return Exit.Ok;
}

function clear(dataDir: string, { scope, key }: Target): void {
  try {
    clearKillFile(dataDir, scope, key);
  } catch (error) {
    const detail = `the KILL file could not be removed: ${(error as Error).message}`;
    throw new ProblemError(problem(Code.DataDirUnwritable, detail));
  }
}

function text(call: Call, { scope, key }: Target, told: boolean, removed: number, left: number): string {
  const what = scope === "firm" ? "all trading" : `${scope} ${key}`;
  const lines: string[] = [];
  if (told) lines.push(`${styled(call.terminal, "green", "resumed")}: the gateway lets ${what} go on`);
  else lines.push(removed > 0 ? `the kill of ${what} is removed from the KILL file` : "no KILL file names it");
  if (!told) lines.push("no gateway is running: a kill that is in its journal stays until it is resumed there");
  if (left > 0) lines.push(`${left} other kills are still in force`);
  return `${lines.join("\n")}\n`;
}
