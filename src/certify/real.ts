/**
 * An adapter at a venue that is not ours to command: a testnet, a simulator in another process, or the real one. Orders
 * are the smallest that the venue takes, and whatever a card leaves open or holds is cancelled and closed after it.
 */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { ALL_INSTRUMENTS } from "../engine/ports.ts";
import type { Instrument } from "../model/instrument.ts";
import { OrderFlag, Side, TimeInForce } from "../model/order.ts";
import type { AccountFacts } from "../venue/wire/live_dialect.ts";
import type { Adapter, AdapterKey, VenueUrls } from "./adapter.ts";
import { FetchClient } from "./fetch_client.ts";
import { skip, within } from "./judge.ts";
import { LiveAccount } from "./live_account.ts";
import { MarketStand } from "./market_stand.ts";
import { type Numbers, OrderCard } from "./order_card.ts";
import type { Conditions, Subject, VenueUnderTest, World } from "./subject.ts";

export interface RealParts {
  readonly adapter: Adapter;
  readonly urls: VenueUrls;
  readonly key: AdapterKey;
  /** The symbol that is traded, and another one that is only looked at. */
  readonly symbols: readonly [traded: string, quiet: string];
  /** Of client order ids: never the same twice. */
  readonly epoch: number;
  readonly numbers: Numbers;
}

const BOOK_MS_MAX = 20_000;
/** Prices that are to trade at once are so much beyond the best one: a market moves while an order is on its way. */
const BEYOND = 0.002;
const PAUSE_MS_MAX = 80_000;
/** More than the venue's smallest value of an order: prices move, and resting orders lie below the best one. */
const VALUE_MARGIN = 1.5;

export class RealVenue {
  readonly instruments: readonly Instrument[];
  readonly #stand: MarketStand;
  readonly #world: World | undefined;

