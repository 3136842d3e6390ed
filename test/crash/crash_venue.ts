/** A venue for crash tests: it outlives the process, keeps its own books and log, and knows nothing of how we keep ours. */

/** What becomes of an order follows from its lots alone, so that it ends the same whenever crashes come. */
export enum Fate {
  Rests = 0,
  FillsAtOnce = 1,
  FillsHalf = 2,
  Rejected = 3,
  FillsInParts = 4,
}

export const FATES = 5;

export interface VenueFill {
  readonly id: string;
  readonly clientId: number;
  readonly qty: number;
  readonly price: number;
  readonly atUs: number;
}

export interface VenueOrder {
  readonly clientId: number;
  readonly venueId: string;
  readonly account: number;
  readonly instrument: number;
  readonly side: number;
  /** Every fill is made at this price, also after a replace: money then ends the same in every run. */
  readonly firstPrice: number;
  price: number;
  qty: number;
  cumQty: number;
  /** Number of the last replace that was done. */
  attempt: number;
  status: "open" | "filled" | "canceled" | "rejected";
  readonly fills: VenueFill[];
  readonly plan: { readonly atUs: number; readonly qty: number }[];
}

export type VenueRequest =
  | {
      readonly kind: "new";
      readonly clientId: number;
      readonly account: number;
      readonly instrument: number;
      readonly side: number;
      readonly price: number;
      readonly qty: number;
      readonly lots: number;
    }
  | { readonly kind: "cancel"; readonly clientId: number; readonly account: number; readonly instrument: number }
  | {
      readonly kind: "replace";
      readonly clientId: number;
      readonly account: number;
      readonly price: number;
      readonly qty: number;
      readonly attempt: number;
    }
  | { readonly kind: "ask"; readonly account: number; readonly question: number; readonly select: Select };

/** Which orders a question is about. */
export interface Select {
  readonly clientId?: number;
  readonly instrument?: number;
  readonly openOnly?: boolean;
}

/** Orders are told as they were then: `order` is a copy. */
export type VenueEvent =
  | { readonly kind: "accepted" | "rejected" | "canceled" | "replaced"; readonly order: VenueOrder }
  | { readonly kind: "replaceRejected"; readonly order: VenueOrder; readonly attempt: number }
  | {
      readonly kind: "cancelRejected";
      readonly clientId: number;
      readonly account: number;
      readonly instrument: number;
    }
  | { readonly kind: "duplicate"; readonly order: VenueOrder }
  | { readonly kind: "fill"; readonly order: VenueOrder; readonly fill: VenueFill }
  | { readonly kind: "answer"; readonly question: number; readonly orders: readonly VenueOrder[] };

interface Due<T> {
  readonly atUs: number;
  readonly what: T;
}

interface Arrival extends Due<VenueRequest> {
  readonly sentUs: number;
}

export const ENTRY_US = 400;
export const EVENT_US = 300;
const FILL_EVERY_US = 700;
/** A request that is older than this is refused, so below it one may arrive late: see `requestValidityUs` of the gateway. */
export const VALIDITY_US = 1_000_000;

export class CrashVenue {
  readonly orders = new Map<number, VenueOrder>();
  /** What cannot be excused: the same client id twice and the like. */
  readonly breaks: string[] = [];
  /** Called when a new order has been taken, before anybody hears of it. */
  onAccepted: (clientId: number) => void = () => {};
  #arrivals: Arrival[] = [];
  #events: Due<{ readonly account: number; readonly event: VenueEvent }>[] = [];
  #fillCount = 0;

  /** Bytes that have left: they arrive, whatever becomes of the sender. */
  send(request: VenueRequest, nowUs: number): void {
    const atUs = nowUs + ENTRY_US;
    // In the order of their times: those of an earlier connection may come behind these.
    const at = this.#arrivals.findIndex((arrival) => arrival.atUs > atUs);
    this.#arrivals.splice(at < 0 ? this.#arrivals.length : at, 0, { atUs, what: request, sentUs: nowUs });
  }

  /**
   * The other side is gone: what was not delivered never will be. Its orders may come late all the same, when a network
   * holds them up for `lateUs`; its questions are answered to nobody.
   */
  disconnect(lateUs = 0): void {
    this.#events = [];
    const left = this.#arrivals.filter(({ what }) => what.kind !== "ask");
    // However often the other side dies.
    const late = left.map(({ atUs, what, sentUs }) => ({
      atUs: Math.min(atUs + lateUs, sentUs + VALIDITY_US),
      what,
      sentUs,
    }));
    this.#arrivals = late.sort((a, b) => a.atUs - b.atUs);
  }

