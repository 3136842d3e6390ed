/** A strategy that counts what it is told: its cells must say exactly what its fills add up to, whatever dies in between. */

import { strategy } from "../../src/strategy/meltica.ts";
import { FATES, Fate } from "./crash_venue.ts";

export const COUNTER_NAME = "crash-counter";
const ORDERS = 4;

/** Places a few orders, one after the other has filled. */
export const counterStrategy = strategy({ name: COUNTER_NAME, markets: { main: {} } }, (context) => {
  const market = context["main"];
  const placed = context.state("placed", 0);
  const seen = context.state("seen", 0);
  const count = context.state("count", 0);
  const place = () => {
    if (market === undefined || placed.value >= ORDERS || market.orders.some((order) => order.live)) return;
    placed.value++;
    const lots = FATES * (1 + placed.value) + Fate.FillsInParts;
    market.buy({ base: lots }, { limit: 2_000, why: `order ${placed.value}` });
  };
  return {
    onQuote: place,
    onFill: (fill) => {
      seen.value += fill.side === "buy" ? fill.size : -fill.size;
      count.value++;
    },
  };
});
