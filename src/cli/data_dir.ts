/** Which data directory a verb means, and what stands in it: flag, environment, configuration file, default. */

import { resolve } from "node:path";
import { ProblemError } from "../core/problem.ts";
import type { Arguments, Definitions } from "./arguments.ts";

export const DATA_DIR_DEFINITIONS: Definitions = Object.freeze({
  "data-dir": {
    type: "string",
    valueHint: "DIR",
    description: "Where the gateway's state lives; else as configured, else ./meltica-data",
  },
});

/** Absolute path. Throws ProblemError when a configuration file in the working folder does not parse. */
export async function dataDirOf(given: Arguments): Promise<string> {
  const asked = given.text("data-dir") ?? process.env["MELTICA__DATA_DIR"];
  if (asked !== undefined && asked !== "") return resolve(asked);
  const { configuredDataDir } = await import("../app/config_data_dir.ts");
  const { dataDir, problems } = configuredDataDir(process.cwd());
  const [first] = problems;
  if (first !== undefined) throw new ProblemError({ ...first, hint: "repair it, or give --data-dir" });
  return dataDir;
}
