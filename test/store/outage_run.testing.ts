/** A store that is away while a gateway trades: what its orders felt, what it told, and whether its history is whole. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Burners } from "../../bench/burners.ts";
import type { DatabaseConfig } from "../../src/app/config_database.ts";
import { startPostgres, type TestPostgres } from "../../src/store/postgres.testing.ts";
import { PostgresStore } from "../../src/store/postgres_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import type { Dialect, Store } from "../../src/store/store.ts";
import type { Json } from "../e2e/gateway_process.testing.ts";
import { type Buckets, CpuMeter, OutageGateway } from "./outage_gateway.testing.ts";
import { type Truth, truthOf } from "./outage_truth.testing.ts";

export interface OutageOptions {
  readonly dialect: Dialect;
  /** How long the store is away the first time, and how long it is followed before. */
  readonly seconds: number;
  /**
   * How often it goes away: after the first time for half as long. Every time other work follows that is as long and
   * as heavy as the catching up was, so that chance of the machine meets all sides alike. With none the store goes away
   * once, and nothing can be said of latency.
   */
  readonly rounds: number;
}

/** What orders felt over a while. */
export interface Side {
  readonly seconds: number;
  readonly orders: number;
  readonly pathMs: readonly [p50: number, p99: number];
  readonly acknowledged: number;
  readonly acknowledgeMs: readonly [p50: number, p99: number];
  /** Of the gateway and its database, without what burns beside them. */
  readonly cores: number;
  readonly burned: number;
}

export interface Sides {
  readonly following: Side;
  readonly away: Side;
  readonly back: Side;
  readonly dummy: Side;
}

export interface Outage {
  readonly dialect: Dialect;
  /** The store follows; it is away; it is back, until nothing is missing; beside as much other work as that took. */
  readonly sides: Sides;
  /** While it was away. */
  readonly seen: {
    readonly state: string;
    readonly problem: string;
    readonly isAway: number;
    readonly lagRecords: number;
    /** Codes among the gateway's problems. */
    readonly told: readonly string[];
    /** A question to the history, while nothing answers it. */
    readonly askedMs: number;
    readonly asked: number;
  };
  readonly after: {
    readonly state: string;
    readonly problem: string | null;
    readonly isAway: number;
    readonly lagRecords: number;
    /** Codes of all that was told since the start. */
    readonly told: readonly string[];
  };
  readonly exitCode: number;
  readonly refused: readonly string[];
  readonly truth: Truth;
}

interface Backend {
  readonly database?: Partial<DatabaseConfig>;
  pids(): number[];
  fail(dataDir: string): Promise<void>;
  recover(): Promise<void>;
  open(dataDir: string): Store;
  end(): Promise<void>;
}

const LOAD = { perSecond: 40, speed: 4 } as const;
const WARM_MS = 3_000;
const SHORTER = 2;
/** Figures of the engine come twice a second. */
const SETTLE_MS = 550;
const LOOK_MS = 100;
const LAG_RECORDS = 200;
const BACK_MS_MAX = 180_000;
/** Far behind for a minute is an alarm; a moment goes by until it is far. */
const ALARM_SECONDS = 66;

