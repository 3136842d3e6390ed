/** Derivatives of all accounts: positions, what they realise, margin they need, funding they pay. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Account } from "./account.ts";
import { type Amount, least, magnitude, most, over, rounded, times, whole, ZERO } from "./amount.ts";
import { type Instrument, worth } from "./instrument.ts";
import { isAlive, leavesOf, type Order, type OrderSpec, type Position, type PositionSide } from "./order.ts";
import { Refusal } from "./refusal.ts";
import type { RawFill, Settled, Settlement } from "./settlement.ts";
import { FEES, MARKET, type Wallets } from "./wallets.ts";

const CASH_DECIMALS = 8;

export interface MarginPicture {
  readonly wallet: Amount;
  readonly unrealised: Amount;
  readonly positionMargin: Amount;
  readonly orderMargin: Amount;
  /** What new orders may use; not below zero. */
  readonly available: Amount;
}

/** What the picture of margins needs of the rest of the venue. */
export interface PositionEnds {
  instrument(symbol: string): Instrument;
  mark(symbol: string): Amount | undefined;
  openOrders(account: string): Iterable<Order>;
}

export class Positions implements Settlement {
  /** `account` → `symbol side` → position. */
  readonly #positions = new Map<string, Map<string, Position>>();

  constructor(
    readonly wallets: Wallets,
    readonly ends: PositionEnds,
  ) {}

  of(account: string, symbol: string, side: PositionSide): Position {
    let own = this.#positions.get(account);
    if (own === undefined) {
      own = new Map();
      this.#positions.set(account, own);
    }
    const key = `${symbol} ${side}`;
    let position = own.get(key);
    if (position === undefined) {
      position = { symbol, side, qty: ZERO, entry: ZERO, realised: ZERO, updatedMs: 0 };
      own.set(key, position);
    }
    return position;
  }

