/** Decodes each venue's quotes, trades and book updates of 20 levels a side into slots, against JSON.parse and Number. */

import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import type { MarketLane } from "../src/ring/market_lane.ts";
import { BinanceDecoder } from "../src/venue/binance/decode.ts";
import { BybitDecoder } from "../src/venue/bybit/decode.ts";
import { OkxDecoder } from "../src/venue/okx/decode.ts";
import type { Bench } from "./bench.ts";
import { type FrameDecoder, type FrameNumbers, prepareDecoder } from "./decode_frames.ts";

export const DECODED_KINDS = ["quote", "trade", "depth"] as const;
export type DecodedKind = (typeof DECODED_KINDS)[number];

interface VenueFrames {
  open(lane: MarketLane): FrameDecoder;
  /** As the venue writes them. */
  readonly frames: Readonly<Record<DecodedKind, (numbers: FrameNumbers) => string>>;
  /** Adds up what a program that uses the parsed frame would read of it. */
  readonly plain: Readonly<Record<DecodedKind, (text: string) => number>>;
}

type Levels = readonly (readonly string[])[];
interface BinanceFrame {
  readonly data: {
    readonly u: number;
    readonly t: number;
    readonly T: number;
    readonly p: string;
    readonly q: string;
    readonly b: unknown;
    readonly B: string;
    readonly a: unknown;
    readonly A: string;
  };
}
interface OkxFrame {
  readonly data: readonly {
    readonly tradeId: string;
    readonly px: string;
    readonly sz: string;
    readonly ts: string;
    readonly seqId: number;
    readonly bids: Levels;
    readonly asks: Levels;
  }[];
}
interface BybitBook {
  readonly ts: number;
  readonly data: { readonly u: number; readonly seq: number; readonly b: Levels; readonly a: Levels };
}
interface BybitTrades {
  readonly data: readonly { readonly T: number; readonly v: string; readonly p: string; readonly S: string }[];
}

const LEVELS = 20;
const START_MS = 1_723_161_255_308;
/** Decodes in one run, and of the baseline. */
const OPS: Readonly<Record<DecodedKind, readonly [number, number]>> = {
  quote: [1 << 20, 1 << 17],
  trade: [1 << 20, 1 << 17],
  depth: [1 << 16, 1 << 13],
};

/** Where ids never go back, the first frame of the round is a snapshot: after the last one it begins anew. */
const VENUES: Readonly<Record<string, VenueFrames>> = {
  "binance-spot": {
    open: (lane) => binance("spot", lane),
    frames: {
      quote: ({ n, price, qty }) =>
        `{"stream":"ethusdt@bookTicker","data":{"u":${35_346_513_500 + n * 7},"s":"ETHUSDT","b":"${price(0)}",` +
        `"B":"${qty(1)}","a":"${price(1)}","A":"${qty(2)}"}}`,
      trade: ({ n, price, qty }) =>
        `{"stream":"ethusdt@trade","data":{"e":"trade","E":${START_MS + n},"s":"ETHUSDT","t":${1_520_538_925 + n},` +
        `"p":"${price(n % 3)}","q":"${qty(1)}","T":${START_MS - 1 + n},"m":${n % 3 === 0},"M":true}}`,
      depth: (numbers) =>
        `{"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","E":${START_MS + numbers.n},"s":"ETHUSDT",` +
        `${binanceIds(numbers.n)},"b":[${levels(numbers, -1)}],"a":[${levels(numbers, 1)}]}}`,
    },
    plain: binancePlain(),
  },
  "binance-usdm": {
    open: (lane) => binance("usdm", lane),
    frames: {
      quote: ({ n, price, qty }) =>
        `{"stream":"ethusdt@bookTicker","data":{"e":"bookTicker","u":${35_346_513_500 + n * 7},"s":"ETHUSDT",` +
        `"b":"${price(0)}","B":"${qty(1)}","a":"${price(1)}","A":"${qty(2)}","T":${START_MS + n},"E":${START_MS + n}}}`,
      trade: ({ n, price, qty }) =>
        `{"stream":"ethusdt@trade","data":{"e":"trade","E":${START_MS + n},"T":${START_MS - 1 + n},"s":"ETHUSDT",` +
        `"t":${1_520_538_925 + n},"p":"${price(n % 3)}","q":"${qty(1)}","X":"MARKET","m":${n % 3 === 0}}}`,
      depth: (numbers) =>
        `{"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","E":${START_MS + numbers.n},` +
        `"T":${START_MS + numbers.n},"s":"ETHUSDT",${binanceIds(numbers.n)},"pu":${35_346_513_498 + numbers.n * 7},` +
        `"b":[${levels(numbers, -1)}],"a":[${levels(numbers, 1)}]}}`,
    },
    plain: binancePlain(),
  },
  okx: {
    open: (lane) => {
      const decoder = new OkxDecoder(lane, DEFAULT_LIMITS);
      decoder.define({ symbol: "ETH-USDT", instrument: 0, revision: 1, priceScale: 4, qtyScale: 6 });
      return decoder;
    },
    frames: {
      quote: ({ n, price, qty }) =>
        `{"arg":{"channel":"bbo-tbt","instId":"ETH-USDT"},"data":[{"asks":[["${price(1)}","${qty(2)}","0","2"]],` +
        `"bids":[["${price(0)}","${qty(1)}","0","2"]],"ts":"${START_MS + n}","seqId":${363_996_337 + n}}]}`,
      trade: ({ n, price, qty }) =>
        `{"arg":{"channel":"trades","instId":"ETH-USDT"},"data":[{"instId":"ETH-USDT","tradeId":"${130_639_474 + n}",` +
        `"px":"${price(n % 3)}","sz":"${qty(1)}","side":"${n % 3 === 0 ? "sell" : "buy"}","ts":"${START_MS + n}",` +
        `"count":"1","source":"0","seqId":${1_234 + n}}]}`,
      depth: (numbers) =>
        `{"arg":{"channel":"books","instId":"ETH-USDT"},"action":"${numbers.n === 0 ? "snapshot" : "update"}",` +
        `"data":[{"asks":[${okxLevels(numbers, 1)}],` +
        `"bids":[${okxLevels(numbers, -1)}],"ts":"${START_MS + numbers.n}","checksum":0,` +
        `"prevSeqId":${numbers.n === 0 ? -1 : 123_456 + numbers.n},"seqId":${123_457 + numbers.n}}]}`,
    },
    plain: { quote: okxBook, trade: okxTrades, depth: okxBook },
  },
  bybit: {
    open: (lane) => {
      const decoder = new BybitDecoder(lane, DEFAULT_LIMITS);
      decoder.define({ symbol: "ETHUSDT", instrument: 0, revision: 1, priceScale: 4, qtyScale: 6 });
      return decoder;
    },
    frames: {
      quote: ({ n, price, qty }) =>
        `{"topic":"orderbook.1.ETHUSDT","ts":${START_MS + n},"type":"snapshot","data":{"s":"ETHUSDT",` +
        `"b":[["${price(0)}","${qty(1)}"]],"a":[["${price(1)}","${qty(2)}"]],"u":${23 + n},"seq":${7_961_638_724 + n}},` +
        `"cts":${START_MS - 2 + n}}`,
      trade: ({ n, price, qty }) =>
        `{"topic":"publicTrade.ETHUSDT","type":"snapshot","ts":${START_MS + n},"data":[{"T":${START_MS - 2 + n},` +
        `"s":"ETHUSDT","S":"${n % 3 === 0 ? "Sell" : "Buy"}","v":"${qty(1)}","p":"${price(n % 3)}","L":"PlusTick",` +
        `"i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false}]}`,
      depth: (numbers) =>
        `{"topic":"orderbook.200.ETHUSDT","ts":${START_MS + numbers.n},"type":"${numbers.n === 0 ? "snapshot" : "delta"}",` +
        `"data":{"s":"ETHUSDT",` +
        `"b":[${levels(numbers, -1)}],"a":[${levels(numbers, 1)}],"u":${177_400_507 + numbers.n},` +
        `"seq":${66_544_703_342 + numbers.n}},"cts":${START_MS - 2 + numbers.n}}`,
    },
    plain: { quote: bybitBook, trade: bybitTrades, depth: bybitBook },
  },
};

