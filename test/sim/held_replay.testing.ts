/** A captured market, the paper venue and the engine, with outages: what was journaled is all that a restart has. */

import { openSession, trialLimits } from "../../src/app/session_setup.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits.ts";
import { type Capture, readCapture } from "../../src/data/capture_reader.ts";
import { apply } from "../../src/engine/apply.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { Engine } from "../../src/engine/engine.ts";
import { ListJournal } from "../../src/engine/held.testing.ts";
import { MarketState } from "../../src/market/market.ts";
import type { Instrument } from "../../src/model/instrument.ts";
import { SLOT_BYTES, SlotFlag, U8_FLAGS } from "../../src/model/market_slot.ts";
import { OrderState, OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { RecordKind, TradingRecord } from "../../src/model/record.ts";
import { MarketLane } from "../../src/ring/market_lane.ts";
import { MessageLane } from "../../src/ring/message_lane.ts";
import { BinanceDecoder } from "../../src/venue/binance/decode.ts";
import { InstrumentScan } from "../../src/venue/binance/symbols.ts";
import { ReplayGateway } from "../../src/venue/replay/gateway.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, instrumentsMax: 4, accountsMax: 2, ordersMax: 1_024, fillsMax: 4_096 };
const FRAMES_MAX = 12_000;

export interface Tape {
  readonly capture: Capture;
  readonly instrument: Instrument;
  readonly market: "spot" | "usdm";
  /** Last trade after each frame, 0 before the first. */
  readonly prices: Float64Array;
  readonly frames: number;
}

/** Reads a capture once, and what its last prices were. */
export function readTape(files: readonly string[], market: "spot" | "usdm"): Tape {
  const capture = readCapture(files);
  const frames = Math.min(FRAMES_MAX, capture.texts.length);
  const scan = new InstrumentScan();
  for (let i = 0; i < frames; i++) scan.add(capture.texts[i] as string);
  const instrument = { ...(scan.result(market)[0] as Instrument), id: 0, revision: 1 };
  const prices = new Float64Array(frames);
  const view = new View({ capture, instrument, market, prices, frames });
  for (let i = 0; i < frames; i++) {
    view.show(i, (lane, slot) => view.market.onSlot(lane, slot));
    prices[i] = view.market.instrument(0)?.lastPrice ?? 0;
  }
  return { capture, instrument, market, prices, frames };
}

/** V, fed by frames: with the engine, or without it where only the market goes on. */
class View {
  readonly market = new MarketState(LIMITS);
  readonly lane = MarketLane.create(LIMITS);
  readonly #decoder: BinanceDecoder;

  constructor(readonly tape: Tape) {
    const { instrument } = tape;
    this.#decoder = new BinanceDecoder(tape.market, this.lane, LIMITS);
    this.market.define(instrument);
    this.#decoder.define({
      symbol: instrument.venueSymbol,
      instrument: 0,
      revision: 1,
      priceScale: instrument.priceScale,
      qtyScale: instrument.qtyScale,
    });
  }

  decode(frame: number): void {
    const { capture } = this.tape;
    const timeUs = capture.receiveTimesUs[frame] as number;
    const symbol = capture.snapshotSymbols.get(frame);
    if (symbol === undefined) this.#decoder.decode(capture.texts[frame] as string, timeUs);
    else this.#decoder.decodeDepthSnapshot(capture.texts[frame] as string, timeUs, symbol);
  }

  /** A frame whose slots nobody but `take` sees. */
  show(frame: number, take: (lane: MarketLane, slot: number) => void): void {
    this.decode(frame);
    const { lane } = this;
    while (lane.pending() > 0) {
      const first = lane.peek(0);
      let count = 0;
      for (let isLast = false; !isLast; count++) {
        const slot = (first + count) & lane.mask;
        take(lane, slot);
        isLast = ((lane.u8[slot * SLOT_BYTES + U8_FLAGS] as number) & SlotFlag.LastOfFrame) !== 0;
      }
      lane.release(count);
    }
  }
}

export class HeldReplay {
  readonly journal = new ListJournal();
  state = new DurableState(LIMITS);
  engine!: Engine;
  frame = 0;
  #view!: View;
  #gateway!: ReplayGateway;
  #commands!: MessageLane;
  #starts = 0;

