/** The engine thread: one loop that takes what is due, lets the engine decide, and hands on what came of it. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { BookSync } from "../market/book_sync.ts";
import type { Instrument, InstrumentDraft } from "../model/instrument.ts";
import { MarketBoard } from "../ring/board.ts";
import { Wake } from "../ring/wake.ts";
import type { StrategyModule } from "../strategy/api.ts";
import type { ReplayGateway } from "../venue/replay/gateway.ts";
import { instanceChanges } from "./changed_instances.ts";
import type { AccountConfig, InstanceConfig } from "./config_schema.ts";
import { DiskWatch } from "./disk_watch.ts";
import { type BootedEngine, bootEngine, paperOptions } from "./engine_boot.ts";
import { EngineMetrics } from "./engine_metrics.ts";
import { EnginePulse } from "./engine_pulse.ts";
import type { Feed, FeedHost } from "./feed.ts";
import { makeFeed } from "./feeds.ts";
import { KillWatch } from "./kill_watch.ts";
import { LiveRig } from "./live.ts";
import { liveClock } from "./live_clock.ts";
import { type LiveThread, liveBudgets, liveOpening } from "./live_host.ts";
import { liveNames } from "./live_names.ts";
import { MarketPublisher } from "./market_publisher.ts";
import { SessionSync } from "./session_sync.ts";
import { findStrategy } from "./strategy_loader.ts";
import { Beat, beatWord, EnginePhase } from "./thread_memory.ts";
import type { EngineStart, EngineStatus, FromEngine, ToEngine } from "./thread_messages.ts";

const TURN_MS_MAX = 10;
const BOARD_EVERY_US = 20_000;
const KILL_FILE_EVERY_US = 50_000;
const STATUS_EVERY_US = 500_000;
/** Clocks of two threads may differ by less than this; more, and the host's clock was set back. */
const AHEAD_US_MAX = 100_000;
const PREPARE_AGAIN_MS = 1_000;
const PREPARE_MS_MAX = 60_000;
/** Frames that one turn may make of its own before the loop lets sockets and messages in. */
const FRAMES_PER_TURN_MAX = 2_000;

export class EngineThread implements FeedHost {
  readonly #clock = liveClock();
  /** How far the journal's time was ahead of the host's clock when this engine began. */
  #aheadUs = 0;
  readonly #strategies = new Map<string, StrategyModule>();
  readonly #metrics: EngineMetrics;
  readonly #booted: BootedEngine;
  readonly #sync: SessionSync;
  readonly #publisher: MarketPublisher;
  readonly #feeds: Feed[] = [];
  readonly #live: LiveRig;
  readonly #budgets: LiveThread["budgets"];
  readonly #feedOf = new Map<number, Feed>();
  /** Feeds whose venue has not told its instruments yet. */
  readonly #unprepared = new Set<Feed>();
  readonly #beat: Int32Array;
  readonly #pulse: EnginePulse;
  readonly #engineWake: Wake;
  readonly #controlWake: Wake;
  readonly #killWatch: KillWatch;
  readonly #diskWatch: DiskWatch;
  readonly #instanceProblems = new Map<number, string>();
  #frames = 0;
  #boardDueUs = 0;
  #killFileDueUs = 0;
  #statusDueUs = 0;
  #stopped = false;
  #connected = 0;

