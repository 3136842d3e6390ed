/** Positions and cash as a venue states them against the ledger: a difference counts when it is seen twice. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Wide, Wide as WideValue, wideCmp, wideNeg, wideSub } from "../core/wide.ts";
import { CashCause, InstrumentKind, Side } from "../model/order.ts";
import { Evidence, Readiness, RecordKind, TradingRecord } from "../model/record.ts";
import type { Ask } from "./reconciler_account.ts";
import type { Recorder } from "./recorder.ts";

/** A second answer, asked for at least so much later, must say the same. */
export const CONFIRM_US = 1_000_000;
const LEGS = 3;
/**
 * Venues round each profit of a contract (to the eighth decimal), and we count exactly: after many of them cash differs by so
 * much at most, and nothing is wrong. 10^-6 of the asset, at 10^-18.
 */
const ROUNDING_MAX = 1_000_000_000_000;

interface Suspicion {
  readonly theirs: number;
  readonly ours: number;
  readonly seenUs: number;
}

interface CashSuspicion {
  readonly theirs: Wide;
  readonly ours: Wide;
  readonly seenUs: number;
}

/** Suspicions are no part of D: after a restart a difference is seen twice again. */
export class MoneyCheck {
  readonly #positions = new Map<number, Suspicion>();
  readonly #cash = new Map<string, CashSuspicion>();
  readonly #out = new TradingRecord();
  readonly #wide = new WideValue();
  readonly #bound = new WideValue();

  constructor(readonly recorder: Recorder) {}

  /** Signed positions of the account now, by `key`. */
  positionsOf(account: number): Map<number, number> {
    const ours = new Map<number, number>();
    for (const row of this.recorder.state.ledger.rows()) {
      if (row.account === account) ours.set(key(row.instrument, row.leg), row.holding.qty);
    }
    return ours;
  }

