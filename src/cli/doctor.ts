/** `meltica doctor`: looks at what most often goes wrong on a host, and says what to do about it. */

import { resolve } from "node:path";
import { loadConfig } from "../app/config.ts";
import { CONFIG_DEFINITIONS, configFlags } from "./config_report.ts";
import { DATA_DIR_DEFINITIONS, dataDirOf } from "./data_dir.ts";
import type { Check } from "./doctor_check.ts";
import { runChecks } from "./doctor_checks.ts";
import { liveChecks } from "./doctor_live.ts";
import { Exit } from "./exit.ts";
import { pad } from "./output.ts";
import { type Style, styled } from "./terminal.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

const STYLES: Readonly<Record<Check["verdict"], Style>> = Object.freeze({ ok: "green", warn: "yellow", fail: "red" });

export const verb: Verb = {
  name: "doctor",
  description: "Check clock, disk, port, data directory and live accounts",
  definitions: { ...CONFIG_DEFINITIONS, ...DATA_DIR_DEFINITIONS },
  examples: ["meltica doctor", "meltica doctor --data-dir /var/lib/meltica --json"],
  async run(call: Call): Promise<Exit> {
    const { given, terminal } = call;
    const loaded = loadConfig({
      file: given.text("config"),
      flags: configFlags(given),
      env: process.env,
      cwd: process.cwd(),
    });
    // A broken configuration is one finding among others, not the end of the examination.
    const { host, port } = loaded.config?.server ?? { host: "127.0.0.1", port: 8_880 };
    const dataDir = resolve(loaded.config?.dataDir ?? (await dataDirOf(given)));
    const ofHost = await runChecks({ dataDir, host, port, problems: loaded.problems });
    const checks = [...ofHost, ...(await liveChecks(loaded.config, dataDir))];
    const failed = checks.some((check) => check.verdict === "fail");
    if (call.json) terminal.out(`${JSON.stringify({ ok: !failed, dataDir, checks })}\n`);
    else {
      const width = Math.max(...checks.map((check) => check.name.length));
      for (const { name, verdict, detail, cure } of checks) {
        if (call.quiet && verdict === "ok") continue;
        const advice = cure === "" ? "" : `\n${" ".repeat(width + 8)}${styled(terminal, "dim", cure)}`;
        terminal.out(
          `${styled(terminal, STYLES[verdict], verdict.padEnd(4))}  ${pad(name, width, "left")}  ${detail}${advice}\n`,
        );
      }
    }
    if (failed) return Exit.Error;
    sayNext(call, "meltica up");
    return Exit.Ok;
  },
};
