/** `meltica kill`: the KILL file first, durable, whatever the gateway does; then the gateway is told. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { KILL_FILE, KILL_SCOPES, type KillScope, writeKillFile } from "../app/kill_file.ts";
import { Code, codeName } from "../core/code.ts";
import { type Problem, ProblemError, problem, problemText } from "../core/problem.ts";
import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS, dataDirOf } from "./data_dir.ts";
import { Exit, exitOfProblem } from "./exit.ts";
import { connect } from "./gateway_client.ts";
import { styled } from "./terminal.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

/** Short: whoever kills does not want to wait. */
export const KILL_TIMEOUT_MS = 2_000;

export const KILL_DEFINITIONS: Definitions = Object.freeze({
  scope: { type: "enum", options: KILL_SCOPES, default: "firm", description: "What it is about" },
  key: { type: "string", valueHint: "NAME", description: "Name of the account, venue, instrument or instance" },
  why: { type: "string", valueHint: "TEXT", description: "Reason, kept in the journal" },
  ...DATA_DIR_DEFINITIONS,
});

export const verb: Verb = {
  name: "kill",
  description: "Stop all trading at once, even when the gateway does not answer",
  definitions: KILL_DEFINITIONS,
  examples: ['meltica kill --why "prices look wrong"', "meltica kill --scope instrument --key sim:BTC-USDT"],
  run: kill,
};

/** What became of both ways; one that failed never keeps the other from being tried. */
interface Outcome {
  readonly file: string;
  readonly fileProblem: Problem | null;
  readonly gateway: "killed" | "not running" | "no answer" | "refused";
  readonly gatewayProblem: Problem | null;
  readonly answer: unknown;
}

async function kill(call: Call): Promise<Exit> {
  const target = targetOf(call.given);
  const dataDir = await dataDirOf(call.given);
  if (!existsSync(dataDir)) {
    const hint = "give --data-dir as the gateway has it: nothing was killed";
    throw new ProblemError(problem(Code.FileNotFound, `there is no data directory ${dataDir}`, {}, hint));
  }
  const why = call.given.text("why") ?? "by hand";
  const fileProblem = writeFile(dataDir, target, why);
  const told = await tell(dataDir, "risk/kill", { ...body(target), why });
  const outcome: Outcome = { file: join(dataDir, KILL_FILE), fileProblem, ...told };
  if (call.json) {
    call.terminal.out(`${JSON.stringify({ ...target, ...outcome })}\n`);
    const failed = fileProblem ?? (outcome.gateway === "not running" ? null : outcome.gatewayProblem);
    if (failed !== null) call.terminal.err(`${JSON.stringify({ error: failed })}\n`);
  } else report(call, outcome, target);
  if (fileProblem !== null && outcome.gateway !== "killed") return Exit.Error;
  if (outcome.gateway === "no answer") return Exit.TimeOut;
  if (outcome.gateway === "refused") return exitOfProblem(outcome.gatewayProblem?.code ?? "");
  if (fileProblem !== null) return Exit.Error;
  sayNext(call, "meltica status, and `meltica resume` when it is safe");
  return Exit.Ok;
}

export interface Target {
  readonly scope: KillScope;
  readonly key: string;
}

export function targetOf(given: Arguments): Target {
  const scope = given.text("scope") as KillScope;
  const key = given.text("key") ?? "";
  if (scope === "firm" && key !== "") throw usage("--key needs a --scope", `--scope ${KILL_SCOPES.slice(1).join("|")}`);
  if (scope !== "firm" && key === "") throw usage(`--key is missing: which ${scope}?`, `--scope ${scope} --key NAME`);
  return { scope, key };
}

/** The request's body; the firm has no key. */
export function body({ scope, key }: Target): { scope: KillScope; key?: string } {
  return key === "" ? { scope } : { scope, key };
}

/** Asks the gateway once, with a short time-out. */
export async function tell(dataDir: string, path: string, request: unknown) {
  try {
    const answer = await connect(dataDir).call<unknown>(path, {
      method: "POST",
      body: request,
      timeoutMs: KILL_TIMEOUT_MS,
    });
    return { gateway: "killed" as const, gatewayProblem: null, answer };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const found = error.problem;
    const silent = [Code.TimedOut, Code.OutcomeUnknown].map(codeName).includes(found.code);
    const gone = found.code === codeName(Code.NotRunning);
    const gateway = silent ? ("no answer" as const) : gone ? ("not running" as const) : ("refused" as const);
    return { gateway, gatewayProblem: found, answer: null };
  }
}

function writeFile(dataDir: string, { scope, key }: Target, why: string): Problem | null {
  try {
    writeKillFile(dataDir, { scope, key, why, time: new Date().toISOString() });
    return null;
  } catch (error) {
    const detail = `the KILL file could not be written: ${(error as Error).message}`;
    return problem(Code.DataDirUnwritable, detail);
  }
}

function report(call: Call, outcome: Outcome, { scope, key }: Target): void {
  const { terminal } = call;
  const what = scope === "firm" ? "all trading" : `${scope} ${key}`;
  if (outcome.fileProblem === null) {
    if (!call.quiet) terminal.out(`${outcome.file} is written: ${what} may not trade while it is there\n`);
  } else
    terminal.err(`${styled({ color: terminal.errorColor }, "red", "error")}: ${problemText(outcome.fileProblem)}\n`);
  if (outcome.gateway === "killed") {
    terminal.out(`${styled(terminal, "red", "KILLED")}: the gateway has stopped ${what}\n`);
  } else if (outcome.gateway === "not running") {
    if (!call.quiet) terminal.out(`${(outcome.gatewayProblem as Problem).detail}: the kill holds when one starts\n`);
  } else {
    const word = styled({ color: terminal.errorColor }, "red", "error");
    terminal.err(`${word}: ${problemText(outcome.gatewayProblem as Problem)}\n`);
  }
}
