/** `meltica up` whose engine thread loops for ever after SIGUSR2: its heart stops, and it is replaced. */

import { startGateway } from "../../src/app/gateway.ts";
import { readArguments } from "../../src/cli/arguments.ts";
import { systemTerminal } from "../../src/cli/terminal.ts";
import { runUp, verb } from "../../src/cli/up.ts";

const given = readArguments(
  process.argv.slice(2).filter((word) => word !== "up" && word !== "--json"),
  verb.definitions,
);
const exit = await runUp(
  { given, terminal: systemTerminal(), json: true, quiet: false },
  async () => async (config, options) => {
    const gateway = await startGateway(config, options);
    process.on("SIGUSR2", () => gateway.supervisor.stallEngine());
    return gateway;
  },
);
process.exitCode = exit;
process.reallyExit(exit);
