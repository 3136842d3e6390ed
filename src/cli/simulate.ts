/** `meltica simulate`: serves captured or synthetic market data as a venue's WebSocket streams and REST, on loopback. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { type Arguments, usage } from "./arguments.ts";
import { Exit } from "./exit.ts";
import { pairs, verbatim } from "./output.ts";
import { type Call, type Definitions, sayNext, type Verb } from "./verb.ts";

const SYNTHETIC = "synthetic";
const PORT_MAX = 65_535;
const SPEED_MAX = 1_000_000;

const definitions: Definitions = {
  venue: {
    type: "string",
    valueHint: "NAME[,NAME]",
    default: "binance-spot",
    description: "binance-spot, binance-usdm; the second one takes the next port",
  },
  feed: {
    type: "string",
    valueHint: "FILE|synthetic",
    repeatable: true,
    description: "Captured files, in time order, or `synthetic` (default)",
  },
  speed: { type: "string", valueHint: "N", default: "1", description: "Times real time; 0 = as fast as readers can" },
  port: { type: "string", valueHint: "PORT", default: "9100", description: "Port; 0 = any that is free" },
  host: { type: "string", valueHint: "ADDRESS", default: "127.0.0.1", description: "Address to listen on" },
  seed: { type: "string", valueHint: "N", default: "1", description: "Seed of the market and of the faults" },
  faults: {
    type: "string",
    valueHint: "NAME=SHARE,…",
    default: "",
    description: "drop, delay, close, corrupt, stale-snapshot, rest-error, too-many: shares from 0 to 1",
  },
  start: {
    type: "enum",
    options: ["subscribe", "now"],
    default: "subscribe",
    description: "When the feed begins: with its readers, or at once",
  },
};

export const verb: Verb = {
  name: "simulate",
  description: "Serve captured or synthetic market data as a venue would",
  definitions,
  examples: [
    "meltica simulate --venue binance-spot --feed day1.gz --feed day2.gz --speed 50",
    "meltica simulate --venue binance-spot,binance-usdm --faults drop=0.01,close=0.001",
  ],
  run: runSimulate,
};

async function runSimulate(call: Call): Promise<Exit> {
  const { given, terminal } = call;
  const feeds = given.all("feed");
  if (feeds.length > 1 && feeds.includes(SYNTHETIC))
    throw usage("--feed synthetic stands alone", "leave the files out");
  const { startVenues } = await import("../app/simulate.ts");
  const venues = await startVenues({
    venues: (given.text("venue") ?? "").split(",").filter((name) => name !== ""),
    host: given.text("host") ?? "127.0.0.1",
    port: number(given, "port", 0, PORT_MAX),
    files: feeds.filter((feed) => feed !== SYNTHETIC),
    speed: number(given, "speed", 0, SPEED_MAX),
    seed: number(given, "seed", 0, Number.MAX_SAFE_INTEGER),
    faults: given.text("faults") ?? "",
    start: given.text("start") === "now" ? "now" : "subscribe",
  });
  for (const { venue, simulator } of venues) {
    const { url, wsUrl } = simulator;
    if (call.json) terminal.out(`${JSON.stringify({ venue, url, wsUrl, pid: process.pid })}\n`);
    else if (!call.quiet) {
      const { symbols } = simulator.status();
      const rows: [string, string][] = [
        ["REST", url],
        ["streams", wsUrl],
        ["symbols", symbols.join(", ")],
        ["status", `${url}/simulate/status`],
      ];
      terminal.out(
        `${venue} is simulated\n${pairs(
          terminal,
          rows.map(([name, value]) => [name, verbatim(value), ""] as const),
          "left",
        )}`,
      );
    }
    void simulator.done.then(() => {
      if (!call.quiet && !call.json) terminal.err(`${venue}: the feed has ended; connections stay open\n`);
    });
  }
  sayNext(call, "a provider with these URLs: restUrl and wsUrl in meltica.yaml, then meltica up");
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  for (const { simulator } of venues) await simulator.stop();
  return Exit.Ok;
}

function number(given: Arguments, name: string, min: number, max: number): number {
  const text = given.text(name) ?? "";
  const value = Number(text); // number-ok: a setting, not a price
  if (text !== "" && value >= min && value <= max) return value;
  throw new ProblemError(problem(Code.Usage, `--${name} ${text} is no number from ${min} to ${max}`));
}
