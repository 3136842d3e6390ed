/** The executable's entry: hands the command line to the verbs. The only process.exit of the program. */

import { run } from "./cli/run.ts";
import { systemTerminal } from "./cli/terminal.ts";

process.exit(await run(process.argv.slice(2), systemTerminal()));
