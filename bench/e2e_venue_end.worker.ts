/** The venue's end of `e2e.frame_to_order.<venue>`: the simulator on a thread of its own, which notes when an order has arrived. */

import { adapterOf } from "../src/certify/adapters.ts";
import { STAGE_BASES, STAGE_QUOTE, StageFeed } from "../src/certify/stage.ts";
import { OrderCounts } from "../src/exchange/binance/order_counts.ts";
import { RateLimits } from "../src/exchange/bybit/rate_limits.ts";
import { marketsOf } from "../src/exchange/feed.ts";
import { Windows } from "../src/exchange/okx/windows.ts";
import { startSimulator } from "../src/exchange/simulator.ts";
import type { TradingSide } from "../src/exchange/trading_side.ts";
import {
  ANSWERED,
  ARRIVED,
  ASKED,
  BENCH_KEY,
  COMPARISONS,
  type EndMessage,
  FRAME,
  nowNs,
  SENT,
} from "./e2e_venue_words.ts";

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<EndMessage>) => {
  const { venue, words, times } = data;
  const state = new Int32Array(words);
  const clock = new Float64Array(times);
  const adapter = adapterOf(venue);
  if (adapter === undefined) throw new Error(`no adapter ${venue}`);
  // A bench sends more in a second than any venue takes: what is measured is the way, not the limit.
  OrderCounts.prototype.take = () => undefined;
  Windows.prototype.take = () => true;
  RateLimits.prototype.take = (_account, _endpoint, limit, _count, nowMs) => ({ limit, left: limit, resetMs: nowMs });
  const feed = new StageFeed(marketsOf([adapter.served]));
  const balances = { USDT: "1000000", BTC: "10", BNB: "5" };
  const accounts = [{ name: "bench", keys: [BENCH_KEY], balances }];
  const options = { venues: [adapter.served], feed, accounts, start: "now", weightMax: 1e9 } as const;
  const simulator = await startSimulator(options);
  const arrived = () => {
    if (Atomics.load(state, SENT) <= Atomics.load(state, ARRIVED)) return;
    clock[0] = nowNs();
    Atomics.store(state, ARRIVED, Atomics.load(state, SENT));
  };
  for (const side of simulator.trading?.sides ?? []) watch(side, arrived);
  const plain = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("", { status: 400 })),
    websocket: { open: (socket) => void socket.subscribe("frames"), message: arrived },
  });
  const symbol = `${STAGE_BASES[0]}${STAGE_QUOTE}`;
  self.postMessage({ url: simulator.url, wsUrl: simulator.wsUrl, plainUrl: `ws://127.0.0.1:${plain.port}` });
  self.onmessage = ({ data: asked }: MessageEvent<"frame" | "plain" | "clock">) => {
    if (asked === "clock") tellClock(state, clock);
    else if (asked === "frame") feed.quote(adapter.stageMarket, symbol);
    else plain.publish("frames", FRAME);
  };
};

/** Spins, so that an answer takes a fraction of a microsecond. */
function tellClock(state: Int32Array, clock: Float64Array): void {
  for (let round = 1; round <= COMPARISONS; round++) {
    while (Atomics.load(state, ASKED) !== round);
    clock[0] = nowNs();
    Atomics.store(state, ANSWERED, round);
  }
}

/** An order by REST, or bytes on a private connection: its first moment at the venue. */
function watch(side: TradingSide, arrived: () => void): void {
  const answer = side.answer.bind(side);
  side.answer = (request) => {
    if (request.method === "POST" && /order/.test(request.path)) arrived();
    return answer(request);
  };
  const accept = side.accept.bind(side);
  side.accept = (socket, path, head) => {
    accept(socket, path, head);
    socket.prependListener("data", arrived);
  };
}