  constructor(readonly tape: Tape) {
    this.#start(0);
    const { instrument } = tape;
    const price = tape.prices.find((one) => one > 0) ?? 1;
    const limits = [trialLimits(instrument, "1000000", price, {})];
    const startUs = tape.capture.receiveTimesUs[0] as number;
    const balances = { [instrument.quote]: "1000000" };
    openSession(this.engine, { accountName: "replay", instruments: [instrument], balances, limits, startUs });
  }

  get orders() {
    return this.state.orders;
  }

  /** Shows frames up to `to`. */
  run(to: number): void {
    for (; this.frame < Math.min(to, this.tape.frames); this.frame++) {
      const timeUs = this.tape.capture.receiveTimesUs[this.frame] as number;
      while (this.#gateway.nextDueUs() <= timeUs) {
        this.#gateway.advance(this.#gateway.nextDueUs());
        this.engine.poll();
      }
      this.#view.decode(this.frame);
      this.engine.poll();
      if (this.frame % 100 === 0) this.engine.tick(timeUs);
    }
  }

  /** The process dies here and starts again at frame `at`; what happened in between nobody saw. */
  restart(at: number = this.frame, told = true): void {
    const { prices } = this.tape;
    const missed = prices.subarray(this.frame, at);
    this.state = new DurableState(LIMITS);
    for (const record of this.journal.records) apply(this.state, record);
    this.frame = at;
    this.#start(at);
    this.#gateway.restore(this.state);
    const timeUs = this.tape.capture.receiveTimesUs[Math.min(at, this.tape.frames - 1)] as number;
    this.engine.recover(timeUs);
    if (told && missed.length > 0) this.engine.backfill(0, Math.max(...missed), Math.min(...missed), timeUs);
  }

  place(fields: Partial<TradingRecord>): number {
    const order = this.orders.nextOrder;
    const record = Object.assign(new TradingRecord().reset(RecordKind.CommandPlace), {
      timeUs: this.tape.capture.receiveTimesUs[this.frame] as number,
      instrumentRevision: 1,
      side: Side.Sell,
      orderType: OrderType.Market,
      timeInForce: TimeInForce.Gtc,
      text: "by hand",
      ...fields,
    });
    if (record.orderType === OrderType.Market) record.timeInForce = TimeInForce.Ioc;
    this.#commands.put(record);
    this.engine.poll();
    return order;
  }

  /** Buys at the market and waits for the fill. */
  buy(qty: number): number {
    const order = this.place({ side: Side.Buy, qty });
    for (let i = 0; i < 500 && this.stateOf(order) !== "Filled"; i++) this.run(this.frame + 10);
    return order;
  }

  stateOf(order: number): string {
    return OrderState[this.orders.state(order)] ?? "";
  }

  get positionQty(): number {
    return this.state.ledger.positionQty(0, 0, 0);
  }

  get price(): number {
    return this.tape.prices[Math.max(0, this.frame - 1)] as number;
  }

  record(kind: RecordKind, order: number): TradingRecord | undefined {
    return this.journal.records.find((record) => record.kind === kind && record.order === order);
  }

  replicaHash(): string {
    const state = new DurableState(LIMITS);
    for (const record of this.journal.records) apply(state, record);
    return state.hash();
  }

  #start(shown: number): void {
    const view = new View(this.tape);
    for (let i = 0; i < shown; i++) view.show(i, (lane, slot) => view.market.onSlot(lane, slot));
    this.#view = view;
    this.#commands = MessageLane.create(LIMITS);
    const lanes = { private: MessageLane.create(LIMITS), commands: this.#commands, market: view.lane };
    const killWord = new Int32Array(new SharedArrayBuffer(4));
    const { state, journal } = this;
    const engine = new Engine({ limits: LIMITS, state, market: view.market, journal, lanes, killWord, seed: 1 });
    this.#gateway = new ReplayGateway(
      0,
      view.market,
      state.instruments,
      (code) => this.state.ledger.assetId(code) ?? 0,
      lanes.private,
      engine,
      LIMITS,
      {
        entryLatencyUs: 1_000,
        ackLatencyUs: 1_000,
        makerRate: 0,
        takerRate: 0,
        feeIn: "quote",
        sessionTag: `${++this.#starts}`,
      },
    );
    engine.addGateway(this.#gateway);
    engine.setTap(this.#gateway);
    this.engine = engine;
  }
}
