/** Instruments as text: in records, in the hash of D, in snapshots. */

import type { RowHash } from "../core/hash.ts";
import type { StateReader, StateWriter } from "../core/state_bytes.ts";
import type { Instrument, InstrumentTable } from "../model/instrument.ts";

const TABLE = 3;

/** The payload of InstrumentDefined, as it is written and read. */
export function instrumentText(instrument: Instrument): string {
  return JSON.stringify(instrument);
}

export function parseInstrument(text: string): Instrument {
  return JSON.parse(text) as Instrument;
}

/** Starts its row in the hash; the caller puts it in or takes it out. */
export function instrumentRow(hash: RowHash, instrument: Instrument): RowHash {
  return hash.begin(TABLE, instrument.id).addText(instrumentText(instrument));
}

export function saveInstruments(out: StateWriter, instruments: InstrumentTable): void {
  out.part("instruments", 1).u32(instruments.count);
  for (const instrument of instruments.all()) out.text(instrumentText(instrument));
}

export function loadInstruments(from: StateReader, instruments: InstrumentTable, hash: RowHash): void {
  from.part("instruments", 1);
  for (let left = from.u32(); left > 0; left--) {
    const instrument = parseInstrument(from.text());
    instruments.define(instrument);
    instrumentRow(hash, instrument).putIn();
  }
}