export async function runOutage({ dialect, seconds, rounds }: OutageOptions): Promise<Outage> {
  const backend = dialect === "postgres" ? await postgres() : sqlite();
  const burners = new Burners(2);
  let gateway: OutageGateway | undefined;
  try {
    const { database } = backend;
    gateway = await OutageGateway.start({ ...LOAD, ...(database === undefined ? {} : { database }) });
    gateway.begin();
    await untilBack(gateway);
    const meter = new Meter(gateway, backend);
    const { following, away, back, dummy } = meter;
    if (rounds > 0) {
      await Bun.sleep(WARM_MS);
      await meter.during(following, () => Bun.sleep(seconds * 1_000));
    }
    let seen: Outage["seen"] | undefined;
    for (let round = 0; round < Math.max(1, rounds); round++) {
      await backend.fail(gateway.dataDir);
      await meter.during(away, () => Bun.sleep((seconds * 1_000) / (round === 0 ? 1 : SHORTER)));
      seen ??= await lookAway(gateway);
      const caughtUp = await meter.during(back, async () => {
        await backend.recover();
        await untilBack(gateway as OutageGateway);
      });
      if (rounds > 0) await besideOtherWork(meter, burners, caughtUp);
    }
    const sides = { following: following.side(), away: away.side(), back: back.side(), dummy: dummy.side() };
    await gateway.end();
    await untilBack(gateway);
    const after = await lookAfter(gateway);
    const exitCode = await gateway.process.terminate();
    const store = backend.open(gateway.dataDir);
    const truth = await truthOf(gateway.dataDir, store);
    await store.close();
    const refused = [...gateway.refused].map(([text, count]) => `${count} × ${text}`);
    return { dialect, sides, seen: seen as Outage["seen"], after, exitCode, refused, truth };
  } finally {
    burners.stop();
    if (gateway?.process.isAlive === true) await gateway.process.kill();
    gateway?.remove();
    await backend.end();
  }
}

/** The store follows as it does, and threads beside it use what the catching up used beyond that, for as long. */
async function besideOtherWork({ during, following, dummy }: Meter, burners: Burners, caughtUp: Stretch) {
  const ms = caughtUp.seconds * 1_000;
  const burned = Math.max(0, caughtUp.cores - following.side().cores);
  const burning = burners.run([Math.min(1, burned), Math.max(0, burned - 1)], ms + SETTLE_MS);
  await during(dummy, () => Bun.sleep(ms - SETTLE_MS));
  dummy.burned += burned * caughtUp.seconds;
  await burning;
}

export interface Replaced {
  readonly engines: number;
  readonly restarts: number;
  readonly exitCode: number;
  readonly truth: Truth;
}

/** Engines whose heart stops while the projector follows, and while its store is away: each ring is left where it ends. */
export async function runReplaced(dialect: Dialect): Promise<Replaced> {
  const backend = dialect === "postgres" ? await postgres() : sqlite();
  let gateway: OutageGateway | undefined;
  try {
    const { database } = backend;
    const command = [process.execPath, join(import.meta.dir, "stall_gateway.ts")];
    const about = database === undefined ? {} : { database };
    const running = await OutageGateway.start({ ...LOAD, command, ...about });
    gateway = running;
    gateway.begin();
    await untilBack(running);
    const epochs = () => running.process.metric("meltica_epoch");
    for (const isAway of [false, true]) {
      if (isAway) await backend.fail(running.dataDir);
      await Bun.sleep(500);
      const before = await epochs();
      running.process.child.kill("SIGUSR2");
      await running.process.until("a new engine", async () => (await epochs()) > before);
      await running.process.untilReady();
      await Bun.sleep(500);
      if (isAway) await backend.recover();
      await untilBack(running);
    }
    await running.end();
    await untilBack(running);
    const restarts = await running.process.metric("meltica_engine_restarts");
    const exitCode = await running.process.terminate();
    const store = backend.open(running.dataDir);
    const truth = await truthOf(running.dataDir, store);
    await store.close();
    return { engines: truth.epochs, restarts, exitCode, truth };
  } finally {
    if (gateway?.process.isAlive === true) await gateway.process.kill();
    gateway?.remove();
    await backend.end();
  }
}

