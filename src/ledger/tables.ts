/** The tables of one ledger, and the questions that all postings ask before they change one. */

import { isMantissa } from "../core/amount.ts";
import { pow10 } from "../core/decimal.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Wide } from "../core/wide.ts";
import type { Instrument, InstrumentTable } from "../model/instrument.ts";
import { InstrumentKind, Leg } from "../model/order.ts";
import type { TradingRecord } from "../model/record.ts";
import { AssetTable } from "./assets.ts";
import { CashTable } from "./cash.ts";
import { CashBreaks } from "./cash_breaks.ts";
import { Holding, HoldingScratch } from "./holding.ts";
import { LeverageTable } from "./leverage.ts";
import { Listings } from "./listings.ts";
import { MovementIds } from "./movement_ids.ts";
import { PositionTable } from "./position_table.ts";
import { ScaleTable } from "./scales.ts";

const TABLE_ASSET = 40;
const TABLE_SCALE = 41;
const TABLE_CASH = 42;
const TABLE_POSITION = 43;
const TABLE_LEVERAGE = 44;
const TABLE_BREAK = 46;
const TABLE_MOVEMENT = 47;

/** No such asset: contracts have no base cash. */
export const NO_ASSET = -1;
/** Instance of what is traded by hand. */
export const BY_HAND = 0;

export class LedgerTables {
  readonly assets: AssetTable;
  readonly cash: CashTable;
  readonly scales: ScaleTable;
  readonly positions: PositionTable;
  readonly leverage: LeverageTable;
  readonly breaks: CashBreaks;
  readonly movements: MovementIds;
  readonly listings: Listings;
  readonly scratch = new HoldingScratch();
  readonly #flat = new Holding(0);

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
    readonly instruments: InstrumentTable,
  ) {
    this.assets = new AssetTable(limits.assetsMax, hash, TABLE_ASSET);
    this.listings = new Listings(instruments, this.assets);
    this.scales = new ScaleTable(instruments, hash, TABLE_SCALE);
    this.cash = new CashTable(limits.accountsMax, limits.assetsMax, hash, TABLE_CASH);
    this.positions = new PositionTable(limits, hash, TABLE_POSITION);
    this.leverage = new LeverageTable(limits, hash, TABLE_LEVERAGE);
    this.movements = new MovementIds(limits, hash, TABLE_MOVEMENT);
    this.breaks = new CashBreaks(limits.assetsMax, hash, TABLE_BREAK);
  }

  isAccount(account: number): boolean {
    return Number.isInteger(account) && account >= 0 && account < this.limits.accountsMax;
  }

  /** True when account, instance, instrument and leg are such as positions may have. */
  isPlace({ account, instance, instrument, leg }: Readonly<TradingRecord>): boolean {
    if (!this.isAccount(account) || instrument >= this.limits.instrumentsMax) return false;
    if (!Number.isInteger(instance) || instance < BY_HAND || instance > this.limits.instancesMax) return false;
    return leg === Leg.Net || leg === Leg.Long || leg === Leg.Short;
  }

  /** The record's quantity at the newest revision's scale; 0 = does not fit, -1 = its revision is not known. */
  sizeNow(record: Readonly<TradingRecord>, instrument: Instrument): number {
    if (record.instrumentRevision === instrument.revision) return record.qty;
    const scale = this.scales.qtyScale(record.instrument, record.instrumentRevision);
    if (scale < 0 || scale > instrument.qtyScale) return -1;
    const power = instrument.qtyScale - scale;
    const size = power > 15 ? Number.NaN : record.qty * pow10(power);
    return isMantissa(size) ? size : 0;
  }

  /** A holding that could not follow a rescale takes no more fills: the break stays visible instead of growing. */
  holdingFits(holding: Holding | undefined, qty: number, qtyScale: number, fee: Wide): boolean {
    const known = holding ?? this.#flat;
    if (holding !== undefined && holding.qtyScale !== qtyScale) return false;
    if (holding === undefined) this.#flat.qtyScale = qtyScale;
    return known.hasRoom(qty, fee);
  }
}

export function isKnownKind(kind: InstrumentKind): boolean {
  return kind >= InstrumentKind.Spot && kind <= InstrumentKind.InversePerpetual;
}
