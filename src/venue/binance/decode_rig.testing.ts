/** Test support: a decoder with a small lane of its own, its slots as plain values, sample frames, real captures. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Code } from "../../core/code.ts";
import { RECEIVED_US, RIG_LIMITS, SlotRig } from "../wire/slots.testing.ts";
import { BinanceDecoder, type BinanceMarket } from "./decode.ts";

/** ETHUSDT 0, BTCUSDT 1 (revision 3) and 币安USDT 2, at the scales given. */
export class DecodeRig extends SlotRig {
  readonly decoder: BinanceDecoder;

  constructor(market: BinanceMarket, symbols = ["ETHUSDT", "BTCUSDT", "币安USDT"], limits = RIG_LIMITS, scale = 6) {
    super(limits);
    this.decoder = new BinanceDecoder(market, this.lane, limits);
    symbols.forEach((symbol, instrument) => {
      this.decoder.define({ symbol, instrument, revision: instrument * 3, priceScale: 4, qtyScale: scale });
    });
  }

  /** Code and slots of one frame; the lane is empty afterwards. */
  decode(text: string): { code: Code; slots: string[] } {
    const code = this.decoder.decode(text, RECEIVED_US);
    return { code, slots: this.take() };
  }

  snapshot(text: string, symbol: string): { code: Code; slots: string[] } {
    const code = this.decoder.decodeDepthSnapshot(text, RECEIVED_US, symbol);
    return { code, slots: this.take() };
  }
}

const SPOT_LEVELS = '"b":[["2683.80000000","3.02920000"],["2679.00000000","0.00000000"]],"a":[["2733.7","1"]]';

