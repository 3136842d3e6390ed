/** What the flow of orders at the simulator stands on. */

import type { Account } from "./account.ts";
import type { Amount } from "./amount.ts";
import type { Instrument } from "./instrument.ts";
import type { Order } from "./order.ts";
import type { OrderStore } from "./order_store.ts";
import type { Settlement } from "./settlement.ts";
import type { Symbols } from "./symbols.ts";
import type { Update } from "./update.ts";
import type { VenueRules } from "./venue_rules.ts";

export interface FlowEnds {
  readonly rules: VenueRules;
  nowMs(): number;
  readonly symbols: Symbols;
  readonly orders: OrderStore;
  settlement(instrument: Instrument): Settlement;
  /** Of a reduce-only order: what it may still close. */
  closable(order: Pick<Order, "account" | "symbol" | "side" | "positionSide">): Amount;
  account(name: string): Account;
  tell(update: Update): void;
}