  get isQuiet(): boolean {
    if (this.#arrivals.length > 0 || this.#events.length > 0) return false;
    for (const order of this.orders.values()) if (order.status === "open" && order.plan.length > 0) return false;
    return true;
  }

  /** Requests that have arrived and fills that are due, in the order of their times. */
  advance(nowUs: number): void {
    for (;;) {
      const arrival = this.#arrivals[0];
      const planned = this.#nextPlanned();
      const arrivalUs = arrival?.atUs ?? Number.POSITIVE_INFINITY;
      const plannedUs = planned?.plan[0]?.atUs ?? Number.POSITIVE_INFINITY;
      if (Math.min(arrivalUs, plannedUs) > nowUs) return;
      if (arrival !== undefined && arrivalUs <= plannedUs) {
        this.#arrivals.shift();
        this.#arrive(arrival.what, arrival.atUs);
      } else if (planned !== undefined) this.#fillNext(planned, plannedUs);
    }
  }

  /** Oldest event for anybody that is due; undefined when none is. */
  take(nowUs: number): { readonly account: number; readonly event: VenueEvent } | undefined {
    const first = this.#events[0];
    if (first === undefined || first.atUs > nowUs) return undefined;
    this.#events.shift();
    return first.what;
  }

  #arrive(request: VenueRequest, atUs: number): void {
    if (request.kind === "new") return this.#onNew(request, atUs);
    if (request.kind === "ask") return this.#onQuestion(request, atUs);
    const order = this.orders.get(request.clientId);
    if (request.kind === "cancel") {
      if (order?.status !== "open") {
        const { clientId, account, instrument } = request;
        return this.#tell(account, { kind: "cancelRejected", clientId, account, instrument }, atUs);
      }
      // Its fate comes first: how an order ends must not hang on when its cancel arrives.
      while (order.plan.length > 0) this.#fillNext(order, atUs);
      if (order.status !== "open") {
        const { clientId, account, instrument } = request;
        return this.#tell(account, { kind: "cancelRejected", clientId, account, instrument }, atUs);
      }
      order.status = "canceled";
      return this.#tell(order.account, { kind: "canceled", order: copy(order) }, atUs);
    }
    if (order === undefined) return this.#break(`a replace of ${request.clientId}, which never came`);
    if (request.attempt <= order.attempt) this.#break(`replace ${request.attempt} of ${request.clientId} came twice`);
    if (order.status !== "open" || request.qty <= order.cumQty + planned(order)) {
      const { attempt } = request;
      return this.#tell(order.account, { kind: "replaceRejected", order: copy(order), attempt }, atUs);
    }
    order.price = request.price;
    order.qty = request.qty;
    order.attempt = request.attempt;
    this.#tell(order.account, { kind: "replaced", order: copy(order) }, atUs);
  }

  #onNew(request: VenueRequest & { kind: "new" }, atUs: number): void {
    const { clientId, account, instrument, side, price, qty, lots } = request;
    const known = this.orders.get(clientId);
    if (known !== undefined) {
      this.#break(`client order id ${clientId} was submitted twice`);
      return this.#tell(account, { kind: "duplicate", order: copy(known) }, atUs);
    }
    const fate: Fate = lots % FATES;
    const order: VenueOrder = {
      clientId,
      venueId: `V${this.orders.size + 1}`,
      account,
      instrument,
      side,
      firstPrice: price,
      price,
      qty,
      cumQty: 0,
      attempt: 1,
      status: fate === Fate.Rejected ? "rejected" : "open",
      fills: [],
      plan: planOf(fate, lots, qty, atUs),
    };
    this.orders.set(clientId, order);
    const kind = order.status === "rejected" ? "rejected" : "accepted";
    this.#tell(account, { kind, order: copy(order) }, atUs);
    this.onAccepted(clientId);
  }

  #onQuestion(request: VenueRequest & { kind: "ask" }, atUs: number): void {
    const { clientId, instrument, openOnly } = request.select;
    const orders: VenueOrder[] = [];
    for (const order of this.orders.values()) {
      if (order.account !== request.account) continue;
      if (clientId !== undefined && order.clientId !== clientId) continue;
      if (instrument !== undefined && order.instrument !== instrument) continue;
      if (openOnly === true && order.status !== "open") continue;
      orders.push(copy(order));
    }
    this.#tell(request.account, { kind: "answer", question: request.question, orders }, atUs);
  }

  #fillNext(order: VenueOrder, atUs: number): void {
    const part = order.plan.shift();
    if (part === undefined) return;
    const id = `T${++this.#fillCount}`;
    const fill = { id, clientId: order.clientId, qty: part.qty, price: order.firstPrice, atUs };
    order.cumQty += part.qty;
    order.fills.push(fill);
    if (order.cumQty === order.qty) order.status = "filled";
    this.#tell(order.account, { kind: "fill", order: copy(order), fill }, atUs);
  }

  #nextPlanned(): VenueOrder | undefined {
    let next: VenueOrder | undefined;
    for (const order of this.orders.values()) {
      const atUs = order.plan[0]?.atUs;
      if (order.status !== "open" || atUs === undefined) continue;
      if (next === undefined || atUs < (next.plan[0]?.atUs ?? 0)) next = order;
    }
    return next;
  }

  #tell(account: number, event: VenueEvent, atUs: number): void {
    this.#events.push({ atUs: atUs + EVENT_US, what: { account, event } });
  }

  #break(text: string): void {
    this.breaks.push(`venue: ${text}`);
  }
}

/** Quantity that an order of so many lots will have filled in the end. */
export function fatedQty(lots: number, lot: number): number {
  const fate: Fate = lots % FATES;
  if (fate === Fate.FillsAtOnce || fate === Fate.FillsInParts) return lots * lot;
  return fate === Fate.FillsHalf ? Math.floor(lots / 2) * lot : 0;
}

function planOf(fate: Fate, lots: number, qty: number, atUs: number): { atUs: number; qty: number }[] {
  const lot = qty / lots;
  const total = fatedQty(lots, lot);
  if (total === 0) return [];
  const parts = fate === Fate.FillsInParts ? 3 : 1;
  const plan: { atUs: number; qty: number }[] = [];
  for (let part = 0, left = total; part < parts; part++) {
    const size = part === parts - 1 ? left : Math.floor(lots / parts) * lot;
    left -= size;
    const delayUs = fate === Fate.FillsAtOnce ? 0 : (part + 1) * FILL_EVERY_US;
    if (size > 0) plan.push({ atUs: atUs + delayUs, qty: size });
  }
  return plan;
}

function planned(order: VenueOrder): number {
  return order.plan.reduce((sum, part) => sum + part.qty, 0);
}

function copy(order: VenueOrder): VenueOrder {
  return { ...order, fills: [...order.fills], plan: [] };
}
