/** Quotes both sides around the middle price and leans against its inventory. */

import { type Order, strategy, t } from "meltica";

export default strategy(
  {
    name: "market-making",
    description: "Post-only quotes on both sides, skewed by inventory; on spot it sells only what it has bought.",
    params: {
      size: t.Number({ default: 0.02, minimum: 0.0001, maximum: 1, description: "share of equity per quote" }),
      spreadBps: t.Number({
        default: 1,
        minimum: 0,
        maximum: 1_000,
        description: "distance from the middle, each side",
      }),
      skewBps: t.Number({ default: 2, minimum: 0, maximum: 1_000, description: "shift at full inventory" }),
      maxInventory: t.Number({ default: 0.2, minimum: 0.001, maximum: 1, description: "share of equity" }),
      moveBps: t.Number({ default: 0.5, minimum: 0, maximum: 1_000, description: "re-quote when off by so much" }),
    },
    markets: { main: { tf: "1m" } },
  },
  ({ params, main }) => {
    let bid: Order | undefined;
    let ask: Order | undefined;

    function quote(side: "buy" | "sell", order: Order | undefined, price: number, size: number): Order | undefined {
      if (order?.status === "pending") return order; // Its answer is on the way: one thing at a time.
      if (order?.live === true) {
        const off = Math.abs(order.price - price) / price;
        if (size <= 0) order.cancel({ why: "inventory limit" });
        else if (off * 10_000 > params.moveBps) order.cancel({ why: "price moved" });
        return order;
      }
      if (size <= 0) return undefined;
      return main[side]({ base: size }, { limit: price, postOnly: true, why: `quote ${side}` });
    }

    return {
      onStart() {
        // After a restart the quotes that still rest are ours to look after: no second pair beside them.
        bid = main.orders.find((order) => order.side === "buy");
        ask = main.orders.find((order) => order.side === "sell");
      },
      onQuote() {
        const mid = main.mid;
        if (mid === 0 || !main.valid) return;
        const equity = main.equity;
        const full = (params.maxInventory * equity) / mid;
        const held = main.position.size;
        const lean = Math.max(-1, Math.min(1, held / full)) * params.skewBps;
        const unit = (params.size * equity) / mid;
        const sellable = main.canShort ? full + held : held;
        const bidPrice = mid * (1 - (params.spreadBps + lean) / 10_000);
        const askPrice = mid * (1 + (params.spreadBps - lean) / 10_000);
        bid = quote("buy", bid, bidPrice, roundDown(Math.min(unit, full - held), main.lot));
        ask = quote("sell", ask, askPrice, roundDown(Math.min(unit, sellable), main.lot));
      },
      onStop() {
        main.cancelAll({ why: "stopped" });
      },
    };
  },
);

function roundDown(size: number, lot: number): number {
  return size < lot ? 0 : size;
}
