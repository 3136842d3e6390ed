/** Permission as a type: what a gateway takes can only be made by the risk gate. */

import type { TradingRecord } from "../model/record.ts";

declare const approved: unique symbol;

/** A record that passed every check. Made only by `approve` in risk/gate.ts. */
export type Approved<T extends Readonly<TradingRecord> = Readonly<TradingRecord>> = T & { readonly [approved]: true };
