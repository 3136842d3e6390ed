/** A market data session at Bybit: one category, its topics, its dialect. */

import type { Limits } from "../../core/limits.ts";
import type { LineSessionPorts, TopicSymbol } from "../wire/line_session.ts";
import { TopicSession, type TopicSessionLimits } from "../wire/topic_session.ts";
import type { Category } from "./category.ts";
import { SESSION_LIMITS } from "./session_limits.ts";
import { BYBIT_DIALECT, TOPIC_HEAD, type TopicChoice, topicsOf } from "./session_topics.ts";

export interface SessionSettings {
  /** Base of the sockets, without a path: `wss://stream.bybit.com`. */
  readonly url: string;
  readonly category: Category;
  readonly symbols: readonly TopicSymbol[];
  readonly topics: TopicChoice;
  readonly limits: Limits;
  readonly session?: Partial<TopicSessionLimits>;
}

export function marketSession(settings: SessionSettings, ports: LineSessionPorts): TopicSession {
  const { url, category, symbols, topics, limits, session } = settings;
  return new TopicSession(
    {
      url,
      symbols,
      symbolsMax: limits.instrumentsMax,
      dialect: BYBIT_DIALECT,
      form: { head: TOPIC_HEAD },
      topicsOf: (symbol) => topicsOf(category, symbol, topics),
      limits: { ...SESSION_LIMITS, ...session },
    },
    ports,
  );
}
