/** What a fuzzed decoder is to the fuzzer: it takes a text and says what was wrong with what came of it. */

import { Code, codeName } from "../../src/core/code.ts";
import { CASH_SCALE, wideText } from "../../src/core/decimal.ts";
import type { Limits } from "../../src/core/limits.ts";
import { Wide } from "../../src/core/wide.ts";
import { RecordKind, type TradingRecord } from "../../src/model/record.ts";
import type { PrivateStats } from "../../src/venue/wire/private_stats.ts";
import type { SlotRig } from "../../src/venue/wire/slots.testing.ts";
import { Stated } from "./stated.ts";

export interface Subject {
  /** Undefined when all is well. May throw, which is the worst of all. */
  judge(text: string): string | undefined;
  readonly accepted: number;
  /** Set-aside messages by name. */
  asides(): Record<string, number>;
}

export interface FuzzedDecoder {
  readonly name: string;
  /** Sound messages, to be spoiled. */
  readonly frames: readonly string[];
  open(): Subject;
}

/** A market decoder of any venue, in a rig. */
export interface MarketRig extends SlotRig {
  readonly decoder: { fastPathOn: boolean };
}

export interface MarketKind<R extends MarketRig> {
  readonly make: (limits: Limits) => R;
  readonly limits: Limits;
  readonly decode: (rig: R, text: string) => Code;
  readonly priceScale: number;
  readonly qtyScale: number;
}

/** A cumulative quantity that a message does not state. */
const NOT_STATED = -1;
/** A list of rows that is empty says nothing. */
const NO_ROWS = /"data":\s*\[\s*\]/;
/** Numbers are looked up in the message for one accepted frame in so many. */
const STATED_EVERY = 8;
const ASIDE_SLOTS_EVERY = 16;
/** `Kind flags instrument @time a b c d #sequence`. */
const SLOT = /^(\w+) \S* \S+ @\S+ (\S+) (\S+) (\S+) (\S+) #/;

/** Two rigs: with the fast path and without. What both say must be the same, and stated by the message. */
export class MarketSubject<R extends MarketRig> implements Subject {
  accepted = 0;
  readonly #usual: R;
  readonly #correct: R;
  readonly #asides: Record<string, number> = {};
  #frames = 0;

  constructor(readonly kind: MarketKind<R>) {
    this.#usual = kind.make(kind.limits);
    this.#correct = kind.make(kind.limits);
    this.#correct.decoder.fastPathOn = false;
  }

  judge(text: string): string | undefined {
    const { decode } = this.kind;
    this.#frames++;
    const code = decode(this.#usual, text);
    const other = decode(this.#correct, text);
    let why = code === other ? undefined : `codes ${codeName(code)} and ${codeName(other)}`;
    if (code === Code.Ok || this.#frames % ASIDE_SLOTS_EVERY === 0) {
      const slots = this.#usual.peek();
      if (slots.join() !== this.#correct.take().join()) why ??= "the fast path says something else";
      if (code === Code.Ok && this.accepted++ % STATED_EVERY === 0) why ??= this.#unstated(text, slots);
    } else this.#correct.lane.release(this.#correct.lane.pending());
    if (code !== Code.Ok) this.#asides[codeName(code)] = (this.#asides[codeName(code)] ?? 0) + 1;
    return this.#usual.faults(code) > 0 ? (why ?? "slots that may not be") : why;
  }

  asides(): Record<string, number> {
    return this.#asides;
  }

  #unstated(text: string, slots: readonly string[]): string | undefined {
    const stated = new Stated(JSON.parse(text));
    const { priceScale, qtyScale } = this.kind;
    for (const slot of slots) {
      const [, name, ...values] = SLOT.exec(slot) ?? [];
      const [a, b, c, d] = values.map(Number) as [number, number, number, number];
      const told = name === "Quote" ? [a, b, c, d] : name === "Trade" || name === "Level" ? [a, b] : [];
      // Averages have more decimals than prices: what is told of them is cut off.
      if (name === "Liquidation" && !(stated.hasCut(a, priceScale) && stated.has(b, qtyScale)))
        return `a liquidation that the message does not state: ${slot}`;
      if (told.some((value, at) => !stated.has(value, at % 2 === 0 ? priceScale : qtyScale)))
        return `a number that the message does not state: ${slot}`;
    }
    return undefined;
  }
}

/** A private reader of any venue, in a rig. */
export interface PrivateHearing {
  hear(text: string): void;
  readonly told: TradingRecord[];
  readonly builder: { readonly stats: PrivateStats };
  /** Messages that were answers, or were handed on as something else than a report. */
  answered(): number;
}

/** Private messages: each is told, answered or set aside by name; quantities and prices are the message's. */
export class PrivateSubject implements Subject {
  accepted = 0;
  #answers = 0;

  constructor(
    readonly rig: PrivateHearing,
    readonly priceScale: number,
    readonly qtyScale: number,
  ) {}

  judge(text: string): string | undefined {
    const { builder, told } = this.rig;
    const { stats } = builder;
    const before = stats.decodedTotal + stats.asideTotal;
    this.rig.hear(text);
    const answered = this.rig.answered();
    this.#answers += answered;
    if (stats.decodedTotal + stats.asideTotal === before && answered === 0 && !NO_ROWS.test(text)) {
      return "not a word about it";
    }
    const records = told.splice(0);
    if (records.length === 0) return undefined;
    const stated = this.accepted++ % STATED_EVERY === 0 ? new Stated(exactly(text)) : undefined;
    for (const record of records) {
      const why = this.#fault(record, stated);
      if (why !== undefined) return `${why}: ${RecordKind[record.kind]}`;
    }
    return undefined;
  }

  asides(): Record<string, number> {
    const named = [...this.rig.builder.stats.aside()].map(([why, { count }]) => [why, count] as const);
    return { ...Object.fromEntries(named), answers: this.#answers };
  }

  #fault(record: TradingRecord, stated: Stated | undefined): string | undefined {
    const { kind, qty, cumQty, price, fillId } = record;
    if (stated !== undefined && !(stated.hasMoney(feeOf(record)) && stated.hasMoney(movedOf(record))))
      return `money that the message does not state, ${movedOf(record)} ${feeOf(record)}`;
    if (kind === RecordKind.CashMoved) return undefined;
    const cum = cumQty === NOT_STATED ? 0 : cumQty;
    for (const value of [qty, cum, price]) {
      if (!Number.isSafeInteger(value) || value < 0) return `a number out of range, ${value}`;
    }
    if (kind === RecordKind.OrderFilled && (qty === 0 || fillId === "")) return "a fill of nothing, or without its id";
    if (stated === undefined) return undefined;
    const isStated =
      stated.has(qty, this.qtyScale) && stated.has(cum, this.qtyScale) && stated.has(price, this.priceScale);
    return isStated ? undefined : `a number that the message does not state, ${qty} ${cumQty} ${price}`;
  }
}

function feeOf({ feeHi, feeLo }: TradingRecord): string {
  return wideText(new Wide().setLimbs(feeHi, feeLo), CASH_SCALE);
}

/** What a fill cost may be computed; what was moved is stated. */
function movedOf({ kind, amountHi, amountLo }: TradingRecord): string {
  return kind === RecordKind.CashMoved ? wideText(new Wide().setLimbs(amountHi, amountLo), CASH_SCALE) : "0";
}

/** Long numbers are not rounded: they are read as text. */
function exactly(text: string): unknown {
  return JSON.parse(text, (_, value, context?: { readonly source?: string }) =>
    typeof value === "number" ? (context?.source ?? value) : value,
  );
}
