/**
 * Bars of one interval, cut by exchange time: closed by the first trade of a later bar or by time, never rewritten,
 * never invented for intervals without trades; each says how far it may be trusted.
 */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";

/** Bits of a bar's flags. */
export enum BarFlag {
  /** Every trade of the interval that we know of was seen in it: neither PartialStart nor FeedGap. */
  Complete = 1,
  /** The series began inside this interval. */
  PartialStart = 2,
  /** Intervals without any trade lie between the bar before and this one; `skipped` says how many. */
  GapBefore = 4,
  /** While this bar was forming, trades of earlier intervals came; they were counted nowhere. */
  LateTrades = 8,
  /** Trade ids were missing during this bar, or at one of its ends. */
  FeedGap = 16,
  /** Closed by time, not by a later trade. */
  ByTime = 32,
  /** The volume passed 2^53 units and is rounded. */
  VolumeRounded = 64,
}

/** Prices and volumes are mantissas at the scales of the instrument's newest revision. */
export class BarSeries {
  /** Bars closed since the start; rises by one per bar. */
  closedCount = 0;
  /** Trades that came after their bar was closed. */
  lateTrades = 0;
  /** The bar that is forming; `formingCount` is 0 when there is none. */
  formingStartUs = 0;
  formingOpen = 0;
  formingHigh = 0;
  formingLow = 0;
  formingClose = 0;
  formingVolume = 0;
  formingCount = 0;
  formingFlags = 0;
  formingSkipped = 0;
  readonly #capacity: number;
  readonly #starts: Float64Array;
  readonly #opens: Float64Array;
  readonly #highs: Float64Array;
  readonly #lows: Float64Array;
  readonly #closes: Float64Array;
  readonly #volumes: Float64Array;
  readonly #counts: Float64Array;
  readonly #skips: Float64Array;
  readonly #flags: Uint8Array;
  /** End of the forming bar, or of the last closed one: nothing before it is counted any more. */
  #endUs = 0;
  /** Exchange times of the trades that gave the forming bar its open and close. */
  #openTimeUs = 0;
  #closeTimeUs = 0;
  /** Flags that wait for the next bar because none was forming. */
  #pendingFlags = 0;
  /** Bars closed before the last `drop`. */
  #dropped = 0;

  /**
   * `capacity`: `limits.barHistoryMax`. `knownFromUs`: exchange time of a trade seen before this series began, 0 for
   * none: the first bar is whole when it starts later.
   */
  constructor(
    readonly intervalUs: number,
    capacity: number,
    private readonly knownFromUs: number,
  ) {
    assert(Number.isSafeInteger(intervalUs) && intervalUs > 0, Code.ValueOutOfRange);
    assert(capacity > 0, Code.LimitRelationBroken);
    this.#capacity = capacity;
    this.#starts = new Float64Array(capacity);
    this.#opens = new Float64Array(capacity);
    this.#highs = new Float64Array(capacity);
    this.#lows = new Float64Array(capacity);
    this.#closes = new Float64Array(capacity);
    this.#volumes = new Float64Array(capacity);
    this.#counts = new Float64Array(capacity);
    this.#skips = new Float64Array(capacity);
    this.#flags = new Uint8Array(capacity);
  }