/** What must hold of an outage; empty when it does. */
export function faultsOf(outage: Outage): string[] {
  const { sides, seen, after, truth, exitCode, refused } = outage;
  const faults: string[] = [...truth.told, ...refused.map((text) => `refused ${text}`)];
  const must = (holds: boolean, text: string) => {
    if (!holds) faults.push(text);
  };
  must(truth.gaps + truth.duplicates + truth.different === 0, "the history is not the journal's");
  must(seen.state === "away" && seen.isAway === 1, `while away the state was ${seen.state}, the metric ${seen.isAway}`);
  must(/^(StoreAway|HistoryAway)/.test(seen.problem), `while away the problem was ${seen.problem}`);
  must(seen.told.includes("StoreAway"), `while away the gateway told ${seen.told}`);
  must(seen.lagRecords > 0, "while away there was no lag");
  must(after.state === "following" && after.problem === null && after.isAway === 0, `after: ${JSON.stringify(after)}`);
  const isLong = sides.away.seconds > ALARM_SECONDS;
  must(
    !isLong || after.told.includes("ProjectionBehind"),
    `no alarm after ${sides.away.seconds} s, only ${after.told}`,
  );
  must(exitCode === 0, `the gateway ended with ${exitCode}`);
  for (const [name, side] of Object.entries(sides).filter(([, { seconds }]) => seconds > 0))
    must(side.orders > 0 && side.acknowledged > 0, `no orders: ${name}`);
  return faults;
}

export function replacedFaults({ truth, restarts, exitCode }: Replaced): string[] {
  const faults = [...truth.told];
  if (truth.gaps + truth.duplicates + truth.different > 0) faults.push("the history is not the journal's");
  if (restarts !== 2 || truth.epochs < 3) faults.push(`${restarts} engines replaced, ${truth.epochs} epochs`);
  if (exitCode !== 0) faults.push(`the gateway ended with ${exitCode}`);
  return faults;
}

/** Of a run that is long enough to say it: the worst of a hundred orders waits no longer than beside other work. */
export function slowOf({ sides: { following, away, back, dummy } }: Outage): string[] {
  const slow: string[] = [];
  for (const [name, side] of Object.entries({ away, back })) {
    for (const what of ["pathMs", "acknowledgeMs"] as const) {
      const beside = Math.max(following[what][1], dummy[what][1]);
      if (side[what][1] > 2 * beside + 5) slow.push(`${name}: p99 of ${what} ${side[what][1]} beside ${beside}`);
    }
  }
  return slow;
}

/** One look at a side: how long it lasted and the cores that it used. */
interface Stretch {
  readonly seconds: number;
  readonly cores: number;
}

/** What orders felt in all stretches of one kind. */
class SideSum {
  burned = 0;
  #seconds = 0;
  #coreSeconds = 0;
  /** How many orders were within each bound. */
  readonly #path = new Map<number, number>();
  #acknowledgedMs: number[] = [];

  add({ seconds, cores }: Stretch, before: Buckets, after: Buckets, acknowledgedMs: readonly number[]): void {
    this.#seconds += seconds;
    this.#coreSeconds += seconds * cores;
    for (const [at, [bound, count]] of after.entries())
      this.#path.set(bound, (this.#path.get(bound) ?? 0) + count - (before[at]?.[1] ?? 0));
    this.#acknowledgedMs = [...this.#acknowledgedMs, ...acknowledgedMs].sort((a, b) => a - b);
  }

