/** Market state (V): everything known about every instrument, written by slots and by time, read by decisions. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Instrument } from "../model/instrument.ts";
import {
  F64_A,
  F64_B,
  F64_SEQUENCE,
  SLOT_BYTES,
  SLOT_F64,
  SLOT_U16,
  SLOT_U32,
  SlotFlag,
  SlotKind,
  U8_FLAGS,
  U8_KIND,
  U16_REVISION,
  U32_INSTRUMENT,
} from "../model/market_slot.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import { BookSide } from "./book.ts";
import type { BookSync } from "./book_sync.ts";
import { InstrumentMarket } from "./instrument_market.ts";
import { MarketEvent } from "./market_event.ts";
import { DEFAULT_MARKET_OPTIONS, type MarketOptions } from "./market_options.ts";

export { InstrumentMarket, MarketEvent };

/** First hash table of this room; an instrument uses this and the four after it. */
const HASH_TABLE = 100;

export class MarketState {
  readonly #rows: (InstrumentMarket | undefined)[] = [];
  readonly #options: MarketOptions;
  /** Nothing is due by time before this. */
  #dueUs = Number.POSITIVE_INFINITY;
  /** The instrument whose depth message is being received, and into what its levels go. */
  #open: InstrumentMarket | undefined;
  #openBook: BookSync | undefined;
  /** What the open book looked like before the message. */
  #versionBefore = 0;
  #flagsBefore = 0;
  /** SetAside slots seen; frames that named no instrument of ours are only counted. */
  setAside = 0;

