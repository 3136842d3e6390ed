/** Texts of OKX's private connection: login and subscriptions, answers to orders, rows of channels. Total. */

import { Code } from "../../core/code.ts";
import { Fields, parseExact } from "../wire/fields.ts";
import type { VenueAnswer } from "../wire/live_answer.ts";
import { Heard } from "../wire/private_link.ts";
import type { ReportBuilder } from "../wire/report_builder.ts";
import { answerOf } from "./gateway_calls.ts";
import { decodeOrder } from "./private_orders.ts";

/** Subscribed to one after the other: a line is up when the last one is taken. */
export const CHANNELS: readonly object[] = Object.freeze([
  { channel: "orders", instType: "ANY" },
  { channel: "balance_and_position" },
]);

export interface ReaderEnds {
  readonly builder: ReportBuilder;
  /** To a request of ours. */
  answer(id: number, answer: VenueAnswer): void;
  /** What was said to have moved cash. */
  cashMoved(event: string): void;
  refused(answer: VenueAnswer): void;
}

const SERVICE_UPGRADE = "64008";
/** Logins and subscriptions that were refused: nothing will come on this line. Others name a request that was malformed. */
const GREETING_REFUSED = /^600(0[4-9]|11|14|18|2[0-9]|3[0-3])$/;

export class PrivateReader {
  constructor(readonly ends: ReaderEnds) {}

  text(text: string, nowUs: number, reply: (text: string) => boolean): Heard {
    if (text === "pong") return Heard.Data;
    const { stats } = this.ends.builder;
    const parsed = parseExact(text);
    if (typeof parsed !== "object") {
      stats.setAside(`text: ${Code[parsed]}`, text);
      return Heard.Data;
    }
    const message = Fields.of(parsed.value);
    if (message.has("event")) return this.#event(message, text, reply);
    if (message.has("op")) return this.#answered(message);
    const channel = message.object("arg").text("channel", "");
    const rows = message.list("data");
    if (message.bad !== "") stats.setAside("text without event, operation and data", text);
    else for (const row of rows) this.#row(channel, row, nowUs);
    return Heard.Data;
  }

  #event(message: Fields, text: string, reply: (text: string) => boolean): Heard {
    const { stats } = this.ends.builder;
    const event = message.text("event", "");
    const code = message.text("code", "");
    if (event === "login" && code === "0") return next(0, reply);
    if (event === "subscribe") {
      const channel = message.object("arg").text("channel", "");
      const at = CHANNELS.findIndex((each) => (each as { readonly channel: string }).channel === channel);
      return at < 0 ? Heard.Data : next(at + 1, reply);
    }
    if (event === "notice" && code === SERVICE_UPGRADE) return Heard.Leaving;
    if (event === "error" && message.has("id")) return this.#answered(message);
    const isRefused = event === "error" && GREETING_REFUSED.test(code);
    if (isRefused || event === "login" || event === "channel-conn-count-error") {
      this.ends.refused(answerOf(message, event));
      return Heard.Refused;
    }
    stats.setAside(`event ${event} ${code}`.trim(), text);
    return Heard.Data;
  }

  #answered(message: Fields): Heard {
    const id = message.text("id", "");
    if (/^\d{1,15}$/.test(id)) this.ends.answer(Number.parseInt(id, 10), answerOf(message, "an answer"));
    else this.ends.builder.stats.setAside("an answer to nobody", message.source);
    return Heard.Data;
  }

  #row(channel: string, value: unknown, nowUs: number): void {
    const { builder } = this.ends;
    if (channel === "orders") return decodeOrder(value, nowUs, builder);
    if (channel !== "balance_and_position") {
      builder.stats.setAside(channel === "" ? "no channel" : channel, value);
      return;
    }
    // It says what there is now, not what was added: what was added, the bills say.
    const event = Fields.of(value).text("eventType", "");
    builder.stats.setAside(`balance_and_position ${event}`, value);
    this.ends.cashMoved(event);
  }
}

function next(at: number, reply: (text: string) => boolean): Heard {
  const channel = CHANNELS[at];
  if (channel === undefined) return Heard.Greeted;
  reply(JSON.stringify({ op: "subscribe", args: [channel] }));
  return Heard.Data;
}
