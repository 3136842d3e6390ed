/** A strategy that does anything at any time: places, amends, cancels, goes flat, forgets. */

import type { Market, Order } from "../../src/strategy/api.ts";
import { strategy, t } from "../../src/strategy/meltica.ts";

const WHY = { why: "storm" };

export default strategy(
  {
    name: "storm",
    params: { size: t.Number({ default: 0.5, minimum: 0.001, maximum: 100 }) },
    markets: { main: { tf: "1m" } },
  },
  ({ params, main, random, every }) => {
    every("1s");
    const act = () => {
      if (main.mid === 0) return;
      const draw = random();
      const orders: readonly Order[] = main.orders;
      const order = orders[Math.floor(random() * orders.length)];
      if (draw < 0.35) place(main, params.size, random);
      else if (draw < 0.5) order?.cancel(WHY);
      else if (draw < 0.65) order?.amend({ price: main.mid * (0.999 + 0.002 * random()) }, WHY);
      else if (draw < 0.7) order?.amend({ size: params.size * random() }, WHY);
      else if (draw < 0.73) main.flat(WHY);
      else if (draw < 0.75) main.cancelAll(WHY);
    };
    return {
      onQuote: () => {
        if (random() < 0.3) act();
      },
      onTimer: act,
      onFill: () => {
        if (random() < 0.2) act();
      },
      onReject: () => {
        if (random() < 0.1) act();
      },
    };
  },
);

function place(main: Market, size: number, random: () => number): void {
  const side = random() < 0.5 ? "buy" : "sell";
  const base = size * random();
  const draw = random();
  const limit = main.mid * (0.9995 + 0.001 * random());
  if (draw < 0.2) main[side]({ base }, WHY);
  else if (draw < 0.4) main[side]({ base }, { ...WHY, limit, postOnly: true });
  else if (draw < 0.5) main[side]({ base }, { ...WHY, limit, tif: "ioc" });
  else if (draw < 0.6) main[side]({ base }, { ...WHY, limit, tif: "fok" });
  else main[side]({ base }, { ...WHY, limit });
}
