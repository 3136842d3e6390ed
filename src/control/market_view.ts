/** Market views: instruments, quotes from the board, bars. Pure functions of what is given. */

import { mantissaTextShort } from "../core/decimal.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind } from "../model/order.ts";
import { BoardCell, BoardColumn, type MarketBoard } from "../ring/board.ts";
import type { ClosedBar } from "./listener.ts";
import { timeframeText, timeOf, timeOrNull } from "./time.ts";
import type { BarView, InstrumentView, QuoteView } from "./views.ts";

const KINDS = {
  [InstrumentKind.Spot]: "spot",
  [InstrumentKind.LinearPerpetual]: "linear-perpetual",
  [InstrumentKind.InversePerpetual]: "inverse-perpetual",
} as const;

/** A limit of 0 means that the venue states none: shown as 0. */
export function instrumentView(instrument: Instrument): InstrumentView {
  const { priceScale, qtyScale } = instrument;
  return {
    id: instrument.id,
    name: instrument.name,
    venue: instrument.venue,
    venueSymbol: instrument.venueSymbol,
    kind: KINDS[instrument.kind],
    base: instrument.base,
    quote: instrument.quote,
    settle: instrument.settle,
    ...(instrument.contractSize === undefined
      ? {}
      : { contractSize: mantissaTextShort(instrument.contractSize, instrument.contractScale ?? 0) }),
    tick: mantissaTextShort(instrument.tick, priceScale),
    lot: mantissaTextShort(instrument.lot, qtyScale),
    qtyMin: mantissaTextShort(instrument.qtyMin, qtyScale),
    qtyMax: mantissaTextShort(instrument.qtyMax, qtyScale),
    notionalMin: mantissaTextShort(instrument.notionalMin, priceScale + qtyScale),
    revision: instrument.revision,
  };
}

/** Reads cells into one that is reused. */
export class QuoteReader {
  readonly #cell = new BoardCell();

  constructor(
    readonly state: DurableState,
    readonly board: MarketBoard,
  ) {}

  /** Sequence of the cell; 0 = never written. Rises with every write. */
  sequence(instrument: number): number {
    return this.board.read(instrument, this.#cell) ? this.#cell.sequence : 0;
  }

  quote(instrument: Instrument): QuoteView {
    if (!this.board.read(instrument.id, this.#cell)) this.#cell.columns.fill(0);
    const { columns } = this.#cell;
    const price = (column: BoardColumn) => decimalOrNull(columns[column] as number, instrument.priceScale);
    const qty = (column: BoardColumn) => decimalOrNull(columns[column] as number, instrument.qtyScale);
    const quoteUs = columns[BoardColumn.QuoteTimeUs] as number;
    return {
      instrument: instrument.name,
      valid: ((columns[BoardColumn.Flags] as number) & 1) !== 0,
      bidPrice: price(BoardColumn.BidPrice),
      bidQty: qty(BoardColumn.BidQty),
      askPrice: price(BoardColumn.AskPrice),
      askQty: qty(BoardColumn.AskQty),
      lastPrice: price(BoardColumn.LastPrice),
      lastQty: qty(BoardColumn.LastQty),
      time: timeOrNull(Math.max(quoteUs, columns[BoardColumn.TradeTimeUs] as number)),
    };
  }

  /** Middle of the best quote, else the last trade; twice the price as a mantissa, so that it is exact. 0 = none. */
  doubleMark(instrument: number): number {
    if (!this.board.read(instrument, this.#cell)) return 0;
    const { columns } = this.#cell;
    const bid = columns[BoardColumn.BidPrice] as number;
    const ask = columns[BoardColumn.AskPrice] as number;
    if (isPrice(bid) && isPrice(ask)) return bid + ask;
    const last = columns[BoardColumn.LastPrice] as number;
    return isPrice(last) ? 2 * last : 0;
  }

  /** Middle, or last trade, as a price for the gate's dry run; rounded down to a mantissa. And when it was. */
  reference(instrument: number): { readonly price: number; readonly timeUs: number } {
    const price = Math.floor(this.doubleMark(instrument) / 2);
    if (price === 0) return { price: 0, timeUs: 0 };
    const { columns } = this.#cell;
    const isQuoted =
      isPrice(columns[BoardColumn.BidPrice] as number) && isPrice(columns[BoardColumn.AskPrice] as number);
    return { price, timeUs: columns[isQuoted ? BoardColumn.QuoteTimeUs : BoardColumn.TradeTimeUs] as number };
  }
}

export function barView(instrument: Instrument, bar: ClosedBar): BarView {
  const price = (mantissa: number) => mantissaTextShort(mantissa, instrument.priceScale);
  return {
    instrument: instrument.name,
    tf: timeframeText(bar.intervalUs),
    start: timeOf(bar.startUs),
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: mantissaTextShort(bar.volume, instrument.qtyScale),
    trades: bar.count,
    closed: true,
  };
}

function isPrice(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && value < 2_251_799_813_685_248;
}

function decimalOrNull(mantissa: number, scale: number): string | null {
  return Number.isSafeInteger(mantissa) && mantissa > 0 ? mantissaTextShort(mantissa, scale) : null;
}
