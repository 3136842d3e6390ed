/** Records of private reports, built from fields: total, each message is told or set aside by name. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Wide } from "../../core/wide.ts";
import type { Instrument } from "../../model/instrument.ts";
import { moneyOf } from "../../model/instrument.ts";
import { Liquidity, Side } from "../../model/order.ts";
import { type RecordKind, TradingRecord } from "../../model/record.ts";
import { valueAt } from "../../model/value.ts";
import type { Fields } from "./fields.ts";
import type { OrderIds } from "./order_ids.ts";
import { PrivateStats } from "./private_stats.ts";

/** What private messages are read with. */
export interface PrivateParts {
  readonly account: number;
  /** By the venue's symbol; the newest revision. */
  instrument(venueSymbol: string): Instrument | undefined;
  /** Dense id of an asset; undefined when it is not defined here. */
  assetId(code: string): number | undefined;
  readonly ids: OrderIds;
}

/** Builds records of reports; both markets' decoders share it. */
export class ReportBuilder {
  readonly stats = new PrivateStats();
  readonly wide = new Wide();

  constructor(
    readonly parts: PrivateParts,
    readonly put: (record: TradingRecord) => void,
  ) {}

  /** A report about one order; `side` as the venue writes it. Undefined, and set aside, when it is nobody's instrument. */
  order(kind: RecordKind, instrument: Instrument, fields: Fields, nowUs: number): TradingRecord {
    const record = new TradingRecord().reset(kind);
    record.account = this.parts.account;
    record.instrument = instrument.id;
    record.instrumentRevision = instrument.revision;
    record.timeUs = nowUs;
    record.side = sideOf(fields);
    return record;
  }

  /** Fill columns: money and fee exact. An asset that is not defined here cannot be charged: said in `text`, never dropped. */
  fill(record: TradingRecord, instrument: Instrument, fields: Fields, names: FillNames): void {
    record.price = fields.mantissa(names.price, instrument.priceScale);
    record.qty = fields.mantissa(names.qty, instrument.qtyScale);
    record.fillId = fields.id(names.tradeId);
    record.liquidity = fields.flag(names.maker) ? Liquidity.Maker : Liquidity.Taker;
    if (fields.bad === "" && (record.fillId === "" || record.qty === 0)) fields.bad = names.qty;
    if (fields.bad !== "") return;
    const { wide, parts } = this;
    record.asset = parts.assetId(moneyOf(instrument)) ?? 0;
    const isStated = names.quote !== "" && fields.has(names.quote) && fields.amount(names.quote, wide);
    if (isStated || valueAt(wide, instrument, record.qty, record.price)) {
      record.amountHi = wide.hi;
      record.amountLo = wide.lo;
    }
    if (!fields.has(names.feeAsset)) return;
    const code = fields.text(names.feeAsset);
    if (!fields.amount(names.fee, wide) || wide.isZero()) return;
    const asset = parts.assetId(code);
    if (asset === undefined) {
      this.stats.setAside(`fee in ${code}, which is not defined here`, fields.source);
      record.text = `fee not counted: ${String(fields.source[names.fee])} ${code}`;
      return;
    }
    record.feeAsset = asset;
    record.feeHi = wide.hi;
    record.feeLo = wide.lo;
  }

  /** Done with one event: told, or set aside when a field of it was wrong. */
  tell(name: string, record: TradingRecord, fields: Fields): void {
    assert(record.kind !== 0, Code.EnumUnknown);
    if (fields.bad !== "") {
      this.stats.setAside(`${name}: field ${fields.bad}`, fields.source);
      return;
    }
    this.stats.decoded(name);
    this.put(record);
  }
}

/** Names of a fill's fields; `quote` "" where the venue does not state the money. */
export interface FillNames {
  readonly price: string;
  readonly qty: string;
  readonly tradeId: string;
  readonly maker: string;
  readonly quote: string;
  readonly fee: string;
  readonly feeAsset: string;
}

function sideOf(fields: Fields): Side {
  const word = fields.has("S") ? fields.text("S") : fields.text("side");
  if (word === "BUY") return Side.Buy;
  if (word === "SELL") return Side.Sell;
  fields.bad ||= "side";
  return Side.Buy;
}
