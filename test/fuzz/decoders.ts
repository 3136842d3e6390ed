/** Every decoder of the product, with sound messages to spoil. A new one joins by a row. */

import { DecodeRig, SAMPLES, SNAPSHOTS } from "../../src/venue/binance/decode_rig.testing.ts";
import { PrivateRig, REPORT, TRADE, usdm } from "../../src/venue/binance/private_rig.testing.ts";
import { SAMPLES as BYBIT, BybitRig } from "../../src/venue/bybit/decode_rig.testing.ts";
import {
  EXECUTION as BYBIT_EXECUTION,
  ORDER as BYBIT_ORDER,
  PrivateRig as BybitPrivateRig,
} from "../../src/venue/bybit/private_rig.testing.ts";
import { SAMPLES as OKX, OkxRig } from "../../src/venue/okx/decode_rig.testing.ts";
import {
  FILLED as OKX_FILLED,
  LIVE as OKX_LIVE,
  PrivateRig as OkxPrivateRig,
} from "../../src/venue/okx/private_rig.testing.ts";
import { RECEIVED_US, RIG_LIMITS } from "../../src/venue/wire/slots.testing.ts";
import { type FuzzedDecoder, MarketSubject, type PrivateHearing, PrivateSubject } from "./subject.ts";

const SYMBOLS = ["ETHUSDT", "BTCUSDT"];
const SCALES = { priceScale: 4, qtyScale: 8 };

export const DECODERS: readonly FuzzedDecoder[] = [
  binance("spot"),
  binance("usdm"),
  binanceSnapshots("spot"),
  binanceSnapshots("usdm"),
  {
    name: "okx market",
    frames: Object.values(OKX),
    open: () =>
      new MarketSubject({
        make: (limits) => new OkxRig(limits),
        limits: RIG_LIMITS,
        decode: (rig, text) => rig.decoder.decode(text, RECEIVED_US),
        priceScale: 4,
        qtyScale: 9,
      }),
  },
  {
    name: "bybit market",
    frames: Object.values(BYBIT),
    open: () =>
      new MarketSubject({
        make: (limits) => new BybitRig(limits),
        limits: RIG_LIMITS,
        decode: (rig, text) => rig.decoder.decode(text, RECEIVED_US),
        priceScale: 4,
        qtyScale: 9,
      }),
  },
  {
    name: "binance spot private",
    frames: [
      REPORT,
      TRADE,
      { subscriptionId: 0, event: TRADE },
      { ...REPORT, x: "CANCELED", X: "CANCELED" },
      { ...REPORT, x: "EXPIRED", X: "EXPIRED", eR: "IOC_ORDER_EXPIRED" },
      { e: "balanceUpdate", E: 1, a: "BTC", d: "0.00100000", T: 1_700_000_000_000 },
      { id: "7", status: 200, result: { orderId: 12, status: "NEW" } },
    ].map((message) => JSON.stringify(message)),
    open: () => new PrivateSubject(binanceHearing("spot"), 2, 5),
  },
  {
    name: "binance usdm private",
    frames: [
      usdm({}),
      usdm({ x: "TRADE", X: "FILLED", l: "0.2", z: "0.5", L: "60000.1", t: 5, n: "0.4", N: "USDT", ps: "SHORT" }),
      usdm({ x: "AMENDMENT", p: "60001" }),
      usdm({ x: "CALCULATED", X: "NEW_ADL", l: "0.1", L: "1", t: 6 }),
      {
        e: "ACCOUNT_UPDATE",
        E: 2,
        T: 1_700_000_000_000,
        a: {
          m: "FUNDING_FEE",
          B: [{ a: "USDT", wb: "98.5", cw: "98.5", bc: "-1.5" }],
          P: [{ s: "BTCUSDT", ps: "BOTH" }],
        },
      },
      { e: "TRADE_LITE", E: 2, T: 2, s: "BTCUSDT", t: 5 },
    ].map((message) => JSON.stringify(message)),
    open: () => new PrivateSubject(binanceHearing("usdm"), 2, 5),
  },
  {
    name: "okx private",
    frames: [
      ...[OKX_LIVE, OKX_FILLED, { ...OKX_FILLED, state: "canceled", amendResult: "-1", reqId: "a1" }].map((row) =>
        JSON.stringify({ arg: { channel: "orders", instType: "ANY" }, data: [row] }),
      ),
      '{"id":"1","op":"order","code":"0","msg":"","data":[{"ordId":"1","clOrdId":"","sCode":"0","sMsg":""}]}',
    ],
    open: () => new PrivateSubject(okxHearing(), 2, 5),
  },
  {
    name: "bybit private",
    frames: [
      ...[BYBIT_ORDER, { ...BYBIT_ORDER, orderStatus: "Cancelled" }].map((row) =>
        JSON.stringify({ topic: "order", data: [row] }),
      ),
      ...[BYBIT_EXECUTION, { ...BYBIT_EXECUTION, execType: "Funding" }].map((row) =>
        JSON.stringify({ topic: "execution", data: [row] }),
      ),
    ],
    open: () => new PrivateSubject(bybitHearing(), 2, 5),
  },
];

export function binanceHearing(market: "spot" | "usdm"): PrivateHearing {
  const rig = new PrivateRig(market);
  const { told, builder } = rig;
  return { told, builder, hear: (text) => void rig.reader.text(text, 9), answered: () => rig.answers.splice(0).length };
}

function okxHearing(): PrivateHearing {
  const rig = new OkxPrivateRig();
  const { told, builder } = rig;
  const answered = () =>
    [rig.answers, rig.refused, rig.said, rig.moved].reduce((sum, list) => sum + list.splice(0).length, 0);
  return { told, builder, hear: (text) => void rig.hear(text), answered };
}

function bybitHearing(): PrivateHearing {
  const rig = new BybitPrivateRig("linear");
  const { told, builder } = rig;
  return { told, builder, hear: (text) => void rig.text(text), answered: () => rig.answers.splice(0).length };
}

function binance(market: "spot" | "usdm"): FuzzedDecoder {
  return {
    name: `binance ${market} market`,
    frames: Object.values(SAMPLES[market]),
    open: () =>
      new MarketSubject({
        make: (limits) => new DecodeRig(market, SYMBOLS, limits, SCALES.qtyScale),
        limits: RIG_LIMITS,
        decode: (rig, text) => rig.decoder.decode(text, RECEIVED_US),
        ...SCALES,
      }),
  };
}

/** Answers of REST with a book. */
function binanceSnapshots(market: "spot" | "usdm"): FuzzedDecoder {
  return {
    name: `binance ${market} depth by REST`,
    frames: [SNAPSHOTS[market]],
    open: () =>
      new MarketSubject({
        make: (limits) => new DecodeRig(market, SYMBOLS, limits, SCALES.qtyScale),
        limits: RIG_LIMITS,
        decode: (rig, text) => rig.decoder.decodeDepthSnapshot(text, RECEIVED_US, "ETHUSDT"),
        ...SCALES,
      }),
  };
}
