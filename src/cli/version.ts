/** `meltica version`: which build this is. */

import { buildInfo } from "./build_info.ts";
import { Exit } from "./exit.ts";
import { pairs } from "./output.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

export const verb: Verb = {
  name: "version",
  description: "Show version, commit and platform",
  definitions: {},
  examples: ["meltica version --json"],
  run(call: Call): Exit {
    const info = buildInfo();
    if (call.json) call.terminal.out(`${JSON.stringify(info)}\n`);
    else if (call.quiet) call.terminal.out(`${info.version}\n`);
    else {
      call.terminal.out(`${info.name} ${info.version}\n`);
      const { commit, built, bun, platform } = info;
      call.terminal.out(pairs(call.terminal, Object.entries({ commit, built, bun, platform }), "left"));
      sayNext(call, "meltica --help");
    }
    return Exit.Ok;
  },
};
