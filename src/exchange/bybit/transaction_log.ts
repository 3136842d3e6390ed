/** The transaction log of the unified accounts: all that has moved their cash, trades too. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Amount, ZERO } from "../trading/amount.ts";
import type { Fill, PositionSide } from "../trading/order.ts";
import type { Update } from "../trading/update.ts";
import type { Category } from "./listing.ts";
import { sideWord, type Words } from "./words.ts";

/** Amounts are signed: what was added. */
export interface Entry {
  readonly id: string;
  readonly account: string;
  readonly timeMs: number;
  readonly type: string;
  readonly asset: string;
  readonly category: Category | undefined;
  readonly symbol: string;
  readonly side: string;
  readonly cashFlow: Amount;
  readonly funding: Amount;
  /** Positive: paid. */
  readonly fee: Amount;
  readonly balance: Amount;
  readonly fill: Fill | undefined;
  readonly tradeId: string;
}

type Movement = Pick<Entry, "type" | "asset" | "cashFlow" | "funding" | "fee"> & Partial<Entry>;

const ENTRIES_MAX = 20_000;
const FIRST_ID = 592_324_000_000;
const SIDES: readonly PositionSide[] = Object.freeze(["both", "long", "short"]);

export class TransactionLog {
  /** All accounts', oldest first; the oldest are forgotten. */
  readonly #entries: Entry[] = [];
  #next = FIRST_ID;

  constructor(readonly words: Words) {}

  /** One step of the core, once its balances stand. */
  add(update: Update): void {
    const { fill, delta, cause } = update;
    if (fill !== undefined) for (const part of this.#trade(fill)) this.#put(update, part);
    if (delta === undefined) return;
    const { asset, amount } = delta;
    if (cause === "funding") this.#put(update, this.#funding(update, asset, amount));
    else {
      const type = amount < ZERO ? "TRANSFER_OUT" : "TRANSFER_IN";
      this.#put(update, { type, asset, cashFlow: amount, funding: ZERO, fee: ZERO });
    }
  }

  /** Newest first. */
  of(account: string): Entry[] {
    return this.#entries.filter((entry) => entry.account === account).reverse();
  }

  #funding({ account, symbol = "" }: Update, asset: string, funding: Amount): Movement {
    const { category, symbol: name } = this.words.listed(symbol);
    const { positions } = this.words.venue;
    const held = SIDES.map((side) => positions.of(account, symbol, side).qty).find((qty) => qty !== ZERO) ?? ZERO;
    const side = held < ZERO ? "Sell" : "Buy";
    return { type: "SETTLEMENT", asset, category, symbol: name, side, cashFlow: ZERO, funding, fee: ZERO };
  }

  /** Of spot both coins, the fee with the one that it was taken in; of contracts what was realised, and the fee. */
  #trade(fill: Fill): Movement[] {
    const { category, symbol, instrument } = this.words.listed(fill.symbol);
    const tradeId = this.words.ids.execution(category, fill.tradeId, fill.isMaker);
    const common = { type: "TRADE", category, symbol, side: sideWord(fill.side), funding: ZERO, fill, tradeId };
    const feeIn = (asset: string) => (fill.feeAsset === asset ? fill.fee : ZERO);
    if (category === "linear") {
      const { settle } = instrument;
      return [{ ...common, asset: settle, cashFlow: fill.pnl, fee: feeIn(settle) }];
    }
    const isBuy = fill.side === "buy";
    const { base, quote } = instrument;
    return [
      { ...common, asset: base, cashFlow: isBuy ? fill.qty : -fill.qty, fee: feeIn(base) },
      { ...common, asset: quote, cashFlow: isBuy ? -fill.quote : fill.quote, fee: feeIn(quote) },
    ];
  }

  #put({ account, timeMs }: Update, part: Movement): void {
    assert(part.type !== "", Code.InvariantBroken);
    const { free, locked } = this.words.venue.wallets.of(account, part.asset);
    const bare = { category: undefined, symbol: "", side: "None", fill: undefined, tradeId: "" };
    const id = `${this.#next++}_${part.symbol ?? part.asset}`;
    this.#entries.push({ ...bare, ...part, id, account, timeMs, balance: free + locked });
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
  }
}
