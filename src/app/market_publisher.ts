/** Market data out of the engine thread: board cells at a steady pace, closed bars, and a book when somebody asks. */

import type { ClosedBar } from "../control/listener.ts";
import type { BookView } from "../control/views.ts";
import { mantissaText, wideText } from "../core/decimal.ts";
import type { BarSeries } from "../market/bar_series.ts";
import { BookSide } from "../market/book.ts";
import type { InstrumentMarket, MarketState } from "../market/market.ts";
import type { Instrument } from "../model/instrument.ts";
import { BoardColumn, type MarketBoard } from "../ring/board.ts";
import type { MarketFigures } from "./thread_messages.ts";

/** Bars that are kept for everybody, whoever trades: seconds for the page, minutes for the interface. */
const INTERVALS_US: readonly number[] = [1_000_000, 60_000_000];
/** Instruments whose bars are kept without being asked for. */
const BARRED_MAX = 64;

interface Watched {
  readonly instrument: number;
  readonly intervalUs: number;
  readonly series: BarSeries;
  lastStartUs: number;
}

export class MarketPublisher {
  readonly #bars: Watched[] = [];
  readonly #known: (InstrumentMarket | undefined)[] = [];

  constructor(
    readonly market: MarketState,
    readonly board: MarketBoard,
  ) {}

  /** Begins to publish an instrument. */
  add(instrument: number): void {
    if (this.#known[instrument] !== undefined) return;
    const market = this.market.instrument(instrument);
    if (market === undefined) return;
    this.#known[instrument] = market;
    if (instrument >= BARRED_MAX) return;
    for (const intervalUs of INTERVALS_US) {
      const series = market.bars(intervalUs);
      this.#bars.push({ instrument, intervalUs, series, lastStartUs: newest(series) });
    }
  }

  /** Writes every cell: readers see whether anything changed by comparing. */
  publish(): void {
    for (let id = 0; id < this.#known.length; id++) {
      const market = this.#known[id];
      if (market !== undefined) this.#write(id, market);
    }
  }

  /** Bars that closed since the last call, oldest first. */
  closedBars(): ClosedBar[] {
    const closed: ClosedBar[] = [];
    for (const watched of this.#bars) {
      const { series } = watched;
      let back = 0;
      while (back < series.length && series.startUs(back) > watched.lastStartUs) back++;
      while (--back >= 0) closed.push(barOf(watched, back));
      watched.lastStartUs = newest(series);
    }
    return closed;
  }

  /** Best levels first; undefined when the instrument has no book. */
  book(instrument: Instrument, levels: number): BookView | undefined {
    const sync = this.market.instrument(instrument.id)?.book;
    if (sync === undefined) return undefined;
    const { name, priceScale, qtyScale } = instrument;
    const side = (which: BookSide) =>
      Array.from({ length: Math.min(levels, sync.book.levels(which)) }, (_, depth): [string, string] => [
        mantissaText(sync.book.priceAt(which, depth), priceScale),
        mantissaText(sync.book.qtyAt(which, depth), qtyScale),
      ]);
    const us = sync.updateTimeUs;
    const time = us === 0 ? null : { iso: new Date(us / 1_000).toISOString(), us }; // det-ok: a time as text
    const { valid, lastUpdateId: updateId } = sync;
    return { instrument: name, valid, updateId, bids: side(BookSide.Bid), asks: side(BookSide.Ask), time };
  }

  /** What came in so far, instrument by instrument. */
  figures(): MarketFigures[] {
    return this.#known.flatMap((market) => (market === undefined ? [] : [figuresOf(market)]));
  }

  #write(id: number, market: InstrumentMarket): void {
    const { board } = this;
    board.begin(id);
    board.set(id, BoardColumn.Flags, market.book?.valid === true ? 1 : 0);
    board.set(id, BoardColumn.BidPrice, market.bidPrice);
    board.set(id, BoardColumn.BidQty, market.bidQty);
    board.set(id, BoardColumn.AskPrice, market.askPrice);
    board.set(id, BoardColumn.AskQty, market.askQty);
    board.set(id, BoardColumn.LastPrice, market.lastPrice);
    board.set(id, BoardColumn.LastQty, market.lastQty);
    board.set(id, BoardColumn.QuoteTimeUs, market.quoteTimeUs);
    board.set(id, BoardColumn.TradeTimeUs, market.lastTradeTimeUs);
    board.set(id, BoardColumn.MarkPrice, market.referencePrice());
    board.end(id);
  }
}

function newest(series: BarSeries): number {
  return series.length > 0 ? series.startUs(0) : 0;
}

function barOf({ instrument, intervalUs, series }: Watched, back: number): ClosedBar {
  return {
    instrument,
    intervalUs,
    startUs: series.startUs(back),
    open: series.open(back),
    high: series.high(back),
    low: series.low(back),
    close: series.close(back),
    volume: series.volume(back),
    count: series.count(back),
  };
}

function figuresOf(market: InstrumentMarket): MarketFigures {
  const { name, priceScale, qtyScale } = market.instrument;
  const { book, tradeCount, tradeIdGaps } = market;
  return {
    instrument: name,
    trades: tradeCount,
    volume: wideText(market.volume, qtyScale),
    quoteVolume: wideText(market.quoteVolume, priceScale + qtyScale),
    high: mantissaText(market.high, priceScale),
    low: mantissaText(market.low, priceScale),
    tradeIdGaps,
    bookValid: book?.valid === true,
    bookUpdateId: book?.lastUpdateId ?? -1,
    bookApplied: book?.applied ?? 0,
    bookGaps: book?.gaps ?? 0,
    bookSnapshots: book?.snapshots ?? 0,
  };
}
