/** The beginning of a captured feed: so many frames, and then its end. */

import type { CapturedFeed } from "../../src/exchange/captured_feed.ts";
import type { Feed, FeedFrame, SimVenue } from "../../src/exchange/feed.ts";

export class CutFeed implements Feed {
  readonly listings;
  readonly streams;
  readonly problems;
  readonly frameCount: number;
  #taken = 0;

  constructor(
    readonly whole: CapturedFeed,
    framesMax: number,
  ) {
    this.listings = whole.listings;
    this.streams = whole.streams;
    this.problems = whole.problems;
    this.frameCount = Math.min(whole.frameCount, framesMax);
  }

  nextTimeUs(): number | undefined {
    return this.#taken < this.frameCount ? this.whole.nextTimeUs() : undefined;
  }

  take(): FeedFrame {
    this.#taken++;
    return this.whole.take();
  }

  rewind(): boolean {
    return false;
  }

  upcomingBook(venue: SimVenue, symbol: string): string | undefined {
    return this.whole.upcomingBook(venue, symbol);
  }
}
