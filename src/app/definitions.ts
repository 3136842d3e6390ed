/** Reads a venue's list of instruments: what is wanted of it, and what is wrong with that. Runs on the REST thread. */

import { Code } from "../core/code.ts";
import { problem } from "../core/problem.ts";
import { parseExchangeInfo } from "../venue/binance/symbols.ts";
import { parseInstruments } from "../venue/bybit/symbols.ts";
import * as okx from "../venue/okx/symbols.ts";
import type { Definitions, DefinitionsWish, ListedMarket } from "./rest_messages.ts";

export function definitionsOf(text: string, { market, symbols }: DefinitionsWish): Definitions {
  const { instruments, problems, cursor } = pageOf(text, market);
  if (symbols === undefined) return { instruments, problems, cursor };
  const wanted = new Set(symbols);
  const found = instruments.filter(({ venueSymbol }) => wanted.has(venueSymbol));
  const known = new Set(found.map(({ venueSymbol }) => venueSymbol));
  const missing = symbols.filter((symbol) => !known.has(symbol));
  // A venue lists many odd symbols; only what concerns the wanted ones is told.
  const told = missing.flatMap((symbol) => {
    const reason = problems.find(({ detail }) => detail.startsWith(`${symbol}:`) || detail.startsWith(`${symbol} `));
    if (reason !== undefined) return [reason];
    // What is not on this page may be on another.
    const list = market === "okx" ? "instruments" : "exchangeInfo";
    return isPaged(market) ? [] : [problem(Code.SymbolUnknown, `${symbol} is not in the venue's ${list}`)];
  });
  const whole = instruments.length === 0 ? problems.slice(0, 1) : [];
  return { instruments: found, problems: [...whole, ...told], cursor };
}

function isPaged(market: ListedMarket): boolean {
  return market === "bybit-spot" || market === "bybit-linear";
}

function pageOf(text: string, market: ListedMarket): Definitions {
  switch (market) {
    case "bybit-spot":
      return parseInstruments(text, "spot");
    case "bybit-linear":
      return parseInstruments(text, "linear");
    case "okx":
      return okx.parseInstruments(text);
    default:
      return { ...parseExchangeInfo(text, market), cursor: "" };
  }
}
