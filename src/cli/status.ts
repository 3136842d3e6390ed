/** `meltica status`: what is running, and whether it may trade. */

import type { AccountView, StatusView } from "../control/views.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { timeText } from "./listing.ts";
import { type Cell, pairs, table, verbatim } from "./output.ts";
import { plain } from "./plain.ts";
import { styled, type Terminal } from "./terminal.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

export const verb: Verb = {
  name: "status",
  description: "Show what is running",
  definitions: DATA_DIR_DEFINITIONS,
  examples: ["meltica status", "meltica status --json"],
  async run(call: Call): Promise<Exit> {
    const gateway = await openGateway(call.given);
    const status = await gateway.call<StatusView>("status");
    const { items: accounts } = await gateway.list<AccountView>("accounts", {}, undefined);
    if (call.json) call.terminal.out(`${JSON.stringify(status)}\n`);
    else if (call.quiet) call.terminal.out(`${stateText(status)}\n`);
    else
      call.terminal.out(
        `${statusText(plain(status), gateway.url, call.terminal)}${liveText(plain(accounts), call.terminal)}`,
      );
    sayNext(call, status.killed ? "meltica risk" : "meltica orders");
    return Exit.Ok;
  },
};

function stateText({ killed, ready }: StatusView): string {
  return killed ? "killed" : ready ? "ready" : "not ready";
}

function statusText(status: StatusView, url: string, terminal: Terminal): string {
  const state = stateText(status);
  const colour = status.killed ? "red" : status.ready ? "green" : "yellow";
  const rows: [string, Cell, string?][] = [
    ["state", styled(terminal, colour, state), status.notReady.join("; ")],
    ["url", url],
    ["process", verbatim(status.pid), `version ${status.version}, up ${duration(status.now.us - status.started.us)}`],
    ["data", status.dataDir],
    ["records", verbatim(status.durableRecord), `durable; the read model holds ${status.record}`],
    ["epoch", verbatim(status.epoch), status.engineRestarts > 0 ? `${status.engineRestarts} engine restarts` : ""],
    ["accounts", verbatim(status.accounts)],
    ["instruments", verbatim(status.instruments)],
    ["instances", verbatim(status.instances)],
    ["open orders", verbatim(status.openOrders)],
  ];
  const providers = status.providers.map((row) => [
    row.name,
    row.adapter,
    row.connected ? styled(terminal, "green", "connected") : styled(terminal, "red", "not connected"),
    row.frames,
    row.setAside,
    row.reconnects,
    timeText(row.lastFrame),
    row.problem ?? "",
  ]);
  const heads = ["provider", "adapter", "state", "frames", "set aside", "reconnects", "last frame (UTC)", "problem"];
  const list = providers.length === 0 ? "" : `\n${table(terminal, heads, providers)}`;
  const problems = status.problems.map(({ code, detail, hint }) => `  ${detail} [${code}] (${hint})\n`).join("");
  const trouble = problems === "" ? "" : `\n${styled(terminal, "yellow", "Problems")}\n${problems}`;
  return `${pairs(terminal, rows, "left")}${list}${trouble}`;
}

/** Accounts with real money: whether they may open, and if not, why. */
function liveText(accounts: readonly AccountView[], terminal: Terminal): string {
  const rows = accounts.flatMap(({ name, venue, mode, armed, live }) => {
    if (mode !== "live") return [];
    const state = armed ? (live?.fit === true ? styled(terminal, "green", "armed") : "armed, not fit") : "not armed";
    const stream = live?.streamUp === true ? "up" : styled(terminal, "red", "down");
    const offset = live === null ? "" : `${(live.clockOffsetUs / 1_000).toFixed(1)} ms`;
    const [weight, freezes, reconnects] = [live?.weightUsed ?? 0, live?.freezes ?? 0, live?.reconnects ?? 0];
    const switches = switchesText(live, terminal);
    return [[name, venue, state, stream, switches, offset, weight, freezes, reconnects, live?.unfitWhy ?? ""]];
  });
  const words = ["live account", "provider", "state", "stream", "dead-man switches", "clock", "weight", "freezes"];
  const heads = [...words, "reconnects", "why not"];
  return rows.length === 0 ? "" : `\n${table(terminal, heads, rows)}${feesText(accounts, terminal)}`;
}

/** What the venues say that they charge. */
function feesText(accounts: readonly AccountView[], terminal: Terminal): string {
  const rows = accounts.flatMap(({ name, live }) => {
    const known = (live?.fees ?? []).map(({ instrument, maker, taker, discountIn }): Cell[] => {
      return [name, instrument, verbatim(maker), verbatim(taker), discountIn ?? ""];
    });
    const missing = live?.feesMissing ?? 0;
    return missing === 0 ? known : [...known, [name, `${missing} more not told yet`, "", "", ""]];
  });
  const heads = ["live account", "instrument", "maker fee", "taker fee", "less when paid in"];
  return rows.length === 0 ? "" : `\n${table(terminal, heads, rows)}`;
}

/** How many the venue has taken, and which it has not. */
function switchesText(live: AccountView["live"], terminal: Terminal): Cell {
  const missing = (live?.deadManMissing ?? []).map(({ instrument, code, stillArmed }) => {
    return `${instrument} ${stillArmed ? "not renewed" : "not armed"}${code === null ? "" : ` (${code})`}`;
  });
  const count = String(live?.deadManSwitches ?? 0);
  return missing.length === 0 ? count : styled(terminal, "yellow", `${count}; ${missing.join(", ")}`);
}

function duration(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