/** One frame of every kind, written from the venue's documentation. Numbers are our own. */
export const SAMPLES: Readonly<Record<BinanceMarket, Readonly<Record<string, string>>>> = {
  spot: {
    quote:
      '{"stream":"ethusdt@bookTicker","data":{"u":35346513501,"s":"ETHUSDT","b":"2683.80000000","B":"3.02920000","a":"2683.81000000","A":"31.43950000"}}',
    trade:
      '{"stream":"ethusdt@trade","data":{"e":"trade","E":1723161255612,"s":"ETHUSDT","t":1520538925,"p":"2683.80000000","q":"0.00200000","T":1723161255611,"m":true,"M":true}}',
    tradeUs:
      '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255612345,"s":"BTCUSDT","t":1,"p":"61837.63","q":"100","T":1723161255611999,"m":false,"M":true}}',
    aggTrade:
      '{"stream":"ethusdt@aggTrade","data":{"e":"aggTrade","E":1723161255612,"s":"ETHUSDT","a":77,"p":"2683.8","q":"5","f":100,"l":105,"T":1723161255610,"m":true,"M":true}}',
    diff: `{"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255308,"s":"ETHUSDT","U":35346513499,"u":35346513505,${SPOT_LEVELS}}}`,
    diffEmpty:
      '{"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1723161255308,"s":"BTCUSDT","U":5,"u":5,"b":[],"a":[]}}',
    top: '{"stream":"ethusdt@depth5@100ms","data":{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"],["0.0027","1"]]}}',
    bar: '{"stream":"ethusdt@kline_1m","data":{"e":"kline","E":1723161300001,"s":"ETHUSDT","k":{"t":1723161240000,"T":1723161299999,"s":"ETHUSDT","i":"1m","f":100,"L":200,"o":"10.5","c":"11","h":"12.25","l":"9.75","v":"1000.5","n":101,"x":true,"q":"1.0","V":"500","Q":"0.5","B":"0"}}}',
    rawTrade:
      '{"e":"trade","E":1723161255612,"s":"ETHUSDT","t":1520538925,"p":"2683.80","q":"0.002","T":1723161255611,"m":true,"M":true}',
    control: '{"result":null,"id":1}',
    error: '{"code":2,"msg":"Invalid request: unknown variant","id":1}',
    shutdown: '{"e":"serverShutdown","E":1770123456789}',
    ticker:
      '{"stream":"ethusdt@miniTicker","data":{"e":"24hrMiniTicker","E":1672515782136,"s":"ETHUSDT","c":"0.0025"}}',
  },
  usdm: {
    quote:
      '{"stream":"ethusdt@bookTicker","data":{"e":"bookTicker","u":5123107838717,"s":"ETHUSDT","b":"2681.62","B":"1.165","a":"2681.63","A":"73.077","T":1723161256310,"E":1723161256311}}',
    quoteNew:
      '{"stream":"ethusdt@bookTicker","data":{"e":"bookTicker","u":400900217,"E":1723161256311,"T":1723161256310,"s":"ETHUSDT","ps":"ETHUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66","st":1}}',
    trade:
      '{"stream":"ethusdt@trade","data":{"e":"trade","E":1723161256560,"T":1723161256559,"s":"ETHUSDT","t":4308068523,"p":"2681.62","q":"1.000","X":"MARKET","m":true}}',
    tradeFund:
      '{"stream":"ethusdt@trade","data":{"e":"trade","E":1723161256560,"T":1723161256560,"s":"ETHUSDT","t":4308068524,"p":"2681.62","q":"1.000","X":"INSURANCE_FUND","m":false}}',
    aggTrade:
      '{"stream":"ethusdt@aggTrade","data":{"e":"aggTrade","E":1723161256560,"a":5933014,"s":"ETHUSDT","p":"2681.1","q":"100","nq":"100","f":100,"l":105,"T":1723161256550,"m":true,"st":1}}',
    diff: '{"stream":"ethusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256303,"T":1723161256302,"s":"ETHUSDT","U":5123107832349,"u":5123107837896,"pu":5123107832175,"b":[["200.00","10.229"],["707.81","0.000"]],"a":[["2681.63","1"]]}}',
    top: '{"stream":"ethusdt@depth20@100ms","data":{"e":"depthUpdate","E":1723161256303,"T":1723161256302,"s":"ETHUSDT","U":51,"u":78,"pu":40,"b":[["2681.62","10.229"]],"a":[["2681.63","1"]]}}',
    mark: '{"stream":"ethusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1723161257000,"s":"ETHUSDT","p":"2681.15000000","i":"2681.62659091","P":"2680.25641265","r":"-0.00038167","T":1723190400000}}',
    markBare:
      '{"stream":"btcusdt@markPrice","data":{"e":"markPriceUpdate","E":1723161257000,"s":"BTCUSDT","p":"61000.5","P":"","r":"","T":0}}',
    liquidation:
      '{"stream":"ethusdt@forceOrder","data":{"e":"forceOrder","E":1723161257000,"o":{"s":"ETHUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9910.12345678","X":"PARTIALLY_FILLED","l":"0.010","z":"0.010","T":1723161256998}}}',
    liquidationUnfilled:
      '{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1723161257000,"o":{"s":"BTCUSDT","S":"BUY","o":"LIMIT","f":"IOC","q":"0.5","p":"61000.5","ap":"0","X":"NEW","l":"0","z":"0","T":1723161256998}}}',
    rpi: '{"stream":"ethusdt@rpiDepth@500ms","data":{"e":"depthUpdate","E":1723161256303,"T":1723161256302,"s":"ETHUSDT","U":51,"u":78,"pu":40,"b":[["2681.62","10.229"]],"a":[]}}',
  },
};

/** REST answers to `depth`. */
export const SNAPSHOTS: Readonly<Record<BinanceMarket, string>> = {
  spot: '{"lastUpdateId":35346513512,"bids":[["2683.80000000","3.02920000"],["2683.78000000","0.00200000"]],"asks":[["2683.81000000","1.00000000"]]}',
  usdm: '{"lastUpdateId":5123107856276,"E":1723161256567,"T":1723161256561,"bids":[["2681.62","16.969"]],"asks":[["2681.63","0.015"]]}',
};

/** Where the shared captures are; tests that need them are skipped where they are absent. */
export const FIXTURES = process.env.MELTICA_FIXTURES ?? join(import.meta.dir, "../../../../shared/fixtures");
export const FIXTURES_PRESENT = existsSync(join(FIXTURES, "marketdata/expected.json"));

/** Frames of one `<receive ns> <JSON>` capture. */
export function captureFrames(file: string): string[] {
  const lines = gunzipSync(readFileSync(join(FIXTURES, "marketdata", file)))
    .toString("utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => line.slice(line.indexOf(" ") + 1));
}
