/** `meltica up` with a watchdog for accounts of a file, on top of paper accounts; SIGUSR2 makes the engine thread loop for ever. */

import { join } from "node:path";
import { startGateway } from "../../src/app/gateway.ts";
import { readArguments } from "../../src/cli/arguments.ts";
import { systemTerminal } from "../../src/cli/terminal.ts";
import { runUp, verb } from "../../src/cli/up.ts";
import { watchdogWords } from "../../src/cli/watchdog_words.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");
const [accounts = "", ...raw] = process.argv.slice(2).filter((word) => word !== "up" && word !== "--json");
const given = readArguments(raw, verb.definitions);
const exit = await runUp(
  { given, terminal: systemTerminal(), json: true, quiet: false },
  async () => async (config, options) => {
    const words = watchdogWords(given, config.dataDir, []);
    const watchdog = [process.execPath, MAIN, ...words, "--accounts", accounts];
    const gateway = await startGateway(config, { ...options, watchdog });
    process.on("SIGUSR2", () => gateway.supervisor.stallEngine());
    return gateway;
  },
);
process.exitCode = exit;
process.reallyExit(exit);
