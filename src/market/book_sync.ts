/**
 * Keeps one book in step with its venue: snapshot and diffs joined by update ids, and flags that say what may be trusted.
 *
 *   spot   first = previous last + 1          a snapshot L is bridged by first ≤ L + 1 ≤ last
 *   USD-M  prev  = previous last              a snapshot L is bridged by first ≤ L ≤ last, or prev = L
 *
 * A diff without `prev` (-1) follows the first rule, one with it the second. "Valid" means: equal to the venue's book as
 * of `lastUpdateId`, down to the known-to prices. An id farther away than `BOOK_ID_JUMP_MAX` is not waited for, and nothing is
 * passed over because of one.
 */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import { BOOK_ID_JUMP_MAX, type Limits } from "../core/limits.ts";
import { BookSide, hashBook, type L2Book } from "./book.ts";
import { DiffBuffer } from "./diff_buffer.ts";
import type { MarketOptions } from "./market_options.ts";
import type { QuoteCheck } from "./quote_check.ts";

/** Bits of `flags`. */
export enum BookFlag {
  /** The book equals the venue's as of `lastUpdateId`. */
  Valid = 1,
  /** No update within `bookStaleUsMax` of engine time. The book may be right: a quiet market looks the same. */
  Stale = 2,
  /** Updates were lost; a snapshot is needed. */
  Gap = 4,
  /** Best bid at or over best ask; not valid until it uncrosses. */
  Crossed = 8,
  /** The visible depth reaches below what is known; the best prices are still right while Valid is set. */
  Shallow = 16,
  /** A frame of this instrument could not be read: not valid until the next diff proves that it was no diff. */
  Doubtful = 32,
}

/** What becomes of the levels that follow a head. */
enum Message {
  None,
  Apply,
  Buffer,
  Load,
  Skip,
}

export class BookSync {
  flags = 0;
  /** The engine should ask for a snapshot. */
  needsSnapshot = true;
  /** The book holds everything up to this update; -1 before the first snapshot. */
  lastUpdateId = -1;
  /** Engine time of the last update that counted. */
  updateTimeUs = 0;
  /** All levels at or better than these are known; 0 and `MANTISSA_MAX` mean the whole side. */
  knownToBid = MANTISSA_MAX;
  knownToAsk = 0;
  /** Diffs applied, and diffs older than the snapshot that were dropped. */
  applied = 0;
  dropped = 0;
  gaps = 0;
  duplicates = 0;
  /** Times that the book became crossed. */
  crossedCount = 0;
  /** Snapshots loaded, refused because older than the first diff, and ignored because the book was newer. */
  snapshots = 0;
  snapshotsTooOld = 0;
  snapshotsIgnored = 0;
  /** Rises with every change of the book: a diff applied, a snapshot loaded, a reset. */
  version = 0;
  /** Compares the book with the venue's best quotes, where asked for. */
  quoteCheck: QuoteCheck | undefined;
  /** Messages whose levels did not match their head, and unreadable frames. */
  broken = 0;
  readonly #buffer: DiffBuffer;
  readonly #depthVisible: number;
  readonly #staleUsMax: number;
  #synced = false;
  /** No diff has followed the snapshot yet: the next one must bridge it. */
  #bridging = false;
  /** A snapshot must be newer than this: something after it was lost. */
  #lostAfter = -1;
  /** The message being received, and how many of its levels are still to come. */
  #message = Message.None;
  #bidsLeft = 0;
  #asksLeft = 0;
  #bidsTold = 0;
  #asksTold = 0;
  #messageId = 0;
  /** Of the snapshot being received. */
  #isWindow = false;

