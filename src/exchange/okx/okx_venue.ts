/** OKX's market put together: the core, its listings, keys, limits, and what the core does not keep of an order. */

import type { Hub } from "../hub.ts";
import type { Account, AccountSpec } from "../trading/account.ts";
import { type Amount, ZERO } from "../trading/amount.ts";
import type { Fill } from "../trading/order.ts";
import { TradingVenue } from "../trading/trading_venue.ts";
import type { VenueRules } from "../trading/venue_rules.ts";
import { Bills, billOf } from "./bills.ts";
import { BookFeed } from "./book_feed.ts";
import { listingsOf, type OkxListing } from "./listings.ts";
import { OkxKeys } from "./okx_keys.ts";
import { Windows } from "./windows.ts";

/** Of one order, over its fills. */
export interface OrderSums {
  readonly fee: Amount;
  readonly feeAsset: string;
  readonly pnl: Amount;
  readonly last: Fill;
}

const SUMS_MAX = 100_000;

const RULES: VenueRules = Object.freeze({
  name: "okx",
  makerRate: "0.0008",
  takerRate: "0.001",
  isClientIdForever: false,
  postOnlyThatTakes: "expire",
  fokUnfilled: "expire",
  marketUnfilled: "expire",
  triggerBeyond: "fire",
  preventionUsual: "expire-maker",
  firstOrderId: 56_918_703_120_384,
  firstTradeId: 1_518_905_529,
  firstAlgoId: 30_400_000_000_000,
  firstAccountId: 614_488_474_791_936,
  leverageMax: 100,
  // Who gives no id has none.
  clientIdOf: () => "",
} as const);

export class OkxVenue {
  readonly core: TradingVenue;
  readonly listings: readonly OkxListing[];
  readonly keys = new OkxKeys();
  readonly windows = new Windows();
  readonly bills = new Bills();
  readonly #byId = new Map<string, OkxListing>();
  readonly #feeds = new Map<string, BookFeed>();
  readonly #sums = new Map<number, OrderSums>();
  /** Fills by the number that pages are turned by. */
  readonly #billIds = new WeakMap<Fill, string>();
  /** The amendment that is being made: pushes that it causes carry its request id. */
  amending: { readonly reqId: string } | undefined;
  #nextBill = 2_000_000_000_000;

  constructor(
    readonly hub: Hub,
    readonly accounts: readonly AccountSpec[],
    readonly nowMs: () => number,
  ) {
    this.listings = listingsOf(hub);
    this.core = new TradingVenue(RULES, nowMs);
    for (const listing of this.listings) {
      this.core.addSymbol(listing.instrument, listing.view);
      this.#byId.set(listing.instId, listing);
      this.#feeds.set(listing.instId, new BookFeed(listing));
    }
    for (const spec of accounts) {
      this.core.addAccount(spec);
      for (const key of spec.keys) this.keys.add(spec.name, key);
    }
    this.core.listen((update) => {
      const { fill, account, delta } = update;
      if (fill !== undefined) this.#sum(fill);
      if (delta === undefined) return;
      const { free, locked } = this.core.wallets.of(account, delta.asset);
      this.bills.add(billOf(update, String(this.#nextBill++), free + locked));
    });
  }

  listing(instId: string): OkxListing | undefined {
    return this.#byId.get(instId);
  }

  /** Of a symbol that an order or a position has: it is listed. */
  listed(symbol: string): OkxListing {
    return this.#byId.get(symbol) as OkxListing;
  }

  bookFeed(listing: OkxListing): BookFeed {
    return this.#feeds.get(listing.instId) as BookFeed;
  }

  sums(orderId: number): OrderSums | undefined {
    return this.#sums.get(orderId);
  }

  billId(fill: Fill): string {
    return this.#billIds.get(fill) ?? "";
  }

  uid(account: Account): string {
    return String(account.id);
  }

  #sum(fill: Fill): void {
    const before = this.#sums.get(fill.orderId);
    const fee = (before?.fee ?? ZERO) + fill.fee;
    const pnl = (before?.pnl ?? ZERO) + fill.pnl;
    this.#sums.set(fill.orderId, { fee, feeAsset: fill.feeAsset, pnl, last: fill });
    this.#billIds.set(fill, String(this.#nextBill++));
    const oldest = this.#sums.keys().next().value;
    if (this.#sums.size > SUMS_MAX && oldest !== undefined) this.#sums.delete(oldest);
  }
}
