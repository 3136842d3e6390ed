/** One replay from files to result: read, find the instruments, run, verify by applying alone and deciding again. */

import { readFileSync } from "node:fs";
import { Code, codeName } from "../core/code.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { type Capture, readCapture } from "../data/capture_reader.ts";
import { apply } from "../engine/apply.ts";
import { DurableState } from "../engine/durable.ts";
import type { Journal } from "../engine/ports.ts";
import { ComparingJournal } from "../journal/compare.ts";
import { MemoryJournal } from "../journal/memory.ts";
import type { Instrument } from "../model/instrument.ts";
import { TradingRecord } from "../model/record.ts";
import { InstrumentScan, parseExchangeInfo } from "../venue/binance/symbols.ts";
import { ReplayRig } from "./replay.ts";
import type { ReplayOptions, ReplayProgress, ReplayVenue } from "./replay_options.ts";
import { type ReplayFacts, replayResult } from "./replay_report.ts";
import type { ReplayResult } from "./replay_result.ts";
import { ReplayTally } from "./replay_tally.ts";
import { replayGatewayOptions } from "./replay_venue.ts";
import { openSession, trialLimits } from "./session_setup.ts";
import { type ResolvedStrategy, resolveStrategy, startStrategy } from "./session_strategy.ts";

const PROGRESS_FRAMES = 8_192;
const REPEAT_SECONDS = 1.5;
const REPEAT_PASSES_MAX = 20;
const DEFAULT_BALANCE = "100000";

type OnProgress = (progress: ReplayProgress) => void;

/**
 * Throws ProblemError for what makes a replay impossible; everything else is counted in the result. `onJournal` gets the
 * records of the first pass.
 */
export async function runReplay(
  options: ReplayOptions,
  onProgress: OnProgress = () => {},
  onJournal: (journal: MemoryJournal) => void = () => {},
): Promise<ReplayResult> {
  const strategy = await resolveStrategy(options.strategy, options.params);
  const capture = readCapture(options.files, (_, index) =>
    onProgress({ stage: "read", done: index, total: options.files.length }),
  );
  const venue = options.venue ?? inferVenue(capture);
  const { instruments, main, firstPrice } = findInstruments(options, capture, venue);
  const session = new ReplaySession(options, capture, venue, instruments, main, firstPrice, strategy);

  const journal = new MemoryJournal(DEFAULT_LIMITS);
  const first = session.run(journal, true, (done) =>
    onProgress({ stage: "replay", done, total: capture.texts.length }),
  );
  const durable = first.rig.state.hash();
  onJournal(journal);
  const passes = [first.seconds];
  let verified: ReplayResult["verified"] = null;
  const problems: Problem[] = [...capture.problems, ...first.problems];
  if (options.verify) {
    const again = new ComparingJournal(journal);
    const second = session.run(again, false, (done) =>
      onProgress({ stage: "verify", done, total: capture.texts.length }),
    );
    passes.push(second.seconds);
    const difference = again.difference();
    if (difference !== undefined) {
      problems.push(problem(Code.ReplayDiverged, `record ${difference.record} ${JSON.stringify(difference)}`));
    }
    verified = {
      applyAlone: applyAlone(journal) === durable,
      decideAgain: difference === undefined && second.rig.state.hash() === durable,
    };
  }
  if (options.verify) session.repeat(passes, durable, problems);
  const tally = new ReplayTally();
  journal.replay(new TradingRecord(), (record) => tally.add(record));
  const frames = capture.texts.length;
  const facts: ReplayFacts = {
    options,
    capture,
    venue,
    main: first.rig.state.instruments.get(main.id) ?? main,
    firstPrice,
    strategy,
    rig: first.rig,
    journal,
    tally,
    problems,
    verified,
    framesPerSecond: Math.round(frames / Math.min(...passes)),
    framesPerSecondFirstPass: Math.round(frames / first.seconds),
    passes: passes.length,
    elapsedMs: Math.round(first.seconds * 1_000),
  };
  return replayResult(facts);
}

interface Pass {
  readonly rig: ReplayRig;
  readonly seconds: number;
  readonly problems: readonly Problem[];
}

/** What both passes have in common: the same inputs give the same records. */
class ReplaySession {
  constructor(
    readonly options: ReplayOptions,
    readonly capture: Capture,
    readonly venue: ReplayVenue,
    readonly instruments: readonly Instrument[],
    readonly main: Instrument,
    readonly firstPrice: number,
    readonly strategy: ResolvedStrategy,
  ) {}

