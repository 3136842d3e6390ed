/** The command line by which a gateway starts its watchdog process. */

import { resolve } from "node:path";
import type { Arguments } from "./arguments.ts";

/** The words behind the program's that start a watchdog for this gateway: the same configuration by the same reader. */
export function watchdogWords(given: Arguments, dataDir: string, accounts: readonly string[]): string[] {
  const config = given.text("config");
  const level = given.text("log-level");
  return [
    "watchdog",
    ...(config === undefined ? [] : ["--config", resolve(config)]),
    ...(level === undefined ? [] : ["--log-level", level]),
    "--data-dir",
    resolve(dataDir),
    ...accounts.flatMap((name) => ["--account", name]),
  ];
}

/** This very program, from source or as an executable. */
export function programWords(): string[] {
  return Bun.main.startsWith("/$bunfs") ? [process.execPath] : [process.execPath, Bun.main];
}
