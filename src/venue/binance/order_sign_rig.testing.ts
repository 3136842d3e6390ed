/** Test support: orders and other requests as ccxt was seen to make them, in our parameters. */

import { createHmac } from "node:crypto";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import type { TradingRecord } from "../../model/record.ts";
import { testOrder } from "../wire/order_terms.testing.ts";
import { testInstrument } from "./gateway_rig.testing.ts";
import { modifyParams, newOrderParams, orderParams, type Param } from "./order_params.ts";

export const hmac = (secret: string, apiKey = "TESTKEY") => ({
  apiKey,
  sign: (payload: string) => createHmac("sha256", secret).update(payload).digest("hex"),
});
export const TIME = { timestampMs: 1_700_000_000_000, recvWindowMs: 10_000 };

/** Each request that we make too, without its time and signature. `as`: the answer that it wants. */
export function requestsAs(market: "spot" | "usdm", id: string, as: "FULL" | "RESULT"): (readonly Param[])[] {
  const instrument = testInstrument(market, 0, "BTC");
  const placed = (more: Partial<TradingRecord>, clientId: string = id) =>
    newOrderParams(market, instrument, testOrder(more), clientId, as) as Param[];
  const sell = { side: Side.Sell, price: 3_000_000 };
  const ref = { venueOrderId: "12345", clientOrderId: "" };
  const ours: (readonly Param[])[] = [
    [],
    placed({}),
    placed({ ...sell, timeInForce: TimeInForce.Ioc }),
    placed({ ...sell, timeInForce: TimeInForce.Fok }),
    placed({ flags: OrderFlag.PostOnly }, "cid-1"),
    placed({ orderType: OrderType.Market }),
    placed({ orderType: OrderType.Market, side: Side.Sell }),
    orderParams("BTCUSDT", ref),
    orderParams("BTCUSDT", { venueOrderId: "", clientOrderId: "cid-1" }),
    [["symbol", "BTCUSDT"]],
  ];
  if (market === "usdm") {
    ours.push(placed({ ...sell, flags: OrderFlag.ReduceOnly }));
    ours.push(modifyParams(instrument, testOrder({ price: 2_000_100, qty: 2_000 }), ref) as Param[]);
  }
  return ours;
}
