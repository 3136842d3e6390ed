/** The result of a replay as a person likes to read it. */

import type { ReplayResult } from "../app/replay_result.ts";
import { problemText } from "../core/problem.ts";
import { type Cell, pairs, section, thousands, verbatim } from "./output.ts";
import { styled, type Terminal } from "./terminal.ts";

type Row = readonly [name: string, value: Cell, note?: string];

const PROBLEMS_SHOWN = 5;

export function replayReport(result: ReplayResult, terminal: Terminal): string {
  return [
    head(result, terminal),
    section(terminal, "Market data", marketRows(result)),
    section(terminal, "Book", bookRows(result)),
    section(terminal, "Trades", tradeRows(result)),
    section(terminal, "Orders", orderRows(result)),
    section(terminal, "Money", moneyRows(result)),
    section(terminal, "Proof", proofRows(result, terminal)),
    problems(result, terminal),
  ].join("");
}

function head(result: ReplayResult, terminal: Terminal): string {
  const params = Object.entries(result.params).map(([name, value]) => `${name}=${value}`);
  const title = `${result.instrument}  ${[result.strategy, ...params].join(" ")}`;
  const from = new Date(result.firstReceiveTimeUs / 1_000).toISOString().slice(0, 19).replace("T", " ");
  const span = `${from} UTC, ${thousands(result.spanSeconds)} s`;
  const speed = `${thousands(Math.round(result.framesPerSecond))} frames/s`;
  const rows: Row[] = [
    ["venue", result.venue],
    ["captures", result.files.join(", ")],
    ["span", span],
    ["speed", speed, `first pass ${thousands(Math.round(result.framesPerSecondFirstPass))}`],
  ];
  return `${styled(terminal, "bold", title)}\n${pairs(terminal, rows, "left")}`;
}

function marketRows(result: ReplayResult): Row[] {
  const { latencyUs } = result;
  const ms = (us: number) => (us / 1_000).toFixed(1);
  return [
    ["frames", result.messages],
    ...counted(result.byStream),
    ["engine inputs", result.inputs],
    ...counted(result.setAside).map(([name, count]): Row => [`set aside: ${name}`, count]),
    [
      "latency p50",
      ms(latencyUs.p50),
      `ms; min ${ms(latencyUs.min)}, p99 ${ms(latencyUs.p99)}, max ${ms(latencyUs.max)}`,
    ],
  ];
}

function bookRows(result: ReplayResult): Row[] {
  const { final } = result;
  return [
    ["diffs applied", result.depthApplied, `${thousands(result.depthDropped)} older ones dropped`],
    ["sequence gaps", result.depthSequenceGaps],
    ["checked against quotes", result.bboChecksAgainstBookTicker, `${thousands(result.bboMismatches)} differ`],
    ["last update id", verbatim(final.updateId)],
    ["best bid", final.bestBid?.[0] ?? "none", final.bestBid === null ? "" : `× ${thousands(final.bestBid[1])}`],
    ["best ask", final.bestAsk?.[0] ?? "none", final.bestAsk === null ? "" : `× ${thousands(final.bestAsk[1])}`],
    ["levels", `${thousands(final.bidLevels)} / ${thousands(final.askLevels)}`, "bids / asks"],
    ["flags", final.flags.join(" ") || "none"],
  ];
}

function tradeRows(result: ReplayResult): Row[] {
  return [
    ["trades", result.trades, `${thousands(result.tradeIdGaps)} id gaps`],
    ["volume", result.tradeVolume],
    ["quote volume", result.tradeQuoteVolume],
    ["high", result.tradeHigh],
    ["low", result.tradeLow],
  ];
}

function orderRows(result: ReplayResult): Row[] {
  const { orders, fills } = result;
  const fates = Object.entries(orders).filter(([name, count]) => name === "placed" || count > 0);
  return [
    ...fates,
    ...counted(result.denials).map(([name, count]): Row => [`denied: ${name}`, count]),
    ["fills", fills.count, fills.count === 0 ? "" : `${thousands(fills.maker)} maker, ${thousands(fills.taker)} taker`],
    ["filled volume", fills.volume],
  ];
}

function moneyRows(result: ReplayResult): Row[] {
  const { pnl } = result;
  return [
    ["position", result.position],
    ["realized", pnl.realized, pnl.asset],
    ["unrealized", pnl.unrealized, pnl.asset],
    ...Object.entries(result.fills.fees).map(([asset, fee]): Row => ["fees paid", fee, asset]),
    ["total", pnl.total, `${pnl.asset} after fees of ${thousands(pnl.fees)}`],
    ["equity", pnl.equityEnd, `${pnl.asset}, from ${thousands(pnl.equityStart)}`],
  ];
}

function proofRows(result: ReplayResult, terminal: Terminal): Row[] {
  const verdict = (holds: boolean) =>
    holds ? styled(terminal, "green", "same") : styled(terminal, "red", "DIFFERENT");
  const { verified } = result;
  const checks: Row[] =
    verified === null
      ? [["verified", "not asked for"]]
      : [
          ["apply alone", verdict(verified.applyAlone)],
          ["decide again", verdict(verified.decideAgain)],
        ];
  return [
    ["records", result.records],
    ["durable state", verbatim(result.hashes.durable)],
    ["session", verbatim(result.hashes.session)],
    ...checks,
  ];
}

function problems(result: ReplayResult, terminal: Terminal): string {
  if (result.problems.length === 0) return "";
  const shown = result.problems.slice(0, PROBLEMS_SHOWN).map((found) => `  ${problemText(found)}\n`);
  const rest = result.problems.length - shown.length;
  const more = rest > 0 ? `  and ${thousands(rest)} more: see --json\n` : "";
  return `\n${styled(terminal, "yellow", "Problems")}\n${shown.join("")}${more}`;
}

function counted(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts);
}