  /**
   * A short capture is over before the engine's code is compiled: it is run again for a second or so, so that the figure
   * is the engine's and not the compiler's. Each pass must end in the same D.
   */
  repeat(passes: number[], durable: string, problems: Problem[]): void {
    let spent = passes.reduce((sum, seconds) => sum + seconds, 0);
    while (spent < REPEAT_SECONDS && passes.length < REPEAT_PASSES_MAX) {
      const pass = this.run(new MemoryJournal(DEFAULT_LIMITS), false, () => {});
      passes.push(pass.seconds);
      spent += pass.seconds;
      if (pass.rig.state.hash() === durable) continue;
      problems.push(problem(Code.ReplayDiverged, `pass ${passes.length} ended in ${pass.rig.state.hash()}`));
      return;
    }
  }

  run(journal: Journal, checkQuotes: boolean, onFrames: (done: number) => void): Pass {
    const { options, capture, venue, instruments, main } = this;
    const rig = new ReplayRig({
      limits: DEFAULT_LIMITS,
      journal,
      market: venue === "binance-spot" ? "spot" : "usdm",
      seed: options.seed,
      gateway: replayGatewayOptions(options, venue),
      checkQuotes,
    });
    const startUs = capture.receiveTimesUs[0] ?? 0;
    const balances = Object.keys(options.balances).length > 0 ? options.balances : { [main.quote]: DEFAULT_BALANCE };
    const equity = balances[main.quote] ?? DEFAULT_BALANCE;
    const limits = [trialLimits(main, equity, this.firstPrice, options.limits)];
    openSession(rig.engine, { accountName: "replay", instruments, balances, limits, startUs });
    for (const instrument of instruments) {
      rig.market.define(instrument);
      rig.decoder.define({
        symbol: instrument.venueSymbol,
        instrument: instrument.id,
        revision: instrument.revision,
        priceScale: instrument.priceScale,
        qtyScale: instrument.qtyScale,
      });
    }
    const problems = startStrategy(rig.engine, this.strategy, main, startUs);
    const startedNs = Bun.nanoseconds();
    for (let from = 0; from < capture.texts.length; from += PROGRESS_FRAMES) {
      const to = Math.min(capture.texts.length, from + PROGRESS_FRAMES);
      rig.run(capture, from, to);
      onFrames(to);
    }
    const seconds = (Bun.nanoseconds() - startedNs) / 1e9;
    return { rig, seconds, problems: [...problems, ...rig.engine.host.problems] };
  }
}

/** Recovery in small: a new D, the records, nothing else. */
function applyAlone(journal: MemoryJournal): string {
  const state = new DurableState(DEFAULT_LIMITS);
  journal.replay(new TradingRecord(), (record) => apply(state, record));
  return state.hash();
}

/** USD-M depth carries `pu`, USD-M best quotes an event type; spot has neither. */
function inferVenue(capture: Capture): ReplayVenue {
  for (const text of capture.texts) {
    if (text.includes('"depthUpdate"')) return text.includes('"pu":') ? "binance-usdm" : "binance-spot";
    if (text.includes('"bookTicker"') && text.includes('"e":')) return "binance-usdm";
  }
  return "binance-spot";
}

interface Found {
  readonly instruments: readonly Instrument[];
  readonly main: Instrument;
  readonly firstPrice: number;
}

function findInstruments(options: ReplayOptions, capture: Capture, venue: ReplayVenue): Found {
  const market = venue === "binance-spot" ? "spot" : "usdm";
  const scan = new InstrumentScan();
  for (const text of capture.texts) scan.add(text);
  let found = scan.result(market);
  if (options.instrumentFile !== undefined) {
    const seen = new Set(found.map((i) => i.venueSymbol));
    const known = parseExchangeInfo(readFileSync(options.instrumentFile, "utf8"), market);
    const defined = known.instruments.filter((i) => seen.has(i.venueSymbol));
    found = found.map((i) => defined.find((d) => d.venueSymbol === i.venueSymbol) ?? i);
  }
  const instruments = found.map((i, id) => ({ ...i, id, revision: 1 }));
  const wanted = options.symbol;
  const main = instruments.find((i) => wanted === undefined || i.venueSymbol === wanted || i.name === wanted);
  if (main === undefined) {
    const names = instruments.map((i) => i.venueSymbol).join(", ");
    const detail = names === "" ? "no market data in the capture" : `no ${wanted} in the capture; it has ${names}`;
    throw new ProblemError(problem(Code.NoInstrument, detail));
  }
  return { instruments, main, firstPrice: scan.firstPrice(main.venueSymbol, main.priceScale) };
}

export function countByCode(counts: ReadonlyMap<Code, number>): Record<string, number> {
  return Object.fromEntries([...counts].map(([code, count]) => [codeName(code), count]));
}
