/** Which canonical instruments a provider offers: `sim:BTC-USDT`, `binance:ETH-USDT-PERP`. */

import { nameOf, splitSymbol } from "../venue/binance/naming.ts";
import { categoryOf } from "../venue/bybit/category.ts";
import * as bybit from "../venue/bybit/naming.ts";
import { nameOfSymbol } from "../venue/okx/naming.ts";
import type { ProviderConfig } from "./config_schema.ts";

/** The word before the colon. */
export function venueOf(provider: ProviderConfig): string {
  return provider.adapter.split("-")[0] as string;
}

/** Names as far as the configuration can tell: where base ends and quote begins, only the venue knows for sure. */
export function instrumentsOf(provider: ProviderConfig): readonly string[] {
  if (provider.adapter === "sim") return provider.instruments.map((symbol) => `sim:${symbol}`);
  if (provider.adapter === "okx") return provider.symbols.map(nameOfSymbol);
  const category = categoryOf(provider.adapter);
  if (category !== undefined) return provider.symbols.map((symbol) => bybit.likelyNameOf(category, symbol));
  const market = provider.adapter === "binance-usdm" ? "usdm" : "spot";
  return provider.symbols.map((symbol) => {
    const { base, quote } = splitSymbol(symbol);
    return nameOf(market, symbol, base, quote);
  });
}

/** True when one of the provider's symbols is this instrument, wherever base and quote are split. */
export function providerOffers(provider: ProviderConfig, instrument: string): boolean {
  const [venue, name, ...rest] = instrument.split(":");
  if (venue !== venueOf(provider) || name === undefined || rest.length > 0) return false;
  if (provider.adapter === "sim") return provider.instruments.some((symbol) => symbol === name);
  if (provider.adapter === "okx") return provider.symbols.some((symbol) => nameOfSymbol(symbol) === instrument);
  const [base, quote, kind, ...more] = name.split("-");
  if (base === undefined || quote === undefined || base === "" || quote === "" || more.length > 0) return false;
  const category = categoryOf(provider.adapter);
  if (category !== undefined) {
    return bybit.symbolsOf(category, base, quote, kind).some((symbol) => provider.symbols.includes(symbol));
  }
  if (provider.adapter === "binance-spot") return kind === undefined && provider.symbols.includes(base + quote);
  if (kind === "PERP") return provider.symbols.includes(base + quote);
  return kind !== undefined && /^20\d{6}$/.test(kind) && provider.symbols.includes(`${base}${quote}_${kind.slice(2)}`);
}
