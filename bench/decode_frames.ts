/** What the decoder benches share: self-made frames of one kind, decoded by us and by JSON.parse + Number. */

import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { MarketLane } from "../src/ring/market_lane.ts";
import { BinanceDecoder } from "../src/venue/binance/decode.ts";
import type { PreparedBench } from "./bench.ts";

const FRAMES = 1_024;
const LANE_SLOTS = 32_768;
const FRAMES_BETWEEN_RELEASES = 256;

/** Numbers of frame `n`: a little different each time, in the venue's eight decimals. */
export interface FrameNumbers {
  readonly n: number;
  price(away: number): string;
  qty(k: number): string;
}

export interface FrameDecoder {
  decode(text: string, receiveUs: number): unknown;
  readonly stats: { readonly setAsideTotal: number };
}

/** Spot frames of ETHUSDT. */
export function prepareDecode(
  make: (numbers: FrameNumbers) => string,
  plain: (text: string) => number,
  ops: number,
  baselineOps: number,
): PreparedBench {
  const open = (lane: MarketLane) => {
    const decoder = new BinanceDecoder("spot", lane, DEFAULT_LIMITS);
    decoder.define({ symbol: "ETHUSDT", instrument: 0, revision: 1, priceScale: 4, qtyScale: 6 });
    return decoder;
  };
  return prepareDecoder(open, make, plain, ops, baselineOps);
}

/** Prepares `ops` decodes of ours and `baselineOps` of `plain`, which must add up what it read. */
export function prepareDecoder(
  open: (lane: MarketLane) => FrameDecoder,
  make: (numbers: FrameNumbers) => string,
  plain: (text: string) => number,
  ops: number,
  baselineOps: number,
): PreparedBench {
  const frames = Array.from({ length: FRAMES }, (_, n) => {
    const price = (away: number) => `${(2_683.8 + ((n * 7) % 100) / 100 + away / 100).toFixed(2)}000000`;
    const qty = (k: number) => (((((n + 1) * (k + 3) * 13) % 99_991) + 1) / 10_000).toFixed(4);
    // A copy: text put together from pieces is flattened at its first use, received text is flat.
    return Buffer.from(make({ n, price, qty: (k) => `${qty(k)}0000` })).toString("latin1");
  });
  const lane = new MarketLane(new SharedArrayBuffer(MarketLane.bytes(LANE_SLOTS)), LANE_SLOTS);
  const decoder = open(lane);
  let check = 0;
  return {
    ops,
    baselineOps,
    run(): void {
      for (let n = 0; n < ops; n++) {
        decoder.decode(frames[n & (FRAMES - 1)] as string, n);
        // The consumer's side is not what is measured.
        if ((n & (FRAMES_BETWEEN_RELEASES - 1)) === 0) lane.release(lane.pending());
      }
      if (decoder.stats.setAsideTotal > 0) throw new Error("a bench frame was set aside");
    },
    baselineRun(): void {
      for (let n = 0; n < baselineOps; n++) check += plain(frames[n & (FRAMES - 1)] as string);
      if (!(check > 0)) throw new Error("the baseline read nothing");
    },
  };
}
