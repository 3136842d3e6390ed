/** The trading side of one simulated venue: accounts, orders, matching, balances, positions, and what it tells of them. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Account, type AccountSpec } from "./account.ts";
import { AlgoDesk } from "./algo_desk.ts";
import { type Amount, amount, amountOf, magnitude, ZERO } from "./amount.ts";
import { Countdowns } from "./countdowns.ts";
import type { Instrument } from "./instrument.ts";
import type { MarketView } from "./market_view.ts";
import { isAlive, type Order, type OrderSpec, type Side } from "./order.ts";
import type { Amendment } from "./order_flow.ts";
import { OrderFlow } from "./order_flow.ts";
import { type OrderRef, OrderStore } from "./order_store.ts";
import { Positions } from "./positions.ts";
import { Refusal } from "./refusal.ts";
import { SpotSettlement } from "./spot_settlement.ts";
import { Symbols } from "./symbols.ts";
import type { Update, UpdateListener } from "./update.ts";
import type { VenueRules } from "./venue_rules.ts";
import { MARKET, OUTSIDE, Wallets } from "./wallets.ts";

export class TradingVenue {
  readonly wallets = new Wallets();
  readonly symbols = new Symbols();
  readonly orders: OrderStore;
  readonly positions: Positions;
  readonly algos: AlgoDesk;
  readonly countdowns: Countdowns;
  readonly #flow: OrderFlow;
  readonly #accounts = new Map<string, Account>();
  readonly #listeners = new Set<UpdateListener>();

  constructor(
    readonly rules: VenueRules,
    /** Milliseconds since the epoch by the venue's clock. */
    readonly nowMs: () => number,
  ) {
    this.orders = new OrderStore(rules.isClientIdForever);
    this.positions = new Positions(this.wallets, {
      instrument: (symbol) => this.symbols.instrument(symbol),
      mark: (symbol) => this.symbols.view(symbol).mark(),
      openOrders: (account) => this.orders.open(account),
    });
    this.algos = new AlgoDesk(
      {
        nowMs,
        watched: (symbol, source) => this.symbols.watched(symbol, source),
        place: (account, spec) => this.place(this.account(account), spec),
        tell: (algo) =>
          this.#tell({ timeMs: nowMs(), account: algo.account, cause: "algo", algo, assets: [], positions: [] }),
      },
      rules.firstAlgoId,
    );
    this.countdowns = new Countdowns();
    const spot = new SpotSettlement(this.wallets, (asset, quote) => this.symbols.lastOf(asset, quote));
    this.#flow = new OrderFlow({
      rules,
      nowMs,
      symbols: this.symbols,
      orders: this.orders,
      settlement: (instrument) => (instrument.kind === "spot" ? spot : this.positions),
      closable: (order) => this.positions.closable(order.account, order.symbol, order.side, order.positionSide),
      account: (name) => this.account(name),
      tell: (update) => this.#tell(update),
    });
  }

  get accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  /** Throws when there is none: names come from keys that were found. */
  account(name: string): Account {
    const found = this.#accounts.get(name);
    assert(found !== undefined, Code.InvariantBroken);
    return found;
  }

  addSymbol(instrument: Instrument, view: MarketView): void {
    this.symbols.add(instrument, view);
  }

  /** Deposits its balances. */
  addAccount(spec: AccountSpec): Account {
    assert(!this.#accounts.has(spec.name), Code.ValueOutOfRange);
    const { makerRate, takerRate } = this.rules;
    const account = new Account(spec, this.rules.firstAccountId + this.#accounts.size, makerRate, takerRate);
    this.#accounts.set(spec.name, account);
    for (const [asset, text] of Object.entries(spec.balances)) this.deposit(account, asset, amount(text));
    return account;
  }

  /** Below zero: a withdrawal. Throws Refusal `balance`. */
  deposit(account: Account, asset: string, delta: Amount): void {
    const { name } = account;
    if (delta < ZERO && this.wallets.of(name, asset).free < -delta) throw new Refusal("balance", asset);
    if (delta < ZERO) this.wallets.move(name, OUTSIDE, asset, magnitude(delta));
    else this.wallets.move(OUTSIDE, name, asset, delta);
    const cause = delta < ZERO ? "withdraw" : "deposit";
    const common = { timeMs: this.nowMs(), account: name, assets: [asset], positions: [] };
    this.#tell({ ...common, cause, delta: { asset, amount: delta } });
  }

  /** As an operator writes it; answers what is wrong. */
  depositText(account: string, asset: string, text: string): string | undefined {
    if (!this.#accounts.has(account)) return "no such account";
    const delta = amountOf(text);
    if (delta === undefined || !/^[A-Z0-9]{1,20}$/.test(asset)) return "asset and amount (a decimal text) are expected";
    try {
      this.deposit(this.account(account), asset, delta);
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return "there is not so much of it";
      throw error;
    }
  }

  /** Told of everything, in order, at once. Answers how to stop. */
  listen(listener: UpdateListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Throws Refusal. The order that is answered has taken what it could, and rests, waits or has ended. */
  place(account: Account, spec: OrderSpec): Order {
    return this.#flow.place(account, spec);
  }

  /** All checks of `place`, and nothing done. Throws Refusal. */
  check(account: Account, spec: OrderSpec): void {
    this.#flow.check(account, spec);
  }

  /** `requestId`: the client id of the cancel itself. Throws Refusal `unknown-order`. */
  cancel(account: Account, symbol: string | undefined, ref: OrderRef, requestId = ""): Order {
    const order = this.orders.find(account.name, symbol, ref);
    if (order === undefined) throw new Refusal("unknown-order");
    if (!isAlive(order)) throw new Refusal("not-open");
    this.#flow.cancel(order, "user", requestId);
    return order;
  }

  cancelAll(account: Account, symbol?: string, reason: "user" | "countdown" = "user"): Order[] {
    const open = this.orders.open(account.name, symbol);
    for (const order of open) if (isAlive(order)) this.#flow.cancel(order, reason, "");
    return open;
  }

  /** Cancels an order for a reason of the dialect's own (the sibling in an order list). */
  expire(order: Order, reason: "sibling" | "too-old"): void {
    if (isAlive(order)) this.#flow.expire(order, reason);
  }

  /** Less at the same price keeps its place, anything else goes to the back and may take. Throws Refusal. */
  amend(account: Account, symbol: string | undefined, ref: OrderRef, change: Amendment): Order {
    const order = this.orders.find(account.name, symbol, ref);
    if (order === undefined) throw new Refusal("unknown-order");
    if (!isAlive(order)) throw new Refusal("not-open");
    this.#flow.amend(account, order, change);
    return order;
  }

  /** A waiting order goes to work although its trigger has not fired: the second leg of an order list. */
  release(order: Order): void {
    this.#flow.release(order);
  }

  setLeverage(account: Account, symbol: string, leverage: number): void {
    if (!Number.isInteger(leverage) || leverage < 1 || leverage > this.rules.leverageMax) throw new Refusal("leverage");
    this.symbols.instrument(symbol);
    account.setting(symbol).leverage = leverage;
    this.#tellSetting(account, symbol, "leverage");
  }

  /** Throws Refusal: `no-change`, `open-position`, `open-orders`. */
  setIsolated(account: Account, symbol: string, isIsolated: boolean): void {
    const setting = account.setting(symbol);
    if (setting.isIsolated === isIsolated) throw new Refusal("no-change");
    this.#mustBeIdle(account, symbol);
    setting.isIsolated = isIsolated;
  }

  /** Throws Refusal: `no-change`, `open-position`, `open-orders`. */
  setHedged(account: Account, isHedged: boolean): void {
    if (account.isHedged === isHedged) throw new Refusal("no-change");
    this.#mustBeIdle(account, undefined);
    account.isHedged = isHedged;
  }

  /** The displayed book of a symbol has changed. */
  onBook(symbol: string): void {
    this.#flow.onBook(symbol);
  }

  /** A public trade. */
  onTrade(symbol: string, price: Amount, qty: Amount, takerSide: Side): void {
    this.#flow.onTrade(symbol, price, qty, takerSide);
    this.algos.look(symbol);
  }

  onMark(symbol: string): void {
    this.#flow.onPrice(symbol);
    this.algos.look(symbol);
  }

  /** A funding time of the symbol: positions pay `rate` of their value, shorts get it. */
  fund(symbol: string, mark: Amount, rate: Amount): void {
    const { settle } = this.symbols.instrument(symbol);
    for (const account of this.#accounts.values()) {
      const held = this.positions.all(account.name, symbol).filter(({ qty }) => qty !== ZERO);
      if (held.length === 0) continue;
      const paid = this.positions.fund(account, symbol, mark, rate);
      const common = { timeMs: this.nowMs(), account: account.name, assets: [settle], symbol };
      this.#tell({ ...common, positions: [], cause: "funding", delta: { asset: settle, amount: -paid } });
    }
  }

  /** Does what is due by now: orders that are too old, countdowns. Call it every few milliseconds. */
  advance(): void {
    const now = this.nowMs();
    for (const { account, symbol } of this.countdowns.due(now)) {
      // Conditional orders apart from the book are not its matter: venues say "open orders", and mean those.
      this.cancelAll(this.account(account), symbol, "countdown");
    }
    this.#flow.expireOld(now);
  }

  #mustBeIdle(account: Account, symbol: string | undefined): void {
    if (this.positions.all(account.name, symbol).some(({ qty }) => qty !== ZERO)) throw new Refusal("open-position");
    if (this.orders.open(account.name, symbol).length > 0) throw new Refusal("open-orders");
  }

  #tellSetting(account: Account, symbol: string, cause: "leverage"): void {
    this.#tell({ timeMs: this.nowMs(), account: account.name, cause, assets: [], positions: [], symbol });
  }

  #tell(update: Update): void {
    assert(update.account !== MARKET, Code.InvariantBroken);
    for (const listener of this.#listeners) listener(update);
  }
}
