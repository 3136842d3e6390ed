/** What the journal's files alone say: the durable state up to a record, and its records as a dump shows them. */

import { join } from "node:path";
import { defaultTrading } from "../../src/app/config_default.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { apply } from "../../src/engine/apply.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { dumpJournal, type RecordObject } from "../../src/journal/dump.ts";
import { readRecords } from "../../src/journal/reader.ts";
import { RecordKind } from "../../src/model/record.ts";
import { configFile } from "./gateway_process.testing.ts";

export interface Rebuilt {
  readonly hash: string;
  readonly seals: number;
  /** Hashes at the records that were asked for and are there. */
  readonly hashes: ReadonlyMap<number, string>;
}

/** Rebuilds D from the files, without a gateway, up to `toRecord`. Throws where a seal is not the state's hash. */
export function rebuild(
  dataDir: string,
  toRecord = Number.POSITIVE_INFINITY,
  hashesAt: Iterable<number> = [],
): Rebuilt {
  const state = new DurableState(DEFAULT_LIMITS);
  const wanted = new Set(hashesAt);
  const hashes = new Map<number, string>();
  let seals = 0;
  readRecords(join(dataDir, "journal"), 1, (record) => {
    if (record.record > toRecord) return;
    if (record.kind === RecordKind.Sealed) {
      if (state.hash() !== record.text) throw new Error(`seal ${record.record}: ${record.text}, ours ${state.hash()}`);
      seals++;
    }
    apply(state, record);
    if (wanted.has(record.record)) hashes.set(record.record, state.hash());
  });
  return { hash: state.hash(), seals, hashes };
}

/** All records, in order. Throws ProblemError at damage. */
export function records(dataDir: string): RecordObject[] {
  const found: RecordObject[] = [];
  dumpJournal(join(dataDir, "journal"), (object) => found.push(object));
  return found;
}

/** A file of the built-in configuration whose market moves so many times as fast. */
export function speedConfig(speed: number): string {
  const trading = defaultTrading();
  for (const provider of Object.values(trading.providers)) if (provider.adapter === "sim") provider.speed = speed;
  return configFile(JSON.stringify(trading));
}
