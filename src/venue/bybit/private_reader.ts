/** Texts of Bybit's private connections: reports, answers, logins, and what they mean for the connection. Total. */

import { Code } from "../../core/code.ts";
import { Fields, parseExact } from "../wire/fields.ts";
import { Heard } from "../wire/private_link.ts";
import type { PrivateStats } from "../wire/private_stats.ts";

export interface ReaderEnds {
  readonly stats: PrivateStats;
  /** One row of a topic. */
  row(topic: string, row: unknown): void;
  /** The answer to a login, and to a subscription. */
  login(message: Fields): Heard;
  subscribed(message: Fields): Heard;
  /** The answer to an order request. */
  answer(message: Fields): void;
}

export function readPrivate(text: string, ends: ReaderEnds): Heard {
  const parsed = parseExact(text);
  if (typeof parsed !== "object") {
    ends.stats.setAside(`text: ${Code[parsed]}`, text);
    return Heard.Data;
  }
  const message = Fields.of(parsed.value);
  const { topic, op } = message.source;
  if (typeof topic === "string" && topic !== "") {
    const rows = message.source["data"];
    if (!Array.isArray(rows)) ends.stats.setAside(`${topic}: field data`, text);
    else for (const row of rows) ends.row(topic, row);
    return Heard.Data;
  }
  if (op === "pong" || op === "ping") return Heard.Data;
  if (op === "auth") return ends.login(message);
  if (op === "subscribe") return ends.subscribed(message);
  if (typeof op === "string" && op.startsWith("order.")) {
    ends.answer(message);
    return Heard.Data;
  }
  ends.stats.setAside("text without topic and op", text);
  return Heard.Data;
}
