/** How Bybit's symbols and our names of instruments go together, as far as letters tell: where base ends, only the venue knows. */

import type { Category } from "./category.ts";

/** The longest first within what one could be mistaken for. */
const QUOTE_ASSETS = Object.freeze([
  ...["RLUSD", "USDT", "USDC", "USDE", "USDQ", "USDR", "USD1", "XUSD", "BTC", "ETH", "EUR", "BRL", "BRZ", "TRY"],
  ...["PLN", "DAI", "MNT", "SOL", "USD"],
]);
const MONTHS = Object.freeze(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]);
/** `BTCUSDT-26JUN26`; contracts of USDC name their base only: `BTC-26JUN26`, and their perpetuals are `BTCPERP`. */
const DATED = /^([A-Z0-9]+)-(\d{2})([A-Z]{3})(\d{2})$/;

/** Canonical name of a symbol: `bybit:BTC-USDT`, `bybit:BTC-USDT-PERP`, `bybit:BTC-USDC-20250627`. */
export function nameOf(category: Category, base: string, quote: string, day = ""): string {
  const pair = `bybit:${base}-${quote}`;
  if (category === "spot") return pair;
  return `${pair}-${day === "" ? "PERP" : day}`;
}

/** The name that a symbol most likely has. */
export function likelyNameOf(category: Category, symbol: string): string {
  const dated = category === "linear" ? DATED.exec(symbol) : null;
  if (dated !== null) {
    const [, letters, day, monthName, year] = dated as unknown as [string, string, string, string, string];
    const month = String(MONTHS.indexOf(monthName) + 1).padStart(2, "0");
    const { base, quote } = letters.endsWith("USDT") ? splitSymbol(letters) : { base: letters, quote: "USDC" };
    return nameOf(category, base, quote, `20${year}${month}${day}`);
  }
  const perpetual = category === "linear" ? /^([A-Z0-9]+)PERP$/.exec(symbol)?.[1] : undefined;
  const { base, quote } = perpetual === undefined ? splitSymbol(symbol) : { base: perpetual, quote: "USDC" };
  return nameOf(category, base, quote);
}

/** Symbols that an instrument of this base, quote and third part of its name may have. */
export function symbolsOf(category: Category, base: string, quote: string, kind: string | undefined): string[] {
  const pair = base + quote;
  if (category === "spot") return kind === undefined ? [pair] : [];
  if (kind === "PERP") return quote === "USDC" ? [`${base}PERP`, pair] : [pair];
  const day = kind === undefined ? null : /^20(\d{2})(\d{2})(\d{2})$/.exec(kind);
  if (day === null) return [];
  const month = MONTHS[Number.parseInt(day[2] as string, 10) - 1];
  const end = `${day[3]}${month}${day[1]}`;
  return quote === "USDC" ? [`${base}-${end}`, `${pair}-${end}`] : [`${pair}-${end}`];
}

function splitSymbol(symbol: string): { readonly base: string; readonly quote: string } {
  for (const quote of QUOTE_ASSETS) {
    if (symbol.length > quote.length && symbol.endsWith(quote)) return { base: symbol.slice(0, -quote.length), quote };
  }
  return symbol.length > 3
    ? { base: symbol.slice(0, -3), quote: symbol.slice(-3) }
    : { base: symbol, quote: "UNKNOWN" };
}
