/** The gateway: data directory, supervisor and HTTP interface put together; what `meltica up` runs. */

import type { ControlPorts, EngineHealth, MetricSample } from "../control/ports.ts";
import { startControl } from "../control/server.ts";
import type { ProviderView, StrategyView } from "../control/views.ts";
import { CODE_TEXTS, Code } from "../core/code.ts";
import { checkLimits, DEFAULT_LIMITS } from "../core/limits.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { type DirectoryLock, lockDirectory } from "../journal/lock.ts";
import { JournalState } from "../journal/words.ts";
import { BUILT_IN } from "../strategy/builtin/index.ts";
import { type Config, limitsHash } from "./config.ts";
import { DataDir, type GatewayAddress } from "./data_dir.ts";
import type { FeedStatus } from "./feed.ts";
import { GatewayCommander } from "./gateway_commander.ts";
import { GatewayLog } from "./gateway_log.ts";
import { readKillFile } from "./kill_file.ts";
import { liveClock } from "./live_clock.ts";
import { Supervisor } from "./supervisor.ts";

export interface GatewayOptions {
  readonly version: string;
  /** One line of the log, with its line end. */
  readonly log: (line: string) => void;
  readonly logIsTerminal: boolean;
}

export interface Gateway extends GatewayAddress {
  /** The page, with a code that logs in once. */
  readonly loginUrl: string;
  /** For tests and faults on demand; not reachable from outside the process. */
  readonly supervisor: Supervisor;
  stop(reason: string): Promise<void>;
  /** Exit code: 0 stopped, 1 it could not go on. */
  readonly done: Promise<number>;
}

