/** `meltica simulate`: a venue on this machine, fed by captures or by a synthetic market, with faults on request. */

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Simulated, SimulateOptions } from "../app/simulate.ts";
import { Faults } from "../exchange/faults.ts";
import { SERVED_VENUES, type ServedVenue } from "../exchange/feed.ts";
import type { SimulatorStatus } from "../exchange/simulator.ts";
import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { Exit } from "./exit.ts";
import { pairs, verbatim } from "./output.ts";
import { styled } from "./terminal.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

const SPEED_MAX = 100_000;

const definitions: Definitions = {
  venue: {
    type: "string",
    valueHint: "NAME[,NAME]",
    default: "binance-spot",
    description: `What is served: ${SERVED_VENUES.join(", ")}; several at one port`,
  },
  feed: {
    type: "string",
    valueHint: "FILE|synthetic",
    repeatable: true,
    description: "A capture (several: one after the other), or `synthetic`",
  },
  speed: { type: "string", valueHint: "N", default: "1", description: "Times real time; 0: as fast as clients read" },
  host: { type: "string", valueHint: "ADDRESS", default: "127.0.0.1", description: "Address to listen on" },
  port: { type: "string", valueHint: "N", default: "9100", description: "Port to listen on; 0: any free one" },
  seed: { type: "string", valueHint: "N", default: "1", description: "Seed of everything drawn by chance" },
  faults: {
    type: "string",
    valueHint: "NAME=SHARE,…",
    description: "Shares of frames, requests and reports: drop, duplicate, lost-ack, report-drop, http-429, …",
  },
  accounts: {
    type: "string",
    valueHint: "FILE",
    description: "Accounts as JSON; without it there is one, whose keys are shown",
  },
  tls: { type: "boolean", description: "Serve https and wss with a certificate of its own (needs openssl)" },
  "tls-dir": {
    type: "string",
    valueHint: "DIR",
    description: "Where certificate and key are kept; usually in the temporary folder",
  },
  loop: { type: "boolean", description: "Begin a capture again at its end" },
  start: {
    type: "enum",
    options: ["on-subscribe", "now"],
    description: "When the feed begins: captures usually with the first subscription",
  },
  "exchange-info": {
    type: "string",
    valueHint: "FILE",
    repeatable: true,
    description: "Saved exchangeInfo; else tick and lot are inferred from the feed",
  },
};

export const verb: Verb = {
  name: "simulate",
  description: "Serve a venue to trade at, fed by captures or by a synthetic market",
  definitions,
  examples: [
    "meltica simulate --feed synthetic --venue binance-spot,binance-usdm",
    "meltica simulate --feed day1.gz --feed day2.gz --speed 10 --faults drop=0.01,close=0.001",
    "curl -X POST localhost:9100/simulate/faults -d '{\"drop\":0.05}'",
  ],
  run: runSimulate,
};

async function runSimulate(call: Call): Promise<Exit> {
  const options = simulateOptions(call.given, (status) => announceEnd(call, status));
  const { simulate } = await import("../app/simulate.ts");
  let stop: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    stop = resolve;
  });
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    const simulated = await simulate(options);
    announce(call, simulated);
    await asked;
    await simulated.simulator.stop();
    return Exit.Ok;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** Throws ProblemError `Usage` that names the option and what it should look like. */
export function simulateOptions(given: Arguments, onEnd: SimulateOptions["onEnd"]): SimulateOptions {
  const feeds = given.all("feed");
  const isSynthetic = feeds.includes("synthetic");
  if (feeds.length === 0) throw usage("--feed is missing", "--feed FILE, or --feed synthetic");
  if (isSynthetic && feeds.length > 1) throw usage("a feed is either synthetic or files", "give one kind of --feed");
  const start = given.text("start");
  return {
    venues: venuesOf(given.text("venue") as string),
    feed: isSynthetic ? "synthetic" : feeds,
    speed: number(given, "speed", /^\d{1,6}(\.\d{1,6})?$/, SPEED_MAX),
    host: given.text("host") as string,
    port: number(given, "port", /^\d{1,5}$/, 65_535),
    seed: number(given, "seed", /^\d{1,10}$/, 0xffff_ffff),
    faults: Faults.parse(given.text("faults") ?? ""),
    loop: given.flag("loop"),
    start: start === "now" || start === "on-subscribe" ? start : undefined,
    exchangeInfoFiles: given.all("exchange-info"),
    accountsFile: given.text("accounts"),
    tlsFolder: given.flag("tls") ? (given.text("tls-dir") ?? join(tmpdir(), "meltica-simulate")) : undefined,
    onEnd,
  };
}

