/** The engine: one thread owns all trading state. Takes an input, decides, applies, releases; then the next input. */

import { TimerWheel } from "../clock/wheel.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import type { MarketState } from "../market/market.ts";
import {
  F64_RECEIVE_TIME,
  SLOT_BYTES,
  SLOT_F64,
  SLOT_U32,
  SlotFlag,
  U8_FLAGS,
  U32_INSTRUMENT,
} from "../model/market_slot.ts";
import { CancelFilter, RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { markUnanswered } from "../oms/recover.ts";
import { ReportHandler } from "../oms/reports.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import type { MessageLane } from "../ring/message_lane.ts";
import { GateContext } from "../risk/context.ts";
import { RiskGate } from "../risk/gate.ts";
import { InlineHost } from "../strategy/host.ts";
import type { HandlerMeter } from "../strategy/host_port.ts";
import { parseInstrument } from "./apply.ts";
import { Awake } from "./awake.ts";
import { Contingency } from "./contingency.ts";
import { ControlDesk } from "./control_desk.ts";
import { Controls } from "./controls.ts";
import { Decider } from "./decider.ts";
import type { DurableState } from "./durable.ts";
import { Emulator } from "./emulator.ts";
import { EngineHostPort } from "./host_port.ts";
import type { StrategyOf } from "./instance_definition.ts";
import { InstanceDesk } from "./instance_desk.ts";
import { Outages } from "./outages.ts";
import type { Journal, MarketTap, VenueGateway } from "./ports.ts";
import { Reconciler } from "./reconciler.ts";
import { ReconcileDesk } from "./reconciler_commands.ts";
import { Recorder } from "./recorder.ts";
import { ReleaseQueue } from "./release.ts";
import { WishQueue } from "./wishes.ts";

/** Lanes in, in the order in which they are polled; each has a single producer. */
export interface EngineLanes {
  readonly private: MessageLane;
  readonly commands: MessageLane;
  readonly market: MarketLane;
  /** Answers to commands, one for each, in their order: see `EngineAnswer`. Absent where nobody waits. */
  readonly answers?: MessageLane;
}

export interface EngineOptions {
  readonly limits: Limits;
  readonly state: DurableState;
  readonly market: MarketState;
  readonly journal: Journal;
  readonly lanes: EngineLanes;
  /** One Int32 under Atomics: non-zero kills, whatever else happens. */
  readonly killWord: Int32Array;
  readonly seed: number;
  /** Strategies that instances may be made of; none when absent. */
  readonly strategyOf?: StrategyOf;
  /** How often the hash of D is journaled while anything changes; 0 = never. */
  readonly sealEveryUs?: number;
  readonly meter?: HandlerMeter;
  /** Hash of the running executable: what live accounts are armed for. */
  readonly build?: string;
  /** What sums and losses are counted in, and where their day begins (µs after midnight UTC). */
  readonly currency?: string;
  readonly dayStartUs?: number;
  /** How long held orders wait for word of an outage from the venue's history; 0, the default = there is none to ask. */
  readonly historyWaitUs?: number;
  /** Number of this host in client order ids. */
  readonly node?: number;
}

/** A problem in an answer, cut so that it fits a record whatever its characters are. */
const ANSWER_DETAIL_UNITS = 500;
const ANSWER_HINT_UNITS = 300;
/** Longer ones are no JSON any more: the text is shown as it is. */
const ANSWER_TEXT_UNITS = 1_200;
/** The reason of a venue's kill or resume stands beside the venue's name, and is cut like that of a cancel. */
const VENUE_WHY_UNITS = 100;
const STATE_FLUSH_US = 1_000_000;
const MARKET_TIME_STEP_US = 10_000;

export class Engine {
  readonly recorder: Recorder;
  readonly decider: Decider;
  readonly contingency: Contingency;
  readonly emulator: Emulator;
  /** What the host has to ask of venues' histories. */
  readonly outages: Outages;
  readonly host: InlineHost;
  readonly reports: ReportHandler;
  readonly gate: RiskGate;
  readonly instances: InstanceDesk;
  readonly controls: Controls;
  readonly #controlDesk: ControlDesk;
  readonly #awake: Awake;
  readonly reconciler: Reconciler;
  readonly #corrections: ReconcileDesk;
  readonly #options: EngineOptions;
  readonly #market: MarketState;
  readonly #lanes: EngineLanes;
  readonly #gateways: (VenueGateway | undefined)[] = [];
  readonly #releases: ReleaseQueue;
  readonly #wishes: WishQueue;
  readonly #timers: TimerWheel;
  readonly #context = new GateContext();
  readonly #message = new TradingRecord();
  readonly #wish = new TradingRecord();
  readonly #cell = new TradingRecord();
  readonly #answer = new TradingRecord();
  #tap: MarketTap | undefined;
  /** Last record of the life before this one: since then nobody has looked. */
  readonly endedUs: number;
  #killSeen = 0;
  #marketTimeDueUs = 0;
  #stateFlushDueUs = 0;
  #sealDueUs = 0;
  #sealedRecord = 0;

  constructor(options: EngineOptions) {
    const { limits, state, journal } = options;
    this.#options = options;
    this.endedUs = state.timeUs;
    this.#market = options.market;
    this.#lanes = options.lanes;
    this.#wishes = new WishQueue(limits.intentsPerStepMax);
    this.#timers = new TimerWheel(limits);
    this.recorder = new Recorder(state, journal);
    this.gate = new RiskGate(state.risk, limits);
    const gatewayOf = (account: number) => this.#gateways[account];
    this.#releases = new ReleaseQueue(limits, this.recorder, this.gate, gatewayOf);
    this.controls = new Controls(this.recorder, { ...options, gatewayOf });
    const { gate, controls } = this;
    this.decider = new Decider(this.recorder, options.market, gate, this.#context, this.#releases, gatewayOf, controls);
    controls.actBy(this.decider);
    this.#controlDesk = new ControlDesk(this.recorder, controls);
    this.contingency = new Contingency(this.recorder, this.decider);
    this.#awake = new Awake(this.recorder, this.decider);
    this.contingency.isAwake = (order) => this.#awake.of(order);
    this.contingency.mayNumber = () => this.#wishes.places === 0;
    this.outages = new Outages(options.historyWaitUs ?? 0);
    this.emulator = new Emulator(this.recorder, options.market, this.decider, this.contingency, this.outages);
    this.recorder.watch({
      onRecord: (record) => {
        controls.onRecord(record);
        this.contingency.onRecord(record);
        this.emulator.onRecord(record);
      },
    });
    this.reports = new ReportHandler(state.orders, limits);
    this.reconciler = new Reconciler({
      recorder: this.recorder,
      reports: this.reports,
      limits,
      node: options.node ?? 0,
      recancel: (order) => this.decider.recancel(order),
      referencePrice: (instrument) => options.market.instrument(instrument)?.referencePrice() ?? 0,
    });
    this.#corrections = new ReconcileDesk(this.recorder, this.reconciler, gatewayOf);
    const port = new EngineHostPort(this.recorder, options.market, this.#wishes, this.#timers, controls.marks);
    port.refuseFloods(controls.floods, (wish) => this.decider.tryPlace(wish));
    this.host = new InlineHost(port, limits, options.seed, options.meter);
    this.recorder.listen(this.host);
    this.instances = new InstanceDesk(this.recorder, this.decider, this.host, options.strategyOf ?? (() => undefined));
  }

  get state(): DurableState {
    return this.#options.state;
  }

  /** Engine time: the `Clock` of gateways that live on it. */
  nowUs(): number {
    return this.recorder.nowUs;
  }

  /** Approved effects that wait for their record to be durable. */
  get heldCount(): number {
    return this.#releases.count;
  }

  addGateway(gateway: VenueGateway): void {
    assert(this.#gateways[gateway.account] === undefined, Code.InvariantBroken);
    this.#gateways[gateway.account] = gateway;
  }

  /** A second reader of market slots; the simulated venue of paper and replay. */
  setTap(tap: MarketTap): void {
    assert(this.#tap === undefined, Code.InvariantBroken);
    this.#tap = tap;
  }

  /** Emits a definition (account, asset, instrument, limits, instance, opening balance) as an input of its own. */
  define(record: TradingRecord, timeUs: number): void {
    this.#beginInput(timeUs);
    if (record.kind === RecordKind.InstrumentDefined) this.emulator.revise(parseInstrument(record.text));
    this.recorder.emit(record);
    this.#settle();
  }

  /** Several definitions as one input, whole: a crash leaves all of them or none. */
  defineTogether(records: readonly TradingRecord[], timeUs: number): void {
    this.#beginInput(timeUs);
    for (const record of records) {
      assert(record.kind !== RecordKind.InstrumentDefined, Code.EnumUnknown);
      this.recorder.emit(record);
    }
    this.#settle();
  }

  /** Runs the instance's `onStart` as an input of its own. */
  start(instance: number, timeUs: number): void {
    this.#beginInput(timeUs);
    this.host.start(instance);
    this.#settle();
  }

  /** Runs the instance's `onStop` as an input of its own, and records that it stopped. */
  stop(instance: number, reason: string, timeUs: number): void {
    this.#beginInput(timeUs);
    this.host.stop(instance, reason);
    const record = this.#cell.reset(RecordKind.InstanceStopped);
    record.instance = instance;
    record.text = reason;
    this.recorder.emit(record);
    this.#settle();
  }

  /**
   * Starts a new instance by its definition, as an input of its own; answers what is wrong with it. `limits` are
   * LimitsSet records for the id that it gets: in force before its first order.
   */
  launch(definition: string, timeUs: number, limits: readonly TradingRecord[] = []): Problem | undefined {
    this.#beginInput(timeUs);
    const { problem } = this.instances.launch(definition, limits);
    this.#settle();
    return problem;
  }

  /** A kill of a narrower scope than the firm, as an input of its own; the firm has the kill word. */
  kill(scope: Scope, key: number, why: string, timeUs: number, venue = ""): void {
    assert(scope !== Scope.Firm && key >= 0, Code.ValueOutOfRange);
    this.#beginInput(timeUs);
    this.decider.kill(scope, key, why, venue);
    this.#settle();
  }

  /**
   * After a restart, once D is rebuilt and gateways are there: what was asked for and never answered is unknown, cancels
   * are sent again, every account is reconciled with its venue, and what ran runs again, but for the instance that
   * stalled the engine before (0 = none). Answers what could not be started.
   */
  recover(timeUs: number, suspect = 0): Problem[] {
    this.#beginInput(timeUs);
    this.controls.rebuild();
    markUnanswered(this.state.orders, this.recorder);
    this.decider.askAgain();
    this.decider.cancelKilled();
    for (const gateway of this.#gateways) if (gateway !== undefined) this.reconciler.begin(gateway, "start");
    this.#settle();
    // A venue of our own answers at once: what runs then starts with an account that is ready.
    while (this.#lanes.private.take(this.#message)) this.#onReport(this.#message);
    this.#beginInput(timeUs);
    this.#awake.recover();
    this.#stateFlushDueUs = 0; // What a strategy keeps from its start is kept with it.
    this.emulator.recover(this.endedUs);
    this.contingency.recover();
    const problems = this.instances.restore(suspect);
    this.#settle();
    return problems;
  }

  /** What the market did while the engine or its feed was down, as an input of its own: highest and lowest price, mantissas. */
  backfill(instrument: number, high: number, low: number, timeUs: number): void {
    this.#beginInput(timeUs);
    this.emulator.backfill(instrument, high, low);
    this.#settle();
  }

  /** Nobody can tell what the market did: held orders go by the present price. */
  backfillFailed(instrument: number): void {
    this.outages.giveUp(instrument);
  }

  /** The host's clock, before inputs are taken: how old an intent is when it may leave. Replay has no such clock. */
  hear(timeUs: number): void {
    if (timeUs > this.recorder.heardUs) this.recorder.heardUs = timeUs;
  }

  /** Takes all inputs that wait: kill word, then private, then commands, then one market frame, and again from the top. */
  poll(): number {
    let taken = 0;
    for (;;) {
      if (Atomics.load(this.#options.killWord, 0) !== this.#killSeen) this.#onKillWord();
      else if (this.#lanes.private.take(this.#message)) this.#onReport(this.#message);
      else if (this.#lanes.commands.take(this.#message)) this.#onCommand(this.#message);
      else if (this.#lanes.market.pending() > 0) this.#onFrame();
      else return taken;
      taken++;
    }
  }

  /** Fires timers and closes bars that are due at `timeUs` (a recorded tick when nothing else came). */
  tick(timeUs: number): void {
    if (Atomics.load(this.#options.killWord, 0) !== this.#killSeen) this.#onKillWord();
    this.#beginInput(timeUs);
    this.decider.closeAgain();
    this.decider.killAgain();
    if (this.recorder.nowUs >= this.reconciler.dueUs) this.reconciler.onTime(this.recorder.nowUs);
    this.#settle();
    this.#seal();
  }

  #beginInput(timeUs: number): void {
    const recorder = this.recorder;
    recorder.input++;
    recorder.recordsInStep = 0;
    recorder.denialInStep = 0;
    this.#wishes.beginStep();
    assert(!Number.isNaN(timeUs), Code.ValueOutOfRange);
    if (timeUs > recorder.nowUs) recorder.nowUs = timeUs;
    const nowUs = recorder.nowUs;
    if (this.#timers.nextDueUs() <= nowUs) this.#timers.advance(nowUs, this.host);
    if (nowUs >= this.#marketTimeDueUs) this.#onMarketTime(nowUs);
  }

  /** Bars close by time on a fixed grid of engine time, so that live and replay close them alike. */
  #onMarketTime(nowUs: number): void {
    this.controls.onTime();
    this.#marketTimeDueUs = nowUs - (nowUs % MARKET_TIME_STEP_US) + MARKET_TIME_STEP_US;
    const events = this.#market.onTime(nowUs);
    if (events === 0) return;
    const count = this.state.instruments.count;
    for (let id = 0; id < count; id++) this.host.onMarket(id, events);
  }

  /** One frame, whole: market state first, then the simulated venue, then the strategies. */
  #onFrame(): void {
    const lane = this.#lanes.market;
    const { u8, u32, f64, mask } = lane;
    const first = lane.peek(0);
    this.#beginInput(f64[first * SLOT_F64 + F64_RECEIVE_TIME] as number);
    const market = this.#market;
    const tap = this.#tap?.wantsMarket === true ? this.#tap : undefined;
    let count = 0;
    for (;;) {
      const slot = (first + count) & mask;
      count++;
      const events = market.onSlot(lane, slot);
      if (tap !== undefined) tap.onSlot(lane, slot);
      if (events !== 0) {
        const instrument = u32[slot * SLOT_U32 + U32_INSTRUMENT] as number;
        this.emulator.touch(instrument);
        this.host.onMarket(instrument, events);
      }
      if (((u8[slot * SLOT_BYTES + U8_FLAGS] as number) & SlotFlag.LastOfFrame) !== 0) break;
      // Levels are most of a depth frame, and nobody but the book wants them one by one.
      if (tap === undefined) count += market.onLevels(lane, first + count);
    }
    assert(count <= lane.pending(), Code.SlotIncomplete);
    lane.release(count);
    this.emulator.evaluate();
    this.#settle();
  }

  #onReport(report: TradingRecord): void {
    this.#beginInput(report.timeUs);
    // Funding and the like: the venue's word on money. All else is about an order.
    if (report.kind === RecordKind.CashMoved) this.recorder.emit(this.#cell.copyFrom(report));
    else if (this.reconciler.takes(report.kind)) this.reconciler.onAnswer(report);
    else {
      this.reconciler.beforeReport(report);
      this.reports.onReport(report, this.recorder);
      this.reconciler.afterReport(report);
    }
    this.#settle();
  }

  /** Every command is answered, with the last record of its step. */
  #onCommand(command: TradingRecord): void {
    this.#beginInput(command.timeUs);
    const { recorder } = this;
    assert(command.kind >= RecordKind.CommandPlace && command.record === 0, Code.InvariantBroken);
    // Timers that were due have asked first, and were told the numbers of their orders: those numbers are taken.
    this.#takeWishes();
    recorder.denialInStep = 0;
    const answer = this.#answer.copyFrom(command);
    if (command.kind === RecordKind.CommandPlace) answer.order = this.state.orders.nextOrder;
    answer.text = "";
    if (ControlDesk.takes(command.kind)) {
      const problem = this.#controlDesk.command(command);
      if (problem !== undefined) answer.text = answerText(problem);
    } else if (this.#corrections.takes(command.kind)) {
      const problem = this.#corrections.command(command);
      if (problem !== undefined) answer.text = answerText(problem);
    } else if (command.kind >= RecordKind.CommandInstanceStart && command.kind <= RecordKind.CommandInstanceDelete) {
      const { instance, problem } = this.instances.command(command);
      answer.instance = instance;
      if (problem !== undefined) answer.text = answerText(problem);
    } else this.#decideCommand(command);
    answer.code = recorder.denialInStep; // Before anything else of this step can be denied.
    this.#settle();
    answer.record = this.state.record;
    answer.timeUs = recorder.nowUs;
    this.#lanes.answers?.put(answer);
  }

  #decideCommand(command: TradingRecord): void {
    switch (command.kind) {
      case RecordKind.CommandKill:
        return this.decider.kill(command.scope, this.#scopeKey(command), command.text, command.venueOrderId);
      case RecordKind.CommandResume:
        command.kind = RecordKind.Resumed;
        if (command.scope === Scope.Venue) {
          command.fillId = command.text.slice(0, VENUE_WHY_UNITS);
          command.text = command.venueOrderId;
        }
        return this.recorder.emit(command);
      case RecordKind.CommandSetLimits:
        command.kind = RecordKind.LimitsSet;
        return this.recorder.emit(command);
      case RecordKind.CommandSetLeverage:
        command.kind = RecordKind.LeverageSet;
        return this.recorder.emit(command);
      case RecordKind.CommandCancelAll: {
        const { flags, instrument, account, instance } = command;
        return this.decider.cancelAll(
          (flags & CancelFilter.Instrument) === 0 ? -1 : instrument,
          (flags & CancelFilter.Account) === 0 ? -1 : account,
          (flags & CancelFilter.Instance) === 0 ? -1 : instance,
          command.text,
        );
      }
      case RecordKind.CommandTick:
        return;
      default:
        this.#decide(command);
    }
  }

  #onKillWord(): void {
    const word = Atomics.load(this.#options.killWord, 0);
    this.#killSeen = word;
    this.#context.killWord = word;
    this.#beginInput(this.recorder.nowUs);
    if (word !== 0) this.decider.kill(Scope.Firm, 0, "kill word");
    this.#settle();
  }

  /** Decides what the handlers asked for, lets go what may leave, and flushes `state()` cells. */
  #settle(): void {
    const { recorder } = this;
    // Emitting and releasing call handlers, which may wish again; a step takes a bounded number of wishes.
    this.emulator.onTime();
    this.contingency.act();
    while (this.#wishes.count > 0 || this.#releases.count > 0 || this.contingency.isBusy) {
      this.#takeWishes();
      this.contingency.act();
      // Read again at the gate itself: a kill may have come while this step was decided.
      this.#context.killWord = Atomics.load(this.#options.killWord, 0);
      const before = recorder.recordsInStep;
      this.#releases.poll(this.#context);
      if (this.#wishes.count === 0 && !this.contingency.isBusy && recorder.recordsInStep === before) break;
    }
    this.controls.settle();
    if (recorder.recordsInStep > 0 || recorder.nowUs >= this.#stateFlushDueUs) this.#flushCells();
    if (recorder.recordsInStep > 0) recorder.journal.endStep?.();
  }

  #takeWishes(): void {
    while (this.#wishes.take(this.#wish)) this.#decide(this.#wish);
  }

  #decide(wish: Readonly<TradingRecord>): void {
    assert(wish.record === 0, Code.InvariantBroken); // A wish is no record yet.
    if (wish.kind === RecordKind.CommandPlace) {
      this.decider.place(wish);
      // A report may have come before its order: after a restart, or on a fast private stream.
      if (this.reports.parkedCount > 0) this.reports.replayParked(this.state.orders.nextOrder - 1, this.recorder);
    } else if (wish.kind === RecordKind.CommandCancel) this.decider.cancel(wish);
    else if (wish.kind === RecordKind.CommandAmend) this.decider.amend(wish);
    else if (wish.kind === RecordKind.ProblemNoted) this.recorder.emit(this.#wish.copyFrom(wish));
  }

  /** The hash of D becomes a record: replicas and recovery compare theirs with it. */
  #seal(): void {
    const { recorder, state } = this;
    const everyUs = this.#options.sealEveryUs ?? 0;
    if (everyUs === 0 || state.record === this.#sealedRecord || recorder.nowUs < this.#sealDueUs) return;
    this.#sealDueUs = recorder.nowUs + everyUs;
    const record = this.#cell.reset(RecordKind.Sealed);
    record.text = state.hash();
    assert(everyUs > 0 && record.text !== "", Code.ValueOutOfRange);
    recorder.emit(record);
    recorder.journal.endStep?.();
    this.#sealedRecord = state.record;
  }

  #flushCells(): void {
    this.#stateFlushDueUs = this.recorder.nowUs + STATE_FLUSH_US;
    this.instances.tend();
    const count = this.state.instances.count;
    for (let instance = 1; instance <= count; instance++) {
      const cells = this.host.dirtyState(instance);
      if (cells === undefined) continue;
      const record = this.#cell.reset(RecordKind.StateCell);
      record.instance = instance;
      record.text = cells;
      this.recorder.emit(record);
    }
  }

  #scopeKey(command: Readonly<TradingRecord>): number {
    if (command.scope === Scope.Instance) return command.instance;
    if (command.scope === Scope.Instrument) return command.instrument;
    return command.account;
  }
}

function answerText(problem: Problem): string {
  const detail = problem.detail.slice(0, ANSWER_DETAIL_UNITS);
  const hint = problem.hint.slice(0, ANSWER_HINT_UNITS);
  return JSON.stringify({ ...problem, detail, hint }).slice(0, ANSWER_TEXT_UNITS);
}
