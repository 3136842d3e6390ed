/** `meltica up`: loads the configuration, starts the gateway, and stops it politely when asked. */

import type { Config, LoadedConfig } from "../app/config.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem, problemText } from "../core/problem.ts";
import { version } from "./build_info.ts";
import { CONFIG_DEFINITIONS, configFlags, reportConfig } from "./config_report.ts";
import { Exit } from "./exit.ts";
import { pairs, verbatim } from "./output.ts";
import { styled } from "./terminal.ts";
import { loadStartGateway } from "./up_entry.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

/** What the verb needs of the running gateway. */
export interface RunningGateway {
  /** Base URL of the HTTP interface. */
  readonly url: string;
  /** The same with a one-time login code, for a browser. */
  readonly loginUrl: string;
  readonly tokenFile: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Stops politely: cancels by policy, makes the journal durable, ends `done`. */
  stop(reason: string): Promise<void>;
  /** Ends with the exit code when the gateway has stopped, for whatever reason. */
  readonly done: Promise<number>;
}

export interface GatewayOptions {
  readonly version: string;
  /** Each problem of note, for people; it is in the log as well. */
  onProblem(problem: Problem): void;
  /** One line of the log, with its line end. */
  log(line: string): void;
  readonly logIsTerminal: boolean;
}

/** Throws ProblemError: DataDirLocked, DataDirUnwritable, PortTaken, JournalDamaged… */
export type StartGateway = (config: Config, options: GatewayOptions) => Promise<RunningGateway>;

export const verb: Verb = {
  name: "up",
  description: "Start the gateway",
  definitions: CONFIG_DEFINITIONS,
  examples: ["meltica", "meltica up --config meltica.yaml", "meltica up --data-dir /tmp/try --port 0 --json"],
  run: (call) => runUp(call, loadStartGateway),
};

/** `load` gives the function that starts the gateway; tests give one of their own. */
export async function runUp(call: Call, load: () => Promise<StartGateway>): Promise<Exit> {
  const { terminal } = call;
  const { loadConfig } = await import("../app/config.ts");
  const loaded = loadConfig({
    file: call.given.text("config"),
    flags: configFlags(call.given),
    env: process.env,
    cwd: process.cwd(),
  });
  if (loaded.config === undefined) return reportConfig(call, loaded);
  for (const warning of loaded.warnings) terminal.err(`${warningText(call, warning)}\n`);
  const start = await load();
  const gateway = await start(loaded.config, {
    version: version(),
    onProblem: (found) => terminal.err(`${warningText(call, found)}\n`),
    log: (line) => terminal.err(line),
    logIsTerminal: terminal.stderrIsTerminal,
  });
  announce(call, gateway, loaded);
  return await untilStopped(gateway, call);
}

/** The first signal stops politely; a second one, or a stop that hangs, ends at once. */
async function untilStopped(gateway: RunningGateway, call: Call): Promise<Exit> {
  let force: (exit: Exit) => void = () => undefined;
  const forced = new Promise<Exit>((settle) => {
    force = settle;
  });
  let asked = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (asked) {
      force(Exit.Error);
      return;
    }
    asked = true;
    if (!call.quiet && !call.json) call.terminal.err(`${signal}: stopping; once more to stop at once\n`);
    gateway.stop(signal).catch((error) => {
      const detail = `the gateway did not stop in order: ${error instanceof Error ? error.message : String(error)}`;
      call.terminal.err(`${problemText(problem(Code.InvariantBroken, detail))}\n`);
      force(Exit.Error);
    });
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await Promise.race([gateway.done.then((code) => code as Exit), forced]);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** With --json exactly one line, for the program that started this one. */
function announce(call: Call, gateway: RunningGateway, loaded: LoadedConfig): void {
  const { url, tokenFile, dataDir, pid } = gateway;
  const { terminal } = call;
  if (call.json) {
    terminal.out(`${JSON.stringify({ url, tokenFile, dataDir, pid })}\n`);
    return;
  }
  if (call.quiet) {
    terminal.out(`${url}\n`);
    return;
  }
  const config = loaded.config as Config;
  const markets = (instance: Config["instances"][number]) =>
    Object.values(instance.markets).map(({ instrument, account }) => `${instrument} on ${account}`);
  const rows: (readonly [string, string, string?])[] = [
    ["open", gateway.loginUrl, "logs you in once"],
    ["config", loaded.file ?? "built in", loaded.file === undefined ? "see `meltica config show`" : ""],
    ["data", dataDir],
    ["token", tokenFile, "for programs"],
    ...Object.entries(config.providers).map(([name, { adapter }]) => ["provider", name, adapter] as const),
    ...Object.entries(config.accounts).map(([name, { mode }]) => ["account", name, mode] as const),
    ...config.instances.map(
      (each) => ["instance", each.name, `${each.strategy}: ${markets(each).join(", ")}`] as const,
    ),
  ];
  terminal.out(`${styled(terminal, "bold", "meltica is running")} at ${url}\n`);
  terminal.out(
    pairs(
      terminal,
      rows.map(([name, value, note]) => [name, verbatim(value), note ?? ""] as const),
      "left",
    ),
  );
  sayNext(call, "meltica status, meltica orders, meltica kill   (in another terminal)");
}

function warningText(call: Call, found: Problem): string {
  return `${styled({ color: call.terminal.errorColor }, "yellow", "warning")}: ${problemText(found)}`;
}
