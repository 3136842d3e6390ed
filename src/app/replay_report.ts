/** Turns a finished replay into its result: every figure as exact text, in the venue's own decimals. */

import { mantissaText, wideText } from "../core/decimal.ts";
import type { Problem } from "../core/problem.ts";
import type { Capture } from "../data/capture_reader.ts";
import type { MemoryJournal } from "../journal/memory.ts";
import { BookSide } from "../market/book.ts";
import { BookFlag } from "../market/book_sync.ts";
import type { InstrumentMarket } from "../market/instrument_market.ts";
import type { Instrument } from "../model/instrument.ts";
import { Leg } from "../model/order.ts";
import { RecordKind } from "../model/record.ts";
import type { ReplayRig } from "./replay.ts";
import { money } from "./replay_money.ts";
import type { ReplayOptions, ReplayVenue } from "./replay_options.ts";
import type { FinalBook, OrderCounts, ReplayResult } from "./replay_result.ts";
import type { ReplayTally } from "./replay_tally.ts";
import type { ResolvedStrategy } from "./session_strategy.ts";

export interface ReplayFacts {
  readonly options: ReplayOptions;
  readonly capture: Capture;
  readonly venue: ReplayVenue;
  readonly main: Instrument;
  readonly firstPrice: number;
  readonly strategy: ResolvedStrategy;
  readonly rig: ReplayRig;
  readonly journal: MemoryJournal;
  readonly tally: ReplayTally;
  readonly problems: readonly Problem[];
  readonly verified: ReplayResult["verified"];
  readonly framesPerSecond: number;
  readonly framesPerSecondFirstPass: number;
  readonly passes: number;
  readonly elapsedMs: number;
}

export function replayResult(facts: ReplayFacts): ReplayResult {
  const { capture, main, rig, tally, journal } = facts;
  const market = rig.market.instrument(main.id);
  const times = capture.receiveTimesUs;
  const first = times[0] ?? 0;
  const last = times[times.length - 1] ?? 0;
  const { ledger } = rig.state;
  return {
    files: facts.options.files,
    venue: facts.venue,
    instrument: main.name,
    symbol: main.venueSymbol,
    strategy: facts.strategy.name,
    params: facts.strategy.params,
    inputs: rig.engine.recorder.input,
    messages: capture.texts.length,
    byStream: rig.decoder.stats.byStream(),
    setAside: setAside(facts),
    problems: [...facts.problems, ...unknownMessages(rig)],
    firstReceiveTimeUs: first,
    lastReceiveTimeUs: last,
    spanSeconds: Math.round((last - first) / 100_000) / 10,
    ...bookCounts(market),
    ...tradeTotals(main, market),
    latencyUs: latency(capture),
    final: finalBook(main, market),
    orders: orderCounts(tally),
    denials: Object.fromEntries(tally.denials),
    fills: {
      count: tally.makerFills + tally.takerFills,
      maker: tally.makerFills,
      taker: tally.takerFills,
      volume: wideText(tally.fillQty, main.qtyScale),
      fees: tally.feesByAsset((asset) => ledger.assetCode(asset) ?? String(asset)),
    },
    position: mantissaText(ledger.positionQty(0, main.id, Leg.Net), main.qtyScale),
    pnl: money(rig.state, main, facts.firstPrice, market?.referencePrice() ?? 0),
    records: rig.state.record,
    hashes: { durable: rig.state.hash(), session: sessionHash(rig, journal) },
    verified: facts.verified,
    framesPerSecond: facts.framesPerSecond,
    framesPerSecondFirstPass: facts.framesPerSecondFirstPass,
    passes: facts.passes,
    elapsedMs: facts.elapsedMs,
  };
}

/** Covers every record byte for byte, D, and all of V: books to the last level, trades, bars, and the input count. */
export function sessionHash(rig: ReplayRig, journal: MemoryJournal): string {
  const parts = [journal.chain(), rig.state.hash(), rig.market.hash(), String(rig.engine.recorder.input)];
  return new Bun.CryptoHasher("sha256").update(parts.join("\n")).digest("hex");
}

function setAside({ rig, capture }: ReplayFacts): Record<string, number> {
  const out: Record<string, number> = {};
  if (capture.setAsideCount > 0) out["LineMalformed"] = capture.setAsideCount;
  for (const [code, { count }] of Object.entries(rig.decoder.stats.setAside())) out[code] = count;
  return out;
}