  private constructor(
    readonly parts: RealParts,
    drafts: readonly Omit<Instrument, "id" | "revision">[],
    world: World | undefined,
  ) {
    this.instruments = drafts.map((draft, id) => ({ ...draft, id, revision: 1 }));
    this.#world = world;
    const { adapter, urls } = parts;
    const { instruments } = this;
    this.#stand = new MarketStand({
      adapter,
      urls,
      instruments,
      conditions: {},
      isQuick: false,
      limits: DEFAULT_LIMITS,
    });
  }

  /** Throws ProblemError: no such symbol, no book, a key that is not to be used, an account that is not flat. */
  static async open(parts: RealParts): Promise<RealVenue> {
    const { adapter, urls, symbols } = parts;
    const drafts = await adapter.list(urls, symbols, new FetchClient());
    const venue = new RealVenue(parts, drafts, await worldAt(urls.restUrl));
    try {
      await venue.#openMarket();
      await venue.#checkAccount();
    } catch (error) {
      venue.close();
      throw error;
    }
    return venue;
  }

  get subject(): Subject {
    return {
      venue: this.parts.adapter.venue,
      orders: (conditions) => this.#account(conditions),
      marketMissing: "the moves of this market are not known: its messages cannot be compared",
    };
  }

  /** True for a simulator in another process. */
  get isSimulator(): boolean {
    return this.#world !== undefined;
  }

  close(): void {
    this.#stand.link.stop();
  }

  async #openMarket(): Promise<void> {
    this.#stand.link.start();
    this.#stand.link.subscribe(0);
    // Best prices come by a stream of their own, after the book or before it.
    const isThere = () => {
      const { isValid, bid, ask } = this.#stand.seen(0);
      return isValid && bid > 0 && ask > bid;
    };
    if (await within(BOOK_MS_MAX, isThere)) return;
    const found = this.#stand.problems.at(-1);
    throw new ProblemError(found ?? problem(Code.StreamSilent, `no book of ${this.parts.symbols[0]} has come`));
  }

  /** Whoever certifies with the account that he trades with would lose his orders: refused. */
  async #checkAccount(): Promise<void> {
    const account = await this.#live({});
    try {
      const facts = await new Promise<AccountFacts | ReturnType<typeof problem>>((done) => account.real.probe(done));
      if ("detail" in facts) throw new ProblemError(facts);
      if (facts.mayWithdraw) throw new ProblemError(problem(Code.KeyMayWithdraw, "the key may withdraw"));
      if (!facts.mayTrade) throw new ProblemError(problem(Code.KeyMayNotTrade, "the key may not trade"));
      if (facts.isHedged) throw new ProblemError(problem(Code.HedgeMode, "hedge mode is on"));
      const card = new OrderCard(this.#under(account), this.parts.numbers);
      const orders = (await card.openOrders()).length;
      const positions = (await card.ask({ kind: "positions" })).length;
      if (orders + positions === 0) return;
      throw new ProblemError(problem(Code.AccountNotFlat, `${orders} open orders, ${positions} positions`));
    } finally {
      account.real.stop();
    }
  }

  async #live(conditions: Conditions): Promise<LiveAccount> {
    const { adapter, urls, key, epoch } = this.parts;
    const { instruments, isSimulator } = this;
    const wide = { ...conditions, wideBudget: true } as const;
    return new LiveAccount({ adapter, urls, key, instruments, conditions: wide, isQuick: isSimulator, epoch }).up();
  }

  async #account(conditions: Conditions): Promise<VenueUnderTest> {
    const ageless = this.parts.adapter.agelessReason?.orders;
    if (conditions.rollover === true && ageless !== undefined) skip(ageless);
    const live = await this.#live(conditions);
    // Limits are the address's, and cards ask much: it is given back what the last ones took.
    await Bun.sleep(this.parts.adapter.pauseMs);
    await within(PAUSE_MS_MAX, () => live.real.status().weightUsed < this.parts.adapter.weightAtCard);
    return this.#under(live);
  }

  #under(live: LiveAccount): VenueUnderTest {
    const first = this.instruments[0] as Instrument;
    const { bid, ask } = this.#stand.seen(0);
    assert(bid > 0 && ask > bid, Code.NotReady);
    const toTick = (price: number) => Math.round(price / first.tick) * first.tick;
    const world = this.#world;
    return {
      ...live.facts(first),
      gateway: live.gateway,
      quietInstrument: 1,
      bid: toTick(bid * (1 - BEYOND)),
      ask: toTick(ask * (1 + BEYOND)),
      tick: first.tick,
      qty: smallestOf(first, bid),
      ...(smallestOf(first, bid) > first.lot ? { qtyTooSmall: first.lot } : {}),
      ...(world === undefined ? {} : { world, disconnect: () => world.befall("private-close") }),
      settle: () => live.settle(),
      restart: async () => {
        live.real.stop();
        await Bun.sleep(this.parts.adapter.pauseMs);
        return this.#under(await this.#live({}));
      },
      close: () => this.#tidy(live),
    };
  }

  /** What a limit refuses is asked again, as the engine does: a venue may not listen for a minute. */
  async #cancelAll(live: LiveAccount, card: OrderCard): Promise<void> {
    for (const untilMs = performance.now() + PAUSE_MS_MAX; performance.now() < untilMs; ) {
      await Bun.sleep(this.parts.adapter.pauseMs);
      live.gateway.closeAll(ALL_INSTRUMENTS);
      await card.settle();
      if ((await card.openOrdersAfterThaw())?.length === 0) return;
    }
  }

  /** Nothing of a card stays: faults end, orders are cancelled, positions closed. */
  async #tidy(live: LiveAccount): Promise<void> {
    await this.#world?.faults(NO_FAULTS);
    try {
      const card = new OrderCard(this.#under(live), this.parts.numbers);
      await this.#cancelAll(live, card);
      for (const held of card.venue.hasPositions ? await card.ask({ kind: "positions" }) : []) {
        const isLong = held.side === Side.Buy;
        const way = isLong ? { side: Side.Sell, price: card.venue.bid } : { side: Side.Buy, price: card.venue.ask };
        const terms = { qty: held.qty, timeInForce: TimeInForce.Ioc, instrument: held.instrument };
        card.place({ ...terms, ...way, flags: OrderFlag.ReduceOnly });
        await card.settle();
      }
    } finally {
      live.real.stop();
    }
  }
}

const NO_FAULTS = Object.freeze({
  "report-duplicate": 0,
  "report-drop": 0,
  "report-reorder": 0,
  "report-delay": 0,
  "http-429": 0,
  "lost-ack": 0,
  "failed-ack": 0,
  "clock-skew-ms": 0,
});

/** The smallest size that the venue takes at such a price, in whole lots. */
function smallestOf({ lot, qtyMin, notionalMin }: Instrument, price: number): number {
  const least = Math.max(qtyMin, lot, Math.ceil((VALUE_MARGIN * notionalMin) / price));
  return Math.ceil(least / lot) * lot;
}

/** The commands of a simulator, where there is one at this address. */
async function worldAt(restUrl: string): Promise<World | undefined> {
  const { origin } = new URL(restUrl);
  const url = `${origin}/simulate/faults`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  const isSimulator = answer?.ok === true && "plan" in ((await answer.json().catch(() => ({}))) as object);
  if (!isSimulator) return undefined;
  const post = async (body: object) => {
    await fetch(url, { method: "POST", body: JSON.stringify(body) });
  };
  return { befall: (now) => post({ now }), faults: (change) => post(change) };
}
