/** In what venues differ below their dialects: ids, fees, what becomes of orders that cannot stand. */

import type { Prevention } from "./order.ts";

export interface VenueRules {
  readonly name: string;
  /** Usual fee rates, as shares. */
  readonly makerRate: string;
  readonly takerRate: string;
  /** True: a client id may be used once ever. False: once among open orders. */
  readonly isClientIdForever: boolean;
  /** A post-only order that would take is refused, or is accepted and expires. */
  readonly postOnlyThatTakes: "refuse" | "expire";
  /** A fill-or-kill order that cannot be filled is refused, or is accepted and expires. */
  readonly fokUnfilled: "refuse" | "expire";
  /** A market order without anybody to trade with. */
  readonly marketUnfilled: "refuse" | "expire";
  /** A trigger that stands beyond the price already is refused; else it fires at once. */
  readonly triggerBeyond: "refuse" | "fire";
  readonly preventionUsual: Prevention;
  readonly firstOrderId: number;
  readonly firstTradeId: number;
  readonly firstAlgoId: number;
  readonly firstAccountId: number;
  readonly leverageMax: number;
  /** What the core calls an order whose client gave no id. */
  clientIdOf(order: number): string;
}
