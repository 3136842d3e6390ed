/** All benches by name. Loaded one by one when asked for, so that one bench's set-up cannot disturb another's figures. */

import type { LazyBench } from "./bench.ts";

/** What adapters are measured at: a row of `decode_venues.ts` each, of `encode_orders.ts` and of `src/certify/adapters.ts`. */
const DECODED = ["binance-spot", "binance-usdm", "okx", "bybit"] as const;
/** Those with a live gateway. */
const ENCODED = ["binance-spot", "binance-usdm", "okx", "bybit-spot", "bybit-linear"] as const;
/** And the row of the certification that is measured. */
const TRADED = [
  ["binance-spot", "binance-spot"],
  ["binance-usdm", "binance-usdm"],
  ["okx", "okx"],
  ["bybit", "bybit-spot"],
] as const;
const KINDS = ["quote", "trade", "depth"] as const;

export const BENCHES: readonly LazyBench[] = [
  { name: "ring.publish_consume", load: () => import("./ring_publish_consume.ts") },
  { name: "ring.cross_thread", load: () => import("./ring_cross_thread.ts") },
  { name: "decode.binance.bookTicker", load: () => import("./decode_book_ticker.ts") },
  { name: "decode.binance.trade", load: () => import("./decode_trade.ts") },
  { name: "decode.binance.depth20", load: () => import("./decode_depth20.ts") },
  ...DECODED.flatMap((venue) =>
    KINDS.map((kind) => ({
      name: `decode.${venue}.${kind}`,
      load: async () => ({ default: (await import("./decode_venues.ts")).decodeBench(venue, kind) }),
    })),
  ),
  ...ENCODED.map((venue) => ({
    name: `encode.${venue}.order`,
    load: async () => ({ default: (await import("./encode_orders.ts")).encodeBench(venue) }),
  })),
  { name: "book.delta", load: () => import("./book_delta.ts") },
  { name: "risk.gate", load: async () => ({ default: (await import("./risk_gate.ts")).bench }) },
  { name: "ledger.fill", load: () => import("./ledger_fill.ts") },
  { name: "oms.report_apply", load: () => import("./oms_report_apply.ts") },
  { name: "engine.tick_to_intent", load: () => import("./engine_tick_to_intent.ts") },
  { name: "e2e.frame_to_order", load: () => import("./e2e_frame_to_order.ts") },
  ...TRADED.map(([venue, row]) => ({
    name: `e2e.frame_to_order.${venue}`,
    load: async () => ({ default: (await import("./e2e_venue.ts")).e2eBench(venue, row) }),
  })),
  { name: "e2e.order_path_flooded", load: () => import("./order_path_flooded.ts") },
  { name: "start.to_ready", load: () => import("./start_to_ready.ts") },
  { name: "replay.quotes", load: () => import("./replay_quotes.ts") },
  { name: "api.get_orders", load: () => import("./api_get_orders.ts") },
  { name: "stream.fanout", load: () => import("./stream_fanout.ts") },
  { name: "journal.group_commit", load: () => import("./journal_group_commit.ts") },
  { name: "journal.intent_durable", load: () => import("./journal_intent_durable.ts") },
  { name: "journal.recover", load: () => import("./journal_recover.ts") },
  { name: "journal.recover_snapshot", load: () => import("./journal_restart.ts") },
  { name: "store.project", load: () => import("./store_project.ts") },
  { name: "store.query.orders", load: () => import("./store_queries.ts") },
  { name: "replica.apply", load: () => import("./replica_apply.ts") },
  { name: "harness.nothing", hidden: true, load: () => import("./harness_nothing.ts") },
  { name: "harness.garbage", hidden: true, load: () => import("./harness_garbage.ts") },
];
