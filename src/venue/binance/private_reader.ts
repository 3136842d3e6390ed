/** Texts of a private connection: which are events, which are answers, and what they mean for the connection. Total. */

import { Code } from "../../core/code.ts";
import { Fields, parseExact } from "../wire/fields.ts";
import { Heard } from "../wire/private_link.ts";
import type { ReportBuilder } from "../wire/report_builder.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { decodeSpotEvent } from "./private_spot.ts";
import { decodeUsdmEvent } from "./private_usdm.ts";

export class PrivateReader {
  constructor(
    readonly market: BinanceMarket,
    readonly builder: ReportBuilder,
    /** An answer to a request: `{id, status, …}`. */
    readonly answer: (message: Fields) => Heard,
  ) {}

  text(text: string, nowUs: number): Heard {
    const { stats } = this.builder;
    const parsed = parseExact(text);
    if (typeof parsed !== "object") {
      stats.setAside(`text: ${Code[parsed]}`, text);
      return Heard.Data;
    }
    const message = Fields.of(parsed.value);
    const event = eventIn(message);
    if (event !== undefined) return this.#event(event, nowUs);
    if (typeof message.source["status"] === "number") return this.answer(message);
    stats.setAside("text without event and status", text);
    return Heard.Data;
  }

  #event(event: Fields, nowUs: number): Heard {
    const decode = this.market === "spot" ? decodeSpotEvent : decodeUsdmEvent;
    decode(event, nowUs, this.builder);
    switch (event.source["e"]) {
      case "serverShutdown":
        return Heard.Leaving;
      case "listenKeyExpired":
      case "eventStreamTerminated":
        return Heard.Deaf;
      default:
        return Heard.Data;
    }
  }
}

/** Bare, wrapped as `{subscriptionId, event}`, or combined as `{stream, data}`. */
function eventIn(message: Fields): Fields | undefined {
  for (const { source } of [message, Fields.of(message.source["event"]), Fields.of(message.source["data"])]) {
    if (typeof source["e"] === "string") return new Fields(source);
  }
  return undefined;
}
