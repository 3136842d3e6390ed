/** A replay's parts, and its venue's terms: latencies and the usual fees unless the command line says otherwise. */

import { Code } from "../core/code.ts";
import { parseMantissa } from "../core/decimal.ts";
import type { Limits } from "../core/limits.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { Journal } from "../engine/ports.ts";
import type { ReplayGatewayOptions } from "../venue/replay/gateway.ts";
import type { ReplayOptions, ReplayVenue } from "./replay_options.ts";

/** What a replay is assembled from. */
export interface ReplayParts {
  readonly limits: Limits;
  readonly journal: Journal;
  readonly market: "spot" | "usdm";
  readonly seed: number;
  readonly gateway: ReplayGatewayOptions;
  /** Compare books with best quotes: a figure of the report, no part of trading. */
  readonly checkQuotes: boolean;
}

/** Fee rates are integers in 10^-8 of the notional. */
const RATE_SCALE = 8;
const USUAL_FEES: Readonly<Record<ReplayVenue, { readonly maker: string; readonly taker: string }>> = {
  "binance-spot": { maker: "0.001", taker: "0.001" },
  "binance-usdm": { maker: "0.0002", taker: "0.0005" },
};

export function replayGatewayOptions(options: ReplayOptions, venue: ReplayVenue): ReplayGatewayOptions {
  return {
    entryLatencyUs: options.entryLatencyUs,
    ackLatencyUs: options.ackLatencyUs,
    makerRate: rate(options.makerFee ?? USUAL_FEES[venue].maker, "--maker-fee"),
    takerRate: rate(options.takerFee ?? USUAL_FEES[venue].taker, "--taker-fee"),
    feeIn: "received",
  };
}

function rate(text: string, flag: string): number {
  const { code, mantissa } = parseMantissa(text, RATE_SCALE);
  if (code === Code.Ok) return mantissa;
  throw new ProblemError(problem(Code.Usage, `${flag} ${text} is no fraction`, {}, "for example 0.001 for 0.1 %"));
}