  side(): Side {
    const path = [...this.#path];
    const answers = this.#acknowledgedMs;
    const answerMs = (share: number) => round(answers[Math.floor(answers.length * share)] ?? 0);
    const perSecond = (sum: number) => (this.#seconds > 0 ? round(sum / this.#seconds) : 0);
    return {
      seconds: round(this.#seconds),
      orders: path.at(-1)?.[1] ?? 0,
      pathMs: [bucketMs(path, 0.5), bucketMs(path, 0.99)],
      acknowledged: answers.length,
      acknowledgeMs: [answerMs(0.5), answerMs(0.99)],
      cores: perSecond(this.#coreSeconds),
      burned: perSecond(this.burned),
    };
  }
}

class Meter {
  readonly following = new SideSum();
  readonly away = new SideSum();
  readonly back = new SideSum();
  readonly dummy = new SideSum();
  readonly #cpu = new CpuMeter();

  constructor(
    readonly gateway: OutageGateway,
    readonly backend: Backend,
  ) {}

  readonly during = async (side: SideSum, work: () => Promise<void>): Promise<Stretch> => {
    const { gateway, backend } = this;
    const pids = () => [gateway.process.child.pid, ...backend.pids()];
    await Bun.sleep(SETTLE_MS);
    const before = await gateway.orderPath();
    gateway.takeAcknowledged();
    const cpu = this.#cpu.look(pids());
    const timer = setInterval(() => this.#cpu.look(pids()), LOOK_MS);
    const begunMs = performance.now();
    await work();
    await Bun.sleep(SETTLE_MS);
    clearInterval(timer);
    const seconds = (performance.now() - begunMs) / 1_000;
    const stretch = { seconds, cores: (this.#cpu.look(pids()) - cpu) / seconds };
    side.add(stretch, before, await gateway.orderPath(), gateway.takeAcknowledged());
    return stretch;
  };
}

async function lookAway(gateway: OutageGateway): Promise<Outage["seen"]> {
  const view = await gateway.history();
  const isAway = await gateway.process.metric("meltica_history_away");
  const told = await toldBy(gateway);
  const begunMs = performance.now();
  const { status } = await gateway.process.ask("GET", "/api/v1/history/orders?limit=10");
  return {
    state: view.state,
    problem: view.problem ?? "",
    isAway,
    lagRecords: view.lagRecords,
    told,
    askedMs: round(performance.now() - begunMs),
    asked: status,
  };
}

async function lookAfter(gateway: OutageGateway): Promise<Outage["after"]> {
  const { state, problem, lagRecords } = await gateway.history();
  const isAway = await gateway.process.metric("meltica_history_away");
  return { state, problem, isAway, lagRecords, told: await toldBy(gateway) };
}

async function toldBy(gateway: OutageGateway): Promise<string[]> {
  const { problems } = await gateway.process.get("/api/v1/status");
  return [...new Set<string>(problems.map(({ code }: Json) => code))];
}

async function untilBack(gateway: OutageGateway): Promise<void> {
  const back = async () => {
    const { state, lagRecords } = await gateway.history();
    return state === "following" && lagRecords < LAG_RECORDS;
  };
  await gateway.process.until("a history without lag", back, BACK_MS_MAX);
}

/** Straight between the bounds of its bucket. */
function bucketMs(buckets: Buckets, share: number): number {
  const wanted = (buckets.at(-1)?.[1] ?? 0) * share;
  let [lower, below] = [0, 0];
  for (const [bound, upTo] of buckets) {
    if (upTo >= wanted && upTo > below)
      return round((lower + ((bound - lower) * (wanted - below)) / (upTo - below)) * 1e3);
    [lower, below] = [bound, upTo];
  }
  return 0;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** The file is locked by another process, which is killed at the end. */
function sqlite(): Backend {
  let locker: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;
  const fileOf = (dataDir: string) => join(dataDir, "history.sqlite");
  const recover = async () => {
    locker?.kill("SIGKILL");
    await locker?.exited;
  };
  return {
    pids: () => [],
    async fail(dataDir) {
      const child = join(import.meta.dir, "lock_child.testing.ts");
      locker = Bun.spawn([process.execPath, child, fileOf(dataDir)], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "inherit",
      });
      await locker.stdout.getReader().read();
    },
    recover,
    open: (dataDir) => new SqliteStore({ file: fileOf(dataDir), busyTimeoutMs: 1_000 }),
    end: recover,
  };
}

async function postgres(): Promise<Backend> {
  const server: TestPostgres = await startPostgres({});
  const { password } = server;
  const place = server.place();
  const { user, host, port, database, schema, tls } = place;
  const passwordFile = join(mkdtempSync(join(tmpdir(), "meltica-password-")), "password");
  writeFileSync(passwordFile, password ?? "", { mode: 0o600 });
  return {
    database: { url: `postgres://${user}@${host}:${port}/${database}`, schema, tls, password: { file: passwordFile } },
    pids: () => server.pids(),
    fail: async () => server.kill(),
    recover: () => server.restart(),
    open: () => new PostgresStore(place, () => password),
    end: () => server.stop(),
  };
}
