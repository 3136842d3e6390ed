/** How a Binance symbol is named as an instrument: base and quote from its letters, kind and venue from its market. */

import { InstrumentKind } from "../../model/order.ts";
import type { BinanceMarket } from "./fast_path.ts";

/** Quote assets from the longest to the shortest within what one could be mistaken for: FDUSD before USD. */
const QUOTE_ASSETS = [
  ...["FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USDP", "USDS", "USD1", "BIDR", "BVND", "BKRW", "IDRT", "DOGE"],
  ...["AEUR", "EURI", "BTC", "ETH", "BNB", "EUR", "GBP", "AUD", "BRL", "TRY", "RUB", "UAH", "ZAR", "PLN", "RON"],
  ...["ARS", "MXN", "COP", "CZK", "JPY", "NGN", "IDR", "VAI", "PAX", "XRP", "TRX", "SOL", "DOT", "DAI", "USD", "UST"],
] as const;

/** `ETHUSDT` → ETH, USDT by the quote assets that Binance uses; unknown quotes are taken to have three letters. */
export function splitSymbol(venueSymbol: string): { base: string; quote: string } {
  const pair = venueSymbol.split("_")[0] as string;
  for (const quote of QUOTE_ASSETS) {
    if (pair.length > quote.length && pair.endsWith(quote)) return { base: pair.slice(0, -quote.length), quote };
  }
  if (pair.length <= 3) return { base: pair, quote: "UNKNOWN" };
  return { base: pair.slice(0, -3), quote: pair.slice(-3) };
}

/** Canonical name: `binance:ETH-USDT`, `binance:ETH-USDT-PERP`, `binance:BTC-USDT-20241227` (from `BTCUSDT_241227`). */
export function nameOf(market: BinanceMarket, venueSymbol: string, base: string, quote: string): string {
  const delivery = /_(\d{6})$/.exec(venueSymbol)?.[1];
  if (delivery !== undefined) return `binance:${base}-${quote}-20${delivery}`;
  return `binance:${base}-${quote}${market === "usdm" ? "-PERP" : ""}`;
}

/** Delivery contracts count as linear: profit and margin work alike, and no funding ever comes for them. */
export function kindOf(market: BinanceMarket): InstrumentKind {
  return market === "usdm" ? InstrumentKind.LinearPerpetual : InstrumentKind.Spot;
}

export function venueOf(market: BinanceMarket): string {
  return market === "usdm" ? "binance-usdm" : "binance-spot";
}
