/**
 * An order record into the request that leaves, as each adapter's live gateway says it: socket text where orders go by
 * socket, URL and body where they go by REST; signed (HMAC-SHA256) where the venue wants that of each order. Against
 * JSON.stringify of the same fields, signed where ours is.
 */

import { assert } from "../src/core/assert.ts";
import { Code } from "../src/core/code.ts";
import type { Instrument } from "../src/model/instrument.ts";
import { InstrumentTable } from "../src/model/instrument.ts";
import { InstrumentKind, OrderType, Side, TimeInForce } from "../src/model/order.ts";
import { RecordKind, TradingRecord } from "../src/model/record.ts";
import { KeyMaterial } from "../src/secrets/key_material.ts";
import { HmacSigner } from "../src/secrets/request_signer.ts";
import { binanceDialect } from "../src/venue/binance/gateway_dialect.ts";
import { gatewayLimitsOf } from "../src/venue/binance/gateway_limits.ts";
import { bybitDialect } from "../src/venue/bybit/gateway_dialect.ts";
import { gatewayLimitsOf as bybitLimitsOf } from "../src/venue/bybit/gateway_limits.ts";
import { okxDialect } from "../src/venue/okx/gateway_dialect.ts";
import { gatewayLimitsOf as okxLimitsOf } from "../src/venue/okx/gateway_limits.ts";
import type { LiveDialect, LiveHost } from "../src/venue/wire/live_dialect.ts";
import { LIVE_LIMITS } from "../src/venue/wire/live_limits.ts";
import { OwnIds } from "../src/venue/wire/order_ids.ts";
import { ReportBuilder } from "../src/venue/wire/report_builder.ts";
import { ServerClock } from "../src/venue/wire/server_clock.ts";
import type { Bench } from "./bench.ts";

type BenchHost = LiveHost & { readonly instrument: Instrument };

interface EncodedVenue {
  readonly symbol: string;
  readonly kind: InstrumentKind;
  readonly encoding: "hex" | "base64";
  /** False: the connection was logged in once, and no order of it is signed. */
  readonly isSigned: boolean;
  dialect(host: BenchHost, sign: (payload: string) => string): LiveDialect;
}

const OPS = 1 << 12;
const NOW_US = 1_723_161_255_308_000;
const SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

const VENUES: Readonly<Record<string, EncodedVenue>> = {
  "binance-spot": binance("spot"),
  "binance-usdm": binance("usdm"),
  okx: okx(),
  "bybit-spot": bybit("spot"),
  "bybit-linear": bybit("linear"),
};

export const ENCODED_VENUES: readonly string[] = Object.keys(VENUES);

export function encodeBench(venue: string): Bench {
  return {
    name: `encode.${venue}.order`,
    unit: "ns",
    baseline: "JSON.stringify of the same fields, signed where ours is",
    allocationFree: false,
    prepare: () => {
      const row = VENUES[venue] as EncodedVenue;
      const signer = new HmacSigner(KeyMaterial.ofText(SECRET));
      const sign = (payload: string) => signer.sign(payload, row.encoding);
      const instrument = instrumentOf(venue, row);
      const host = hostOf(venue, instrument);
      const dialect = row.dialect(host, sign);
      const order = orderOf();
      let bytes = 0;
      return {
        ops: OPS,
        baselineOps: OPS,
        run: () => {
          for (let n = 1; n <= OPS; n++) {
            order.order = n;
            order.price = 268_300 + (n & 255);
            const said = dialect.place(instrument, order, host.ids.idOf(n, 1));
            assert(said !== undefined, Code.InvariantBroken);
            if (said.socket !== undefined) bytes += said.socket(n).length;
            else if (said.rest !== undefined) {
              const { url, body = "" } = dialect.request(said.rest);
              bytes += url.length + body.length;
            }
          }
          if (!(bytes > OPS * 100)) throw new Error("the requests are too short to be any");
        },
        baselineRun: () => {
          for (let n = 1; n <= OPS; n++) {
            const params = {
              symbol: row.symbol,
              side: "BUY",
              type: "LIMIT",
              timeInForce: "IOC",
              quantity: "0.01",
              price: ((268_300 + (n & 255)) / 100).toFixed(2),
              newClientOrderId: `x${n}`,
              timestamp: NOW_US / 1_000,
              recvWindow: 2_000,
            };
            const signed = row.isSigned ? { ...params, signature: sign(JSON.stringify(params)) } : params;
            bytes += JSON.stringify({ id: n, method: "order.place", params: signed }).length;
          }
        },
      };
    },
  };
}

