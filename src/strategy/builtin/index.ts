/** The built-in strategies by name. */

import type { StrategyModule } from "../api.ts";
import emaCross from "./ema_cross.ts";
import marketMaking from "./market_making.ts";
import noop from "./noop.ts";

export const BUILT_IN: Readonly<Record<string, StrategyModule>> = Object.freeze({
  "ema-cross": emaCross,
  "market-making": marketMaking,
  noop,
});