  /** Of one symbol or of all, also those that are closed by now. */
  all(account: string, symbol?: string): Position[] {
    const own = [...(this.#positions.get(account)?.values() ?? [])];
    return symbol === undefined ? own : own.filter((position) => position.symbol === symbol);
  }

  /** How much of the position an order of this side can close at most. */
  closable(account: string, symbol: string, side: "buy" | "sell", positionSide: PositionSide): Amount {
    const { qty } = this.of(account, symbol, positionSide);
    return side === "sell" ? most(qty, ZERO) : most(-qty, ZERO);
  }

  check(account: Account, instrument: Instrument, spec: OrderSpec, cost: Amount): void {
    const side = spec.positionSide ?? "both";
    if (account.isHedged === (side === "both")) throw new Refusal("position-side");
    if (account.isHedged && spec.reduceOnly === true) throw new Refusal("reduce-only", "hedge");
    const closable = this.closable(account.name, instrument.symbol, spec.side, side);
    const closes = spec.reduceOnly === true || spec.closePosition === true || closesOf(spec.side, side);
    if (closes && closable === ZERO && spec.trigger === undefined) throw new Refusal("reduce-only");
    const qty = spec.qty ?? ZERO;
    if (closes && closesOf(spec.side, side) && qty > closable) throw new Refusal("reduce-only");
    if (closes || qty <= closable || spec.trigger !== undefined) return;
    const { leverage } = account.setting(instrument.symbol);
    const value = qty === ZERO ? ZERO : times(cost, over(qty - closable, qty));
    const need = over(value, whole(leverage)) + times(value, account.rate(instrument, false));
    if (need > this.margin(account, instrument.settle).available) throw new Refusal("margin");
  }

  lock(_: Account, instrument: Instrument, order: Order): void {
    // Margin of orders is counted, not moved: see `margin`.
    order.lockAsset = instrument.settle;
  }

  release(_: Account, order: Order): void {
    order.locked = ZERO;
  }

  affordable(): undefined {
    return undefined;
  }

  canCarry(account: Account, instrument: Instrument): boolean {
    const { wallet, unrealised, positionMargin, orderMargin } = this.margin(account, instrument.settle);
    return wallet + unrealised >= positionMargin + orderMargin;
  }

  fill(account: Account, instrument: Instrument, order: Order, fill: RawFill): Settled {
    const position = this.of(account.name, order.symbol, order.positionSide);
    const delta = order.side === "buy" ? fill.qty : -fill.qty;
    const pnl = rounded(applyFill(position, instrument, delta, fill.price), CASH_DECIMALS);
    position.realised += pnl;
    position.updatedMs = fill.timeMs;
    const { settle } = instrument;
    this.#settle(account.name, settle, pnl, MARKET);
    const rate = account.rate(instrument, fill.isMaker);
    const fee = rounded(times(fill.quote, rate), CASH_DECIMALS);
    this.#settle(account.name, settle, -fee, FEES);
    return { fee, feeAsset: settle, pnl, assets: [settle] };
  }

  /** What each position of the symbol pays (above zero) or gets at a funding time. */
  fund(account: Account, symbol: string, mark: Amount, rate: Amount): Amount {
    const instrument = this.ends.instrument(symbol);
    let paid = ZERO;
    for (const position of this.all(account.name, symbol)) {
      paid += rounded(times(worth(instrument, mark, position.qty), rate), CASH_DECIMALS);
    }
    this.#settle(account.name, instrument.settle, -paid, MARKET);
    return paid;
  }

  unrealised(position: Position): Amount {
    if (position.qty === ZERO) return ZERO;
    const instrument = this.ends.instrument(position.symbol);
    const mark = this.ends.mark(position.symbol) ?? position.entry;
    return rounded(worth(instrument, mark - position.entry, position.qty), CASH_DECIMALS);
  }

  /** Margin of a position at its mark and leverage. */
  positionMargin(account: Account, position: Position): Amount {
    const instrument = this.ends.instrument(position.symbol);
    const mark = this.ends.mark(position.symbol) ?? position.entry;
    const { leverage } = account.setting(position.symbol);
    return rounded(over(magnitude(worth(instrument, mark, position.qty)), whole(leverage)), CASH_DECIMALS);
  }

  margin(account: Account, asset: string): MarginPicture {
    const wallet = this.wallets.of(account.name, asset).free;
    let unrealised = ZERO;
    let positionMargin = ZERO;
    for (const position of this.all(account.name)) {
      if (this.ends.instrument(position.symbol).settle !== asset) continue;
      unrealised += this.unrealised(position);
      positionMargin += this.positionMargin(account, position);
    }
    const orderMargin = this.#orderMargin(account, asset);
    const available = most(wallet + unrealised - positionMargin - orderMargin, ZERO);
    return { wallet, unrealised, positionMargin, orderMargin, available };
  }

  /** Open orders that add to a position, each by its value over the leverage; the dearer side of a symbol counts. */
  #orderMargin(account: Account, asset: string): Amount {
    const sides = new Map<string, { buy: Amount; sell: Amount }>();
    for (const order of this.ends.openOrders(account.name)) {
      const instrument = this.ends.instrument(order.symbol);
      if (!isAlive(order) || order.status === "waiting" || order.reduceOnly || instrument.settle !== asset) continue;
      if (closesOf(order.side, order.positionSide)) continue;
      const { leverage } = account.setting(order.symbol);
      const key = `${order.symbol} ${order.positionSide}`;
      const sum = sides.get(key) ?? { buy: ZERO, sell: ZERO };
      sides.set(key, sum);
      sum[order.side] += over(worth(instrument, order.price, leavesOf(order)), whole(leverage));
    }
    let margin = ZERO;
    for (const [key, { buy, sell }] of sides) {
      const [symbol, side] = key.split(" ") as [string, PositionSide];
      const position = this.of(account.name, symbol, side);
      const held = this.positionMargin(account, position);
      // What only closes the position needs nothing until the position is gone.
      const opens =
        position.qty > ZERO
          ? most(buy, sell - held - held)
          : position.qty < ZERO
            ? most(sell, buy - held - held)
            : most(buy, sell);
      margin += most(opens, ZERO);
    }
    return rounded(margin, CASH_DECIMALS);
  }

  #settle(account: string, asset: string, amount: Amount, other: string): void {
    assert(account !== other, Code.InvariantBroken);
    if (amount >= ZERO) this.wallets.move(other, account, asset, amount);
    else this.wallets.move(account, other, asset, -amount, true);
  }
}

/** In hedge mode a sell of the long side, and a buy of the short side, only close. */
function closesOf(side: "buy" | "sell", positionSide: PositionSide): boolean {
  return (positionSide === "long" && side === "sell") || (positionSide === "short" && side === "buy");
}

/** Changes quantity and entry; answers what it realises. */
function applyFill(position: Position, instrument: Instrument, delta: Amount, price: Amount): Amount {
  const before = position.qty;
  const after = before + delta;
  const adds = before === ZERO || before > ZERO === delta > ZERO;
  let pnl = ZERO;
  if (adds) {
    const held = magnitude(before);
    position.entry = over(times(position.entry, held) + times(price, magnitude(delta)), held + magnitude(delta));
  } else {
    const closed = least(magnitude(before), magnitude(delta));
    pnl = worth(instrument, price - position.entry, before > ZERO ? closed : -closed);
    if (after === ZERO) position.entry = ZERO;
    else if (after > ZERO !== before > ZERO) position.entry = price;
  }
  position.qty = after;
  return pnl;
}
