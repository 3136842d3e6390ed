/** The last events of a storm as lines of text; all of them when asked for. */

import { Side } from "../../src/model/order.ts";
import { Evidence, RecordKind, type TradingRecord } from "../../src/model/record.ts";
import { START_US } from "./storm_world.testing.ts";

const LINES_MAX = 40;

export class StormTrace {
  readonly events: string[] = [];

  /** `print`: told of each line at once, for a full trace. */
  constructor(
    readonly isOn: boolean,
    readonly print?: (line: string) => void,
  ) {}

  add(nowUs: number, text: string): void {
    if (!this.isOn) return;
    const line = `${((nowUs - START_US) / 1_000_000).toFixed(6)} ${text}`;
    this.print?.(line);
    this.events.push(line);
    if (this.events.length > LINES_MAX) this.events.shift();
  }

  record(record: Readonly<TradingRecord>): void {
    if (this.isOn) this.add(record.timeUs, `record ${record.record} ${describe(record)}`);
  }

  sent(nowUs: number, effect: Readonly<TradingRecord>): void {
    if (this.isOn) this.add(nowUs, `sends ${describe(effect)}`);
  }
}

function describe(record: Readonly<TradingRecord>): string {
  const parts = [RecordKind[record.kind] ?? String(record.kind)];
  if (record.order !== 0) parts.push(`order ${record.order}/${record.attempt}`);
  if (record.qty !== 0) parts.push(`${Side[record.side] ?? ""} ${record.qty} at ${record.price}`);
  if (record.cumQty > 0) parts.push(`cum ${record.cumQty}`);
  if (record.fillId !== "") parts.push(record.fillId);
  if (record.venueOrderId !== "") parts.push(record.venueOrderId);
  if (record.code !== 0) parts.push(`code ${record.code}`);
  if (record.evidence !== 0) parts.push(Evidence[record.evidence] ?? "");
  if (record.text !== "" && record.text.length < 120) parts.push(JSON.stringify(record.text));
  return parts.join(" ");
}
