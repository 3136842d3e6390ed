/** A fault gateway by hand: one session at a venue whose faults the test sets, and all reports that it has had. */

import { Code } from "../../core/code.ts";
import { Prng } from "../../core/prng.ts";
import { type Instrument, InstrumentTable } from "../../model/instrument.ts";
import { InstrumentKind, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { FaultGateway } from "./fault_gateway.ts";
import { type FaultPlan, NO_FAULTS } from "./fault_plan.ts";
import { FaultVenue } from "./fault_venue.ts";
import type { FeeRates } from "./venue_ledger.ts";

export const FAULT_START_US = 1_700_000_000_000_000;
export const FAULT_ASSETS = ["USDT", "ETH", "BTC"];

const LISTING = { revision: 1, venue: "fault", quote: "USDT", settle: "USDT", tick: 100, qtyMax: 0, notionalMin: 0 };
const DECIMALS = { priceScale: 4, priceDecimals: 8, qtyScale: 6, qtyDecimals: 8, lot: 100, qtyMin: 100 };

export const FAULT_SPOT: Instrument = {
  ...LISTING,
  ...DECIMALS,
  id: 0,
  name: "fault:ETH-USDT",
  venueSymbol: "ETHUSDT",
  kind: InstrumentKind.Spot,
  base: "ETH",
};

export const FAULT_PERPETUAL: Instrument = {
  ...LISTING,
  ...DECIMALS,
  id: 1,
  name: "fault:BTC-USDT-PERP",
  venueSymbol: "BTCUSDT",
  kind: InstrumentKind.LinearPerpetual,
  base: "BTC",
};

export class FaultDesk {
  readonly venue: FaultVenue;
  readonly reports: TradingRecord[] = [];
  gateway: FaultGateway;
  nowUs = FAULT_START_US;
  #query = 0;

  constructor(plan: Partial<FaultPlan> = {}, rates: FeeRates = { maker: 0, taker: 100_000, asset: "" }, seed = 1) {
    const table = new InstrumentTable();
    table.define(FAULT_SPOT);
    table.define(FAULT_PERPETUAL);
    const assetIdOf = (code: string) => FAULT_ASSETS.indexOf(code);
    const faults = { ...NO_FAULTS, ...plan };
    this.venue = new FaultVenue(table, new Prng(seed), faults, rates, FAULT_START_US, assetIdOf);
    this.gateway = this.session(1);
  }

  /** A new session, as after a restart. */
  session(epoch: number): FaultGateway {
    const sink = {
      put: (record: Readonly<TradingRecord>) => this.reports.push(new TradingRecord().copyFrom(record)) > 0,
    };
    this.gateway = new FaultGateway(this.venue, sink, { account: 0, node: 1, epoch });
    this.gateway.connect(this.nowUs);
    return this.gateway;
  }

  set(plan: Partial<FaultPlan>): void {
    this.venue.setPlan({ ...NO_FAULTS, ...plan });
  }

  wait(us: number): void {
    this.nowUs += us;
    this.venue.advance(this.nowUs);
  }

  /** Rests at `price` far from the market unless told otherwise. */
  place(order: number, fields: Partial<TradingRecord> = {}): Code {
    const record = Object.assign(new TradingRecord().reset(RecordKind.OrderIntent), {
      order,
      attempt: 1,
      side: Side.Buy,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.Gtc,
      price: 19_000_000,
      qty: 1_000_000,
      ...fields,
    });
    return this.gateway.open(record as unknown as Approved);
  }

  cancel(order: number): Code {
    return this.gateway.close(Object.assign(new TradingRecord().reset(RecordKind.CancelIntent), { order, attempt: 1 }));
  }

  replace(order: number, price: number, qty: number, attempt = 2): Code {
    const fields = { order, attempt, price, qty, orderType: OrderType.Limit, side: Side.Buy };
    const record = Object.assign(new TradingRecord().reset(RecordKind.ReplaceIntent), fields);
    return this.gateway.open(record as unknown as Approved);
  }

  /** Asks, and answers what came for it. */
  ask(question: Record<string, unknown>): string[] {
    const id = ++this.#query;
    const from = this.reports.length;
    const code = this.gateway.query({ id, clientOrderId: "", instrument: 0, order: 0, ...question } as never);
    if (code !== Code.Ok) return [Code[code] ?? ""];
    this.wait(1_000_000);
    return this.reports
      .slice(from)
      .filter((record) => record.attempt === id)
      .map(wordOf);
  }

  /** What was told since `from`, in words. */
  told(from = 0): string[] {
    return this.reports.slice(from).map(wordOf);
  }
}

function wordOf(record: Readonly<TradingRecord>): string {
  const of = record.order === 0 ? "" : ` ${record.order}`;
  const code = record.code === 0 ? "" : ` code ${record.code}`;
  return `${RecordKind[record.kind]}${of}${code}`;
}
