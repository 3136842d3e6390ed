/** Test support: a Bybit decoder with a small lane of its own, and one frame of every channel. */

import { RIG_LIMITS } from "../wire/slots.testing.ts";
import { TopicRig } from "../wire/topic_rig.testing.ts";
import { BybitDecoder } from "./decode.ts";

export class BybitRig extends TopicRig<BybitDecoder> {
  constructor(limits = RIG_LIMITS) {
    super(["BTCUSDT", "ETHUSDT"], (lane) => new BybitDecoder(lane, limits), limits);
  }
}

/** Written from the venue's documentation, spot's and derivatives' order of fields. Numbers are our own. */
export const SAMPLES = {
  trades:
    '{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"BTCUSDT","S":"Sell","v":"0.001","p":"16578.50","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"RPI":false,"seq":1783284617},{"T":1672304486866,"s":"BTCUSDT","S":"Buy","v":"2","p":"16579","i":"2290000000071001001","BT":true}]}',
  spotTrade:
    '{"topic":"publicTrade.ETHUSDT","ts":1672304486869,"type":"snapshot","data":[{"i":"2290000000071001002","T":1672304486867,"p":"1218.25","v":"0.5","S":"Buy","s":"ETHUSDT","BT":false,"seq":99}]}',
  quote:
    '{"topic":"orderbook.1.ETHUSDT","ts":1672304484978,"type":"snapshot","data":{"s":"ETHUSDT","b":[["1218.24","7.5"]],"a":[["1218.25","0.25"]],"u":23,"seq":7961638724},"cts":1672304484976}',
  snapshot:
    '{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["16493.50","0.006"],["16493.00","0.100"]],"a":[["16611.00","0.029"]],"u":18521288,"seq":7961638724},"cts":1672304484976}',
  delta:
    '{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1672304484998,"data":{"s":"BTCUSDT","b":[["16493.50","0"]],"a":[["16612","2"],["16611.00","0.5"]],"u":18521289,"seq":7961638725},"cts":1672304484996}',
  emptyDelta:
    '{"topic":"orderbook.200.BTCUSDT","ts":1672304485098,"type":"delta","data":{"s":"BTCUSDT","b":[],"a":[],"u":18521290,"seq":7961638726},"cts":1672304485096}',
  ticker:
    '{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","lastPrice":"17216.00","markPrice":"17217.33","indexPrice":"17227.36","nextFundingTime":"1673280000000","fundingRate":"-0.000212","bid1Price":"17215.50"},"cs":24987956059,"ts":1673272861686}',
  liquidations:
    '{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"BTCUSDT","S":"Sell","v":"0.2","p":"16493.50"},{"T":1739502302930,"s":"BTCUSDT","S":"Buy","v":"1.5","p":"16400.123456789"}]}',
} as const;
