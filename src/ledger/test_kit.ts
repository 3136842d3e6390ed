/** Parts that the tests of this room share: instruments, assets, records of fills. */

import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import type { Wide } from "../core/wide.ts";
import { type Instrument, InstrumentTable } from "../model/instrument.ts";
import { type CashCause, InstrumentKind, type Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { Ledger } from "./ledger.ts";

export const ASSETS = ["USDT", "ETH", "BNB"] as const;
export const USDT = 0;
export const ETH = 1;
export const BNB = 2;
export const SPOT = 0;
export const PERP = 1;
export const INVERSE = 2;

const COMMON = {
  revision: 1,
  venue: "test",
  base: "ETH",
  quote: "USDT",
  settle: "USDT",
  priceScale: 2,
  qtyScale: 3,
  priceDecimals: 2,
  qtyDecimals: 3,
  tick: 1,
  lot: 1,
  qtyMin: 1,
  qtyMax: 0,
  notionalMin: 0,
} as const;

export const INSTRUMENTS: readonly Instrument[] = [
  { ...COMMON, id: SPOT, name: "test:ETH-USDT", venueSymbol: "ETHUSDT", kind: InstrumentKind.Spot },
  { ...COMMON, id: PERP, name: "test:ETH-USDT-PERP", venueSymbol: "ETHUSDT", kind: InstrumentKind.LinearPerpetual },
  {
    ...COMMON,
    id: INVERSE,
    name: "test:ETH-USD-PERP",
    venueSymbol: "ETHUSD",
    kind: InstrumentKind.InversePerpetual,
    settle: "ETH",
  },
];

/** Seeded chance. */
export class Dice {
  constructor(private state: number) {}

  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

/** Exact value of a wide integer, for judges. */
export function big(w: Readonly<Wide>): bigint {
  return BigInt(w.hi) * 9_007_199_254_740_992n + BigInt(w.lo); // bigint-ok: tests only
}

export interface FillFacts {
  readonly account?: number;
  readonly instance?: number;
  readonly instrument?: number;
  readonly leg?: number;
  readonly revision?: number;
  /** Units at 10^-18. */
  readonly fee?: bigint; // bigint-ok: tests only
  readonly feeAsset?: number;
  /** The venue's stated amount; left out: computed. */
  readonly amount?: bigint; // bigint-ok: tests only
  readonly bust?: boolean;
}

export class TestLedger {
  readonly hash = new RowHash();
  readonly instruments = new InstrumentTable();
  readonly ledger: Ledger;

  constructor(isDefined = true) {
    this.ledger = new Ledger(DEFAULT_LIMITS, this.hash, this.instruments);
    if (!isDefined) return;
    ASSETS.forEach((code, id) => {
      const record = new TradingRecord().reset(RecordKind.AssetDefined);
      record.asset = id;
      record.text = code;
      this.ledger.apply(record);
    });
    for (const instrument of INSTRUMENTS) this.define(instrument);
  }

  /** As the engine does: the ledger first, then the table. */
  define(instrument: Instrument): void {
    const record = new TradingRecord().reset(RecordKind.InstrumentDefined);
    record.instrument = instrument.id;
    record.text = JSON.stringify(instrument);
    this.ledger.apply(record);
    this.instruments.define(instrument);
  }

  fill(side: Side, price: number, qty: number, facts: FillFacts = {}): TradingRecord {
    const record = new TradingRecord().reset(facts.bust === true ? RecordKind.FillBusted : RecordKind.OrderFilled);
    record.account = facts.account ?? 0;
    record.instance = facts.instance ?? 1;
    record.instrument = facts.instrument ?? SPOT;
    record.instrumentRevision = facts.revision ?? 1;
    record.leg = facts.leg ?? 0;
    record.side = side;
    record.price = price;
    record.qty = qty;
    [record.feeHi, record.feeLo] = limbs(facts.fee ?? 0n); // bigint-ok: tests only
    record.feeAsset = facts.feeAsset ?? USDT;
    [record.amountHi, record.amountLo] = limbs(facts.amount ?? 0n); // bigint-ok: tests only
    this.ledger.apply(record);
    return record;
  }

  // bigint-ok: tests only
  move(asset: number, cause: CashCause, amount: bigint, account = 0): void {
    const record = new TradingRecord().reset(RecordKind.CashMoved);
    record.account = account;
    record.asset = asset;
    record.code = cause;
    [record.amountHi, record.amountLo] = limbs(amount);
    this.ledger.apply(record);
  }
}

// bigint-ok: tests only
export function limbs(value: bigint): [hi: number, lo: number] {
  const hi = value >> 53n; // bigint-ok: tests only
  return [Number(hi), Number(value - (hi << 53n))]; // bigint-ok: tests only; number-ok: limbs, not text
}
