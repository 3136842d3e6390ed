/** What a start takes from the journal beside D: last prices, and the limits that D was set up with. */

import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";

export class SessionMemory implements Saved {
  /** Last price that the journal names, by instrument. */
  readonly lastPrices = new Map<number, number>();
  /** Hash of the configured limits that the last session completed; "" before the first. */
  limitsHash = "";

  onRecord(record: Readonly<TradingRecord>): void {
    if (record.referencePrice > 0) this.lastPrices.set(record.instrument, record.referencePrice);
    if (record.kind === RecordKind.SessionStarted) this.limitsHash = limitsHashOf(record.text);
  }

  save(out: StateWriter): void {
    out.part("session", 1).text(this.limitsHash).u32(this.lastPrices.size);
    for (const [instrument, price] of this.lastPrices) out.u32(instrument).f64(price);
  }

  load(from: StateReader): void {
    from.part("session", 1);
    this.limitsHash = from.text();
    for (let left = from.u32(); left > 0; left--) this.lastPrices.set(from.u32(), from.f64());
  }
}

function limitsHashOf(text: string): string {
  try {
    return String((JSON.parse(text) as { limitsHash?: unknown }).limitsHash ?? "");
  } catch {
    return "";
  }
}
