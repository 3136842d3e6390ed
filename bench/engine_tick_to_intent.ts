/**
 * A quote frame in → decoded, decided, checked, journaled in memory, order handed to the gateway, by an inline strategy.
 * p50 and p99 are that way; `value` is the mean of a whole cycle, with the venue's acceptance and expiry of the order.
 */

import { Code } from "../src/core/code.ts";
import type { VenueGateway } from "../src/engine/ports.ts";
import { strategy } from "../src/strategy/meltica.ts";
import type { Bench } from "./bench.ts";
import { makeFrames } from "./frames.ts";
import { makeRig } from "./replay_rig.ts";

const FRAMES = 20_000;
const MANY = "60000";

const everyQuote = strategy({ name: "every-quote", markets: { main: {} } }, ({ main }) => ({
  onQuote() {
    // Two percent below the market: it never fills, so no position grows from frame to frame.
    main.buy({ base: 0.01 }, { limit: main.bid * 0.98, tif: "ioc", why: "bench" });
  },
}));

const bench: Bench = {
  name: "engine.tick_to_intent",
  unit: "us",
  baseline: "JSON.parse, float checks, JSON.stringify of the order",
  allocationFree: false,
  prepare() {
    const capture = makeFrames(FRAMES, true);
    const limits = { "newOrders.count": "10000", maxOpenOrders: MANY };
    const rig = makeRig(capture, everyQuote, limits);
    rig.run(capture, 0, 1);
    let orders = 0;
    // The simulated venue answers each order at once with its end; what is measured ends at its door.
    const { gateway, engine, decoder } = rig;
    const open = gateway.open.bind(gateway);
    (gateway as { open: VenueGateway["open"] }).open = (effect) => {
      orders++;
      return open(effect);
    };
    let next = 1;
    let shiftUs = 0;
    const answers = () => {
      const nowUs = (capture.receiveTimesUs[next] as number) + shiftUs;
      while (gateway.nextDueUs() <= nowUs) {
        gateway.advance(gateway.nextDueUs());
        engine.poll();
      }
    };
    const frame = () => {
      const code = decoder.decode(capture.texts[next] as string, (capture.receiveTimesUs[next] as number) + shiftUs);
      if (code !== Code.Ok) throw new Error("a frame did not decode");
      engine.poll();
      next++;
      if (next === FRAMES) {
        next = 1;
        shiftUs += FRAMES * 1_000;
      }
    };
    return {
      ops: 1_000,
      run() {
        const before = orders;
        for (let n = 0; n < 1_000; n++) {
          answers();
          frame();
        }
        if (orders - before < 900) throw new Error("orders did not leave");
      },
      single: frame,
      betweenSingles: answers,
      baselineOps: 1_000,
      baselineRun() {
        for (let n = 0; n < 1_000; n++) plainStep(capture.texts[1 + n] as string);
      },
    };
  },
};

function plainStep(text: string): number {
  const { data } = JSON.parse(text) as { data: { b: string; a: string; s: string } };
  const price = Number(data.b);
  const mid = (price + Number(data.a)) / 2;
  if (Math.abs(price - mid) / mid > 0.05 || price * 0.01 > 1e6) return 0;
  const order = { symbol: data.s, side: "BUY", type: "LIMIT", timeInForce: "IOC", price: data.b, quantity: "0.01" };
  return JSON.stringify({ id: 1, method: "order.place", params: { ...order, newClientOrderId: "x", timestamp: 1 } })
    .length;
}

export default bench;
