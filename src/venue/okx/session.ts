/** A market data session at OKX: spot and swaps together, public channels and those of the business sockets. */

import type { Limits } from "../../core/limits.ts";
import type { LineSessionPorts, TopicSymbol } from "../wire/line_session.ts";
import { TopicSession, type TopicSessionLimits } from "../wire/topic_session.ts";
import { SESSION_LIMITS } from "./session_limits.ts";
import { cutToWanted, isSnapshot, OKX_DIALECT, TOPIC_FORM, type TopicChoice, topicsOf } from "./session_topics.ts";

export interface SessionSettings {
  /** Base of the sockets, without a path: `wss://ws.okx.com:8443`. */
  readonly url: string;
  readonly symbols: readonly TopicSymbol[];
  readonly topics: TopicChoice;
  readonly limits: Limits;
  readonly session?: Partial<TopicSessionLimits>;
}

export function marketSession(settings: SessionSettings, ports: LineSessionPorts): TopicSession {
  const { url, symbols, topics, limits, session } = settings;
  return new TopicSession(
    {
      url,
      symbols,
      symbolsMax: limits.instrumentsMax,
      dialect: OKX_DIALECT,
      form: TOPIC_FORM,
      isSnapshot,
      cut: cutToWanted,
      topicsOf: (instId) => topicsOf(instId, topics),
      limits: { ...SESSION_LIMITS, ...session },
    },
    ports,
  );
}
