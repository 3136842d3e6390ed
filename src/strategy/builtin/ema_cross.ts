/** Long while the fast average is above the slow one, flat while below. */

import { strategy, t } from "meltica";

export default strategy(
  {
    name: "ema-cross",
    description: "Buys when a fast average crosses above a slow one, sells when it crosses below.",
    params: {
      fast: t.Integer({ default: 12, minimum: 2, maximum: 200, title: "Fast EMA", description: "bars" }),
      slow: t.Integer({ default: 26, minimum: 3, maximum: 500, title: "Slow EMA", description: "bars" }),
      size: t.Number({ default: 0.95, minimum: 0, maximum: 1, description: "share of equity" }),
    },
    validate: (p) => p.fast < p.slow || "fast must be below slow",
    markets: { main: { tf: "1m" } },
  },
  ({ params, main }) => {
    const fast = main.ema(params.fast);
    const slow = main.ema(params.slow);
    main.plot({ fast, slow });
    return {
      onBar() {
        if (fast.crossedAbove(slow)) main.target(params.size, { why: "golden cross" });
        if (fast.crossedBelow(slow)) main.flat({ why: "death cross" });
      },
    };
  },
);
