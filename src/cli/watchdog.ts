/** `meltica watchdog`: the gateway's own second process. People do not need it; it stands by whenever an account is live. */

import type { Definitions } from "./arguments.ts";
import { usage } from "./arguments.ts";
import { version } from "./build_info.ts";
import { CONFIG_DEFINITIONS, configFlags, reportConfig } from "./config_report.ts";
import { Exit } from "./exit.ts";
import type { Call, Verb } from "./verb.ts";

const OWN: Definitions = {
  epoch: { type: "string", valueHint: "N", default: "0", description: "Which start of the gateway it belongs to" },
  account: {
    type: "string",
    valueHint: "NAME",
    repeatable: true,
    description: "A live account that the gateway has: refuses to start without it",
  },
  accounts: {
    type: "string",
    valueHint: "FILE",
    description: "Accounts as JSON instead of the configuration's; for tests",
  },
};

export const verb: Verb = {
  name: "watchdog",
  description:
    "Cancel all orders of live accounts when the gateway's engine is silent; started and ended by the gateway itself",
  definitions: { ...CONFIG_DEFINITIONS, ...OWN },
  examples: ["meltica watchdog --data-dir meltica-data"],
  run: runVerb,
};

async function runVerb(call: Call): Promise<Exit> {
  const { given, terminal } = call;
  const epoch = given.text("epoch") as string;
  if (!/^\d{1,10}$/.test(epoch)) throw usage(`--epoch cannot be "${epoch}"`, "a whole number");
  const [{ loadConfig }, accounts] = await Promise.all([
    import("../app/config.ts"),
    import("../app/watchdog_accounts.ts"),
  ]);
  const loaded = loadConfig({
    file: given.text("config"),
    flags: configFlags(given),
    env: process.env,
    cwd: process.cwd(),
  });
  const { config } = loaded;
  if (config === undefined) return reportConfig(call, loaded);
  const file = given.text("accounts");
  const watched = file === undefined ? accounts.watchedAccounts(config) : accounts.watchedAccountsOfFile(file);
  accounts.refuseMissing(watched, given.all("account"));
  const { runWatchdog } = await import("../app/watchdog_process.ts");
  process.stderr.on("error", () => undefined); // Whoever read it may be gone: no reason to end.
  const end = await runWatchdog({
    config,
    dataDir: config.dataDir,
    accounts: watched,
    epoch: Number(epoch),
    version: version(),
    // Not the terminal's way of writing, which waits: a log that nobody reads must not stop the watchdog.
    log: (line) => void process.stderr.write(line),
    logIsTerminal: terminal.stderrIsTerminal,
  });
  return end === "gave up" ? Exit.Error : Exit.Ok;
}
