/** Reader. */
import type { Limits } from "../core/limits.ts";
import type { TradingRecord } from "../model/record.ts";
import { recoverJournal } from "./recover.ts";
export function readRecords(
  dir: string,
  from: number,
  to: number,
  limits: Limits,
  onRecord: (record: TradingRecord) => void,
): void {
  recoverJournal(dir, limits, (record) => {
    if (record.record >= from && record.record <= to) onRecord(record);
  });
}
