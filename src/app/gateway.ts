/** The gateway: data directory, supervisor and HTTP interface put together; what `meltica up` runs. */

import type { ControlPorts, EngineHealth } from "../control/ports.ts";
import { type Control, startControl } from "../control/server.ts";
import type { ProviderView, StrategyView } from "../control/views.ts";
import { Code } from "../core/code.ts";
import { CODE_TEXTS } from "../core/code_texts.ts";
import { checkLimits, DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { fileSystemProblem } from "../journal/file_system.ts";
import { type DirectoryLock, lockDirectory } from "../journal/lock.ts";
import { JournalState } from "../journal/words.ts";
import { BUILT_IN } from "../strategy/builtin/index.ts";
import { type Config, limitsHash } from "./config.ts";
import { DataDir, type GatewayAddress } from "./data_dir.ts";
import type { FeedStatus } from "./feed.ts";
import { GatewayCommander } from "./gateway_commander.ts";
import { GatewayLog } from "./gateway_log.ts";
import { gatewayMetrics } from "./gateway_metrics.ts";
import { historyMetrics } from "./history_metrics.ts";
import { barRows, providerRows } from "./history_rows.ts";
import { databaseSecret } from "./history_store.ts";
import { restoreImage } from "./journal_image.ts";
import { readKillFile } from "./kill_file.ts";
import { liveClock } from "./live_clock.ts";
import { eachSecret } from "./live_keys.ts";
import { liveNames } from "./live_names.ts";
import { liveView } from "./live_view.ts";
import { outboxSecrets } from "./outbox_open.ts";
import { historyOf, ProjectorHandle } from "./projector_thread.ts";
import { Supervisor, type SupervisorEvents } from "./supervisor.ts";
import { WatchdogKeeper } from "./watchdog_keeper.ts";

export interface GatewayOptions {
  readonly version: string;
  /** What tells this executable from every other one: live accounts are armed for it. Absent: its version. */
  readonly build?: string;
  /** One line of the log, with its line end. */
  readonly log: (line: string) => void;
  readonly logIsTerminal: boolean;
  /** Other limits than the usual ones: for benches and tests. */
  readonly limits?: Partial<Limits>;
  /** Words of the command that is the watchdog process. Absent: there is none, and live accounts are refused. */
  readonly watchdog?: readonly string[];
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
  if (liveNames(config).length > 0) dataDir.refuseShared();
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
  const unsafe = fileSystemProblem(dataDir.path);
  const isLive = liveNames(config).length > 0;
  // Money is at stake: what was synced must then be there after a crash of the host as well.
  if (unsafe !== undefined && isLive) throw new ProblemError(unsafe);
  if (options.watchdog === undefined && isLive) {
    throw new ProblemError(problem(Code.WatchdogAccounts, "live accounts need the watchdog process"));
  }
  const parts = new GatewayParts(config, options, dataDir);
  const { control, supervisor, watchdog, projector, log } = parts;
  if (unsafe !== undefined) log.problem(unsafe);
  try {
    watchdog?.start();
    await supervisor.start(readKillFile(dataDir.path).some((entry) => entry.scope === "firm"));
    await untilReady(supervisor, parts.exit.promise);
  } catch (error) {
    await control.stop();
    await watchdog?.end();
    await projector.stop();
    throw error;
  }
  log.live();
  projector.write(providerRows(config, parts.nowUs()));
  const address = { url: control.url, tokenFile: dataDir.tokenFile, dataDir: dataDir.path, pid: process.pid };
  dataDir.writeAddress(address);
  const { url, pid } = address;
  log.info("running", {
    url,
    dataDir: dataDir.path,
    pid,
    epoch: supervisor.epoch,
    record: supervisor.replica.state.record,
  });
  return {
    ...address,
    loginUrl: `${control.url}/#code=${control.loginCode()}`,
    supervisor,
    done: parts.exit.promise,
    async stop(reason) {
      log.info("stopping", { reason });
      const isGone = await supervisor.stop();
      await watchdog?.end();
      await projector.stop();
      await control.stop();
      dataDir.removeAddress();
      // While a thread waits for its disk nobody else may have the journal: the lock then ends with the process.
      if (isGone) lock.release();
      parts.exit.resolve(0);
    },
  };
}

/** What a gateway is made of, joined: the interface hears of every record, those of the recovery included. */
class GatewayParts {
  readonly exit = Promise.withResolvers<number>();
  readonly log: GatewayLog;
  readonly supervisor: Supervisor;
  readonly control: Control;
  /** Stands by for whoever may have orders at a venue. */
  readonly watchdog: WatchdogKeeper | undefined;
  /** Follows the journal into the store, on a thread of its own. */
  readonly projector: ProjectorHandle;
  readonly #clock = liveClock();

  constructor(
    readonly config: Config,
    options: GatewayOptions,
    dataDir: DataDir,
  ) {
    const nowUs = () => this.#clock.nowUs();
    const { version } = options;
    const token = dataDir.token();
    this.log = new GatewayLog(config, version, nowUs, { write: options.log, isTerminal: options.logIsTerminal });
    this.log.log.secrets.add(token);
    outboxSecrets(config, (secret) => this.log.log.secrets.add(secret));
    databaseSecret(config, (secret) => this.log.log.secrets.add(secret));
    for (const name of liveNames(config)) eachSecret(config, name, (secret) => this.log.log.secrets.add(secret));
    const intentAgeUsMax = config.engine.intentAgeMs * 1_000;
    const limits = checkLimits({ ...DEFAULT_LIMITS, ...options.limits, intentAgeUsMax });
    const place = { dataDir: dataDir.path, journalDir: dataDir.journal };
    const passedOver: Problem[] = [];
    const image = restoreImage(place.journalDir, limits, { onPassedOver: (found) => passedOver.push(found) });
    const onProblem = (found: Problem) => this.supervisor.note(found);
    const command = options.watchdog;
    this.watchdog = command && new WatchdogKeeper({ dataDir: dataDir.path, command, onProblem });
    const build = options.build ?? version; // What is not told apart any further is one build.
    const about = { config, limits, limitsHash: limitsHash(config), ...place, version, build, nowUs, image };
    this.projector = new ProjectorHandle({ type: "start", config, limits, ...place }, onProblem);
    this.supervisor = new Supervisor({ ...about, watchdog: this.watchdog, follower: this.projector }, this.#events());
    for (const found of passedOver) this.supervisor.note(found);
    const ports: ControlPorts = {
      state: this.supervisor.replica.state,
      memory: image.control,
      board: this.supervisor.board,
      commander: new GatewayCommander(this.supervisor, dataDir.path, nowUs),
      health: () => healthOf(config, this.supervisor),
      metrics: () => [...gatewayMetrics(this.supervisor), ...historyMetrics(this.projector)],
      history: historyOf(this.projector, config.database.url === undefined ? "sqlite" : "postgres"),
      strategies,
      token,
      node: config.node,
      version,
      dataDir: dataDir.path,
      startedUs: nowUs(),
      nowUs,
      logs: (limit) => this.log.last(limit),
    };
    this.control = startControl(ports, {
      host: config.server.host,
      port: config.server.port,
      pageAssets: async () => (await import("../ui/page.ts")).pageAssets(),
      onFault: (error, where) => this.log.fault(error, where),
    });
  }

  nowUs(): number {
    return this.#clock.nowUs();
  }

  #events(): SupervisorEvents {
    return {
      onRecord: (record) => {
        this.control.listener.onRecord(record);
        this.log.onRecord(record, this.supervisor.replica.state);
      },
      onBars: (bars) => {
        for (const bar of bars) this.control.listener.onBar(bar);
        this.projector.write(barRows(bars, this.supervisor.replica.state.instruments));
      },
      onProblem: (found) => this.log.problem(found),
      onFatal: (found) => {
        this.log.fatal(found);
        this.exit.resolve(1);
      },
    };
  }
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
  if (journal === JournalState.DiskFull) notReady.push(CODE_TEXTS[Code.DiskFull].meaning);
  if (journal === JournalState.Failed) notReady.push("the journal has failed");
  notReady.push(...watchdogFaults(supervisor));
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
      const live = status.live.find((each) => each.name === name);
      const about = { venue: account?.provider ?? "", mode: account?.mode ?? "none" };
      return live === undefined ? about : { ...about, approval: live.approval, live: liveView(live) };
    }),
    instanceProblems: status.instanceProblems,
  };
}

/** What live accounts lack: somebody who would cancel, and a way for it to do so. */
function watchdogFaults(supervisor: Supervisor): string[] {
  const health = supervisor.options.watchdog?.health();
  if (health === undefined) return [];
  if (health.isSilent) return ["the watchdog process is silent: live accounts open nothing"];
  if (health.blindAccounts === 0) return [];
  return [`the watchdog could not cancel at ${health.blindAccounts} accounts: they open nothing; see the log`];
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

function strategies(): StrategyView[] {
  return Object.entries(BUILT_IN).map(([name, { definition }]) => ({
    name,
    source: "built-in",
    markets: Object.keys(definition.markets),
    params: { ...(definition.params ?? {}) },
  }));
}