function unknownMessages(rig: ReplayRig): Problem[] {
  return Object.entries(rig.decoder.stats.setAside()).map(([code, { count, sample }]) => ({
    code,
    detail: `${count} frame${count === 1 ? "" : "s"} set aside; the first: ${sample}`,
    hint: "counted; the rest went on",
  }));
}

function bookCounts(market: InstrumentMarket | undefined) {
  const book = market?.book;
  return {
    depthSequenceGaps: book?.gaps ?? 0,
    depthApplied: book?.applied ?? 0,
    depthDropped: book?.dropped ?? 0,
    bboChecksAgainstBookTicker: market?.quoteCheck?.checks ?? 0,
    bboMismatches: market?.quoteCheck?.mismatches ?? 0,
  };
}

function tradeTotals(main: Instrument, market: InstrumentMarket | undefined) {
  const price = (mantissa: number) => mantissaText(mantissa, main.priceScale, main.priceDecimals);
  return {
    tradeIdGaps: market?.tradeIdGaps ?? 0,
    trades: market?.tradeCount ?? 0,
    tradeVolume: market === undefined ? "0" : wideText(market.volume, main.qtyScale, main.qtyDecimals),
    tradeQuoteVolume: market === undefined ? "0" : wideText(market.quoteVolume, main.priceScale + main.qtyScale),
    tradeHigh: price(market?.high ?? 0),
    tradeLow: price(market?.low ?? 0),
  };
}

function finalBook(main: Instrument, market: InstrumentMarket | undefined): FinalBook {
  const sync = market?.book;
  const book = sync?.book;
  const side = (which: BookSide): readonly [string, string] | null => {
    if (book === undefined || book.levels(which) === 0) return null;
    return [
      mantissaText(book.priceAt(which, 0), main.priceScale, main.priceDecimals),
      mantissaText(book.qtyAt(which, 0), main.qtyScale, main.qtyDecimals),
    ];
  };
  return {
    updateId: sync?.lastUpdateId ?? 0,
    bestBid: side(BookSide.Bid),
    bestAsk: side(BookSide.Ask),
    bidLevels: book?.levels(BookSide.Bid) ?? 0,
    askLevels: book?.levels(BookSide.Ask) ?? 0,
    flags: flagNames(sync?.flags ?? 0),
  };
}

function flagNames(flags: number): string[] {
  const bits = Object.values(BookFlag).filter((bit): bit is BookFlag => typeof bit === "number");
  return bits.filter((bit) => (flags & bit) !== 0).map((bit) => (BookFlag[bit] ?? "").toLowerCase());
}

function orderCounts(tally: ReplayTally): OrderCounts {
  const placed = tally.count(RecordKind.OrderIntent) + tally.count(RecordKind.OrderDenied);
  const withdrawn = tally.count(RecordKind.OrderWithdrawn);
  const canceled = tally.count(RecordKind.OrderCanceled);
  const expired = tally.count(RecordKind.OrderExpired);
  const rejected = tally.count(RecordKind.OrderRejected);
  const denied = tally.count(RecordKind.OrderDenied);
  const open = placed - denied - withdrawn - canceled - expired - rejected - tally.filledOrders;
  return {
    placed,
    denied,
    sent: tally.count(RecordKind.OrderSent),
    filled: tally.filledOrders,
    canceled,
    expired,
    rejected,
    unknown: tally.count(RecordKind.OrderUnknown),
    open: Math.max(0, open),
  };
}

/** Receive time minus the exchange's event time over all frames that carry one; negative when our clock is behind. */
function latency(capture: Capture): ReplayResult["latencyUs"] {
  const found: number[] = [];
  capture.texts.forEach((text, i) => {
    const at = text.indexOf('"E":');
    if (at < 0) return;
    const digits = /^\d+/.exec(text.slice(at + 4, at + 24))?.[0] ?? "";
    if (digits.length !== 13 && digits.length !== 16) return;
    const eventUs = Number(digits) * (digits.length === 13 ? 1_000 : 1); // number-ok: a time of 13 or 16 digits
    found.push((capture.receiveTimesUs[i] as number) - eventUs);
  });
  const sorted = Float64Array.from(found).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { min: at(0), p50: at(0.5), p99: at(0.99), max: at(1) };
}
