/** How the verb `up` starts a gateway, and what it needs of one that runs. */

import type { Config } from "../app/config.ts";

/** What the verb needs of the running gateway. */
export interface RunningGateway {
  /** Base URL of the HTTP interface. */
  readonly url: string;
  /** The same with a one-time login code, for a browser. */
  readonly loginUrl: string;
  readonly tokenFile: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Stops politely: cancels by policy, makes the journal durable, ends `done`. */
  stop(reason: string): Promise<void>;
  /** Ends with the exit code when the gateway has stopped, for whatever reason. */
  readonly done: Promise<number>;
}

export interface GatewayOptions {
  readonly version: string;
  /** One line of the log, with its line end. */
  log(line: string): void;
  readonly logIsTerminal: boolean;
  /** What live accounts are armed for; given when an account is live. */
  readonly build?: string;
  /** The command that is the watchdog process of this gateway; given when an account is live. */
  readonly watchdog?: readonly string[];
}

/** Throws ProblemError: DataDirLocked, DataDirUnwritable, PortTaken, JournalDamaged… */
export type StartGateway = (config: Config, options: GatewayOptions) => Promise<RunningGateway>;
