/** OKX's public channels into market slots. */

import type { Limits } from "../../core/limits.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import { TopicDecoder } from "../wire/topic_decoder.ts";
import { BookIds } from "./book_ids.ts";
import { CHANNEL_NAMES } from "./channel.ts";
import { CorrectPath } from "./correct_path.ts";
import { FastPath } from "./fast_path.ts";

/** One decoder per session and lane, as ids of books go on with it: of one book it takes the frames of one line at a time. */
export class OkxDecoder extends TopicDecoder {
  constructor(lane: MarketLane, limits: Limits) {
    super(lane, limits, CHANNEL_NAMES, ({ bytes, writer }, listings, found) => {
      const ids = new BookIds();
      return {
        fast: new FastPath(bytes, writer, listings, ids, limits),
        correct: new CorrectPath(found, listings, ids),
      };
    });
  }
}
