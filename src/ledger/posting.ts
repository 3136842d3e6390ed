/** The rows that one fill touches of one owner, the account or an instance: found once, asked for room, then moved. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { CashCause } from "../model/order.ts";
import { CashTable, type OpenRow } from "./cash.ts";
import type { Position } from "./position.ts";
import { type LedgerTables, NO_ASSET } from "./tables.ts";

export class Posting {
  #position: Position | undefined;
  #base: OpenRow | undefined;
  #money: OpenRow | undefined;
  #fee: OpenRow | undefined;
  readonly #none = new Wide();
  #account = 0;
  #instance = 0;
  #leg = 0;
  #baseAsset = NO_ASSET;
  #moneyAsset = NO_ASSET;
  #feeAsset = NO_ASSET;

  constructor(readonly tables: LedgerTables) {}

  /** `base` is NO_ASSET for contracts. Rows that do not exist are made when something is posted, not before. */
  find(
    account: number,
    instance: number,
    instrument: Instrument,
    leg: number,
    base: number,
    money: number,
    fee: number,
  ): void {
    const { cash, positions } = this.tables;
    assert(money >= 0 && fee >= 0, Code.ValueOutOfRange);
    this.#account = account;
    this.#instance = instance;
    this.#leg = leg;
    this.#baseAsset = base;
    this.#moneyAsset = money;
    this.#feeAsset = fee;
    this.#position = positions.find(account, instrument.id, leg, instance);
    this.#money = cash.find(account, money, instance);
    this.#base = base === NO_ASSET ? undefined : base === money ? this.#money : cash.find(account, base, instance);
    this.#fee = fee === money ? this.#money : fee === base ? this.#base : cash.find(account, fee, instance);
  }

  /** True when every sum that this fill touches stays in range: a fill is posted whole or not at all. */
  fits(qty: number, qtyScale: number, amount: Wide, base: Wide, fee: Wide): boolean {
    const row = this.#position;
    const inBase = this.#feeAsset === this.#baseAsset ? fee : this.#none;
    if (!this.tables.holdingFits(row?.holding, qty, qtyScale, inBase)) return false;
    if (row !== undefined && !row.hasRoom(amount, base)) return false;
    // Base, money and fee may be one asset: each row is asked for room for all of them.
    const others = Math.abs(amount.hi) + Math.abs(base.hi) + Math.abs(fee.hi);
    const moved = row === undefined ? amount : row.cost;
    if (!CashTable.fits(this.#fee, CashCause.Fee, moved, others)) return false;
    if (this.#baseAsset === NO_ASSET) return CashTable.fits(this.#money, CashCause.RealizedPnl, moved, others);
    if (!CashTable.fits(this.#base, CashCause.Trade, base, others)) return false;
    return CashTable.fits(this.#money, CashCause.Trade, moved, others);
  }

  /** The position, made at its first use. */
  position(instrument: Instrument): Position {
    const row = this.#position;
    if (row !== undefined) return row;
    return this.tables.positions.take(this.#account, instrument, this.#leg, this.#instance);
  }

  postBase(amount: Wide): void {
    const { cash } = this.tables;
    cash.add(this.#base ?? cash.take(this.#account, this.#baseAsset, this.#instance), CashCause.Trade, amount);
  }

  postMoney(cause: CashCause, amount: Wide): void {
    const { cash } = this.tables;
    cash.add(this.#money ?? cash.take(this.#account, this.#moneyAsset, this.#instance), cause, amount);
  }

  postFee(amount: Wide): void {
    const { cash } = this.tables;
    cash.add(this.#fee ?? cash.take(this.#account, this.#feeAsset, this.#instance), CashCause.Fee, amount);
  }
}
