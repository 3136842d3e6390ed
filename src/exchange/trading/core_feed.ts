/** The feed into a trading core: its books, trades and marks, and funding where a mark says that it was due. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Message, wholeOf } from "../message.ts";
import type { SymbolMarket, Taken } from "../symbol_market.ts";
import { amountOf, over } from "./amount.ts";
import type { TradingVenue } from "./trading_venue.ts";

interface LastMark {
  readonly dueMs: number;
  readonly mark: string;
  readonly rate: string;
}

export class CoreFeed {
  /** By symbol: next funding time, and the last mark before it. */
  readonly #funding = new Map<string, LastMark>();

  constructor(readonly core: TradingVenue) {}

  /** `symbol`: as the core calls it. Quantities of the feed count the base, those of the core contracts. */
  onFrame(symbol: string, taken: Taken, market: SymbolMarket): void {
    const { core } = this;
    assert(core.symbols.has(symbol), Code.InvariantBroken);
    if (taken === "book" || taken === "diff") core.onBook(symbol);
    if (taken === "trade") {
      const trade = market.trades.at(-1);
      const price = amountOf(trade?.price);
      const qty = amountOf(trade?.qty);
      if (trade === undefined || price === undefined || qty === undefined) return;
      const { contractSize } = core.symbols.instrument(symbol);
      core.onTrade(symbol, price, over(qty, contractSize), trade.buyerIsMaker ? "sell" : "buy");
    }
    if (taken !== "mark" || core.symbols.instrument(symbol).kind === "spot") return;
    this.#fund(symbol, market.mark);
    core.onMark(symbol);
  }

  /** A mark whose next funding time has moved on: the one before is due, at the last mark before it. */
  #fund(symbol: string, message: Message | undefined): void {
    const dueMs = wholeOf(message?.T);
    if (message === undefined || dueMs === undefined || typeof message.p !== "string") return;
    const rate = typeof message.r === "string" ? message.r : "0";
    const before = this.#funding.get(symbol);
    this.#funding.set(symbol, { dueMs, mark: message.p, rate });
    if (before === undefined || before.dueMs >= dueMs) return;
    const mark = amountOf(before.mark);
    const share = amountOf(before.rate);
    if (mark !== undefined && share !== undefined) this.core.fund(symbol, mark, share);
  }
}