function binance(market: "spot" | "usdm"): EncodedVenue {
  return {
    symbol: "ETHUSDT",
    kind: market === "spot" ? InstrumentKind.Spot : InstrumentKind.LinearPerpetual,
    isSigned: true,
    encoding: "hex",
    dialect: (host, sign) => {
      const urls = { restUrl: "https://venue", privateUrl: "wss://venue" };
      const parts = {
        market,
        ...urls,
        limits: gatewayLimitsOf(market),
        key: { apiKey: "key", sign },
        budget: undefined,
      };
      return binanceDialect(parts, host);
    },
  };
}

function bybit(category: "spot" | "linear"): EncodedVenue {
  return {
    symbol: "ETHUSDT",
    kind: category === "spot" ? InstrumentKind.Spot : InstrumentKind.LinearPerpetual,
    isSigned: false,
    encoding: "hex",
    dialect: (host, sign) => {
      const urls = { restUrl: "https://venue", privateUrl: "wss://venue/private", tradeUrl: "wss://venue/trade" };
      const key = { apiKey: "key", sign };
      const limits = bybitLimitsOf(category);
      const parts = { category, ...urls, limits, key, budget: undefined, cashSinceMs: 0, symbols: () => ["ETHUSDT"] };
      return bybitDialect(parts, host);
    },
  };
}

/** By the connection of orders, as soon as the venue's number of the instrument is known. */
function okx(): EncodedVenue {
  return {
    symbol: "ETH-USDT",
    kind: InstrumentKind.Spot,
    isSigned: false,
    encoding: "base64",
    dialect: (host, sign) => {
      const urls = { restUrl: "https://venue", privateUrl: "wss://venue/private" };
      const key = { apiKey: "key", passphrase: "passphrase", sign };
      const settings = { mode: "cross", isDemo: false, cashSinceMs: 0 } as const;
      const dialect = okxDialect({ ...urls, ...settings, limits: okxLimitsOf(), key }, host);
      // The first order asks for the number.
      dialect.cancel(host.instrument, { venueOrderId: "1", clientOrderId: "" });
      return dialect;
    },
  };
}

/** A gateway's inside with a known clock, and nothing that can be sent. */
function hostOf(venue: string, instrument: Instrument): BenchHost {
  const instruments = new InstrumentTable();
  instruments.define(instrument);
  const clock = new ServerClock();
  clock.sample(NOW_US, NOW_US / 1_000, NOW_US + 1);
  const ids = new OwnIds(1, 1);
  const never = () => {
    throw new Error("nothing is sent here");
  };
  const parts = {
    account: 0,
    instrument: (symbol: string) => instruments.bySymbol(venue, symbol),
    assetId: () => 0,
    ids,
  };
  return {
    account: 0,
    builder: new ReportBuilder(parts, never),
    limits: LIVE_LIMITS,
    clock,
    ids,
    instrument,
    nowUs: () => NOW_US,
    // OKX alone asks, and only that.
    call: (ask, done) => {
      assert(ask.path === "/api/v5/public/instruments", Code.InvariantBroken);
      const value = [{ instId: instrument.venueSymbol, instIdCode: 10_458 }];
      done({ isOk: true, value, code: 0, msg: "", isSent: true });
    },
    answer: never,
    drop: never,
    clockOff: never,
    problem: never,
  };
}

function orderOf(): TradingRecord {
  const terms = { instrument: 0, side: Side.Buy, orderType: OrderType.Limit, timeInForce: TimeInForce.Ioc, qty: 1_000 };
  return Object.assign(new TradingRecord().reset(RecordKind.OrderIntent), { ...terms, instrumentRevision: 1 });
}

function instrumentOf(venue: string, { symbol, kind }: EncodedVenue): Instrument {
  return {
    id: 0,
    revision: 1,
    name: `${venue}:ETH-USDT`,
    venue,
    venueSymbol: symbol,
    kind,
    base: "ETH",
    quote: "USDT",
    settle: "USDT",
    priceScale: 2,
    qtyScale: 5,
    priceDecimals: 2,
    qtyDecimals: 5,
    tick: 1,
    lot: 1,
    qtyMin: 1,
    qtyMax: 0,
    notionalMin: 0,
  };
}
