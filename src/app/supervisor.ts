/** Runs the journal and the engine on their threads, notices when one is dead or stalled, and brings up a new one. */

import type { ClosedBar } from "../control/listener.ts";
import type { BookView } from "../control/views.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { type JournalThread, startJournalThread } from "../journal/journal_thread.ts";
import { readRecords } from "../journal/reader.ts";
import { type Recovered, recoverJournal } from "../journal/recover.ts";
import { JournalState, JournalWords } from "../journal/words.ts";
import type { TradingRecord } from "../model/record.ts";
import { MarketBoard } from "../ring/board.ts";
import { TradingRing } from "../ring/trading_ring.ts";
import { Wake } from "../ring/wake.ts";
import { accountsChanged, accountsLeftAlone } from "./account_check.ts";
import { CommandLine } from "./commander.ts";
import type { Config } from "./config_schema.ts";
import { JournalImage } from "./journal_image.ts";
import { Replica } from "./replica.ts";
import { Snapshotter } from "./snapshotter.ts";
import { Beat, beatWord, EnginePhase, type ThreadBuffers, threadBuffers } from "./thread_memory.ts";
import type { EngineStart, EngineStatus, FromEngine, ToEngine } from "./thread_messages.ts";
import type { WatchdogKeeper } from "./watchdog_keeper.ts";

const WATCH_MS = 100;
const STALL_MS_MAX = 700;
const START_MS_MAX = 60_000;
const JOURNAL_STOP_MS = 2_000;
const ENGINE_STOP_MS = 1_000;
/** A thread that was told to end and waits for its disk ends when the disk answers: for so long it is waited for. */
const GONE_MS_MAX = 10_000;
const PUMP_MS = 20;
const FOLLOW_MS = 1_000;
const PROBLEMS_MAX = 64;
const TELL_AGAIN_MS = 60_000;
const TOLD_MAX = 1_024;
/** An engine that dies so often in a row before it ran is no accident. */
const FAILED_STARTS_MAX = 3;
/** Nor is one that runs and dies again and again: each one asks the venue anew, and costs a segment of the journal. */
const RESTARTS_MAX = 5;
const RESTARTS_WINDOW_MS = 60_000;

export interface SupervisorOptions {
  readonly config: Config;
  readonly limits: Limits;
  readonly limitsHash: string;
  readonly dataDir: string;
  readonly journalDir: string;
  readonly version: string;
  /** Absent: the version. */
  readonly build?: string;
  readonly nowUs: () => number;
  /** What the snapshots of the journal hold. Absent: nothing is known, the whole journal is read. */
  readonly image?: JournalImage;
  /** Engines that may be replaced in a minute. Absent: 5. */
  readonly restartsMax?: number;
  /** The watchdog process, where there is one. */
  readonly watchdog?: WatchdogKeeper | undefined;
  /** Hears of each new engine's ring and journal: the projector, which reads what is durable on a thread of its own. */
  readonly follower?: Follower | undefined;
}

export interface Follower {
  follow(place: {
    readonly ring: SharedArrayBuffer;
    readonly words: SharedArrayBuffer;
    readonly durable: number;
  }): void;
}

export interface SupervisorEvents {
  onRecord(record: Readonly<TradingRecord>): void;
  onBars(bars: readonly ClosedBar[]): void;
  onProblem(problem: Problem): void;
  /** The process cannot go on: the journal refused, or the engine does not come up. */
  onFatal(problem: Problem): void;
}

/** One engine with its journal and all that belongs to them alone. */
interface Session {
  readonly epoch: number;
  readonly buffers: ThreadBuffers;
  readonly beat: Int32Array;
  readonly worker: Worker;
  readonly journal: JournalThread;
  readonly line: CommandLine;
  /** Resolves when the engine's thread has really ended. */
  readonly engineGone: Promise<true>;
  turns: number;
  turnsSinceMs: number;
  isDiskFull: boolean;
  hasRun: boolean;
  ended: boolean;
}

export class Supervisor {
  readonly replica: Replica;
  readonly board: MarketBoard;
  readonly snapshotter: Snapshotter;
  /** Last problems, newest last. */
  readonly problems: Problem[] = [];
  restarts = 0;
  status: EngineStatus = {
    lastRecord: 0,
    markets: [],
    feeds: [],
    live: [],
    missing: [],
    instanceProblems: new Map(),
    metrics: [],
  };
  readonly #boardBuffer: SharedArrayBuffer;
  readonly #image: JournalImage;
  readonly #questions = new Map<number, (answer: unknown) => void>();
  /** When a problem was last told, by its text. */
  readonly #toldMs = new Map<string, number>();
  #questionNumber = 0;
  #session: Session | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];
  #failedStarts = 0;
  #stopping = false;
  #killed = false;
  #suspect = 0;
  /** When engines died, newest last. */
  readonly #deathsMs: number[] = [];
  #launching: Promise<void> = Promise.resolve();

