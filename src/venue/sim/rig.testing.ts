/** A whole paper trader in one thread and in model time: synthetic market, engine, journal in memory, simulated venue. */

import { openSession, trialLimits } from "../../app/session_setup.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { apply } from "../../engine/apply.ts";
import { DurableState } from "../../engine/durable.ts";
import { Engine } from "../../engine/engine.ts";
import { MemoryJournal } from "../../journal/memory.ts";
import { MarketState } from "../../market/market.ts";
import type { SyntheticSpec } from "../../match/synthetic_spec.ts";
import { Leg } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { MessageLane } from "../../ring/message_lane.ts";
import type { StrategyModule } from "../../strategy/api.ts";
import { resolveParams } from "../../strategy/params.ts";
import { ReplayGateway, type ReplayGatewayOptions } from "../replay/gateway.ts";
import { instrumentsOf, listingsOf } from "./instruments.ts";
import { SyntheticMarket } from "./market.ts";

export const START_US = 1_700_000_000_000_000;

export interface RigInstance {
  readonly module: StrategyModule;
  readonly tf: string;
}

/** Turns of the engine thread in which nothing comes in. */
const TICK_US = 50_000;

/** What a rig differs in from the usual one. */
export interface RigOptions {
  readonly gateway?: Partial<ReplayGatewayOptions>;
  /** Records of earlier sessions: D is made from them by `apply` alone, and the simulated venue restored from D. */
  readonly past?: readonly TradingRecord[];
  readonly startUs?: number;
  readonly main?: number;
}

export class SimRig {
  readonly limits = DEFAULT_LIMITS;
  readonly journal = new MemoryJournal(DEFAULT_LIMITS);
  readonly state = new DurableState(DEFAULT_LIMITS);
  readonly market = new MarketState(DEFAULT_LIMITS, { checkQuotes: true });
  readonly killWord = new Int32Array(new SharedArrayBuffer(4));
  readonly lanes = {
    private: MessageLane.create(DEFAULT_LIMITS),
    commands: MessageLane.create(DEFAULT_LIMITS),
    market: MarketLane.create(DEFAULT_LIMITS),
  };
  readonly engine: Engine;
  readonly gateway: ReplayGateway;
  readonly sim: SyntheticMarket;
  nowUs = START_US;
  #tickUs = 0;

  constructor(
    specs: readonly SyntheticSpec[],
    seed: number,
    instances: readonly RigInstance[],
    rigOptions: RigOptions = {},
  ) {
    const { state, market, lanes, limits } = this;
    const { past = [], startUs = START_US, main = 0 } = rigOptions;
    this.nowUs = startUs;
    this.#tickUs = startUs + TICK_US;
    for (const record of past) {
      this.journal.append(record);
      apply(state, record);
    }
    this.engine = new Engine({ ...this, seed });
    const terms = { entryLatencyUs: 5_000, ackLatencyUs: 5_000, makerRate: 100_000, takerRate: 100_000 };
    const options: ReplayGatewayOptions = { ...terms, feeIn: "received", ...rigOptions.gateway };
    const asset = (code: string) => state.ledger.assetId(code) ?? 0;
    this.gateway = new ReplayGateway(0, market, state.instruments, asset, lanes.private, this.engine, limits, options);
    this.engine.addGateway(this.gateway);
    this.engine.setTap(this.gateway);
    const instruments = instrumentsOf(specs);
    const payloads = instruments.map((i, n) => trialLimits(i, "100000", (specs[n] as SyntheticSpec).startPrice, {}));
    const plan = { accountName: "paper", instruments, balances: { USDT: "100000" }, limits: payloads, startUs };
    if (past.length === 0) openSession(this.engine, plan);
    for (const instrument of instruments) market.define(instrument);
    if (past.length > 0) this.#recover();
    for (const [n, { module, tf }] of instances.entries()) this.#start(module, tf, n + 1, main, past.length === 0);
    const onReconnect = (id: number) => market.onReconnect(id);
    const listings = listingsOf(instruments, specs);
    this.sim = new SyntheticMarket({ listings, seed, startUs, onReconnect }, lanes.market, limits);
  }

  /** Model time moves on by `us`: market frames and what the simulated venue has to say, in the order in which they are due. */
  run(us: number): void {
    const { sim, gateway, engine } = this;
    this.nowUs += us;
    for (;;) {
      const venueUs = gateway.nextDueUs();
      const marketUs = sim.nextDueUs();
      if (Math.min(venueUs, marketUs, this.#tickUs) > this.nowUs) return;
      if (this.#tickUs < Math.min(venueUs, marketUs)) {
        engine.tick(this.#tickUs);
        this.#tickUs += TICK_US;
        continue;
      }
      if (venueUs <= marketUs) gateway.advance(venueUs);
      else sim.step();
      engine.poll();
    }
  }

  records(): TradingRecord[] {
    const all: TradingRecord[] = [];
    this.journal.replay(new TradingRecord(), (record) => all.push(new TradingRecord().copyFrom(record)));
    return all;
  }

  /** D out of the journal alone, as recovery makes it. */
  recovered(): DurableState {
    const state = new DurableState(DEFAULT_LIMITS);
    this.journal.replay(new TradingRecord(), (record) => apply(state, record));
    return state;
  }

  positionQty(instrument: number): number {
    return this.state.ledger.positionQty(0, instrument, Leg.Net);
  }

  /** As a session begins after a crash: what has no answer is unknown, the venue is rebuilt, and asked. */
  #recover(): void {
    this.gateway.restore(this.state);
    this.engine.recover(this.nowUs);
  }

  #start(module: StrategyModule, tf: string, id: number, main: number, isNew: boolean): void {
    const resolved = resolveParams(module.definition, {});
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
    const record = new TradingRecord().reset(RecordKind.InstanceStarted);
    record.instance = id;
    record.instrument = main;
    record.text = JSON.stringify({ strategy: module.definition.name });
    if (isNew) this.engine.define(record, this.nowUs);
    const names = Object.keys(module.definition.markets);
    const bindings = Object.fromEntries(names.map((name) => [name, { instrument: main, account: 0, tf }]));
    const fault = this.engine.host.add({ id, module, params: resolved.params, bindings });
    if (fault !== undefined) throw new Error(JSON.stringify(fault));
    this.engine.start(id, this.nowUs);
  }
}
