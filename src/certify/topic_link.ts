/** A session of topics (OKX, Bybit) with its decoder, as a certification looks at it. */

import type { LineSessionPorts } from "../venue/wire/line_session.ts";
import type { ListingEntry } from "../venue/wire/listing_table.ts";
import type { TopicSession } from "../venue/wire/topic_session.ts";
import type { MarketLink, MarketParts } from "./adapter.ts";

export interface TopicDecoder {
  decode(text: string, receiveUs: number): unknown;
  define(entry: ListingEntry): void;
  readonly stats: { readonly setAsideTotal: number };
}

type Ports = Omit<LineSessionPorts, "random" | "setTimer" | "clearTimer">;

export function topicLink(decoder: TopicDecoder, parts: MarketParts, open: (ports: Ports) => TopicSession): MarketLink {
  for (const { id, revision, venueSymbol, priceScale, qtyScale } of parts.instruments) {
    decoder.define({ symbol: venueSymbol, instrument: id, revision, priceScale, qtyScale });
  }
  const made = open({
    nowUs: () => parts.nowUs(),
    decode: (text, receiveUs) => {
      decoder.decode(text, receiveUs);
    },
    poll: () => parts.poll(),
    book: (instrument) => parts.market.instrument(instrument)?.book,
    onReconnect: (instrument) => parts.market.onReconnect(instrument),
    problem: (found) => parts.problem(found),
  });
  return {
    start: () => made.start(),
    stop: () => made.stop(),
    subscribe: (instrument) => made.subscribe(instrument),
    unsubscribe: (instrument) => made.unsubscribe(instrument),
    status: () => {
      const { connected, streams, reconnects, setAside, epoch } = made.status();
      return { connected, streams, reconnects, handovers: 0, setAside: setAside + decoder.stats.setAsideTotal, epoch };
    },
  };
}
