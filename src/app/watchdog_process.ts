/** The watchdog as a process: opens no port, runs no strategy, writes no journal; beats, looks, and cancels over REST. */

import { join } from "node:path";
import { Code } from "../core/code.ts";
import { problem } from "../core/problem.ts";
import { cancelAllClient, type WatchedAccount } from "./cancel_venues.ts";
import type { Config } from "./config_schema.ts";
import { GatewayLog } from "./gateway_log.ts";
import { HEARTBEAT_FILE, HeartbeatPage } from "./heartbeat_page.ts";
import { liveClock } from "./live_clock.ts";
import { eachSecret } from "./live_keys.ts";
import { RestThread } from "./rest_client.ts";
import { Watchdog, type WatchdogEnd } from "./watchdog.ts";

const LOOK_MS = 50;
/** A request that was lost must not cost the second try its time. */
const REST_TIMEOUT_MS = 1_200;
const REST_IN_FLIGHT_MAX = 64;
const ANSWER_BYTES_MAX = 16 << 20;

export interface WatchdogProcessOptions {
  readonly config: Config;
  readonly dataDir: string;
  readonly accounts: readonly WatchedAccount[];
  /** Of the gateway that started it; 0 = the one that the page names. */
  readonly epoch: number;
  readonly version: string;
  readonly log: (line: string) => void;
  readonly logIsTerminal: boolean;
}

/** Until there is nothing left to guard. Throws ProblemError HeartbeatUnusable. */
export async function runWatchdog(options: WatchdogProcessOptions): Promise<WatchdogEnd> {
  const { config, accounts, version } = options;
  const page = HeartbeatPage.map(join(options.dataDir, HEARTBEAT_FILE));
  const clock = liveClock();
  const nowUs = () => clock.nowUs();
  const sink = { write: options.log, isTerminal: options.logIsTerminal };
  const log = new GatewayLog(config, version, nowUs, sink, "watchdog");
  for (const { name } of accounts) eachSecret(config, name, (secret) => log.log.secrets.add(secret));
  const epoch = options.epoch === 0 ? page.epoch : options.epoch;
  const rest = new RestThread({
    baseUrls: accounts.map(({ restUrl }) => restUrl),
    limits: { timeoutMs: REST_TIMEOUT_MS, inFlightMax: REST_IN_FLIGHT_MAX, answerBytesMax: ANSWER_BYTES_MAX },
  });
  const gateway = new ParentWatch(page.gatewayPid);
  const dog = new Watchdog({
    page,
    pid: process.pid,
    epoch,
    clients: accounts.map((account) => cancelAllClient(account, { rest, nowUs })),
    nowMs: () => performance.now(), // det-ok: silence is counted by a clock that nobody sets
    nowUs,
    isGatewayAlive: () => gateway.isAlive,
    onInfo: (message, fields) => log.info(message, fields),
    onProblem: (found) => log.problem(found),
  });
  const deaf = (signal: NodeJS.Signals) => log.info("not ended by a signal: the gateway ends it", { signal });
  for (const signal of DEAF_TO) process.on(signal, deaf);
  log.info("watching", { pid: process.pid, epoch, accounts: accounts.map(({ name }) => name) });
  try {
    const end = await untilEnd(dog, (error) => log.problem(problem(Code.InvariantBroken, error)));
    log.info("watchdog ends", { why: end });
    return end;
  } finally {
    for (const signal of DEAF_TO) process.off(signal, deaf);
    rest.close();
  }
}

/** Ctrl-C and service managers reach the whole group: it must outlive the gateway. */
const DEAF_TO: readonly NodeJS.Signals[] = Object.freeze(["SIGINT", "SIGTERM", "SIGHUP"] as const);

/** A look that fails is told, and the next one is made all the same: nothing here may end the last guard. */
async function untilEnd(dog: Watchdog, onError: (text: string) => void): Promise<WatchdogEnd> {
  let told = "";
  for (;;) {
    try {
      const end = dog.poll();
      if (end !== undefined) return end;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== told) onError(text);
      told = text;
    }
    await Bun.sleep(LOOK_MS);
  }
}

/** Whether the gateway's process is still there. As its child we are told by our own parent: ids are given out again. */
class ParentWatch {
  readonly #isParent: boolean;

  constructor(readonly pid: number) {
    this.#isParent = process.ppid === pid;
  }

  get isAlive(): boolean {
    if (this.#isParent) return process.ppid === this.pid;
    try {
      process.kill(this.pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== "ESRCH";
    }
  }
}