  constructor(
    readonly limits: Limits,
    options: Partial<MarketOptions> = {},
  ) {
    this.#options = { ...DEFAULT_MARKET_OPTIONS, ...options };
    assert(this.#options.barGraceUs >= 0, Code.LimitRelationBroken);
    assert(this.#options.bookStaleUsMax > 0, Code.LimitRelationBroken);
  }

  /** A new listing, or a newer revision of a known one. */
  define(instrument: Instrument): void {
    assert(instrument.id < this.limits.instrumentsMax, Code.TableFull);
    const known = this.#rows[instrument.id];
    if (known !== undefined) {
      this.#close();
      known.revise(instrument);
      return;
    }
    while (this.#rows.length <= instrument.id) this.#rows.push(undefined);
    this.#rows[instrument.id] = new InstrumentMarket(instrument, this.limits, this.#options);
  }

  instrument(id: number): InstrumentMarket | undefined {
    return this.#rows[id];
  }

  /** Takes one slot (a view index of the lane). Answers the MarketEvent bits that became true with it. */
  onSlot(lane: MarketLane, slot: number): number {
    const kind = lane.u8[slot * SLOT_BYTES + U8_KIND] as number;
    const flags = lane.u8[slot * SLOT_BYTES + U8_FLAGS] as number;
    const at = slot * SLOT_F64;
    let events: number;
    if (kind === SlotKind.Level) {
      const side = (flags & SlotFlag.Sell) === 0 ? BookSide.Bid : BookSide.Ask;
      events = this.#level(side, lane.f64[at + F64_A] as number, lane.f64[at + F64_B] as number);
    } else {
      const revision = lane.u16[slot * SLOT_U16 + U16_REVISION] as number;
      events = this.#message(kind, flags, lane.u32[slot * SLOT_U32 + U32_INSTRUMENT] as number, revision, lane.f64, at);
    }
    if ((flags & SlotFlag.LastOfFrame) !== 0 && this.#open !== undefined) events |= this.#close();
    return events;
  }

  /**
   * Takes the run of book levels that starts at lane position `from`, but leaves the last slot of the frame to `onSlot`.
   * Answers how many it took; 0 when there are none, or no book is open.
   */
  onLevels(lane: MarketLane, from: number): number {
    const book = this.#openBook;
    if (book === undefined) return 0;
    const { u8, f64, mask } = lane;
    let taken = 0;
    for (;;) {
      const slot = (from + taken) & mask;
      const flags = u8[slot * SLOT_BYTES + U8_FLAGS] as number;
      if ((flags & SlotFlag.LastOfFrame) !== 0 || u8[slot * SLOT_BYTES + U8_KIND] !== SlotKind.Level) return taken;
      const at = slot * SLOT_F64;
      const side = (flags & SlotFlag.Sell) === 0 ? BookSide.Bid : BookSide.Ask;
      taken++;
      // A message that ends before its frame does is broken or followed by another: onSlot says what came of it.
      if (book.level(side, f64[at + F64_A] as number, f64[at + F64_B] as number)) {
        this.#complete();
        return taken;
      }
    }
  }

  /** Closes bars that are due by engine time, marks books stale. Answers the bits of all instruments together. */
  onTime(nowUs: number): number {
    if (nowUs < this.#dueUs) return 0;
    let events = 0;
    let due = Number.POSITIVE_INFINITY;
    for (let id = 0; id < this.#rows.length; id++) {
      const market = this.#rows[id];
      if (market === undefined) continue;
      events |= market.time(nowUs);
      due = Math.min(due, market.dueUs());
    }
    this.#dueUs = due;
    return events;
  }

  /** The venue's connection began anew for an instrument. */
  onReconnect(id: number): void {
    if (this.#open === this.#rows[id]) this.#close();
    this.#rows[id]?.reconnected();
  }

  /** Digest of V: equal states give equal texts. Edge use: reads every level of every book. */
  hash(): string {
    const hash = new RowHash();
    for (const market of this.#rows) market?.hashInto(hash, HASH_TABLE);
    return hash.text();
  }

  /** Any slot but a level. */
  #message(kind: number, flags: number, id: number, revision: number, f64: Float64Array, at: number): number {
    let events = this.#open === undefined ? 0 : this.#close();
    const market = this.#rows[id];
    if (kind === SlotKind.SetAside) {
      this.setAside++;
      return market === undefined ? events : events | this.#doubt(market, f64, at);
    }
    if (market === undefined || !market.speaks(revision)) return events;
    switch (kind) {
      case SlotKind.Quote:
        events |= market.quote(f64, at);
        break;
      case SlotKind.Trade:
        events |= market.trade(f64, at, flags);
        this.#due(market);
        break;
      case SlotKind.DepthDiff:
      case SlotKind.DepthSnapshot:
      case SlotKind.DepthTop:
        events |= this.#depthHead(market, kind, flags, f64, at);
        break;
      case SlotKind.Mark:
        events |= market.mark(f64, at);
        break;
      case SlotKind.Liquidation:
        events |= market.liquidation(f64, at, flags);
        break;
      case SlotKind.Bar:
        market.venueBars++;
        break;
      default:
        assert(kind === SlotKind.BarVolume, Code.ValueOutOfRange);
    }
    return events;
  }

  #depthHead(market: InstrumentMarket, kind: number, flags: number, f64: Float64Array, at: number): number {
    this.#open = market;
    this.#openBook = undefined;
    if (kind !== SlotKind.DepthTop) {
      const book = market.wantBook();
      this.#openBook = book;
      this.#versionBefore = book.version;
      this.#flagsBefore = book.flags;
    }
    return market.depthHead(kind, flags, f64, at) ? this.#complete() : 0;
  }

  #level(side: BookSide, price: number, qty: number): number {
    const book = this.#openBook;
    if (book !== undefined) return book.level(side, price, qty) ? this.#complete() : 0;
    const top = this.#open?.top;
    return top?.level(side, price, qty) === true ? this.#complete() : 0;
  }

  /** The depth message is whole, or given up. */
  #complete(): number {
    const market = this.#open;
    const book = this.#openBook;
    this.#open = undefined;
    this.#openBook = undefined;
    assert(market !== undefined, Code.InvariantBroken);
    if (book === undefined) return market.topComplete();
    let events = book.version === this.#versionBefore ? 0 : MarketEvent.Book;
    if (book.flags !== this.#flagsBefore) events |= MarketEvent.Flags;
    this.#due(market);
    return events;
  }

  /** The frame ended inside a depth message. */
  #close(): number {
    const market = this.#open;
    if (market === undefined) return 0;
    market.top?.frameEnd();
    if (this.#openBook?.frameEnd() === true) return this.#complete();
    this.#open = undefined;
    this.#openBook = undefined;
    return 0;
  }

  /** A frame that could not be read: was it a diff of a book that we keep? */
  #doubt(market: InstrumentMarket, f64: Float64Array, at: number): number {
    const meant = f64[at + F64_B] as number;
    if (market.book === undefined) return 0;
    if (meant !== SlotKind.DepthDiff && (meant !== 0 || !isDamage(f64[at + F64_A] as number))) return 0;
    return market.book.doubt(meant === 0 ? 0 : (f64[at + F64_SEQUENCE] as number)) ? MarketEvent.Flags : 0;
  }

  #due(market: InstrumentMarket): void {
    const due = market.dueUs();
    if (due < this.#dueUs) this.#dueUs = due;
  }
}

/** True for codes that say a frame was hurt, not that it was of a kind without meaning for books. */
function isDamage(code: number): boolean {
  switch (code) {
    case Code.ControlMessage:
    case Code.MessageUnknown:
    case Code.VenueError:
    case Code.SymbolUnknown:
    case Code.FrameEmpty:
      return false;
    default:
      return true;
  }
}
