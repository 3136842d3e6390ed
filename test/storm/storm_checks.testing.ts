/** What must hold at every step of a storm, and what must be equal at its end: measured by the venue's truth. */

import { Wide } from "../../src/core/wide.ts";
import { type ClientOrderParts, parseClientOrderId } from "../../src/model/client_order_id.ts";
import { isTerminal, OrderState, Side } from "../../src/model/order.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../../src/model/record.ts";
import type { FaultVenue } from "../../src/venue/sim/fault_venue.ts";
import type { TruthOrder } from "../../src/venue/sim/venue_ledger.ts";
import type { StormSession } from "./storm_session.testing.ts";
import { ASSETS, INSTRUMENTS, PAID, PERPETUAL, type PositionLimit, SPOT } from "./storm_world.testing.ts";

export class StormViolation extends Error {
  constructor(
    readonly check: string,
    readonly detail: string,
  ) {
    super(`${check}: ${detail}`);
  }
}

/** A request that has left and has not arrived. */
interface InFlight {
  readonly order: number;
  readonly attempt: number;
  readonly instrument: number;
  readonly side: number;
  readonly qty: number;
  readonly untilUs: number;
}

export class StormChecks {
  readonly #sent = new Set<string>();
  readonly #submitted = new Set<number>();
  /** Our orders at the venue, by our number. */
  readonly #truths = new Map<number, TruthOrder>();
  readonly #touched = new Set<number>();
  readonly #parts: ClientOrderParts = { node: 0, epoch: 0, instance: 0, order: 0 };
  #inFlight: InFlight[] = [];
  #submissionsSeen = 0;
  #replacementsSeen = 0;
  /** Largest exposure seen, as a share of its limit: a storm that never comes near proves nothing. */
  nearest = 0;

  constructor(
    readonly venue: FaultVenue,
    readonly limits: readonly PositionLimit[],
    /** Somebody else trades on the account: its exposure is not ours to bound. */
    readonly hasStrangers: boolean,
    /** Money moves without a word: what is missing then must be named, exactly. */
    readonly hasPayments: boolean,
  ) {}

