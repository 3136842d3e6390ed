/** `?dryRun=true`: the very gate of the engine, asked on the replica with the board's prices; nothing is sent or kept. */

import { mantissaTextShort } from "../core/decimal.ts";
import type { DurableState } from "../engine/durable.ts";
import { DENIAL_TEXTS, Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { isConditional, isToHold, OrderFlag } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { GateContext } from "../risk/context.ts";
import { RiskGate } from "../risk/gate.ts";
import type { CheckView, DryRunAnswer } from "./answers.ts";
import type { QuoteReader } from "./market_view.ts";
import type { EngineHealth } from "./ports.ts";

const NOT_CHECKED: readonly string[] = [
  "the account's balance at the venue",
  "what the venue itself refuses (filters, post-only that would trade, market hours)",
  "the venue's request budget",
  "the market's state at the moment of sending: the engine checks all of it again",
];

/** Holds a gate of its own over the replica's risk state; made when first asked, since it reserves memory. */
export class OrderCheck {
  readonly #gate: RiskGate;
  readonly #context = new GateContext();

  constructor(
    readonly state: DurableState,
    readonly quotes: QuoteReader,
  ) {
    this.#gate = new RiskGate(state.risk, state.limits);
  }

  check(command: Readonly<TradingRecord>, health: EngineHealth, nowUs: number): DryRunAnswer {
    const instrument = this.state.instruments.get(command.instrument) as Instrument;
    const checks: CheckView[] = [];
    const ready = health.ready ? "" : health.notReady.join("; ");
    checks.push(view("ready", health.ready, "NotReady", health.ready ? "the gateway is ready" : ready, "wait for it"));
    const order = new TradingRecord().copyFrom(command, RecordKind.OrderIntent);
    this.#lookAt(order, instrument, health, nowUs);
    if (isConditional(order.orderType) || order.parent !== 0) order.flags |= OrderFlag.Emulated;
    const { held, denial } = this.#ask(order);
    const { meaning, hint } = DENIAL_TEXTS[denial];
    checks.push(view("riskGate", denial === Denial.None, Denial[denial] ?? "", meaning, hint));
    const room = this.state.orders.hasRoom();
    checks.push(
      view("orderTable", room, "JournalBehind", room ? "one more order fits" : "the order table is full", ""),
    );
    const ok = checks.every((check) => check.ok);
    const later = held ? ["every limit: it is checked when the order's condition comes true"] : [];
    const notChecked = [...later, ...this.#notes(instrument)];
    return { dryRun: true, ok, record: this.state.record, checks, notChecked };
  }

  /** As if the venue kept no conditions itself: what is held is asked for its form. */
  #ask(order: Readonly<TradingRecord>): { held: boolean; denial: Denial } {
    if (isToHold(order.flags)) return { held: true, denial: this.#gate.checkHeld(order, this.#context) };
    const approved = this.#gate.approve(order, this.#context);
    if (approved !== undefined) this.#gate.recycle(approved);
    return { held: false, denial: this.#gate.denial };
  }

  *#notes(instrument: Instrument): Generator<string> {
    const { referencePrice } = this.#context;
    const price = mantissaTextShort(referencePrice, instrument.priceScale);
    yield referencePrice === 0
      ? "a reference price: the board has none"
      : `the engine's own reference price: this check took ${price} from the board`;
    yield* NOT_CHECKED;
  }

  /** As the engine's decider does, from the replica and the board. */
  #lookAt(order: TradingRecord, instrument: Instrument, health: EngineHealth, nowUs: number): void {
    const { ledger, orders } = this.state;
    const context = this.#context;
    const reference = this.quotes.reference(order.instrument);
    context.instrument = instrument;
    context.nowUs = nowUs;
    context.referencePrice = reference.price;
    context.referenceAgeUs = reference.price === 0 ? 0 : Math.max(0, nowUs - reference.timeUs);
    context.referenceValid = reference.price > 0;
    context.positionQty = ledger.positionQty(order.account, order.instrument, order.leg);
    context.instancePositionQty = ledger.instancePositionQty(0, order.account, order.instrument, order.leg);
    context.openBuyQty = orders.openBuyQty(order.account, order.instrument);
    context.openSellQty = orders.openSellQty(order.account, order.instrument);
    const heldCount = orders.held.countOf(order.account, order.instrument);
    context.openCount = orders.openCount(order.account, order.instrument) + heldCount;
    context.journalOccupancy = health.journalOccupancy;
  }
}

function view(check: string, ok: boolean, code: string, detail: string, hint: string): CheckView {
  return { check, ok, code: ok ? null : code, detail, hint: ok ? "" : hint };
}