  /** Closed bars that are still kept. */
  get length(): number {
    return Math.min(this.closedCount - this.#dropped, this.#capacity);
  }

  /** End of the forming bar in exchange time; only while one is forming. */
  get formingEndUs(): number {
    assert(this.formingCount > 0, Code.ValueOutOfRange);
    return this.#endUs;
  }

  /** Accessors of closed bars: `back` 0 is the bar closed last, `length - 1` the oldest kept. */
  startUs(back: number): number {
    return this.#starts[this.#row(back)] as number;
  }

  open(back: number): number {
    return this.#opens[this.#row(back)] as number;
  }

  high(back: number): number {
    return this.#highs[this.#row(back)] as number;
  }

  low(back: number): number {
    return this.#lows[this.#row(back)] as number;
  }

  close(back: number): number {
    return this.#closes[this.#row(back)] as number;
  }

  volume(back: number): number {
    return this.#volumes[this.#row(back)] as number;
  }

  /** Trades in the bar. */
  count(back: number): number {
    return this.#counts[this.#row(back)] as number;
  }

  /** Empty intervals right before the bar. */
  skipped(back: number): number {
    return this.#skips[this.#row(back)] as number;
  }

  /** `BarFlag` bits. */
  flags(back: number): number {
    return this.#flags[this.#row(back)] as number;
  }

  /** One trade at exchange time `timeUs`. True when it closed a bar. */
  trade(timeUs: number, price: number, qty: number): boolean {
    if (this.formingCount > 0 && timeUs < this.#endUs) {
      if (timeUs < this.formingStartUs) this.#late();
      else this.#add(timeUs, price, qty);
      return false;
    }
    if (timeUs < this.#endUs) {
      this.#late();
      return false;
    }
    const closed = this.formingCount > 0;
    if (closed) this.#closeForming(0);
    this.#begin(timeUs, price, qty);
    return closed;
  }

  /** Trade ids were missing: the forming bar, or the next one, is not whole. */
  feedGap(): void {
    if (this.formingCount > 0) this.formingFlags |= BarFlag.FeedGap;
    else this.#pendingFlags |= BarFlag.FeedGap;
  }

  /** Exchange time has surely passed `passedUs`. True when that closed the forming bar. */
  time(passedUs: number): boolean {
    if (this.formingCount === 0 || passedUs < this.#endUs) return false;
    this.#closeForming(BarFlag.ByTime);
    return true;
  }

  /** Engine time, less offset and grace, at which `time` closes the forming bar; Infinity when none is forming. */
  dueUs(): number {
    return this.formingCount > 0 ? this.#endUs : Number.POSITIVE_INFINITY;
  }

  rescale(priceFactor: number, qtyFactor: number): void {
    for (let i = 0; i < this.#capacity; i++) {
      this.#opens[i] = (this.#opens[i] as number) * priceFactor;
      this.#highs[i] = (this.#highs[i] as number) * priceFactor;
      this.#lows[i] = (this.#lows[i] as number) * priceFactor;
      this.#closes[i] = (this.#closes[i] as number) * priceFactor;
      this.#volumes[i] = (this.#volumes[i] as number) * qtyFactor;
    }
    this.formingOpen *= priceFactor;
    this.formingHigh *= priceFactor;
    this.formingLow *= priceFactor;
    this.formingClose *= priceFactor;
    this.formingVolume *= qtyFactor;
    assert(this.formingHigh <= MANTISSA_MAX, Code.ValueOutOfRange);
  }

  /** Numbers at scales that do not convert: the kept bars and the forming one are gone, the count of closed ones stays. */
  drop(): void {
    this.#dropped = this.closedCount;
    this.formingCount = 0;
    this.#pendingFlags |= BarFlag.FeedGap;
    assert(this.length === 0, Code.InvariantBroken);
  }

  /** Puts all kept bars and the forming one into `hash`. */
  hashInto(hash: RowHash, table: number, row: number): void {
    hash.begin(table, row).add(this.intervalUs).add(this.closedCount).add(this.lateTrades).add(this.#endUs);
    hash.add(this.formingStartUs).add(this.formingOpen).add(this.formingHigh).add(this.formingLow);
    hash.add(this.formingClose).add(this.formingVolume).add(this.formingCount).add(this.formingFlags);
    hash.add(this.#pendingFlags);
    for (let back = 0; back < this.length; back++) {
      hash.add(this.startUs(back)).add(this.open(back)).add(this.high(back)).add(this.low(back)).add(this.close(back));
      hash.add(this.volume(back)).add(this.count(back)).add(this.skipped(back)).add(this.flags(back));
    }
    hash.putIn();
  }

  #row(back: number): number {
    assert(back >= 0 && back < this.length, Code.ValueOutOfRange);
    return (this.closedCount - 1 - back) % this.#capacity;
  }

  #late(): void {
    this.lateTrades++;
    if (this.formingCount > 0) this.formingFlags |= BarFlag.LateTrades;
    else this.#pendingFlags |= BarFlag.LateTrades;
  }

  #begin(timeUs: number, price: number, qty: number): void {
    const start = timeUs - (timeUs % this.intervalUs);
    assert(start >= this.#endUs, Code.InvariantBroken);
    let flags = this.#pendingFlags;
    let skipped = 0;
    if (this.#endUs === 0) {
      if (this.knownFromUs === 0 || this.knownFromUs >= start) flags |= BarFlag.PartialStart;
    } else if (start > this.#endUs) {
      skipped = (start - this.#endUs) / this.intervalUs;
      flags |= BarFlag.GapBefore;
    }
    this.#pendingFlags = 0;
    this.#endUs = start + this.intervalUs;
    this.#openTimeUs = timeUs;
    this.#closeTimeUs = timeUs;
    this.formingStartUs = start;
    this.formingOpen = price;
    this.formingHigh = price;
    this.formingLow = price;
    this.formingClose = price;
    this.formingVolume = qty;
    this.formingCount = 1;
    this.formingFlags = flags;
    this.formingSkipped = skipped;
  }

  /** Open and close go by exchange time, so that trades out of order inside a bar give the bar they would in order. */
  #add(timeUs: number, price: number, qty: number): void {
    assert(timeUs >= this.formingStartUs, Code.InvariantBroken);
    if (timeUs >= this.#closeTimeUs) {
      this.#closeTimeUs = timeUs;
      this.formingClose = price;
    } else if (timeUs < this.#openTimeUs) {
      this.#openTimeUs = timeUs;
      this.formingOpen = price;
    }
    if (price > this.formingHigh) this.formingHigh = price;
    else if (price < this.formingLow) this.formingLow = price;
    this.formingVolume += qty;
    this.formingCount++;
  }

  #closeForming(flag: number): void {
    assert(this.formingCount > 0, Code.InvariantBroken);
    let flags = this.formingFlags | flag;
    if ((flags & (BarFlag.PartialStart | BarFlag.FeedGap)) === 0) flags |= BarFlag.Complete;
    if (this.formingVolume > MANTISSA_MAX) flags |= BarFlag.VolumeRounded;
    const row = this.closedCount % this.#capacity;
    this.#starts[row] = this.formingStartUs;
    this.#opens[row] = this.formingOpen;
    this.#highs[row] = this.formingHigh;
    this.#lows[row] = this.formingLow;
    this.#closes[row] = this.formingClose;
    this.#volumes[row] = this.formingVolume;
    this.#counts[row] = this.formingCount;
    this.#skips[row] = this.formingSkipped;
    this.#flags[row] = flags;
    this.formingCount = 0;
    this.closedCount++;
  }
}