  /** After a complete answer: absent is flat. True when a difference waits to be seen again. */
  comparePositions(account: number, ask: Readonly<Ask>): boolean {
    const { instruments } = this.recorder.state;
    const stated = new Map<number, number>();
    for (const { instrument, leg, qty, side } of ask.stated) {
      if (instruments.get(instrument) === undefined || leg >= LEGS || !Number.isSafeInteger(qty)) continue;
      stated.set(key(instrument, leg), side === Side.Sell ? -qty : qty);
    }
    const now = this.positionsOf(account);
    let waits = false;
    for (const at of new Set([...now.keys(), ...stated.keys()])) {
      const isSpot = instruments.get(Math.floor(at / LEGS))?.kind === InstrumentKind.Spot;
      // Spot venues state balances: a pair that they do not list is not flat.
      if (isSpot && !stated.has(at)) continue;
      const ours = now.get(at) ?? 0;
      if (ours !== (ask.ours?.get(at) ?? 0)) continue; // It moved while the question travelled.
      if (this.#comparePosition(account, at, stated.get(at) ?? 0, ours, ask.askedUs)) waits = true;
    }
    return waits;
  }

  /** True while the venue's cash of an asset is, or seems to be, another than ours. */
  isCashDoubted(account: number, asset: number): boolean {
    assert(account >= 0 && asset >= 0, Code.ValueOutOfRange);
    if (this.#cash.has(`${account} ${asset}`)) return true;
    return this.recorder.state.ledger.breaks.get(account, asset) !== undefined;
  }

  /** After a complete answer about cash. An asset that is not stated is not judged: venues leave out what is empty. */
  compareCash(account: number, ask: Readonly<Ask>): boolean {
    const { ledger } = this.recorder.state;
    let waits = false;
    for (const { asset, amountHi, amountLo } of ask.stated) {
      if (ledger.assetCode(asset) === undefined || this.#isUnsettled(account, asset)) continue;
      const theirs = new WideValue().setLimbs(amountHi, amountLo);
      const ours = new WideValue().set(ledger.cash(account, asset, this.#wide));
      const open = ledger.breaks.get(account, asset);
      const named = `${account} ${asset}`;
      if (wideCmp(theirs, ours) === 0) {
        this.#cash.delete(named);
        if (open !== undefined) this.#breakCash(account, asset, theirs, ours);
        continue;
      }
      if (open !== undefined && wideCmp(open.theirs, theirs) === 0 && wideCmp(open.ours, ours) === 0) continue;
      const before = this.#cash.get(named);
      const isSame = before !== undefined && wideCmp(before.theirs, theirs) === 0 && wideCmp(before.ours, ours) === 0;
      if (isSame && ask.askedUs - before.seenUs >= CONFIRM_US) {
        this.#cash.delete(named);
        if (this.#isRounding(account, asset, theirs, ours)) this.#takeRounding(account, asset, theirs, ours);
        else this.#breakCash(account, asset, theirs, ours);
      } else {
        if (!isSame) this.#cash.set(named, { theirs, ours, seenUs: this.recorder.nowUs });
        waits = true;
      }
    }
    return waits;
  }

  /**
   * What an open perpetual has realised so far depends on the order in which its fills were counted: late ones make it
   * another than the venue's, and nothing is wrong. Once it is flat the sums are the same again, to the last unit.
   */
  #isUnsettled(account: number, asset: number): boolean {
    const { instruments, ledger } = this.recorder.state;
    for (const { id, kind, settle } of instruments.all()) {
      if (kind === InstrumentKind.Spot || ledger.assetId(settle) !== asset) continue;
      for (let leg = 0; leg < LEGS; leg++) if (ledger.positionQty(account, id, leg) !== 0) return true;
    }
    return false;
  }

  /** Contracts were traded for the asset, all are flat by now, and next to nothing is left between the two. */
  #isRounding(account: number, asset: number, theirs: Wide, ours: Wide): boolean {
    const { instruments, ledger } = this.recorder.state;
    assert(!this.#isUnsettled(account, asset), Code.InvariantBroken);
    const apart = wideSub(this.#wide, theirs, ours);
    if (apart.isNegative()) wideNeg(apart, apart);
    if (wideCmp(apart, this.#bound.setInt(ROUNDING_MAX)) > 0) return false;
    return ledger.rows().some((row) => {
      const listed = row.account === account ? instruments.get(row.instrument) : undefined;
      return listed !== undefined && listed.kind !== InstrumentKind.Spot && ledger.assetId(listed.settle) === asset;
    });
  }

  /** The venue's word is the balance; the record says by how much it differed. It closes a break as well. */
  #takeRounding(account: number, asset: number, theirs: Wide, ours: Wide): void {
    const apart = wideSub(this.#wide, theirs, ours);
    const out = this.#about(RecordKind.CashMoved, account, 0, 0);
    out.asset = asset;
    out.code = CashCause.Adjustment;
    out.amountHi = apart.hi;
    out.amountLo = apart.lo;
    out.text = "rounded by the venue";
    this.recorder.emit(out);
  }

  #comparePosition(account: number, at: number, theirs: number, ours: number, askedUs: number): boolean {
    const { readiness } = this.recorder.state;
    const instrument = Math.floor(at / LEGS);
    const leg = at % LEGS;
    const open = readiness.breakOf(account, instrument, leg);
    const named = account * this.recorder.state.limits.instrumentsMax * LEGS + at;
    if (theirs === ours) {
      this.#positions.delete(named);
      if (open !== undefined) this.#vanished(account, instrument, leg, ours);
      return false;
    }
    if (open !== undefined && open.venueQty === theirs && open.ourQty === ours) return false;
    const before = this.#positions.get(named);
    const isSame = before !== undefined && before.theirs === theirs && before.ours === ours;
    if (isSame && askedUs - before.seenUs >= CONFIRM_US) {
      this.#positions.delete(named);
      this.#breakPosition(account, instrument, leg, theirs, ours);
      return false;
    }
    if (!isSame) this.#positions.set(named, { theirs, ours, seenUs: this.recorder.nowUs });
    return true;
  }

  #breakPosition(account: number, instrument: number, leg: number, theirs: number, ours: number): void {
    assert(theirs !== ours, Code.InvariantBroken);
    const out = this.#about(RecordKind.PositionBroken, account, instrument, leg);
    out.qty = Math.abs(theirs);
    out.side = theirs < 0 ? Side.Sell : Side.Buy;
    out.cumQty = ours;
    out.text = `the venue has ${theirs}, we have ${ours}`;
    this.recorder.emit(out);
    out.kind = RecordKind.ProblemNoted;
    out.code = Code.PositionDiffers;
    this.recorder.emit(out);
  }

  /** A late fill has come: the same quantity on both sides, and nobody had to adjust anything. */
  #vanished(account: number, instrument: number, leg: number, qty: number): void {
    const isOther = [0, 1, 2].some(
      (other) => other !== leg && this.recorder.state.readiness.breakOf(account, instrument, other) !== undefined,
    );
    if (isOther) return; // A pair is ready when all its legs are.
    const out = this.#about(RecordKind.ReadinessChanged, account, instrument, leg);
    out.code = Readiness.Ready;
    out.text = `both have ${qty}`;
    this.recorder.emit(out);
  }

  #breakCash(account: number, asset: number, theirs: Wide, ours: Wide): void {
    assert(asset >= 0, Code.ValueOutOfRange);
    const out = this.#about(RecordKind.CashBroken, account, 0, 0);
    out.asset = asset;
    out.amountHi = theirs.hi;
    out.amountLo = theirs.lo;
    out.feeHi = ours.hi;
    out.feeLo = ours.lo;
    this.recorder.emit(out);
    if (wideCmp(theirs, ours) === 0) return;
    out.kind = RecordKind.ProblemNoted;
    out.code = Code.CashDiffers;
    out.text = `cash of asset ${this.recorder.state.ledger.assetCode(asset) ?? asset} differs`;
    this.recorder.emit(out);
  }

  #about(kind: RecordKind, account: number, instrument: number, leg: number): TradingRecord {
    const out = this.#out.reset(kind);
    out.account = account;
    out.instrument = instrument;
    out.instrumentRevision = this.recorder.state.instruments.get(instrument)?.revision ?? 0;
    out.leg = leg;
    out.evidence = Evidence.Statement;
    return out;
  }
}

function key(instrument: number, leg: number): number {
  return instrument * LEGS + leg;
}
