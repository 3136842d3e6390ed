/** `POST /_sim/liquidation`: somebody's position is closed by force, for all who listen to it at any venue. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isDecimal } from "./decimal_text.ts";
import type { Hub } from "./hub.ts";
import type { Message } from "./message.ts";

/**
 * `{"symbol":"BTCUSDT","side":"SELL","price":"61000.5","qty":"0.25"}`: of USD-M; OKX and Bybit tell it as well. The forced
 * order is filled at once and whole; books and trades do not move with it. Answers it, or what is wrong with the request.
 */
export function liquidate(hub: Hub, { symbol, side, price, qty }: Message): object | string {
  const market = typeof symbol === "string" ? hub.market("binance-usdm", symbol) : undefined;
  if (market === undefined) return `symbol: no USD-M contract is called ${JSON.stringify(symbol)}`;
  if (side !== "BUY" && side !== "SELL") return "side is that of the forced order: BUY or SELL";
  if (!isPositive(price) || !isPositive(qty)) return 'price and qty are decimal texts above zero, as "0.25"';
  const T = Math.floor(hub.clockUs / 1_000);
  assert(Number.isSafeInteger(T), Code.ValueOutOfRange);
  const { symbol: s } = market.listing;
  const filled = { ap: price, X: "FILLED", l: qty, z: qty, T };
  const order = { s, S: side, o: "LIMIT", f: "IOC", q: qty, p: price, ...filled };
  const stream = `${s.toLowerCase()}@forceOrder`;
  const data = JSON.stringify({ e: "forceOrder", E: T, o: order });
  hub.publish({ timeUs: hub.timeUs, venue: "binance-usdm", symbol: s, stream, data, envelope: undefined }, false);
  return order;
}

function isPositive(value: unknown): value is string {
  return isDecimal(value) && /[1-9]/.test(value);
}