export const DECODED_VENUES: readonly string[] = Object.keys(VENUES);

export function decodeBench(venue: string, kind: DecodedKind): Bench {
  const { open, frames, plain } = VENUES[venue] as VenueFrames;
  return {
    name: `decode.${venue}.${kind}`,
    unit: "ns",
    baseline: "JSON.parse + Number",
    allocationFree: true,
    prepare: () => prepareDecoder(open, frames[kind], plain[kind], ...OPS[kind]),
  };
}

function binance(market: "spot" | "usdm", lane: MarketLane): FrameDecoder {
  const decoder = new BinanceDecoder(market, lane, DEFAULT_LIMITS);
  decoder.define({ symbol: "ETHUSDT", instrument: 0, revision: 1, priceScale: 4, qtyScale: 6 });
  return decoder;
}

function binanceIds(n: number): string {
  return `"U":${35_346_513_499 + n * 7},"u":${35_346_513_505 + n * 7}`;
}

function binancePlain(): VenueFrames["plain"] {
  return {
    quote: (text) => {
      const { u, b, B, a, A } = (JSON.parse(text) as BinanceFrame).data;
      return u + Number(b) + Number(B) + Number(a) + Number(A);
    },
    trade: (text) => {
      const { t, p, q, T } = (JSON.parse(text) as BinanceFrame).data;
      return t + T + Number(p) + Number(q);
    },
    depth: (text) => {
      const { u, b, a } = (JSON.parse(text) as BinanceFrame).data;
      return u + sumOf(b as Levels) + sumOf(a as Levels);
    },
  };
}

function okxBook(text: string): number {
  let sum = 0;
  for (const { ts, seqId, bids, asks } of (JSON.parse(text) as OkxFrame).data) {
    sum += Number(ts) + seqId + sumOf(bids) + sumOf(asks);
  }
  return sum;
}

function okxTrades(text: string): number {
  let sum = 0;
  for (const { tradeId, px, sz, ts } of (JSON.parse(text) as OkxFrame).data) {
    sum += Number(tradeId) + Number(px) + Number(sz) + Number(ts);
  }
  return sum;
}

function bybitBook(text: string): number {
  const { ts, data } = JSON.parse(text) as BybitBook;
  return ts + data.u + data.seq + sumOf(data.b) + sumOf(data.a);
}

function bybitTrades(text: string): number {
  let sum = 0;
  for (const { T, v, p } of (JSON.parse(text) as BybitTrades).data) sum += T + Number(v) + Number(p);
  return sum;
}

function sumOf(side: Levels): number {
  let sum = 0;
  for (const [price, qty] of side) sum += Number(price) + Number(qty);
  return sum;
}

function levels({ price, qty }: FrameNumbers, sign: number): string {
  return Array.from({ length: LEVELS }, (_, k) => `["${price(sign * (1 + k * 3))}","${qty(k)}"]`).join(",");
}

/** With the two columns that nobody reads. */
function okxLevels({ price, qty }: FrameNumbers, sign: number): string {
  return Array.from({ length: LEVELS }, (_, k) => `["${price(sign * (1 + k * 3))}","${qty(k)}","0","${k}"]`).join(",");
}
