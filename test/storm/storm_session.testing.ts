/** One engine's life in a storm: made from the records that are left, connected to the venue, and thrown away. */

import { apply, instrumentText } from "../../src/engine/apply.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { VenueGateway } from "../../src/engine/ports.ts";
import { MarketState } from "../../src/market/market.ts";
import { Reject } from "../../src/model/denial.ts";
import { CashCause } from "../../src/model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../../src/model/record.ts";
import { MarketLane } from "../../src/ring/market_lane.ts";
import { MessageLane } from "../../src/ring/message_lane.ts";
import { limitsRecord } from "../../src/risk/limit_reader.ts";
import { FaultGateway, type ReportSink } from "../../src/venue/sim/fault_gateway.ts";
import type { FaultVenue } from "../../src/venue/sim/fault_venue.ts";
import type { StormJournal } from "./storm_journal.testing.ts";
import stormStrategy from "./storm_strategy.testing.ts";
import {
  ACCOUNT,
  ASSETS,
  INSTRUMENTS,
  OPENING,
  STORM_FAMILIES,
  STORM_LIMITS,
  type StormPlan,
} from "./storm_world.testing.ts";

/** `watch` stands between engine and gateway: it sees what leaves. */
export type Watch = (gateway: FaultGateway, session: StormSession) => VenueGateway;

export class StormSession {
  readonly state = new DurableState(STORM_LIMITS);
  readonly market = new MarketState(STORM_LIMITS);
  readonly lanes = {
    private: MessageLane.create(STORM_LIMITS),
    commands: MessageLane.create(STORM_LIMITS),
    market: MarketLane.create(STORM_LIMITS),
  };
  readonly engine: Engine;
  readonly gateway: FaultGateway;

  constructor(
    readonly plan: StormPlan,
    readonly venue: FaultVenue,
    readonly journal: StormJournal,
    readonly killWord: Int32Array,
    readonly epoch: number,
    watch: Watch,
    mistakes: SessionMistakes,
  ) {
    journal.replay(new TradingRecord(), (record) => apply(this.state, record));
    this.engine = new Engine({
      limits: STORM_LIMITS,
      state: this.state,
      market: this.market,
      journal,
      lanes: this.lanes,
      killWord,
      seed: plan.seed + 7_919 * epoch,
      ...{ node: 1 },
      strategyOf: (name) => (name === "storm" ? stormStrategy : undefined),
    });
    for (const instrument of INSTRUMENTS) this.market.define(instrument);
    this.gateway = new FaultGateway(venue, sinkOf(this.lanes.private, mistakes), {
      account: 0,
      node: 1,
      epoch,
    });
    this.engine.addGateway(watch(this.gateway, this));
  }

  /** Sets the session up, as far as its journal does not, and recovers. */
  begin(nowUs: number): void {
    const isNew = this.state.accounts.count === 0;
    if (isNew) this.#define(nowUs);
    const record = new TradingRecord().reset(RecordKind.SessionStarted);
    record.text = JSON.stringify({ epoch: this.epoch, node: 1 });
    this.engine.define(record, nowUs);
    this.engine.recover(nowUs);
    this.gateway.connect(nowUs);
    if (!isNew || !this.plan.strategies) return;
    for (const { name, base } of INSTRUMENTS) {
      const definition = {
        name: base,
        strategy: "storm",
        params: { size: this.plan.positionMax / 2 },
        markets: { main: { instrument: name, account: ACCOUNT } },
      };
      const problem = this.engine.launch(JSON.stringify(definition), nowUs);
      if (problem !== undefined) throw new Error(JSON.stringify(problem));
    }
  }

  #define(nowUs: number): void {
    const { engine, plan } = this;
    const record = new TradingRecord();
    ASSETS.forEach((code, id) => {
      record.reset(RecordKind.AssetDefined).asset = id;
      record.text = code;
      engine.define(record, nowUs);
    });
    record.reset(RecordKind.AccountOpened).text = ACCOUNT;
    engine.define(record, nowUs);
    for (const instrument of INSTRUMENTS) {
      record.reset(RecordKind.InstrumentDefined).instrument = instrument.id;
      record.instrumentRevision = 1;
      record.text = instrumentText(instrument);
      engine.define(record, nowUs);
      const most = String(plan.positionMax);
      const rate = { count: 100, windowUs: 1_000_000 };
      const problems = limitsRecord(
        record,
        {
          scope: "instrument",
          key: instrument.id,
          version: 1,
          maxOrderValue: "1000000",
          maxOrderQty: most,
          maxLongPosition: most,
          maxShortPosition: instrument.id === 0 ? "0" : most,
          collarBps: 500,
          referenceAgeUsMax: 60_000_000,
          maxOpenOrders: 20,
          newOrders: rate,
          cancels: rate,
        },
        STORM_LIMITS,
      );
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      engine.define(record, nowUs);
    }
    ASSETS.forEach((_code, asset) => {
      record.reset(RecordKind.CashMoved).code = CashCause.OpeningBalance;
      record.asset = asset;
      // bigint-ok: an opening balance at 10^-18.
      const amount = BigInt(OPENING) * 10n ** 18n;
      record.amountHi = Number(amount >> 53n);
      record.amountLo = Number(amount & 0x1f_ffff_ffff_ffffn);
      engine.define(record, nowUs);
    });
  }

  command(kind: RecordKind, nowUs: number, fields: Partial<TradingRecord>): void {
    const record = Object.assign(new TradingRecord().reset(kind), { timeUs: nowUs, instrumentRevision: 1, ...fields });
    this.lanes.commands.put(record);
  }

  resume(nowUs: number): void {
    Atomics.store(this.killWord, 0, 0);
    this.command(RecordKind.CommandResume, nowUs, { scope: Scope.Firm, text: "storm over" });
  }
}

/** Planted mistakes of a session. */
export interface SessionMistakes {
  /** Makes up an id for a fill, and tells it once more. */
  readonly countsTwice: boolean;
  /** Takes silence for a refusal. */
  readonly endsUnknown: boolean;
}

/** The engine's private lane, behind what this engine cannot hear yet and the planted mistakes. */
function sinkOf(lane: MessageLane, { countsTwice, endsUnknown }: SessionMistakes): ReportSink {
  const copy = new TradingRecord();
  return {
    put: (record) => {
      if (!STORM_FAMILIES.losses && record.kind >= RecordKind.StatedOrder) return true;
      if (countsTwice && record.kind === RecordKind.OrderFilled && record.exchangeTimeUs % 10 === 0) {
        copy.copyFrom(record).fillId = `${record.fillId}-again`;
        lane.put(copy);
      }
      if (endsUnknown && record.kind === RecordKind.OrderUnknown) {
        copy.copyFrom(record, RecordKind.OrderRejected).code = Reject.Other;
        return lane.put(copy);
      }
      return lane.put(record);
    },
  };
}