  constructor(
    readonly options: SupervisorOptions,
    readonly events: SupervisorEvents,
  ) {
    const { limits, journalDir } = options;
    this.#boardBuffer = new SharedArrayBuffer(MarketBoard.bytes(limits.instrumentsMax));
    this.board = new MarketBoard(this.#boardBuffer);
    const files = (from: number, to: number, onRecord: (record: Readonly<TradingRecord>) => void) =>
      void readRecords(journalDir, from, onRecord, to);
    this.#image = options.image ?? new JournalImage(limits);
    const told = {
      onRecord: (record: Readonly<TradingRecord>) => this.#onRecord(record),
      onDiverged: (record: number, ours: string, theirs: string) =>
        this.events.onFatal(problem(Code.StateDiverged, `record ${record}: ours ${ours}, the engine's ${theirs}`)),
    };
    this.replica = new Replica(limits, files, told, this.#image.state);
    const keeping = { retention: options.config.journal.retention, ...options.config.journal.snapshots };
    this.snapshotter = new Snapshotter({ ...options, ...keeping }, this.#image.state.record, (found) =>
      this.note(found),
    );
  }

  /** Recovers the journal and starts the threads. Throws ProblemError when the journal is damaged or not writable. */
  async start(killed: boolean): Promise<void> {
    if (killed) this.#killed = true; // A kill that came before the start holds as well.
    this.#launching = this.#launch();
    await this.#launching;
    this.#timers.push(
      setInterval(() => this.#watch(), WATCH_MS),
      setInterval(() => this.#pump(), PUMP_MS),
    );
  }

  get line(): CommandLine | undefined {
    return this.#session?.line;
  }

  get epoch(): number {
    return this.#session?.epoch ?? 0;
  }

  get running(): boolean {
    const session = this.#session;
    return session !== undefined && !session.ended && phaseOf(session) === EnginePhase.Running;
  }

  get journal(): JournalThread | undefined {
    return this.#session?.journal;
  }

  get input(): number {
    return this.#session === undefined ? 0 : (this.#session.beat[Beat.Input] as number) >>> 0;
  }

  /** Share of the trading ring that waits for the disk, 0–1. */
  ringOccupancy(): number {
    return this.#session === undefined
      ? 0
      : new TradingRing(this.#session.buffers.ring, this.options.limits).occupancy();
  }

  durableRecord(): number {
    return this.#session?.journal.words.durable(this.replica.state.record) ?? this.replica.state.record;
  }

  /** Closes (or opens) the release gate of this engine and of all that follow. */
  setKillWord(killed: boolean): void {
    this.#killed = killed;
    if (this.#session !== undefined) Atomics.store(this.#session.beat, Beat.Kill, killed ? 1 : 0);
  }

  /** Asks the engine thread something rare; undefined when it does not answer. */
  ask(message: { type: "prepare"; strategy: string }): Promise<Problem | undefined>;
  ask(message: { type: "book"; instrument: number; levels: number }): Promise<BookView | undefined>;
  ask(message: { type: "prepare"; strategy: string } | { type: "book"; instrument: number; levels: number }) {
    const session = this.#session;
    if (session === undefined)
      return Promise.reject(new ProblemError(problem(Code.NotReady, "there is no engine now")));
    const id = ++this.#questionNumber;
    return new Promise((resolve) => {
      this.#questions.set(id, resolve);
      session.worker.postMessage({ ...message, id } as ToEngine);
    });
  }

  /** Fault for tests: the engine's loop does not end any more. */
  stallEngine(): void {
    this.#session?.worker.postMessage({ type: "loop" } satisfies ToEngine);
  }

  /** Stops politely: what is in the ring is written, then the threads end. False: a thread waits for its disk still. */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    this.options.watchdog?.stopping();
    for (const timer of this.#timers) clearInterval(timer);
    this.snapshotter.stop();
    await this.#launching.catch(() => {}); // An engine that is being replaced would outlive us otherwise.
    const session = this.#session;
    if (session === undefined) return true;
    session.worker.postMessage({ type: "stop" } satisfies ToEngine);
    const untilMs = performance.now() + ENGINE_STOP_MS;
    while (phaseOf(session) === EnginePhase.Running && performance.now() < untilMs) await Bun.sleep(2);
    const isGone = await this.#end(session);
    session.line.close("the gateway stops");
    return isGone;
  }

  /** What the replica lacks: all of the journal at first, or what a snapshot or the last engine left it without. */
  #recover(): Recovered {
    const take = (record: Readonly<TradingRecord>) => this.replica.take(record);
    return recoverJournal(this.options.journalDir, take, undefined, this.replica.state.record + 1);
  }

  async #launch(): Promise<void> {
    const { options, replica } = this;
    const { limits, follower } = options;
    const recovered = this.#recover();
    const { accounts } = options.config;
    const unlike = accountsLeftAlone(replica.state, Object.keys(accounts)) ?? accountsChanged(replica.state, accounts);
    if (unlike !== undefined) throw new ProblemError(unlike);
    // Only now: whoever asks again with the same key finds what the last engine still made durable.
    this.#session?.line.close("the engine was replaced");
    new Int32Array(this.#boardBuffer).fill(0); // A cell that was being written would be odd for ever.
    const buffers = threadBuffers(limits, this.#boardBuffer);
    const worker = startEngineWorker();
    const engineGone = new Promise<true>((resolve) => worker.addEventListener("close", () => resolve(true)));
    const journal = await startJournalThread({
      dir: options.journalDir,
      limits,
      ring: buffers.ring,
      words: new SharedArrayBuffer(JournalWords.bytes()),
      recovered,
      onFailed: (found) => this.#onJournalFailed(found),
    }).catch((error: unknown) => {
      worker.terminate();
      throw error;
    });
    const beat = new Int32Array(buffers.beat);
    if (this.#killed) beat[Beat.Kill] = 1;
    const wake = new Wake(beatWord(buffers, Beat.EngineWake), () => worker.postMessage({ type: "wake" }));
    const line = new CommandLine(buffers.commands, buffers.answers, limits, options.nowUs, () => wake.signal());
    const session: Session = {
      epoch: journal.epoch,
      buffers,
      beat,
      worker,
      journal,
      line,
      engineGone,
      turns: 0,
      turnsSinceMs: performance.now(),
      isDiskFull: false,
      hasRun: false,
      ended: false,
    };
    this.#session = session;
    replica.follow(buffers.ring);
    worker.onmessage = (event) => this.#onMessage(session, event.data as FromEngine);
    worker.onerror = (event) => this.#onDeath(session, problem(Code.EngineDied, event.message));
    worker.addEventListener("close", () => this.#onDeath(session, problem(Code.EngineDied, "its thread ended")));
    follower?.follow({ ring: buffers.ring, words: journal.words.buffer, durable: recovered.lastRecord });
    const start: EngineStart = {
      type: "start",
      config: options.config,
      limits,
      limitsHash: options.limitsHash,
      limitsHashBefore: this.#image.session.limitsHash,
      dataDir: options.dataDir,
      journalDir: options.journalDir,
      buffers,
      words: journal.words.buffer,
      epoch: journal.epoch,
      record: recovered.lastRecord,
      lastPrices: this.#image.session.lastPrices,
      version: options.version,
      build: options.build ?? options.version,
      suspect: this.#suspect,
      heartbeat: options.watchdog?.page.path,
    };
    worker.postMessage(start);
    this.#follow(session);
  }

  #onMessage(session: Session, message: FromEngine): void {
    if (session !== this.#session) return;
    switch (message.type) {
      case "running":
        session.hasRun = true;
        this.options.watchdog?.guard();
        this.#failedStarts = 0;
        this.#suspect = 0; // It is paused in D now; what stalls or dies later is another story.
        return this.#pump();
      case "wake":
        Atomics.store(session.beat, Beat.ControlWake, 0);
        return this.#pump();
      case "status":
        this.status = message.status;
        return;
      case "bars":
        return this.events.onBars(message.bars);
      case "prepared":
        return this.#answer(message.id, message.problem);
      case "book":
        return this.#answer(message.id, message.book);
      case "problem":
        return this.note(message.problem);
      case "failed":
        return this.#onDeath(session, message.problem);
      default:
        return;
    }
  }

  #answer(id: number, answer: unknown): void {
    this.#questions.get(id)?.(answer);
    this.#questions.delete(id);
  }

  /** Wakes with each commit of the journal. */
  #follow(session: Session): void {
    if (session !== this.#session || session.ended) return;
    this.#pump();
    void session.journal.words.whenDurable(this.replica.state.record, FOLLOW_MS).then(() => this.#follow(session));
  }

  #pump(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.replica.pump(this.durableRecord());
    session.line.poll(this.replica.state.record);
  }

  #watch(): void {
    const session = this.#session;
    if (session === undefined || session.ended || this.#stopping) return;
    this.#watchDisk(session);
    // A snapshot must not take the room that the journal itself lacks.
    if (!session.isDiskFull && session.hasRun) this.snapshotter.poll(this.durableRecord());
    const nowMs = performance.now();
    const turns = Atomics.load(session.beat, Beat.Turns);
    if (turns !== session.turns) {
      session.turns = turns;
      session.turnsSinceMs = nowMs;
      return;
    }
    const silentMs = nowMs - session.turnsSinceMs;
    if (silentMs < (phaseOf(session) === EnginePhase.Running ? STALL_MS_MAX : START_MS_MAX)) return;
    const instance = Atomics.load(session.beat, Beat.Handler);
    this.#suspect = instance;
    this.options.watchdog?.tellStall();
    const who = instance === 0 ? "" : `, in a handler of instance ${instance}`;
    this.#onDeath(session, problem(Code.EngineStalled, `silent for ${Math.round(silentMs)} ms${who}`));
  }

  /** A disk that becomes full is told once, not only shown while it is. */
  #watchDisk(session: Session): void {
    const isFull = session.journal.words.state === JournalState.DiskFull;
    if (isFull && !session.isDiskFull) this.note(problem(Code.DiskFull, this.options.journalDir));
    session.isDiskFull = isFull;
  }

  /** The engine is dead or as good as dead: a new one recovers from what is durable. */
  #onDeath(session: Session, found: Problem): void {
    if (session.ended || this.#stopping) return;
    session.ended = true;
    this.note(found);
    if (!session.hasRun && ++this.#failedStarts >= FAILED_STARTS_MAX) return this.events.onFatal(found);
    if (found.code === Code[Code.StateDiverged] || found.code === Code[Code.JournalDamaged]) {
      return this.events.onFatal(found);
    }
    if (this.#diesTooOften()) return this.events.onFatal(found);
    this.restarts++;
    this.#launching = this.#replace(session, found);
    this.#launching.catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      this.events.onFatal(error instanceof ProblemError ? error.problem : problem(Code.EngineDied, detail));
    });
  }

  #diesTooOften(): boolean {
    const nowMs = performance.now();
    this.#deathsMs.push(nowMs);
    while ((this.#deathsMs[0] as number) < nowMs - RESTARTS_WINDOW_MS) this.#deathsMs.shift();
    return this.#deathsMs.length > (this.options.restartsMax ?? RESTARTS_MAX);
  }

  async #replace(session: Session, found: Problem): Promise<void> {
    const isGone = await this.#end(session);
    if (this.#stopping) return;
    if (isGone) return this.#launch();
    // It would be recovered what is being written: only a new process may go on, when this one has ended.
    session.line.close(`the engine has ended: ${found.detail}`);
    throw new ProblemError(problem(Code.SyncFailed, "a thread did not end: the disk does not answer"));
  }

  /** Ends both threads; false when one of them is still there, in a write that its disk does not finish. */
  async #end(session: Session): Promise<boolean> {
    session.ended = true;
    session.worker.terminate();
    await session.journal.stop(JOURNAL_STOP_MS);
    this.#pump();
    for (const answer of this.#questions.values()) answer(undefined);
    this.#questions.clear();
    const isGone = await session.journal.whenGone(GONE_MS_MAX);
    await session.engineGone; // It waits for nothing: it ends at once, in the middle of whatever it does.
    return isGone;
  }

  /** Nothing more becomes durable here: only a new start, which recovers, may go on. */
  #onJournalFailed(found: Problem): void {
    if (this.#stopping) return;
    this.note(found);
    this.events.onFatal(found);
  }

  #onRecord(record: Readonly<TradingRecord>): void {
    this.#image.session.onRecord(record);
    this.events.onRecord(record);
  }

  /** Keeps a problem for the status, and tells it; what is said again and again is told once a minute. */
  note(found: Problem): void {
    const text = `${found.code} ${found.detail}`;
    const nowMs = performance.now();
    const at = this.problems.findIndex(({ code, detail }) => `${code} ${detail}` === text);
    if (at >= 0) this.problems.splice(at, 1);
    else if (this.problems.length >= PROBLEMS_MAX) this.problems.shift();
    this.problems.push(found);
    if (nowMs - (this.#toldMs.get(text) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    if (this.#toldMs.size >= TOLD_MAX) this.#toldMs.clear();
    this.#toldMs.set(text, nowMs);
    this.events.onProblem(found);
  }
}

function phaseOf(session: Session): EnginePhase {
  return Atomics.load(session.beat, Beat.Phase) as EnginePhase;
}

/** A source file and an executable name their workers differently. */
function startEngineWorker(): Worker {
  const embedded = Bun.main.startsWith("/$bunfs");
  return new Worker(embedded ? "./src/app/engine.worker.ts" : new URL("./engine.worker.ts", import.meta.url).href);
}
