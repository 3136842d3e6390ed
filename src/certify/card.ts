/** What a card is: a number, a promise in words, and the way to see whether it is kept. */

import type { OrderCard } from "./order_card.ts";
import type { Conditions, MarketUnderTest } from "./subject.ts";

/** In the order in which they are run and shown. */
export const GROUPS = [
  "order entry",
  "amend",
  "batch",
  "cancel",
  "questions",
  "private stream",
  "reconnect",
  "rate limits",
  "clock",
  "errors",
  "market data",
] as const;
export type Group = (typeof GROUPS)[number];

interface CardWords {
  /** Stays with its promise for ever: reports of years are compared by it. */
  readonly number: string;
  readonly group: Group;
  readonly title: string;
  readonly conditions?: Conditions;
}

export interface OrdersCardSpec extends CardWords {
  run(card: OrderCard): Promise<void>;
}

export interface MarketCardSpec extends CardWords {
  look(market: MarketUnderTest): Promise<void>;
}

export type CardSpec = OrdersCardSpec | MarketCardSpec;