function venuesOf(text: string): ServedVenue[] {
  const names = [...new Set(text.split(",").map((name) => name.trim()))];
  return names.map((name) => {
    const venue = SERVED_VENUES.find((known) => known === name);
    if (venue === undefined) throw usage(`--venue cannot be "${name}"`, SERVED_VENUES.join(", "));
    return venue;
  });
}

function number(given: Arguments, option: string, form: RegExp, max: number): number {
  const text = given.text(option) as string;
  const value = form.test(text) ? Number(text) : Number.NaN;
  if (value <= max) return value;
  throw usage(`--${option} cannot be "${text}"`, `a number from 0 to ${max}`);
}

/** With --json one line, for the program that started this one. */
function announce(call: Call, { simulator, account, certFile }: Simulated): void {
  const { url, wsUrl, port, host } = simulator;
  const { symbols, frames, venues, linesSetAside } = simulator.status();
  const { terminal } = call;
  if (call.json) {
    const accounts = account === undefined ? undefined : [account];
    const ready = { event: "ready", host, port, url, wsUrl, pid: process.pid, venues, symbols, accounts, certFile };
    terminal.out(`${JSON.stringify(ready)}\n`);
    return;
  }
  if (call.quiet) {
    terminal.out(`${url}\n`);
    return;
  }
  terminal.out(`${styled(terminal, "bold", "simulator is running")} at ${url}\n`);
  const rows: (readonly [string, string | number, string])[] = [];
  if (venues.includes("binance-spot")) {
    rows.push(["spot REST", `${url}/api/v3`, ""], ["spot streams", `${wsUrl}/stream`, "or /ws; orders: /ws-api/v3"]);
  }
  if (venues.includes("binance-usdm")) {
    rows.push(
      ["USD-M REST", `${url}/fapi/v1`, ""],
      ["USD-M streams", wsUrl, "/public, /market, /private; orders: /ws-fapi/v1"],
    );
  }
  if (venues.includes("okx")) {
    rows.push(
      ["OKX REST", `${url}/api/v5`, ""],
      ["OKX sockets", `${wsUrl}/ws/v5`, "/public, /private, /business, or /any"],
    );
  }
  if (venues.includes("bybit")) {
    rows.push(
      ["Bybit REST", `${url}/v5`, ""],
      ["Bybit streams", wsUrl, "/v5/public/spot, /v5/private, /v5/trade, /v5/any"],
    );
  }
  rows.push(
    ["symbols", String(symbols.length), symbols.join(", ")],
    ["frames", frames === 0 ? "no end" : String(frames), ""],
  );
  if (linesSetAside > 0) rows.push(["set aside", String(linesSetAside), "lines that are no frames"]);
  if (account !== undefined) {
    rows.push(["API key", account.keys[0]?.key ?? "", ""], ["API secret", account.keys[0]?.secret ?? "", ""]);
    if (venues.includes("okx")) rows.push(["passphrase", account.keys[0]?.passphrase ?? "", ""]);
  }
  if (certFile !== undefined) rows.push(["certificate", certFile, "clients: NODE_EXTRA_CA_CERTS"]);
  rows.push(["control", `${url}/simulate/status`, "POST /simulate/faults"]);
  terminal.out(
    pairs(
      terminal,
      rows.map(([name, value, note]) => [name, verbatim(value), note] as const),
      "left",
    ),
  );
  sayNext(call, `curl ${url}/simulate/status   (in another terminal)`);
}

function announceEnd(call: Call, status: SimulatorStatus): void {
  if (call.json) call.terminal.out(`${JSON.stringify({ event: "end", ...status })}\n`);
  else if (!call.quiet) {
    call.terminal.out(`the feed has ended after ${status.position} frames; connections stay open\n`);
  }
}
