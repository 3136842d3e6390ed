/** The live accounts of a configuration by name, in one order everywhere: gateway, engine and watchdog count by it. */

import type { Config } from "./config_schema.ts";

export function liveNames({ accounts }: Pick<Config, "accounts">): string[] {
  return Object.entries(accounts).flatMap(([name, { mode }]) => (mode === "live" ? [name] : []));
}
