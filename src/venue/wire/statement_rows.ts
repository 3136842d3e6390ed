/** Statements out of the rows of one answer: a row that cannot be read is named, and the answer is worth nothing. */

import { Wide } from "../../core/wide.ts";
import type { Instrument } from "../../model/instrument.ts";
import { type Evidence, RecordKind, TradingRecord } from "../../model/record.ts";
import { Fields } from "./fields.ts";
import type { ReportBuilder } from "./report_builder.ts";

/** What the readers of all venues do alike; each says by itself how its rows name things. */
export abstract class StatementRows {
  /** The first row that could not be read, and what was wrong with it. */
  bad = "";

  constructor(
    readonly out: ReportBuilder,
    readonly query: number,
    readonly evidence: Evidence,
    readonly nowUs: number,
  ) {}

  /** `found`: what the row's symbol `name` stands for. Undefined, and set aside, when it is not known here or not readable. */
  protected known(row: Fields, found: Instrument | undefined, name: string): Instrument | undefined {
    if (row.bad !== "") {
      this.#refuse("row", row);
      return undefined;
    }
    if (found === undefined) this.out.stats.setAside(`answer: ${name} is not known here`, row.source);
    return found;
  }

  /** Where rows name the instrument by `symbol`. */
  protected bySymbol(row: Fields): Instrument | undefined {
    const symbol = row.text("symbol");
    return this.known(row, this.out.parts.instrument(symbol), `symbol ${symbol}`);
  }

  protected begin(kind: RecordKind, instrument: Instrument): TradingRecord {
    const record = this.#about(kind);
    record.instrument = instrument.id;
    record.instrumentRevision = instrument.revision;
    return record;
  }

  /** The record, when its row was as it should be. */
  protected end(what: string, row: Fields, record: TradingRecord): TradingRecord | undefined {
    if (row.bad === "") return record;
    this.#refuse(what, row);
    return undefined;
  }

  /** Of the asset that stands in `name`; undefined for one that is not defined here. `read` fills both amounts. */
  protected balanceOf(row: Fields, name: string, read: (whole: Wide, locked: Wide) => void): TradingRecord | undefined {
    const asset = this.out.parts.assetId(row.text(name));
    if (asset === undefined && row.bad === "") return undefined;
    const record = this.#about(RecordKind.StatedBalance);
    const [whole, locked] = [new Wide(), new Wide()];
    read(whole, locked);
    record.asset = asset ?? 0;
    record.amountHi = whole.hi;
    record.amountLo = whole.lo;
    record.feeHi = locked.hi;
    record.feeLo = locked.lo;
    return this.end("balance", row, record);
  }

  #about(kind: RecordKind): TradingRecord {
    const record = new TradingRecord().reset(kind);
    record.account = this.out.parts.account;
    record.attempt = this.query;
    record.evidence = this.evidence;
    record.timeUs = this.nowUs;
    return record;
  }

  #refuse(what: string, row: Fields): void {
    this.bad ||= `${what}: field ${row.bad}`;
    this.out.stats.setAside(`answer ${what}: field ${row.bad}`, row.source);
  }
}

/** A position of nothing. */
export function isFlat(row: Fields, name: string): boolean {
  const text = row.text(name);
  return row.bad === "" && !/[1-9]/.test(text);
}

/** An average has more decimals than prices have: those beyond the scale are left out, and 0 stands for one that does not fit. */
export function averagePrice(row: Fields, name: string, { priceScale }: Instrument): number {
  const [whole = "0", fraction = ""] = row.text(name, "0").split(".");
  const text = `${whole === "" ? "0" : whole}.${fraction.slice(0, priceScale).padEnd(1, "0")}`;
  return new Fields({ text }).mantissa("text", priceScale);
}
