/** One captured spot session as two markets at once: spot as it was, and the same prices and trades as a perpetual's. */

import { CapturedFeed } from "../../src/exchange/captured_feed.ts";
import type { Feed, FeedFrame, Listing, SimVenue } from "../../src/exchange/feed.ts";

type Fields = Readonly<Record<string, unknown>>;

export class TwinFeed implements Feed {
  readonly listings: readonly Listing[];
  readonly streams: readonly { readonly venue: SimVenue; readonly stream: string }[];
  readonly problems;
  readonly frameCount: number;
  readonly #spot: CapturedFeed;
  /** The other half of the frame that was taken last. */
  #second: FeedFrame | undefined;
  #taken = 0;
  #lastId = -1;
  #eventMs = 0;

  /** Of spot files; ends after so many of their frames. */
  constructor(files: readonly string[], framesMax: number) {
    this.#spot = new CapturedFeed(files, ["binance-spot"]);
    const { listings, streams, problems, frameCount } = this.#spot;
    this.listings = [...listings, ...listings.map((listing) => ({ ...listing, venue: "binance-usdm" as const }))];
    this.streams = [...streams, ...streams.map(({ stream }) => ({ venue: "binance-usdm" as const, stream }))];
    this.problems = problems;
    this.frameCount = 2 * Math.min(frameCount, framesMax);
  }

  nextTimeUs(): number | undefined {
    if (this.#taken >= this.frameCount) return undefined;
    return this.#second?.timeUs ?? this.#spot.nextTimeUs();
  }

  take(): FeedFrame {
    this.#taken++;
    const second = this.#second;
    this.#second = undefined;
    if (second !== undefined) return second;
    const frame = this.#spot.take();
    const data = JSON.stringify(this.#asPerpetual(frame.stream, JSON.parse(frame.data) as Fields));
    this.#second = { ...frame, venue: "binance-usdm", data, envelope: undefined };
    return frame;
  }

  rewind(): boolean {
    return false;
  }

  upcomingBook(venue: SimVenue, symbol: string): string | undefined {
    const book = this.#spot.upcomingBook("binance-spot", symbol);
    if (book === undefined || venue === "binance-spot") return book;
    return JSON.stringify(this.#asPerpetual("", JSON.parse(book) as Fields));
  }

  /** What USD-M's messages have besides: ids of the update before, times, kinds of trades. */
  #asPerpetual(stream: string, message: Fields): Fields {
    if (message["e"] === "depthUpdate") {
      const pu = this.#lastId < 0 ? (message["U"] as number) - 1 : this.#lastId;
      this.#lastId = message["u"] as number;
      this.#eventMs = message["E"] as number;
      const { b, a, ...head } = message;
      return { ...head, T: message["E"], pu, b, a };
    }
    if (stream === "") return { ...message, E: this.#eventMs, T: this.#eventMs };
    if (message["e"] === "trade") return { ...message, X: "MARKET" };
    return { e: "bookTicker", ...message, T: this.#eventMs, E: this.#eventMs };
  }
}