  /** Rebuilds D from the journal. Throws ProblemError when it cannot be trusted. */
  constructor(
    readonly start: EngineStart,
    readonly post: (message: FromEngine) => void,
  ) {
    const { buffers } = start;
    this.#beat = new Int32Array(buffers.beat);
    this.#pulse = new EnginePulse(
      this.#beat,
      start.heartbeat,
      liveNames(start.config),
      start.epoch,
      this.#clock.nowUs(),
    );
    this.#metrics = new EngineMetrics(() => this.nowUs(), beatWord(buffers, Beat.Handler));
    this.#booted = bootEngine(start, (name) => this.#strategies.get(name), this.#metrics);
    this.#diskWatch = new DiskWatch(
      this.#booted.journal,
      () => this.nowUs(),
      () => this.#onDurable(),
    );
    this.#aheadUs = Math.max(0, this.engine.state.timeUs - this.#clock.nowUs());
    const onProblem = (found: Problem) => this.problem(found);
    this.#sync = new SessionSync(this.engine, () => this.nowUs(), onProblem);
    this.#publisher = new MarketPublisher(this.#booted.rig.market, new MarketBoard(buffers.board));
    this.#engineWake = new Wake(beatWord(buffers, Beat.EngineWake), () => {});
    this.#controlWake = new Wake(beatWord(buffers, Beat.ControlWake), () => this.post({ type: "wake" }));
    this.#killWatch = new KillWatch(start.dataDir, this.engine, beatWord(buffers, Beat.Kill));
    this.#live = new LiveRig(start.config);
    this.#budgets = liveBudgets(start.config);
    this.engine.controls.isGuarded = (account) =>
      this.#pulse.isGuarded(this.engine.state.accounts.get(account)?.name ?? "");
    this.engine.controls.unfitWhy = (account) => this.#live.whyUnfit(account);
    this.engine.controls.placeOf = (account) => this.#live.placeOf(account);
    const { config, limits, lastPrices } = start;
    const parts = { config, lane: this.#booted.market, limits, thread: this, budgets: this.#budgets, lastPrices };
    for (const [name, config] of Object.entries(start.config.providers)) {
      this.#feeds.push(makeFeed(name, config, parts));
    }
  }

  get engine() {
    return this.#booted.rig.engine;
  }

  /** Sets the session up, recovers what was open, starts what runs; then turns until it is stopped. */
  async run(): Promise<void> {
    const { start, engine } = this;
    if (this.#aheadUs > AHEAD_US_MAX) {
      const detail = `the journal ends ${Math.round(this.#aheadUs / 1_000)} ms ahead of this host's clock; time goes on from there`;
      this.problem(problem(Code.ClockWrong, detail));
    }
    await this.#loadStrategies();
    for (const feed of this.#feeds) this.#unprepared.add(feed);
    for (const feed of this.#feeds) if (feed.isLocal) await this.#prepare(feed);
    for (const [name, config] of Object.entries(start.config.accounts)) {
      this.#open(name, config);
    }
    const problems = this.#sync.limits(start.config.limits, this.#hasNewLimits);
    if (this.#unprepared.size === 0) this.#report(problems);
    this.#complete();
    for (const gateway of this.#booted.rig.gateways) gateway.restore(engine.state);
    this.#checkKillFile(); // Before anything may be sent.
    this.#report(engine.recover(this.nowUs(), start.suspect));
    this.#startInstances();
    this.#booted.journal.flush();
    this.#setPhase(EnginePhase.Running);
    this.post({ type: "running", hash: engine.state.hash(), record: engine.state.record });
    void this.#diskWatch.follow();
    this.#live.start();
    this.#cycle();
    for (const feed of this.#unprepared) void this.#prepare(feed);
  }

  onMessage(message: ToEngine): void {
    switch (message.type) {
      case "wake":
        this.#engineWake.rearm();
        // Before that nothing may be decided: the first turn takes what waits.
        return Atomics.load(this.#beat, Beat.Phase) === EnginePhase.Running ? this.poll() : undefined;
      case "prepare":
        void this.#load(message.strategy).then((found) =>
          this.post({ type: "prepared", id: message.id, problem: found }),
        );
        return;
      case "book": {
        const instrument = this.engine.state.instruments.get(message.instrument);
        const book = instrument === undefined ? undefined : this.#publisher.book(instrument, message.levels);
        return this.post({ type: "book", id: message.id, book });
      }
      case "loop":
        for (;;); // The fault that a test asks for.
      case "stop":
        return this.#stop();
      default:
        return;
    }
  }

  /**
   * Goes on from the journal's time when the host's clock was set back: waiting until it has caught up would stop timers,
   * simulated venues and the ages that risk reads, while orders are open.
   */
  nowUs(): number {
    return this.#clock.nowUs() + this.#aheadUs;
  }

  /** Before a frame that came by a socket: what the simulated venues have done by then comes first, as in replay. */
  before(timeUs: number): void {
    this.#advance(timeUs, false);
  }

  poll(): void {
    this.#frames += this.#booted.market.pending() > 0 ? 1 : 0;
    this.#booted.orderPath.begin();
    this.engine.hear(this.nowUs());
    this.engine.poll();
    this.#handOn();
  }

  book(instrument: number): BookSync | undefined {
    return this.#booted.rig.market.instrument(instrument)?.book;
  }

  onReconnect(instrument: number): void {
    this.#booted.rig.market.onReconnect(instrument);
    this.engine.emulator.sleep(instrument); // Held orders wait until its prices can be trusted again.
  }

  problem(found: Problem): void {
    this.post({ type: "problem", problem: found });
  }

  #cycle(): void {
    if (this.#stopped) return;
    const delayMs = this.#turn();
    setTimeout(() => this.#cycle(), delayMs);
  }

  /** Answers after how many milliseconds the next turn is due. */
  #turn(): number {
    const begunUs = this.nowUs();
    this.#pulse.turn(begunUs);
    if (begunUs >= this.#killFileDueUs) this.#checkKillFile();
    const nextUs = this.#advance(begunUs, true);
    this.#booted.orderPath.begin();
    this.engine.poll();
    this.engine.tick(this.nowUs());
    this.#live.turn(this.nowUs());
    this.#askHistory();
    this.#handOn();
    if (begunUs >= this.#boardDueUs) this.#publish(begunUs);
    if (begunUs >= this.#statusDueUs || this.#connectedChanged()) this.#tellStatus(begunUs);
    const endedUs = this.nowUs();
    this.#metrics.turns.note(endedUs - begunUs);
    return Math.max(0, Math.min(TURN_MS_MAX, (nextUs - endedUs) / 1_000));
  }

  /** Simulated venues and feeds of our own up to `nowUs`, in the order of their times. Answers when the next is due. */
  #advance(nowUs: number, feedsToo: boolean): number {
    const { engine } = this;
    engine.hear(nowUs);
    if (feedsToo) for (const feed of this.#feeds) feed.catchUp(nowUs);
    for (let frames = 0; ; ) {
      let dueUs = Number.POSITIVE_INFINITY;
      let gateway: ReplayGateway | undefined;
      let feed: Feed | undefined;
      for (const candidate of this.#booted.rig.gateways) {
        const us = candidate.nextDueUs();
        if (us >= dueUs) continue;
        dueUs = us;
        gateway = candidate;
      }
      for (const candidate of feedsToo ? this.#feeds : []) {
        const us = candidate.nextDueUs();
        if (us >= dueUs) continue;
        dueUs = us;
        feed = candidate;
        gateway = undefined;
      }
      if (dueUs > nowUs || frames >= FRAMES_PER_TURN_MAX) return dueUs;
      this.#booted.orderPath.begin();
      if (gateway !== undefined) gateway.advance(dueUs);
      else {
        feed?.step();
        frames++;
        this.#frames++;
      }
      engine.poll();
    }
  }

  /** What the step left for others: records for the journal, answers for the control thread. */
  #handOn(): void {
    const isAnswered = (this.#booted.rig.parts.lanes.answers?.pending() ?? 0) > 0;
    // Whoever sent a command waits for its records as an order does.
    this.#diskWatch.handOn(isAnswered || this.engine.heldCount > 0);
    Atomics.store(this.#beat, Beat.Input, this.engine.recorder.input | 0);
    if (isAnswered) this.#controlWake.signal();
  }

  /** The journal's progress lets orders go. */
  #onDurable(): void {
    this.#booted.orderPath.begin();
    this.engine.tick(this.nowUs());
    this.#handOn();
  }

  #publish(nowUs: number): void {
    this.#boardDueUs = nowUs + BOARD_EVERY_US;
    this.#publisher.publish();
    const bars = this.#publisher.closedBars();
    if (bars.length > 0) this.post({ type: "bars", bars });
  }

  #tellStatus(nowUs: number): void {
    this.#statusDueUs = nowUs + STATUS_EVERY_US;
    const { engine } = this;
    const { instances } = engine.state;
    const problems = new Map(this.#instanceProblems);
    for (let id = 1; id <= instances.count; id++) {
      const found = engine.host.instance(id)?.problem;
      if (found !== undefined) problems.set(id, found.detail);
    }
    const feeds = this.#feeds.map((feed) => feed.status());
    const missing = feeds
      .filter((feed) => !feed.connected)
      .map((feed) => `provider ${feed.name}: ${feed.problem || "not connected"}`);
    const metrics = this.#metrics.samples(engine, this.#frames, this.#booted.orderPath);
    const markets = this.#publisher.figures();
    const lastRecord = engine.state.record;
    const live = this.#live.status().map((seat) => {
      return { ...seat, approval: engine.controls.approvalOf(seat.account) };
    });
    for (const { name, figures, unfitWhy } of live) {
      if (unfitWhy === "" && !figures.isUp) missing.push(`account ${name}: its private stream is not up`);
    }
    const status: EngineStatus = { lastRecord, markets, feeds, live, missing, instanceProblems: problems, metrics };
    this.post({ type: "status", status });
  }

  /** Readiness is told at once, not with the next status. */
  #connectedChanged(): boolean {
    let connected = 0;
    for (const feed of this.#feeds) if (feed.status().connected) connected++;
    const changed = connected !== this.#connected;
    this.#connected = connected;
    return changed;
  }

  /** An account of the configuration with its gateway: simulated, or at the venue. */
  #open(name: string, config: AccountConfig): void {
    const { start, engine } = this;
    const { rig } = this.#booted;
    const id = this.#sync.account(name, config);
    if (config.mode === "paper") {
      return rig.open(id, paperOptions(config, start.config.providers[config.provider]?.adapter ?? "", start));
    }
    const thread: LiveThread = {
      config: start.config,
      epoch: start.epoch,
      engine,
      sync: this.#sync,
      lane: rig.parts.lanes.private,
      budgets: this.#budgets,
      nowUs: () => this.nowUs(),
      poll: () => this.poll(),
      isPrepared: (provider) => ![...this.#unprepared].some((feed) => feed.name === provider),
      problem: (found) => this.problem(found),
    };
    const gateway = this.#live.open(liveOpening(thread, id, name, config.provider));
    if (gateway !== undefined) engine.addGateway(gateway);
  }

  /** Held orders that slept through an outage wait for what the venue says of it. */
  #askHistory(): void {
    const { engine } = this;
    for (let asked = engine.outages.takeQuestion(); asked !== undefined; asked = engine.outages.takeQuestion()) {
      const { instrument, fromUs, toUs } = asked;
      const feed = this.#feedOf.get(instrument);
      if (feed?.history === undefined) {
        engine.backfillFailed(instrument);
        continue;
      }
      // Times of D may be ahead of the venue's.
      feed.history(instrument, fromUs - this.#aheadUs, toUs - this.#aheadUs, (range) => {
        if (this.#stopped) return;
        if ("code" in range) this.problem(range);
        if ("code" in range || range.low === 0) engine.backfillFailed(instrument);
        else engine.backfill(instrument, range.high, range.low, this.nowUs());
        this.#handOn();
      });
    }
  }

  #checkKillFile(): void {
    this.#killFileDueUs = this.nowUs() + KILL_FILE_EVERY_US;
    this.#killWatch.check(this.nowUs());
  }

  /** Asks a venue what it lists; again later when it does not say. */
  async #prepare(feed: Feed, waitMs = PREPARE_AGAIN_MS): Promise<void> {
    try {
      this.#define(feed, await feed.prepare());
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.problem(error.problem);
      if (!this.#stopped) setTimeout(() => void this.#prepare(feed, Math.min(2 * waitMs, PREPARE_MS_MAX)), waitMs);
    }
  }

  #define(feed: Feed, drafts: readonly InstrumentDraft[]): void {
    if (this.#stopped) return;
    const defined: Instrument[] = this.#sync.instruments(drafts);
    for (const instrument of defined) {
      this.#booted.rig.market.define(instrument);
      this.#booted.rig.market.instrument(instrument.id)?.wantBook();
      this.#publisher.add(instrument.id);
      this.#feedOf.set(instrument.id, feed);
    }
    this.#unprepared.delete(feed);
    feed.start(defined);
    if (Atomics.load(this.#beat, Beat.Phase) !== EnginePhase.Running) return;
    // It came late: what waited for its instruments may start now.
    const problems = this.#sync.limits(this.start.config.limits, this.#hasNewLimits);
    if (this.#unprepared.size === 0) {
      this.#report(problems);
      if (this.#hasNewLimits) this.#complete();
    }
    this.#startInstances();
    this.#handOn();
  }

  get #hasNewLimits(): boolean {
    return this.start.limitsHash !== this.start.limitsHashBefore;
  }

  /** The new limits count as set once every venue has told its instruments: a crash before that sets them again. */
  #complete(): void {
    const { epoch, version, limitsHash, limitsHashBefore } = this.start;
    this.#sync.complete({ epoch, version, limitsHash: this.#unprepared.size === 0 ? limitsHash : limitsHashBefore });
  }

  /** Instances of the configuration that D does not know by name yet. */
  #startInstances(): void {
    const { engine, start } = this;
    for (const config of start.config.instances) {
      if (this.#isThere(config) || engine.instances.wasDeleted(config.name)) continue;
      const isDefined = Object.values(config.markets).every(
        (market) => engine.state.instruments.byName(market.instrument) !== undefined,
      );
      if (!isDefined && this.#unprepared.size > 0) continue;
      const limits = this.#sync.instanceLimits(start.config.limits, config.name);
      const found = engine.launch(JSON.stringify(config), this.nowUs(), limits);
      if (found !== undefined) this.problem({ ...found, detail: `instance ${config.name}: ${found.detail}` });
    }
  }

  /** What is there stays as it was started; that the configuration says otherwise by now is told. */
  #isThere(config: InstanceConfig): boolean {
    const { instances, state } = this.engine;
    const known = state.instances.get(instances.idOf(config.name));
    if (known === undefined) return false;
    const changes = instanceChanges(known.definition, config).join("; ");
    if (changes !== "") this.problem(problem(Code.InstanceChanged, `${config.name}: ${changes}`));
    return true;
  }

  /** All that D or the configuration names: a strategy is loaded before it is asked for. */
  async #loadStrategies(): Promise<void> {
    const names = new Set(this.start.config.instances.map((instance) => instance.strategy));
    for (const name of this.engine.instances.strategies()) names.add(name);
    for (const name of names) {
      const found = await this.#load(name);
      if (found !== undefined) this.problem(found);
    }
  }

  /** Not type-checked here: the control thread did that, and it takes a second. */
  async #load(name: string): Promise<Problem | undefined> {
    const found = await findStrategy(name);
    if ("kind" in found) this.#strategies.set(name, found);
    else return found[0] ?? problem(Code.StrategyNotFound, `no strategy ${name}`);
    return undefined;
  }

  #report(problems: readonly Problem[]): void {
    for (const found of problems) this.problem(found);
  }

  #setPhase(phase: EnginePhase): void {
    Atomics.store(this.#beat, Beat.Phase, phase);
  }

  /** Politeness only: what is in the ring is enough for the next start. */
  #stop(): void {
    this.#stopped = true;
    this.#diskWatch.stop();
    for (const feed of this.#feeds) feed.stop();
    this.#live.stop();
    this.#booted.journal.flush();
    this.#setPhase(EnginePhase.Stopped);
    this.post({ type: "stopped" });
  }
}
