/** What a certification must know of an adapter: one row each. */

import type { Adapter } from "./adapter.ts";
import { binanceAdapter } from "./adapter_binance.ts";
import { bybitAdapter } from "./adapter_bybit.ts";
import { okxAdapter } from "./adapter_okx.ts";

/** All adapters that can be certified. */
export const ADAPTERS: readonly Adapter[] = [
  binanceAdapter("spot"),
  binanceAdapter("usdm"),
  bybitAdapter("spot"),
  bybitAdapter("linear"),
  okxAdapter("spot"),
  okxAdapter("swap"),
];

/** The row for what an adapter, by its name in a configuration, trades under a symbol. */
export function rowOf(adapter: string, symbol: string): Adapter | undefined {
  const isOf = ({ venue, share }: Adapter) =>
    share === undefined ? venue === adapter : share.adapter === adapter && share.trades(symbol);
  return ADAPTERS.find(isOf);
}

export function adapterOf(venue: string): Adapter | undefined {
  return ADAPTERS.find((adapter) => adapter.venue === venue);
}
