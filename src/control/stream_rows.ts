/** Rows of the stream's channels: snapshots of all, and what has changed since the last look. */

import type { TradingRecord } from "../model/record.ts";
import type { ControlContext } from "./context.ts";
import { barView } from "./market_view.ts";
import type { BarView, ExecutionView, OrderView, PositionView, QuoteView, StatusView } from "./views.ts";

/** Ended orders and fills of a snapshot. */
const RECENT = 100;

export class StreamRows {
  /** Orders that changed and fills that came, since they were taken. */
  readonly #orders = new Set<number>();
  readonly #busts = new Set<number>();
  readonly #filled = new Map<string, readonly [account: number, instrument: number, leg: number]>();
  readonly #positions = new Map<string, string>();
  #fillsTaken: number;
  readonly #sequences: Float64Array;

  constructor(readonly ctx: ControlContext) {
    this.#fillsTaken = ctx.memory.fills.count;
    this.#sequences = new Float64Array(ctx.limits.instrumentsMax);
  }

  noteOrder(order: number): void {
    this.#orders.add(order);
  }

  /** A fill came or was taken back: its position changed. */
  noteFill({ account, instrument, leg }: Readonly<TradingRecord>): void {
    this.#filled.set(`${account}/${instrument}/${leg}`, [account, instrument, leg]);
  }

  /** A fill was taken back: its row is told again. */
  noteBust(record: number): void {
    this.#busts.add(record);
  }

  get hasOrders(): boolean {
    return this.#orders.size > 0;
  }

  get hasFills(): boolean {
    return this.#fillsTaken < this.ctx.memory.fills.count || this.#busts.size > 0;
  }

  /** Changed orders, oldest first, at most `limit`. */
  takeOrders(limit: number): OrderView[] {
    const rows: OrderView[] = [];
    for (const order of this.#orders) {
      if (rows.length >= limit) break;
      this.#orders.delete(order);
      const view = this.ctx.orders.order(order);
      if (view !== undefined) rows.push(view);
    }
    return rows;
  }

  takeFills(limit: number): ExecutionView[] {
    const { fills } = this.ctx.memory;
    const rows: ExecutionView[] = [];
    this.#fillsTaken = Math.max(this.#fillsTaken, fills.first);
    for (; this.#fillsTaken < fills.count && rows.length < limit; this.#fillsTaken++) {
      const fill = fills.at(this.#fillsTaken);
      if (fill !== undefined) rows.push(this.ctx.orders.execution(fill));
    }
    if (rows.length >= limit || this.#busts.size === 0) return rows;
    for (let at = fills.first; at < fills.count; at++) {
      const fill = fills.at(at);
      if (fill?.busted === true && this.#busts.has(fill.record)) rows.push(this.ctx.orders.execution(fill));
    }
    this.#busts.clear();
    return rows;
  }

  /** What nobody is told is forgotten. */
  dropOrdersAndFills(): void {
    this.#orders.clear();
    this.#busts.clear();
    this.#filled.clear();
    this.#fillsTaken = this.ctx.memory.fills.count;
  }

  /** Quotes whose cell was written since the last look. */
  takeQuotes(): QuoteView[] {
    const rows: QuoteView[] = [];
    for (const instrument of this.ctx.ports.state.instruments.all()) {
      const sequence = this.ctx.quotes.sequence(instrument.id);
      if (sequence === (this.#sequences[instrument.id] as number)) continue;
      this.#sequences[instrument.id] = sequence;
      rows.push(this.ctx.quotes.quote(instrument));
    }
    return rows;
  }

  /** Positions that read otherwise than at the last look: by fills or by prices. */
  takePositions(): PositionView[] {
    return this.ctx.money.positions().filter((view) => this.#isNews(view));
  }

  /** The same for those alone that were filled since. */
  takeFilledPositions(): PositionView[] {
    const { ledger } = this.ctx.ports.state;
    const rows: PositionView[] = [];
    for (const [account, instrument, leg] of this.#filled.values()) {
      const row = ledger.position(account, instrument, leg);
      const view = row === undefined ? undefined : this.ctx.money.position(row);
      if (view !== undefined && this.#isNews(view)) rows.push(view);
    }
    this.#filled.clear();
    return rows;
  }

  #isNews(view: PositionView): boolean {
    const key = `${view.account}/${view.instrument}/${view.leg}`;
    const text = JSON.stringify(view);
    if (this.#positions.get(key) === text) return false;
    this.#positions.set(key, text);
    return true;
  }

  quotes(): QuoteView[] {
    return this.ctx.ports.state.instruments.all().map((instrument) => this.ctx.quotes.quote(instrument));
  }

  bars(): BarView[] {
    const { instruments } = this.ctx.ports.state;
    return this.ctx.memory.lastBars().flatMap((bar) => {
      const instrument = instruments.get(bar.instrument);
      return instrument === undefined ? [] : [barView(instrument, bar)];
    });
  }

  /** The newest open orders, as many as a page holds, and the newest ended ones; oldest first. */
  orders(): OrderView[] {
    const { orders } = this.ctx.ports.state;
    const { pageRowsMax } = this.ctx.limits;
    const numbers: number[] = [];
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) numbers.push(order);
    for (let order = orders.firstHeldAll(); order !== 0; order = orders.nextHeldAll(order)) numbers.push(order);
    numbers.sort((a, b) => a - b);
    const chosen = new Set(numbers.slice(-pageRowsMax));
    for (let order = orders.nextOrder - 1, recent = 0; order >= 1 && recent < RECENT; order--, recent++) {
      chosen.add(order);
    }
    return [...chosen]
      .sort((a, b) => a - b)
      .map((order) => this.ctx.orders.order(order))
      .filter((view) => view !== undefined);
  }

  fills(): ExecutionView[] {
    return this.ctx.memory.fills.last(RECENT).map((fill) => this.ctx.orders.execution(fill));
  }

  status(): StatusView[] {
    return [this.ctx.system.status()];
  }
}