/** Throws ProblemError with the first thing that makes a start impossible; nothing is left behind then. */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const dataDir = new DataDir(config.dataDir);
  dataDir.open();
  const lock = lockDirectory(dataDir.path);
  try {
    return await startLocked(config, options, dataDir, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(
  config: Config,
  options: GatewayOptions,
  dataDir: DataDir,
  lock: DirectoryLock,
): Promise<Gateway> {
  const clock = liveClock();
  const startedUs = clock.nowUs();
  const token = dataDir.token();
  const limits = checkLimits({ ...DEFAULT_LIMITS, intentAgeUsMax: config.engine.intentAgeMs * 1_000 });
  const exit = Promise.withResolvers<number>();
  const log = new GatewayLog(config, options.version, () => clock.nowUs(), {
    write: options.log,
    isTerminal: options.logIsTerminal,
  });
  log.log.secrets.add(token);
  let control: ReturnType<typeof startControl> | undefined;
  const supervisor = new Supervisor(
    {
      config,
      limits,
      limitsHash: limitsHash(config),
      dataDir: dataDir.path,
      journalDir: dataDir.journal,
      version: options.version,
      nowUs: () => clock.nowUs(),
    },
    {
      onRecord: (record) => {
        control?.listener.onRecord(record);
        log.onRecord(record, supervisor.replica.state);
      },
      onBars: (bars) => {
        for (const bar of bars) control?.listener.onBar(bar);
      },
      onProblem: (found) => log.problem(found),
      onFatal: (found) => {
        log.log.logger.fatal({ code: found.code, hint: found.hint }, found.detail);
        exit.resolve(1);
      },
    },
  );
  const ports: ControlPorts = {
    state: supervisor.replica.state,
    board: supervisor.board,
    commander: new GatewayCommander(supervisor, dataDir.path, () => clock.nowUs()),
    health: () => healthOf(config, supervisor),
    metrics: () => metricsOf(supervisor),
    strategies,
    token,
    node: config.node,
    version: options.version,
    dataDir: dataDir.path,
    startedUs,
    nowUs: () => clock.nowUs(),
    logs: (limit) => log.last(limit),
  };
  control = startControl(ports, {
    host: config.server.host,
    port: config.server.port,
    pageAssets: async () => (await import("../ui/page.ts")).pageAssets(),
    onFault: (error, where) =>
      log.log.logger.error({ where }, error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });
  try {
    await supervisor.start(readKillFile(dataDir.path).some((entry) => entry.scope === "firm"));
    await untilReady(supervisor, exit.promise);
    log.live();
  } catch (error) {
    await control.stop();
    throw error;
  }
  const address: GatewayAddress = {
    url: control.url,
    tokenFile: dataDir.tokenFile,
    dataDir: dataDir.path,
    pid: process.pid,
  };
  dataDir.writeAddress(address);
  const { record } = supervisor.replica.state;
  log.info("running", { url: address.url, dataDir: address.dataDir, epoch: supervisor.epoch, record });
  const server = control;
  return {
    ...address,
    loginUrl: `${control.url}/#code=${control.loginCode()}`,
    supervisor,
    done: exit.promise,
    async stop(reason) {
      log.info("stopping", { reason });
      const isGone = await supervisor.stop();
      await server.stop();
      dataDir.removeAddress();
      // While a thread waits for its disk nobody else may have the journal: the lock then ends with the process.
      if (isGone) lock.release();
      exit.resolve(0);
    },
  };
}

/** Until the engine runs; a venue that is not reached yet is no reason to wait: /readyz says so. */
async function untilReady(supervisor: Supervisor, exit: Promise<number>): Promise<void> {
  let ended = false;
  void exit.then(() => {
    ended = true;
  });
  while (!supervisor.running && !ended) await Bun.sleep(1);
  if (!ended) return;
  await supervisor.stop();
  throw new ProblemError(supervisor.problems.at(-1) ?? problem(Code.EngineDied, "the engine did not start"));
}

function healthOf(config: Config, supervisor: Supervisor): EngineHealth {
  const { status } = supervisor;
  const notReady = [...status.missing];
  if (!supervisor.running) notReady.unshift("the engine is starting");
  else if (status.feeds.length === 0) notReady.push("no market data yet");
  const journal = supervisor.journal?.words.state ?? JournalState.Starting;
  if (journal === JournalState.DiskFull) notReady.push(`the disk is full: ${CODE_TEXTS[Code.DiskFull].meaning}`);
  if (journal === JournalState.Failed) notReady.push("the journal has failed");
  return {
    ready: notReady.length === 0,
    notReady,
    epoch: supervisor.epoch,
    engineRestarts: supervisor.restarts,
    durableRecord: supervisor.durableRecord(),
    input: supervisor.input,
    providers: status.feeds.map(providerView),
    problems: supervisor.problems,
    journalOccupancy: supervisor.ringOccupancy(),
    accounts: supervisor.replica.state.accounts.all().map(({ name }) => {
      const account = config.accounts[name];
      return { venue: account?.provider ?? "", mode: account?.mode ?? "none" };
    }),
    instanceProblems: status.instanceProblems,
  };
}

function providerView(feed: FeedStatus): ProviderView {
  const { lastFrameUs, problem, ...rest } = feed;
  const iso = new Date(lastFrameUs / 1_000).toISOString(); // det-ok: a time as text
  return {
    ...rest,
    lastFrame: lastFrameUs === 0 ? null : { iso, us: lastFrameUs },
    problem: problem === "" ? null : problem,
  };
}

function metricsOf(supervisor: Supervisor): MetricSample[] {
  const gauge = (name: string, help: string, value: number): MetricSample => ({ name, help, type: "gauge", value });
  const { replica } = supervisor;
  return [
    ...supervisor.status.metrics,
    gauge("meltica_engine_restarts", "Engines that were replaced since the process started.", supervisor.restarts),
    gauge("meltica_epoch", "Epoch of the journal.", supervisor.epoch),
    gauge("meltica_record_durable", "Last durable record.", supervisor.durableRecord()),
    gauge("meltica_record_replica", "Last record of the read model.", replica.state.record),
    gauge("meltica_replica_lapped", "Times that the read model had to read the files.", replica.lapped),
    gauge("meltica_seals_verified", "State hashes that were compared and were equal.", replica.sealsVerified),
  ];
}

function strategies(): StrategyView[] {
  return Object.entries(BUILT_IN).map(([name, { definition }]) => ({
    name,
    source: "built-in",
    markets: Object.keys(definition.markets),
    params: { ...(definition.params ?? {}) },
  }));
}