  /** The engine lets an opening effect go. */
  onOpen(session: StormSession, effect: Readonly<TradingRecord>): void {
    const { journal } = session;
    const key = `${effect.order}/${effect.attempt}`;
    const name = `${RecordKind[effect.kind]} ${key}`;
    if (journal.killed || Atomics.load(session.killWord, 0) !== 0) throw new StormViolation("sent while killed", name);
    const intent = journal.intents.get(key);
    if (intent === undefined) throw new StormViolation("sent without a record", name);
    if (intent < 0) throw new StormViolation("two intents", name);
    if (intent > journal.synced) throw new StormViolation("sent before it was durable", name);
    if (this.#sent.has(key)) throw new StormViolation("sent twice", name);
  }

  /** The gateway has taken it: from now on it may arrive. */
  onSent(effect: Readonly<TradingRecord>, validityUs: number): void {
    const { order, attempt, instrument, side, qty } = effect;
    this.#sent.add(`${order}/${attempt}`);
    this.#inFlight.push({ order, attempt, instrument, side, qty, untilUs: this.venue.nowUs() + validityUs });
  }

  onRecord(record: Readonly<TradingRecord>): void {
    if (record.order !== 0) this.#touched.add(record.order);
  }

  /** After each step of the engine; `session` is undefined while no engine lives. */
  step(session: StormSession | undefined): void {
    this.#readArrivals();
    if (session !== undefined) this.#checkTerminals(session);
    if (!this.hasStrangers) this.#checkExposure(session);
  }

  /** What differs between us and the venue, in words; empty when nothing does. */
  differences(session: StormSession): string[] {
    const found: string[] = [];
    this.#compareOrders(session, found);
    this.#compareFills(session, found);
    const { ledger } = session.state;
    for (const { id, name } of INSTRUMENTS) {
      const ours = ledger.positionQty(0, id, 0);
      const theirs = this.venue.ledger.positionQty(id);
      const broken = session.state.readiness.breakOf(0, id, 0);
      if (broken !== undefined) found.push(`position of ${name} is broken: ${JSON.stringify(broken)}`);
      if (ours !== theirs) found.push(`position of ${name}: ours ${ours}, theirs ${theirs}`);
    }
    this.#compareCash(session, found);
    return found;
  }

  #readArrivals(): void {
    const { submissions, replacements, orders } = this.venue.ledger;
    for (; this.#submissionsSeen < submissions.length; this.#submissionsSeen++) {
      const clientId = submissions[this.#submissionsSeen] as string;
      if (!parseClientOrderId(clientId, this.#parts)) continue;
      const { order } = this.#parts;
      if (this.#submitted.has(order)) throw new StormViolation("submitted twice", `order ${order} as ${clientId}`);
      this.#submitted.add(order);
      const truth = orders.get(clientId);
      if (truth !== undefined) this.#truths.set(order, truth);
      this.#inFlight = this.#inFlight.filter((sent) => sent.order !== order || sent.attempt !== 1);
    }
    for (; this.#replacementsSeen < replacements.length; this.#replacementsSeen++) {
      const [clientId = "", attempt] = (replacements[this.#replacementsSeen] as string).split("/");
      if (!parseClientOrderId(clientId, this.#parts)) continue;
      const { order } = this.#parts;
      this.#inFlight = this.#inFlight.filter((sent) => sent.order !== order || String(sent.attempt) !== attempt);
    }
  }

  #checkTerminals(session: StormSession): void {
    const { orders } = session.state;
    for (const order of this.venue.ledger.live) {
      if (!parseClientOrderId(order.clientId, this.#parts)) continue;
      const number = this.#parts.order;
      if (!orders.has(number)) throw new StormViolation("forgotten", `order ${number} is open at the venue`);
      const state = orders.state(number);
      if (isTerminal(state)) {
        throw new StormViolation("wrong end", `order ${number} is ${OrderState[state]} here and open at the venue`);
      }
    }
    for (const number of this.#touched) {
      if (!this.#truths.has(number) || !orders.has(number)) continue;
      const state = orders.state(number);
      const isNever = state === OrderState.Rejected || state === OrderState.NeverAccepted;
      if (isNever || state === OrderState.Denied || state === OrderState.Withdrawn) {
        throw new StormViolation("wrong end", `order ${number} is ${OrderState[state]} here, and was at the venue`);
      }
    }
    this.#touched.clear();
  }

  /** Position, what rests, and what may still arrive: with all of it the account stays within its limits. */
  #checkExposure(session: StormSession | undefined): void {
    const { ledger } = this.venue;
    const nowUs = this.venue.nowUs();
    if (this.#inFlight.length > 0) this.#inFlight = this.#inFlight.filter((sent) => sent.untilUs >= nowUs);
    for (const { id, name } of INSTRUMENTS) {
      let buy = 0;
      let sell = 0;
      for (const order of ledger.live) {
        if (order.instrument !== id) continue;
        if (order.side === Side.Buy) buy += order.qty - order.cumQty;
        else sell += order.qty - order.cumQty;
      }
      for (const sent of this.#inFlight) {
        if (sent.instrument !== id) continue;
        const more = sent.attempt === 1 ? sent.qty : this.#moreBy(sent);
        if (sent.side === Side.Buy) buy += more;
        else sell += more;
      }
      const held = ledger.positionQty(id);
      const { long, short } = this.limits[id] as PositionLimit;
      this.nearest = Math.max(this.nearest, (held + buy) / long);
      if (held + buy <= long && sell - held <= short) continue;
      const detail = `${name}: holds ${held}, bids ${buy}, offers ${sell}; may hold ${long} or -${short}`;
      throw new StormViolation("over the limit", `${detail}; ${this.#oursOf(id, session)}`);
    }
  }

  /** What the engine believes of an instrument, and of each order that it sees otherwise than the venue. */
  #oursOf(instrument: number, session: StormSession | undefined): string {
    if (session === undefined) return "no engine";
    const { orders, ledger } = session.state;
    const [buy, sell] = [orders.openBuyQty(0, instrument), orders.openSellQty(0, instrument)];
    const found = [`we see ${ledger.positionQty(0, instrument, 0)} held, bids ${buy}, offers ${sell}`];
    for (const [number, truth] of this.#truths) {
      if (truth.instrument !== instrument || !orders.has(number)) continue;
      const isLive = this.venue.ledger.live.has(truth);
      const state = OrderState[orders.state(number)];
      const ours = `${state} ${orders.filledQty(number)} of ${orders.qty(number)}`;
      const theirs = `${VenueOrderStatus[truth.status]} ${truth.cumQty} of ${truth.qty}`;
      if (isLive || orders.filledQty(number) !== truth.cumQty) {
        found.push(`order ${number} ${Side[truth.side]}: ours ${ours}, theirs ${theirs}`);
      }
    }
    const flights = this.#inFlight.filter((sent) => sent.instrument === instrument);
    return [...found, ...flights.map((sent) => `in flight ${JSON.stringify(sent)}`)].join("; ");
  }

  /** What a replace under way would add to its order. */
  #moreBy(sent: InFlight): number {
    const truth = this.#truths.get(sent.order);
    if (truth === undefined || !this.venue.ledger.live.has(truth)) return 0;
    return Math.max(0, sent.qty - truth.qty);
  }

  #compareOrders(session: StormSession, found: string[]): void {
    const { orders } = session.state;
    const theirs = new Map<number, TruthOrder>();
    for (const [number, truth] of this.#truths) if (this.venue.ledger.live.has(truth)) theirs.set(number, truth);
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      const state = OrderState[orders.state(order)];
      const truth = theirs.get(order);
      theirs.delete(order);
      if (truth === undefined) {
        const isForeign = this.venue.ledger.open().some((o) => o.venueOrderId === orders.venueOrderId(order));
        if (!isForeign) found.push(`order ${order} is ${state} here, and not open at the venue`);
        continue;
      }
      const isLive = orders.state(order) === OrderState.Open || orders.state(order) === OrderState.PartiallyFilled;
      if (!isLive) found.push(`order ${order} is ${state} here, and open at the venue`);
      const ours = `${orders.qty(order)} at ${orders.price(order)}, ${orders.cumQty(order)} filled`;
      const stated = `${truth.qty} at ${truth.price}, ${truth.cumQty} filled`;
      if (ours !== stated) found.push(`order ${order}: ours ${ours}; theirs ${stated}`);
    }
    for (const number of theirs.keys()) found.push(`order ${number} is open at the venue, and not here`);
    for (const [number, truth] of this.#truths) {
      if (!orders.has(number)) continue;
      if (orders.filledQty(number) !== truth.cumQty) {
        found.push(`order ${number}: ours ${orders.filledQty(number)} filled, theirs ${truth.cumQty}`);
      }
    }
  }

  /** Each trade of the venue is one fill here, of the same size and price, and no other. */
  #compareFills(session: StormSession, found: string[]): void {
    const fills = new Map<string, string>();
    session.journal.replay(new TradingRecord(), (record) => {
      if (record.kind === RecordKind.FillBusted) fills.delete(record.fillId);
      if (record.kind !== RecordKind.OrderFilled) return;
      if (fills.has(record.fillId)) found.push(`fill ${record.fillId} is counted twice`);
      fills.set(record.fillId, `${record.instrument} ${record.side} ${record.qty} at ${record.price}`);
    });
    for (const { id, order, qty, price } of this.venue.ledger.trades) {
      const theirs = `${order.instrument} ${order.side} ${qty} at ${price}`;
      const ours = fills.get(id);
      fills.delete(id);
      if (ours === undefined && parseClientOrderId(order.clientId, this.#parts))
        found.push(`fill ${id} is missing here`);
      else if (ours !== undefined && ours !== theirs) found.push(`fill ${id}: ours ${ours}, theirs ${theirs}`);
    }
    for (const id of fills.keys()) found.push(`fill ${id} is not known at the venue`);
  }

  /** Cash without what the open part of perpetuals cost: averages are rounded, sums of trades are not. */
  #compareCash(session: StormSession, found: string[]): void {
    const { ledger } = session.state;
    const wide = new Wide();
    ASSETS.forEach((code, asset) => {
      let ours = big(ledger.cash(0, asset, wide));
      let theirs = this.venue.ledger.balances.get(code) ?? 0n;
      if (code === PERPETUAL.settle) {
        const { id } = PERPETUAL;
        const cost = big(ledger.cost(0, id, 0, wide));
        ours -= ledger.positionQty(0, id, 0) < 0 ? -cost : cost;
        const truth = this.venue.ledger.cost(id);
        theirs -= this.venue.ledger.positionQty(id) < 0 ? -truth : truth;
      }
      // What has come or gone without a word must be named as a break, to the last unit; without reason, there is none.
      // What an open perpetual has realised depends on the order of its fills: only once flat is a break one.
      const isOpen = code === PERPETUAL.settle && this.venue.ledger.positionQty(PERPETUAL.id) !== 0;
      const named = isOpen ? 0n : this.#namedBreak(session, asset);
      // An operator closes a stranger's position without its price.
      if (this.hasStrangers && code === SPOT.quote) return;
      if (named !== 0n && !this.hasStrangers && !(this.hasPayments && code === PAID))
        found.push(`cash ${code}: a break of ${named}`);
      ours += named;
      if (ours !== theirs) found.push(`cash ${code}: ours ${ours}, theirs ${theirs}, ${ours - theirs} apart`);
    });
  }
  #namedBreak(session: StormSession, asset: number): bigint {
    const found = session.state.ledger.breaks.get(0, asset);
    return found === undefined ? 0n : big(found.theirs) - big(found.ours);
  }
}

function big(wide: Wide): bigint {
  return (BigInt(wide.hi) << 53n) + BigInt(wide.lo);
}
