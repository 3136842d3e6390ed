/** `meltica replay`: captured market data and a strategy through the whole engine, with proof. */

import { REPLAY_DEFAULTS, REPLAY_VENUES } from "../app/replay_options.ts";
import type { Definitions } from "./arguments.ts";
import { Exit } from "./exit.ts";
import { Progress } from "./progress.ts";
import { replayOptions } from "./replay_arguments.ts";
import { replayReport } from "./replay_report.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

const definitions: Definitions = {
  files: {
    type: "positional",
    repeatable: true,
    description: "Capture files: `<receive ns> <JSON>` or JSON lines, plain or gzip; in time order",
  },
  strategy: {
    type: "string",
    valueHint: "NAME|FILE",
    default: REPLAY_DEFAULTS.strategy,
    description: "Built-in strategy (ema-cross, market-making, noop) or a strategy file",
  },
  param: { type: "string", valueHint: "NAME=VALUE", repeatable: true, description: "A parameter of the strategy" },
  instrument: {
    type: "string",
    valueHint: "FILE",
    description: "exchangeInfo JSON; else tick and lot are inferred from the capture",
  },
  venue: { type: "enum", options: REPLAY_VENUES, description: "Format of the capture; else inferred" },
  symbol: { type: "string", valueHint: "SYMBOL", description: "Which instrument, when the capture has several" },
  balance: { type: "string", valueHint: "ASSET=AMOUNT", repeatable: true, description: "Opening balance" },
  limit: {
    type: "string",
    valueHint: "NAME=VALUE",
    repeatable: true,
    description: "A risk limit in place of the default",
  },
  "entry-latency-us": {
    type: "string",
    valueHint: "US",
    default: String(REPLAY_DEFAULTS.entryLatencyUs),
    description: "Simulated time from us to the venue",
  },
  "ack-latency-us": {
    type: "string",
    valueHint: "US",
    default: String(REPLAY_DEFAULTS.ackLatencyUs),
    description: "Simulated time from the venue to us",
  },
  "maker-fee": { type: "string", valueHint: "FRACTION", description: "Maker fee, e.g. 0.0002; negative is a rebate" },
  "taker-fee": { type: "string", valueHint: "FRACTION", description: "Taker fee, e.g. 0.001" },
  seed: {
    type: "string",
    valueHint: "N",
    default: String(REPLAY_DEFAULTS.seed),
    description: "Seed of everything drawn by chance",
  },
  verify: {
    type: "boolean",
    default: REPLAY_DEFAULTS.verify,
    description: "Apply the records alone and decide again, and compare",
    negativeDescription: "Leave the comparison out",
  },
};

export const verb: Verb = {
  name: "replay",
  description: "Run captured market data and a strategy through the whole engine",
  definitions,
  examples: [
    "meltica replay ethusdt.gz --strategy ema-cross --param tf=1s --param fast=9",
    "meltica replay day1.gz day2.gz --strategy ./my.ts --balance USDT=10000 --json",
  ],
  run: runReplayVerb,
};

async function runReplayVerb(call: Call): Promise<Exit> {
  const options = replayOptions(call.given);
  const { runReplay } = await import("../app/replay_session.ts");
  const progress = new Progress(call);
  try {
    const result = await runReplay(options, ({ stage, done, total }) => progress.update(stage, done, total));
    progress.clear();
    if (call.json) call.terminal.out(`${JSON.stringify(result)}\n`);
    else call.terminal.out(replayReport(result, call.terminal));
    const broken = result.verified !== null && !(result.verified.applyAlone && result.verified.decideAgain);
    if (broken) return Exit.Error;
    sayNext(call, "the same command with --json for programs, or with another --param");
    return Exit.Ok;
  } finally {
    progress.clear();
  }
}
