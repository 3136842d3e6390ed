/** Rows of the history that no record brings: closed bars, and the providers as they are configured. */

import type { ClosedBar } from "../control/listener.ts";
import { timeframeText } from "../control/time.ts";
import { mantissaTextShort } from "../core/decimal.ts";
import type { InstrumentTable } from "../model/instrument.ts";
import type { RowChange } from "../store/store.ts";
import type { Config } from "./config_schema.ts";

/** Shorter bars are many, and made again from the market at any time. */
const MINUTE_US = 60_000_000;

export function barRows(bars: readonly ClosedBar[], instruments: InstrumentTable): RowChange[] {
  const rows: RowChange[] = [];
  for (const bar of bars) {
    const instrument = instruments.get(bar.instrument);
    if (instrument === undefined || bar.intervalUs < MINUTE_US) continue;
    const price = (mantissa: number) => mantissaTextShort(mantissa, instrument.priceScale);
    const row = {
      instrument: bar.instrument,
      tf: timeframeText(bar.intervalUs),
      startUs: bar.startUs,
      open: price(bar.open),
      high: price(bar.high),
      low: price(bar.low),
      close: price(bar.close),
      volume: mantissaTextShort(bar.volume, instrument.qtyScale),
      trades: bar.count,
    };
    rows.push({ table: "bars", op: "put", row });
  }
  return rows;
}

export function providerRows({ providers }: Config, timeUs: number): RowChange[] {
  return Object.entries(providers).map(([name, provider]) => {
    const row = { name, adapter: provider.adapter, definition: JSON.stringify(provider), timeUs: Math.floor(timeUs) };
    return { table: "providers", op: "put", row };
  });
}
