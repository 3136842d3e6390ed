/** ledger.fill: one fill posted whole (position, part, cash, fee, hash of D), against a plain bookkeeper with BigInt and objects. */

import { RowHash } from "../src/core/hash.ts";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { Ledger } from "../src/ledger/ledger.ts";
import { type Instrument, InstrumentTable } from "../src/model/instrument.ts";
import { InstrumentKind, Side } from "../src/model/order.ts";
import { RecordKind, TradingRecord } from "../src/model/record.ts";
import type { Bench } from "./bench.ts";

const OPS = 100_000;
const BASELINE_OPS = 20_000;
const FILLS = 256;
const COMMON = { revision: 1, venue: "b", base: "ETH", quote: "USDT", settle: "USDT", priceScale: 4, qtyScale: 6 };
const SIZES = { priceDecimals: 2, qtyDecimals: 4, tick: 100, lot: 100, qtyMin: 100, qtyMax: 0, notionalMin: 0 };
const INSTRUMENTS: readonly Instrument[] = [
  { ...COMMON, ...SIZES, id: 0, name: "b:ETH-USDT", venueSymbol: "S", kind: InstrumentKind.Spot },
  { ...COMMON, ...SIZES, id: 1, name: "b:ETH-USDT-PERP", venueSymbol: "P", kind: InstrumentKind.LinearPerpetual },
  {
    ...COMMON,
    ...SIZES,
    id: 2,
    name: "b:ETH-USD",
    venueSymbol: "I",
    settle: "ETH",
    kind: InstrumentKind.InversePerpetual,
  },
];

const bench: Bench = {
  name: "ledger.fill",
  unit: "ns",
  baseline: "BigInt and objects",
  allocationFree: true,
  prepare() {
    const instruments = new InstrumentTable();
    const ledger = new Ledger(DEFAULT_LIMITS, new RowHash(), instruments);
    define(ledger, instruments);
    const fills = Array.from({ length: FILLS }, (_, i) => fill(i));
    const plain = new PlainLedger();
    let at = 0;
    const single = () => {
      at = (at + 1) % FILLS;
      ledger.apply(fills[at] as TradingRecord);
    };
    return {
      ops: OPS,
      run() {
        for (let i = 0; i < OPS; i++) single();
        if (ledger.refusedCount > 0) throw new Error(`refused: ${ledger.lastRefusal}`);
      },
      single,
      baselineOps: BASELINE_OPS,
      baselineRun() {
        for (let i = 0; i < BASELINE_OPS; i++) plain.fill(fills[i % FILLS] as TradingRecord);
      },
    };
  },
};

export default bench;

function define(ledger: Ledger, instruments: InstrumentTable): void {
  const record = new TradingRecord();
  ["USDT", "ETH", "BNB"].forEach((code, id) => {
    record.reset(RecordKind.AssetDefined).asset = id;
    record.text = code;
    ledger.apply(record);
  });
  for (const instrument of INSTRUMENTS) {
    record.reset(RecordKind.InstrumentDefined).instrument = instrument.id;
    record.text = JSON.stringify(instrument);
    ledger.apply(record);
    instruments.define(instrument);
  }
}

/** Buys and sells in turns, of sizes that drift: closes, flips, opens; two instances, all kinds; fees in the quote asset and in a third one. */
function fill(i: number): TradingRecord {
  const record = new TradingRecord().reset(RecordKind.OrderFilled);
  const round = i >> 1;
  record.instrument = round % 3;
  record.instrumentRevision = 1;
  record.instance = 1 + (round % 2);
  record.side = i % 2 === 0 ? Side.Buy : Side.Sell;
  record.price = 20_000_000 + 700 * (i % 50);
  record.qty = 1_000_000 + 100 * (round % 77);
  record.feeLo = 12_345_678_000_000;
  record.feeAsset = round % 4 === 0 ? 2 : 0;
  return record;
}

/** Average cost as one would write it plainly; no hash of the state, no parts. */
class PlainLedger {
  readonly positions = new Map<string, { qty: bigint; cost: bigint; realized: bigint }>();
  readonly cash = new Map<string, bigint>();

  fill(record: Readonly<TradingRecord>): void {
    const kind = INSTRUMENTS[record.instrument]?.kind;
    const size = BigInt(record.qty) * 10n ** 12n;
    const price = BigInt(record.price);
    const amount = kind === InstrumentKind.InversePerpetual ? (size * 10_000n) / price : (size * price) / 10_000n;
    const qty = record.side === Side.Buy ? size : -size;
    for (const key of [`${record.account}:${record.instrument}`, `${record.instance}:${record.instrument}`]) {
      const old = this.positions.get(key) ?? { qty: 0n, cost: 0n, realized: 0n };
      if (old.qty === 0n || old.qty > 0n === qty > 0n) {
        this.positions.set(key, { ...old, qty: old.qty + qty, cost: old.cost + amount });
        continue;
      }
      const share = (old.cost * size) / (old.qty < 0n ? -old.qty : old.qty);
      const made = old.qty > 0n ? amount - share : share - amount;
      this.positions.set(key, { qty: old.qty + qty, cost: old.cost - share, realized: old.realized + made });
      this.#move(`${key}:money`, made);
    }
    if (kind === InstrumentKind.Spot) {
      this.#move("ETH", qty);
      this.#move("USDT", qty > 0n ? -amount : amount);
    }
    this.#move(`fee:${record.feeAsset}`, -BigInt(record.feeLo));
  }

  #move(key: string, amount: bigint): void {
    this.cash.set(key, (this.cash.get(key) ?? 0n) + amount);
  }
}
