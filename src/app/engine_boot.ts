/** Builds an engine on its thread: D from the journal, the market from D's listings, gateways for the accounts. */

import { Code } from "../core/code.ts";
import { parseMantissa } from "../core/decimal.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { apply } from "../engine/apply.ts";
import { DurableState } from "../engine/durable.ts";
import type { StrategyOf } from "../engine/instance_definition.ts";
import { readRecords } from "../journal/reader.ts";
import { RingJournal } from "../journal/ring_journal.ts";
import { JournalWords } from "../journal/words.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { MarketLane } from "../ring/market_lane.ts";
import { MessageLane } from "../ring/message_lane.ts";
import { TradingRing } from "../ring/trading_ring.ts";
import type { ReplayGatewayOptions } from "../venue/replay/gateway.ts";
import type { AccountConfig } from "./config_schema.ts";
import type { EngineMetrics } from "./engine_metrics.ts";
import { OrderPath } from "./order_path.ts";
import { PaperRig } from "./paper.ts";
import { restore } from "./restore.ts";
import { Beat, beatWord } from "./thread_memory.ts";
import type { EngineStart } from "./thread_messages.ts";

export interface BootedEngine {
  readonly rig: PaperRig;
  readonly journal: RingJournal;
  readonly orderPath: OrderPath;
  readonly market: MarketLane;
}

/** So long held orders that slept through an outage wait for what the venue tells of it. */
const HISTORY_WAIT_US = 5_000_000;

/** Throws ProblemError StateDiverged when the journal's seals and the rebuilt state differ. */
export function bootEngine(start: EngineStart, strategyOf: StrategyOf, metrics: EngineMetrics): BootedEngine {
  const { limits, buffers } = start;
  const state = rebuild(start);
  const words = new JournalWords(start.words);
  const journal = new RingJournal(new TradingRing(buffers.ring, limits), words, start.record);
  const market = MarketLane.create(limits);
  const lanes = {
    private: MessageLane.create(limits),
    commands: new MessageLane(buffers.commands, limits),
    answers: new MessageLane(buffers.answers, limits),
    market,
  };
  const killWord = beatWord(buffers, Beat.Kill);
  const { node } = start.config;
  const { seed, currency, dayStart } = start.config.engine;
  const orderPath = new OrderPath(journal, limits.ordersMax, metrics.nowUs);
  const rig = new PaperRig({
    limits,
    state,
    journal: orderPath,
    lanes,
    killWord,
    seed,
    node,
    build: start.build,
    currency,
    dayStartUs: dayStartUs(dayStart),
    strategyOf,
    meter: metrics,
    historyWaitUs: HISTORY_WAIT_US,
  });
  for (const instrument of state.instruments.all()) rig.market.define(instrument);
  return { rig, journal, orderPath, market };
}

/** `HH:MM` as µs after midnight. */
function dayStartUs(text: string): number {
  const [hours = "0", minutes = "0"] = text.split(":");
  return (parseInt(hours, 10) * 60 + parseInt(minutes, 10)) * 60_000_000;
}

/** D as it was at the last durable record: a snapshot where there is one, then `apply`, and nothing else. */
function rebuild(start: EngineStart): DurableState {
  // What was wrong with a snapshot the control thread has told already.
  const state = restore(start.journalDir, start.limits, () => new DurableState(start.limits), { record: start.record });
  if (state.record === start.record) return state;
  const take = (record: Readonly<TradingRecord>) => {
    if (record.kind === RecordKind.Sealed && record.text !== state.hash()) {
      const detail = `record ${record.record}: the journal says ${record.text}, the rebuilt state is ${state.hash()}`;
      throw new ProblemError(problem(Code.StateDiverged, detail));
    }
    apply(state, record);
  };
  readRecords(start.journalDir, state.record + 1, take, start.record);
  if (state.record === start.record) return state;
  throw new ProblemError(problem(Code.JournalDamaged, `read ${state.record} of ${start.record} records`));
}

/** 1/10,000 as text → 10^-8 as an integer. */
const RATE_SCALE = 4;

export function paperOptions(config: AccountConfig, venue: string, start: EngineStart): ReplayGatewayOptions {
  const { rejectRate, jitterUs, seed } = config.faults;
  const isFaulty = rejectRate > 0 || jitterUs > 0;
  return {
    ...(isFaulty ? { faults: { seed: seed + start.epoch, latencyJitterUs: jitterUs, rejectRate } } : {}),
    entryLatencyUs: Math.max(1, config.latency.entryUs),
    ackLatencyUs: config.latency.ackUs,
    makerRate: parseMantissa(config.fees.makerBps, RATE_SCALE).mantissa,
    takerRate: parseMantissa(config.fees.takerBps, RATE_SCALE).mantissa,
    feeIn: "received",
    sessionTag: String(start.epoch),
    venue,
  };
}
