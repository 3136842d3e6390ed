/** `meltica up`: loads the configuration, starts the gateway, and stops it politely when asked. */

import type { Config, LoadedConfig } from "../app/config.ts";
import { liveNames } from "../app/live_names.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem, problemText } from "../core/problem.ts";
import { buildHash, version } from "./build_info.ts";
import { CONFIG_DEFINITIONS, configFlags, reportConfig } from "./config_report.ts";
import { Exit } from "./exit.ts";
import { pairs, verbatim } from "./output.ts";
import type { GatewayOptions, RunningGateway, StartGateway } from "./start_gateway.ts";
import { styled } from "./terminal.ts";
import { loadStartGateway } from "./up_entry.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";
import { programWords, watchdogWords } from "./watchdog_words.ts";

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
  const { config } = loaded;
  const signals = new StopSignals(call);
  try {
    const started = load().then((start) =>
      start(config, {
        version: version(),
        log: (line) => terminal.err(line),
        logIsTerminal: terminal.stderrIsTerminal,
        ...liveOptions(call, config),
      }),
    );
    const gateway = await Promise.race([started, signals.forced]);
    if (typeof gateway === "number") return gateway;
    announce(call, gateway, loaded);
    signals.attach(gateway);
    return await Promise.race([gateway.done.then((code) => code as Exit), signals.forced]);
  } finally {
    signals.close();
  }
}

/** For accounts whose orders are real: what they are armed for, and the second process; the gateway names them, so that both mean the same. */
function liveOptions(call: Call, config: Config): Partial<Pick<GatewayOptions, "build" | "watchdog">> {
  const live = liveNames(config);
  if (live.length === 0) return {};
  const watchdog = [...programWords(), ...watchdogWords(call.given, config.dataDir, live)];
  return { build: buildHash(), watchdog };
}

/**
 * SIGINT and SIGTERM from before the start on: the first one stops politely, as soon as there is something to stop; a
 * second one, or a stop that fails, ends at once.
 */
class StopSignals {
  /** Ends when the program must not wait any longer. */
  readonly forced: Promise<Exit>;
  #force: (exit: Exit) => void = () => undefined;
  #asked: NodeJS.Signals | undefined;
  #gateway: RunningGateway | undefined;
  readonly #onSignal = (signal: NodeJS.Signals) => this.#signal(signal);

  constructor(readonly call: Call) {
    this.forced = new Promise<Exit>((settle) => {
      this.#force = settle;
    });
    process.on("SIGINT", this.#onSignal);
    process.on("SIGTERM", this.#onSignal);
  }

  attach(gateway: RunningGateway): void {
    this.#gateway = gateway;
    if (this.#asked !== undefined) this.#stop(gateway, this.#asked);
  }

  close(): void {
    process.off("SIGINT", this.#onSignal);
    process.off("SIGTERM", this.#onSignal);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#asked !== undefined) {
      this.#force(Exit.Error);
      return;
    }
    this.#asked = signal;
    const { json, quiet, terminal } = this.call;
    if (!quiet && !json) terminal.err(`${signal}: stopping; once more to stop at once\n`);
    if (this.#gateway !== undefined) this.#stop(this.#gateway, signal);
  }

  #stop(gateway: RunningGateway, signal: NodeJS.Signals): void {
    gateway.stop(signal).catch((error) => {
      const detail = `the gateway did not stop in order: ${error instanceof Error ? error.message : String(error)}`;
      this.call.terminal.err(`${problemText(problem(Code.InvariantBroken, detail))}\n`);
      this.#force(Exit.Error);
    });
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
