/** Records of orders' lives without an engine: what `apply` accepts, endless and the same each time. */

import { DEFAULT_LIMITS, type Limits } from "../src/core/limits.ts";
import { apply } from "../src/engine/apply.ts";
import { DurableState } from "../src/engine/durable.ts";
import { BATCH_HEADER_BYTES, freshTail } from "../src/journal/format.ts";
import { JournalWriter } from "../src/journal/writer.ts";
import { encodeRecord } from "../src/model/codec.ts";
import type { Instrument } from "../src/model/instrument.ts";
import { CashCause, InstrumentKind, OrderType, Side, TimeInForce } from "../src/model/order.ts";
import { RecordKind, TradingRecord } from "../src/model/record.ts";

const START_US = 1_700_000_000_000_000;
const STEP_US = 400;
/** Orders that rest before the oldest of them ends. */
const RESTING = 400;
const BATCH_RECORDS = 64;
const SEAL_EVERY = 20_000;

const INSTRUMENT: Instrument = {
  id: 0,
  revision: 1,
  name: "load:BTC-USDT",
  venue: "load",
  venueSymbol: "BTCUSDT",
  kind: InstrumentKind.LinearPerpetual,
  base: "BTC",
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
};

/** Gives one record after the other, always in the same object. */
export class JournalLoad {
  readonly record = new TradingRecord();
  number = 0;
  fills = 0;
  #nextOrder = 1;
  /** What the order at hand still has to live through. */
  readonly #queue: (() => void)[] = [];

  constructor(readonly keyEvery = 50) {
    const define = (kind: RecordKind, fields: Partial<TradingRecord>) =>
      this.#queue.push(() => void Object.assign(this.record.reset(kind), fields));
    define(RecordKind.SessionStarted, { text: '{"epoch":1,"limitsHash":"load"}' });
    define(RecordKind.AssetDefined, { asset: 0, text: "USDT" });
    define(RecordKind.AssetDefined, { asset: 1, text: "BTC" });
    define(RecordKind.AccountOpened, { text: "load" });
    define(RecordKind.InstrumentDefined, { instrumentRevision: 1, text: JSON.stringify(INSTRUMENT) });
    define(RecordKind.CashMoved, { code: CashCause.OpeningBalance, amountHi: 100_000_000 });
    define(RecordKind.InstanceStarted, { instance: 1, text: '{"name":"load","strategy":"noop"}' });
  }

  /** With the state that its records have led to, a seal comes now and then. */
  next(state?: DurableState): TradingRecord {
    const { record } = this;
    this.number++;
    if (state !== undefined && this.number % SEAL_EVERY === 0) record.reset(RecordKind.Sealed).text = state.hash();
    else {
      if (this.#queue.length === 0) this.#live();
      (this.#queue.shift() as () => void)();
    }
    record.record = this.number;
    record.input = this.number;
    record.timeUs = START_US + this.number * STEP_US;
    return record;
  }

  /** One order is born and accepted; the one that rested longest is filled in parts, or cancelled. */
  #live(): void {
    const order = this.#nextOrder++;
    const side = order % 2 === 0 ? Side.Buy : Side.Sell;
    const base = { order, instance: 1, instrumentRevision: 1, side, price: 6_000_000 + (order % 997), qty: 4 };
    const terms = { orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc, text: "load: cross up" };
    const key = order % this.keyEvery === 0 ? { fillId: `key-${order}#0123abcd` } : {};
    this.#say(RecordKind.OrderIntent, { ...base, ...terms, ...key, referencePrice: 6_000_000 });
    this.#say(RecordKind.OrderSent, { order, instance: 1, attempt: 0 });
    this.#say(RecordKind.OrderAccepted, { order, venueOrderId: `venue-${order}` });
    const old = order - RESTING;
    if (old < 1) return;
    const oldSide = old % 2 === 0 ? Side.Buy : Side.Sell;
    const fill = {
      order: old,
      instance: 1,
      instrumentRevision: 1,
      side: oldSide,
      price: 6_000_000,
      venueOrderId: `venue-${old}`,
    };
    if (old % 6 >= 4) {
      this.#say(RecordKind.CancelIntent, { order: old, instance: 1 });
      this.#say(RecordKind.OrderCanceled, { order: old, venueOrderId: `venue-${old}` });
      return;
    }
    for (let part = 0; part < 2; part++) {
      this.fills++;
      this.#say(RecordKind.OrderFilled, {
        ...fill,
        qty: 2,
        fillId: `${old}-${part}`,
        feeLo: 6_000_000_000_000,
        feeAsset: 0,
      });
    }
  }

  #say(kind: RecordKind, fields: Partial<TradingRecord>): void {
    this.#queue.push(() => void Object.assign(this.record.reset(kind), fields));
  }
}

export interface WrittenLoad {
  readonly hash: string;
  readonly seconds: number;
}

/**
 * Writes `records` of it as a journal, with seals that carry the hash of D. `onDurable` is called now and then, between
 * two batches, with the last durable record.
 */
export function writeLoad(
  dir: string,
  records: number,
  onDurable: (record: number) => void = () => {},
  limits: Limits = DEFAULT_LIMITS,
): WrittenLoad {
  const begunMs = performance.now();
  const load = new JournalLoad();
  const state = new DurableState(limits);
  const writer = new JournalWriter(dir, limits, { ...freshTail(), tornBytes: 0 });
  const view = new DataView(writer.buffer.buffer);
  while (load.number < records) {
    let end = BATCH_HEADER_BYTES;
    for (let n = 0; n < BATCH_RECORDS && load.number < records; n++) {
      const record = load.next(state);
      apply(state, record);
      end += encodeRecord(record, writer.buffer, view, end);
    }
    if (!writer.commit(end)) throw new Error("the disk is full");
    onDurable(writer.lastRecord);
  }
  writer.close();
  return { hash: state.hash(), seconds: (performance.now() - begunMs) / 1_000 };
}