  constructor(
    readonly book: L2Book,
    limits: Limits,
    options: MarketOptions,
  ) {
    this.#buffer = new DiffBuffer(limits.bookBufferLevelsMax);
    this.#depthVisible = options.bookDepthVisible;
    this.#staleUsMax = options.bookStaleUsMax;
    assert(this.#depthVisible > 0, Code.LimitRelationBroken);
  }

  get valid(): boolean {
    return (this.flags & BookFlag.Valid) !== 0;
  }

  /** Diffs that were pushed out of the buffer before a snapshot came. */
  get overflowed(): number {
    return this.#buffer.overflowed;
  }

  /** Head of a diff; `prev` is -1 where the venue sends none. True when the message has no levels and is complete. */
  diff(first: number, prev: number, last: number, bids: number, asks: number, nowUs: number): boolean {
    this.#begin(bids, asks, last);
    if (first > last) {
      this.doubt(0); // The venue contradicts itself: as good as unreadable.
      this.#message = Message.Skip;
    } else if (!this.#synced) this.#bufferDiff(first, prev, last, nowUs);
    else if (this.#isOld(prev, last)) this.#message = Message.Skip;
    else if (this.#follows(first, prev, last)) {
      this.#message = Message.Apply;
      this.updateTimeUs = nowUs;
    } else {
      const isFar = last - this.lastUpdateId > BOOK_ID_JUMP_MAX;
      this.#lose();
      if (isFar) {
        this.broken++;
        this.#message = Message.Skip;
      } else this.#bufferDiff(first, prev, last, nowUs);
    }
    return this.#endIfComplete();
  }

  /**
   * Head of a full snapshot as of update `id`. `isWindow`: the venue will tell of every level that enters or leaves its
   * depth, so that nothing is unknown. True when the message is complete.
   */
  snapshot(id: number, bids: number, asks: number, nowUs: number, isWindow = false): boolean {
    this.#begin(bids, asks, id);
    if (this.#synced && isAtMost(id, this.lastUpdateId)) {
      this.snapshotsIgnored++;
      this.#message = Message.Skip;
    } else if (this.#snapshotBridges(id)) {
      this.#message = Message.Load;
      this.#isWindow = isWindow;
      this.book.clear();
      this.#synced = false;
      this.updateTimeUs = nowUs;
      this.flags &= ~BookFlag.Valid;
    } else {
      this.snapshotsTooOld++;
      this.needsSnapshot = true;
      this.#message = Message.Skip;
    }
    return this.#endIfComplete();
  }

  /** One level of the message begun last. True when it completes the message. */
  level(side: BookSide, price: number, qty: number): boolean {
    if (side === BookSide.Bid) {
      if (this.#bidsLeft === 0) return this.#break();
      this.#bidsLeft--;
    } else {
      if (this.#asksLeft === 0) return this.#break();
      this.#asksLeft--;
    }
    if (price <= 0 || qty < 0) return this.#break();
    if (this.#message === Message.Apply || this.#message === Message.Load) this.book.set(side, price, qty);
    else if (this.#message === Message.Buffer) this.#buffer.level(side === BookSide.Bid ? price : -price, qty);
    return this.#bidsLeft + this.#asksLeft === 0 && this.#endIfComplete();
  }

  /** The frame is over: a message that still misses levels is broken. True when that changed the book's flags. */
  frameEnd(): boolean {
    return this.#message !== Message.None && this.#break();
  }

  /**
   * A frame of this instrument that may have been a diff up to update `last` (0 = not known) could not be read.
   * True when the flags changed.
   */
  doubt(last: number): boolean {
    assert(last >= 0, Code.ValueOutOfRange);
    if (last > 0 && isAtMost(last, this.lastUpdateId)) return false;
    this.broken++;
    this.#lostAfter = Math.max(this.#lostAfter, this.#synced ? this.lastUpdateId : -1, last - 1);
    if (!this.#synced || (this.flags & BookFlag.Doubtful) !== 0) return false;
    this.flags |= BookFlag.Doubtful;
    this.needsSnapshot = true;
    this.#judge();
    return true;
  }

  /** Engine time passed. True when the flags changed. */
  time(nowUs: number): boolean {
    if (!this.#synced || (this.flags & BookFlag.Stale) !== 0) return false;
    if (nowUs - this.updateTimeUs < this.#staleUsMax) return false;
    this.flags |= BookFlag.Stale;
    return true;
  }

  /** Engine time at which `time` has something to say, Infinity when never. */
  dueUs(): number {
    const waits = this.#synced && (this.flags & BookFlag.Stale) === 0;
    return waits ? this.updateTimeUs + this.#staleUsMax : Number.POSITIVE_INFINITY;
  }

  /** A new connection, or scales that do not convert: nothing of before counts, ids may start again. */
  reset(): void {
    this.#buffer.clear();
    this.book.clear();
    this.version++;
    this.quoteCheck?.forget();
    this.#message = Message.None;
    this.#synced = false;
    this.#bridging = false;
    this.#lostAfter = -1;
    this.lastUpdateId = -1;
    this.needsSnapshot = true;
    this.knownToBid = MANTISSA_MAX;
    this.knownToAsk = 0;
    this.flags = 0;
    assert(!this.valid, Code.InvariantBroken);
  }

  /** A finer scale of a newer instrument revision, between frames. What does not fit any more is asked for again. */
  rescale(priceFactor: number, qtyFactor: number): void {
    assert(this.#message === Message.None, Code.InvariantBroken);
    if (!this.book.rescale(priceFactor, qtyFactor)) {
      this.reset();
      return;
    }
    if (!this.#buffer.rescale(priceFactor, qtyFactor)) {
      this.reset();
      return;
    }
    if (this.knownToBid !== MANTISSA_MAX) this.knownToBid *= priceFactor;
    if (this.knownToAsk !== MANTISSA_MAX) this.knownToAsk *= priceFactor;
  }

  /** Puts everything that later behaviour depends on into `hash`. */
  hashInto(hash: RowHash, table: number, row: number): void {
    hash.begin(table, row).add(this.flags).add(this.lastUpdateId).add(this.knownToBid).add(this.knownToAsk);
    hash.add(this.applied).add(this.dropped).add(this.gaps).add(this.duplicates).add(this.crossedCount);
    hash.add(this.snapshots).add(this.snapshotsTooOld).add(this.snapshotsIgnored).add(this.broken);
    hash
      .add(this.#buffer.count)
      .add(this.overflowed)
      .add(this.updateTimeUs)
      .add(this.needsSnapshot ? 1 : 0);
    hash.putIn();
    hashBook(hash, table + 1, row, this.book);
  }

  #begin(bids: number, asks: number, id: number): void {
    if (this.#message !== Message.None) this.#break();
    assert(bids >= 0 && asks >= 0, Code.ValueOutOfRange);
    this.#bidsLeft = bids;
    this.#asksLeft = asks;
    this.#bidsTold = bids;
    this.#asksTold = asks;
    this.#messageId = id;
  }

  #bufferDiff(first: number, prev: number, last: number, nowUs: number): void {
    const kept = this.#buffer.begin(first, prev, last, this.#bidsTold + this.#asksTold, nowUs);
    this.#message = kept ? Message.Buffer : Message.Skip;
  }

  /** True for a diff that says nothing new; counted by the reason. */
  #isOld(prev: number, last: number): boolean {
    if (this.lastUpdateId - last > BOOK_ID_JUMP_MAX) return false; // What was believed then was no id, or they begin anew.
    if (this.#bridging) {
      if (prev < 0 ? last > this.lastUpdateId : last >= this.lastUpdateId) return false;
      this.dropped++;
      return true;
    }
    // One that begins and ends where the book is says that nothing was missed: as good as an update.
    if (last > this.lastUpdateId || (prev === last && prev === this.lastUpdateId)) return false;
    this.duplicates++;
    return true;
  }

  /** True when a diff joins what the book holds. */
  #follows(first: number, prev: number, last: number): boolean {
    const held = this.lastUpdateId;
    if (Math.abs(last - held) > BOOK_ID_JUMP_MAX) return false;
    if (prev < 0) return first <= held + 1 && held + 1 <= last;
    if (prev === held) return true;
    return this.#bridging && first <= held && held <= last;
  }

  /** Drops buffered diffs that the snapshot holds already; true when the first one left joins it, or none is left. */
  #snapshotBridges(id: number): boolean {
    const buffer = this.#buffer;
    if (isAtMost(id, this.#lostAfter)) return false;
    while (buffer.count > 0) {
      const isFar = buffer.last - id > BOOK_ID_JUMP_MAX;
      if (!isFar && !(buffer.prev < 0 ? buffer.last <= id : buffer.last < id)) break;
      if (isFar) this.broken++;
      else this.dropped++;
      buffer.drop();
    }
    if (buffer.count === 0) return true;
    if (buffer.prev < 0) return buffer.first <= id + 1;
    return buffer.first <= id || buffer.prev === id;
  }

  /** Ends the message when all its levels have come. */
  #endIfComplete(): boolean {
    if (this.#bidsLeft + this.#asksLeft > 0) return false;
    const message = this.#message;
    this.#message = Message.None;
    if (message === Message.Buffer) this.#buffer.end();
    else if (message === Message.Load) this.#loaded();
    else if (message === Message.Apply) this.#appliedTo(this.#messageId);
    return true;
  }

  #appliedTo(id: number): void {
    assert(id >= this.lastUpdateId, Code.InvariantBroken);
    this.lastUpdateId = id;
    this.applied++;
    this.version++;
    this.#bridging = false;
    if ((this.flags & (BookFlag.Doubtful | BookFlag.Stale)) !== 0) {
      if ((this.flags & BookFlag.Doubtful) !== 0) this.needsSnapshot = false;
      this.flags &= ~(BookFlag.Doubtful | BookFlag.Stale);
      this.#lostAfter = -1;
    }
    this.#judge();
    const { book } = this;
    this.quoteCheck?.diff(id, book.bestBid, book.bestBidQty, book.bestAsk, book.bestAskQty);
  }

  /** The snapshot is in: how far it reaches, then the diffs that waited. */
  #loaded(): void {
    this.snapshots++;
    this.version++;
    this.quoteCheck?.forget();
    this.lastUpdateId = this.#messageId;
    this.#synced = true;
    this.#bridging = true;
    this.#lostAfter = -1;
    this.needsSnapshot = false;
    this.flags = 0;
    // A venue that sends fewer levels than anybody asks for has sent all it has.
    const wholeBids = this.#isWindow || this.book.levels(BookSide.Bid) < this.#depthVisible;
    const wholeAsks = this.#isWindow || this.book.levels(BookSide.Ask) < this.#depthVisible;
    this.knownToBid = wholeBids ? 0 : this.book.priceAt(BookSide.Bid, this.book.levels(BookSide.Bid) - 1);
    this.knownToAsk = wholeAsks ? MANTISSA_MAX : this.book.priceAt(BookSide.Ask, this.book.levels(BookSide.Ask) - 1);
    while (this.#buffer.count > 0 && this.#synced) this.#replayBuffered();
    this.#judge();
  }

  /** Applies the oldest buffered diff, or finds the gap before it and leaves it where it is. */
  #replayBuffered(): void {
    const buffer = this.#buffer;
    assert(buffer.count > 0, Code.InvariantBroken);
    if (!this.#isOld(buffer.prev, buffer.last)) {
      if (!this.#follows(buffer.first, buffer.prev, buffer.last)) {
        this.#lose();
        return;
      }
      const levels = buffer.levels;
      for (let n = 0; n < levels; n++) {
        const price = buffer.signedPrice(n);
        if (price > 0) this.book.set(BookSide.Bid, price, buffer.qty(n));
        else this.book.set(BookSide.Ask, -price, buffer.qty(n));
      }
      this.#appliedTo(buffer.last);
    }
    buffer.drop();
  }

  /** Updates are missing: not valid, and diffs wait again. */
  #lose(): void {
    assert(this.#synced, Code.InvariantBroken);
    // A diff that does not join a fresh snapshot says that the snapshot was old, not that the stream lost something.
    if (this.#bridging) this.snapshotsTooOld++;
    else this.gaps++;
    this.#synced = false;
    this.needsSnapshot = true;
    this.flags = BookFlag.Gap;
    this.quoteCheck?.forget();
  }

  /** The message has other levels than its head says: what was applied of it cannot be taken back. */
  #break(): boolean {
    const message = this.#message;
    if (message === Message.None) return false; // A stray level, or the rest of what was broken before.
    this.#message = Message.None;
    this.#bidsLeft = 0;
    this.#asksLeft = 0;
    this.broken++;
    if (message === Message.Skip) return false;
    this.#lostAfter = Math.max(this.#lostAfter, this.#messageId - 1);
    if (message === Message.Buffer) {
      this.#buffer.abandon();
    } else {
      this.#synced = false;
      this.needsSnapshot = true;
      this.flags = BookFlag.Gap;
    }
    assert(!this.#buffer.writing, Code.InvariantBroken);
    return true;
  }

  /** Sets the flags that follow from the book itself. */
  #judge(): void {
    if (!this.#synced) return;
    const bid = this.book.bestBid;
    const ask = this.book.bestAsk;
    const crossed = bid > 0 && ask > 0 && bid >= ask;
    let flags = this.flags & ~(BookFlag.Valid | BookFlag.Crossed | BookFlag.Shallow);
    if (crossed) {
      if ((this.flags & BookFlag.Crossed) === 0) this.crossedCount++;
      flags |= BookFlag.Crossed;
    }
    this.#noteLost();
    if (!this.#deepEnough()) {
      flags |= BookFlag.Shallow;
      this.needsSnapshot = true;
    }
    const bestKnown = (bid === 0 || bid >= this.knownToBid) && (ask === 0 || ask <= this.knownToAsk);
    if (!crossed && bestKnown && (flags & BookFlag.Doubtful) === 0) flags |= BookFlag.Valid;
    this.flags = flags;
  }

  /** A side that was full has dropped its worst levels: it is known one unit less far. */
  #noteLost(): void {
    const lostBid = this.book.lostAt(BookSide.Bid);
    const lostAsk = this.book.lostAt(BookSide.Ask);
    if (lostBid !== 0 && lostBid >= this.knownToBid) this.knownToBid = lostBid + 1;
    if (lostAsk !== 0 && lostAsk <= this.knownToAsk) this.knownToAsk = lostAsk - 1;
  }

  /** True when every visible level lies within the known range. */
  #deepEnough(): boolean {
    const last = this.#depthVisible - 1;
    if (this.knownToBid > 0) {
      const bid = this.book.priceAt(BookSide.Bid, last);
      if (bid === 0 || bid < this.knownToBid) return false;
    }
    if (this.knownToAsk < MANTISSA_MAX) {
      const ask = this.book.priceAt(BookSide.Ask, last);
      if (ask === 0 || ask > this.knownToAsk) return false;
    }
    return true;
  }
}

/** False also where `other` is so far away that one of them is no id. */
function isAtMost(id: number, other: number): boolean {
  return id <= other && other - id <= BOOK_ID_JUMP_MAX;
}
