/** What profit and equity are now, by scope: asked by risk's controls and by what shows money. */

import type { Wide } from "../core/wide.ts";
import type { Scope } from "../model/record.ts";

/** Amounts in the firm's currency at 10^-18. False: something held has no price that could value it, and `out` is worthless. */
export interface ValuationPort {
  /** Realised and unrealised profit since the beginning, of an instance, account or the firm. */
  profit(scope: Scope, key: number, out: Wide): boolean;
  /** What closing everything would leave at least, of an account or the firm: coins without any market count as nothing. */
  equity(scope: Scope, key: number, out: Wide): boolean;
}
