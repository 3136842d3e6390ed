/** What a venue's core tells its dialects, in the order in which it happened. */

import type { AlgoOrder } from "./algo_desk.ts";
import type { Amount } from "./amount.ts";
import type { Fill, Order, PositionSide } from "./order.ts";

/** What befell an order. */
export type Happening =
  | "new"
  | "triggered"
  | "trade"
  | "amended"
  | "canceled"
  | "expired"
  | "prevented"
  /** A request was refused that the venue reports on the stream too. */
  | "refused";

/**
 * One step. `order` and `algo` are the live objects: encode them at once. Balances and positions named here have
 * changed by it; read them from the venue, they stand as after this step.
 */
export interface Update {
  readonly timeMs: number;
  readonly account: string;
  readonly cause: "order" | "algo" | "deposit" | "withdraw" | "funding" | "leverage" | "margin-mode";
  readonly happening?: Happening;
  readonly order?: Order;
  readonly algo?: AlgoOrder;
  readonly fill?: Fill;
  /** Of a cancel: the client id of the request itself. */
  readonly requestId?: string;
  readonly assets: readonly string[];
  readonly positions: readonly { readonly symbol: string; readonly side: PositionSide }[];
  /** Of a deposit, withdrawal or funding: what was added; negative: taken. */
  readonly delta?: { readonly asset: string; readonly amount: Amount };
  readonly symbol?: string;
}

export type UpdateListener = (update: Update) => void;
