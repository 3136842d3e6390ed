/** A synthetic market in Binance's words: depth diffs each 100 ms with dense ids, trades, best quotes, marks. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { mantissaText } from "../../core/decimal.ts";
import { SyntheticInstrument } from "../../match/synthetic.ts";
import type { SyntheticSide } from "../../match/synthetic_side.ts";
import type { SyntheticSink } from "../../match/synthetic_sink.ts";
import type { SyntheticSpec } from "../../match/synthetic_spec.ts";
import { defaultSpecs } from "../../match/synthetic_specs.ts";
import { FUNDING_SCALE, MARK_SCALE } from "../../model/market_slot.ts";
import { Side } from "../../model/order.ts";
import type { Frame, FrameKind } from "./frame.ts";
import type { Listing } from "./listing.ts";
import type { MarketData } from "./market_data.ts";
import type { FrameSource } from "./player.ts";

const DIFF_EVERY_US = 100_000;
const SNAPSHOT_LEVELS = 64;

/** All symbols of one market in the order of their times. */
export class SyntheticSource implements FrameSource {
  readonly ended = false;
  readonly share = 0;
  readonly listings: readonly Listing[];
  readonly #writers: readonly SymbolWriter[];
  readonly #ready: Frame[] = [];

  constructor(
    market: "spot" | "usdm",
    seed: number,
    readonly startMs: number,
    speed: number,
  ) {
    const startUs = Math.floor(startMs * 1_000);
    const specs = defaultSpecs().filter((spec) => (spec.perpetual === undefined) === (market === "spot"));
    this.#writers = specs.map(
      (spec, n) => new SymbolWriter({ ...spec, speed: Math.max(speed, 0.01) }, seed + n, startUs),
    );
    this.listings = this.#writers.map(({ listing }) => listing);
  }

  seedInto(data: MarketData): void {
    for (const writer of this.#writers) writer.seedInto(data);
  }

  next(timeMs: number): Frame | undefined {
    const waiting = this.#ready.shift();
    if (waiting !== undefined) return waiting;
    let first = this.#writers[0] as SymbolWriter;
    for (const writer of this.#writers) if (writer.nextDueUs() < first.nextDueUs()) first = writer;
    if (first.nextDueUs() > timeMs * 1_000) return undefined;
    this.#ready.push(...first.step());
    return this.#ready.shift();
  }
}

class SymbolWriter implements SyntheticSink {
  readonly listing: Listing;
  readonly #model: SyntheticInstrument;
  readonly #symbol: string;
  /** Levels that changed since the last diff: price mantissa → quantity mantissa. */
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  readonly #frames: Frame[] = [];
  #updateId: number;
  #diffedId: number;
  #diffDueUs: number;
  #tradeId = 0;
  #quote = "";

  constructor(
    readonly spec: SyntheticSpec,
    seed: number,
    startUs: number,
  ) {
    assert(Number.isSafeInteger(startUs), Code.ValueOutOfRange);
    this.#symbol = `${spec.base}${spec.quote}`;
    this.#model = new SyntheticInstrument(spec, seed, startUs);
    this.#updateId = Math.floor(startUs / 1_000);
    this.#diffedId = this.#updateId;
    this.#diffDueUs = startUs + DIFF_EVERY_US;
    const { base, quote } = spec;
    const [tickSize, stepSize] = [this.#price(spec.tick), this.#qty(spec.lot)];
    this.listing = { symbol: this.#symbol, base, quote, tickSize, stepSize, decimals: spec.priceDecimals };
  }

  seedInto(data: MarketData): void {
    const side = (levels: SyntheticSide) =>
      Array.from({ length: Math.min(levels.count, SNAPSHOT_LEVELS) }, (_, at): [string, string] => [
        this.#price(levels.priceAt(at)),
        this.#qty(levels.qtyAt(at)),
      ]);
    const { bids, asks } = this.#model;
    data.load(this.#symbol, { lastUpdateId: this.#updateId, bids: side(bids), asks: side(asks) });
  }

  nextDueUs(): number {
    return Math.min(this.#model.nextDueUs(), this.#diffDueUs);
  }

  /** What became of the one thing that is due. */
  step(): readonly Frame[] {
    this.#frames.length = 0;
    if (this.#diffDueUs <= this.#model.nextDueUs()) this.#diff();
    else this.#model.step(this);
    return this.#frames;
  }

  onBook(timeUs: number, sides: Uint8Array, prices: Float64Array, qtys: Float64Array, count: number): void {
    assert(count <= sides.length, Code.TableFull);
    this.#updateId++;
    for (let n = 0; n < count; n++) {
      const side = sides[n] === Side.Buy ? this.#bids : this.#asks;
      side.set(prices[n] as number, qtys[n] as number);
    }
    const { bids, asks } = this.#model;
    const quote = {
      u: this.#updateId,
      s: this.#symbol,
      b: this.#price(bids.priceAt(0)),
      B: this.#qty(bids.qtyAt(0)),
      a: this.#price(asks.priceAt(0)),
      A: this.#qty(asks.qtyAt(0)),
    };
    const text = `${quote.b} ${quote.B} ${quote.a} ${quote.A}`;
    if (text === this.#quote) return;
    this.#quote = text;
    const ms = Math.floor(timeUs / 1_000);
    const event = this.spec.perpetual === undefined ? quote : { e: "bookTicker", ...quote, T: ms, E: ms };
    this.#tell(timeUs, "bookTicker", event);
  }

  onTrade(timeUs: number, price: number, qty: number, taker: Side): void {
    const ms = Math.floor(timeUs / 1_000);
    const common = { e: "trade", E: ms, s: this.#symbol, t: ++this.#tradeId, p: this.#price(price), q: this.#qty(qty) };
    const end = { T: ms, m: taker === Side.Sell };
    this.#tell(
      timeUs,
      "trade",
      this.spec.perpetual === undefined ? { ...common, ...end, M: true } : { ...common, X: "MARKET", ...end },
    );
  }

  onMark(timeUs: number, mark: number, index: number, fundingRate: number, nextFundingUs: number): void {
    const [p, i] = [mantissaText(mark, MARK_SCALE), mantissaText(index, MARK_SCALE)];
    const [r, T] = [mantissaText(fundingRate, FUNDING_SCALE), Math.floor(nextFundingUs / 1_000)];
    const E = Math.floor(timeUs / 1_000);
    this.#tell(timeUs, "markPrice", { e: "markPriceUpdate", E, s: this.#symbol, p, i, P: p, r, T });
  }

  #diff(): void {
    const timeUs = this.#diffDueUs;
    this.#diffDueUs += DIFF_EVERY_US;
    if (this.#bids.size + this.#asks.size === 0) return;
    const ms = Math.floor(timeUs / 1_000);
    const side = (levels: ReadonlyMap<number, number>) =>
      [...levels].map(([price, qty]) => [this.#price(price), this.#qty(qty)]);
    const head = { e: "depthUpdate", E: ms, ...(this.spec.perpetual === undefined ? {} : { T: ms }), s: this.#symbol };
    const ids = { U: this.#diffedId + 1, u: this.#updateId };
    const before = this.spec.perpetual === undefined ? {} : { pu: this.#diffedId };
    this.#tell(timeUs, "depth", { ...head, ...ids, ...before, b: side(this.#bids), a: side(this.#asks) });
    this.#diffedId = this.#updateId;
    this.#bids.clear();
    this.#asks.clear();
  }

  #tell(timeUs: number, kind: FrameKind, event: object): void {
    this.#frames.push({ timeMs: timeUs / 1_000, kind, symbol: this.#symbol, data: JSON.stringify(event) });
  }

  #price(mantissa: number): string {
    return decimals(mantissaText(mantissa, this.spec.priceScale), this.spec.priceDecimals);
  }

  #qty(mantissa: number): string {
    return decimals(mantissaText(mantissa, this.spec.qtyScale), this.spec.qtyDecimals);
  }
}

/** As many decimals as the venue writes; what is cut off is zeros. */
function decimals(text: string, count: number): string {
  const [whole = "0", fraction = ""] = text.split(".");
  const kept = fraction.slice(0, count).padEnd(count, "0");
  assert(/^0*$/.test(fraction.slice(count)), Code.NumberPrecision);
  return count === 0 ? whole : `${whole}.${kept}`;
}
