/** Test support: an OKX decoder with a small lane of its own, and one frame of every channel. */

import { RIG_LIMITS } from "../wire/slots.testing.ts";
import { TopicRig } from "../wire/topic_rig.testing.ts";
import { OkxDecoder } from "./decode.ts";

export class OkxRig extends TopicRig<OkxDecoder> {
  constructor(limits = RIG_LIMITS) {
    super(["BTC-USDT", "BTC-USDT-SWAP"], (lane) => new OkxDecoder(lane, limits), limits);
  }
}

/** Written from the venue's documentation. Numbers are our own. */
export const SAMPLES = {
  trades:
    '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"120.60306","side":"sell","ts":"1630048897897","count":"3","source":"0","seqId":1234},{"instId":"BTC-USDT","tradeId":"130639475","px":"42220","sz":"5","side":"buy","ts":"1630048897898","count":"1"}]}',
  quote:
    '{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT-SWAP"},"data":[{"asks":[["111.06","55154","0","2"]],"bids":[["111.05","57745","0","2"]],"ts":"1670324386802","seqId":363996337}]}',
  snapshot:
    '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["8476.98","415","0","13"],["8477","7","0","2"]],"bids":[["8476","256","0","12"]],"ts":"1597026383085","checksum":0,"prevSeqId":-1,"seqId":123456}]}',
  update:
    '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[],"bids":[["8476","0","0","0"]],"ts":"1597026383185","checksum":0,"prevSeqId":123456,"seqId":123460}]}',
  keepAlive:
    '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[],"bids":[],"ts":"1597026443185","prevSeqId":123460,"seqId":123460,"checksum":0}]}',
  tradesAll:
    '{"arg":{"channel":"trades-all","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","tradeId":"130639474","px":"42219.9","sz":"0.12","side":"buy","ts":"1630048897897","source":"0"}]}',
  index:
    '{"arg":{"channel":"index-tickers","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","idxPx":"42312.345678912","high24h":"43000","low24h":"41000","open24h":"42000","sodUtc0":"42000","sodUtc8":"42000","ts":"1597026383999"}]}',
  mark: '{"arg":{"channel":"mark-price","instId":"BTC-USDT-SWAP"},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","markPx":"42310.1","ts":"1597026383085"}]}',
  funding:
    '{"arg":{"channel":"funding-rate","instId":"BTC-USDT-SWAP"},"data":[{"fundingRate":"-0.001875","fundingTime":"1597046400000","instId":"BTC-USDT-SWAP","instType":"SWAP","ts":"1597026383900"}]}',
  liquidations:
    '{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkLoss":"0","bkPx":"42310.1","ccy":"","posSide":"long","side":"sell","sz":"13","ts":"1692266434010"},{"bkLoss":"0","bkPx":"42311.23456789","ccy":"","posSide":"short","side":"buy","sz":"0.5","ts":"1692266433900"}],"instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP","uly":"BTC-USDT"},{"details":[{"bkLoss":"0","bkPx":"0.007831","ccy":"","posSide":"short","side":"buy","sz":"13","ts":"1692266434010"}],"instFamily":"IOST-USDT","instId":"IOST-USDT-SWAP","instType":"SWAP","uly":"IOST-USDT"}]}',
} as const;
