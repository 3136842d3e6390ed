/** `meltica logs`: the last lines of the gateway's log, and what comes when followed. */

import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { wholeOption } from "./listing.ts";
import { plain } from "./plain.ts";
import { type Style, styled, type Terminal } from "./terminal.ts";
import type { Call, Verb } from "./verb.ts";

/** What the gateway gives at one time. */
const LINES_MAX = 500;
const FOLLOW_EVERY_MS = 500;

export type LogLine = Readonly<Record<string, unknown>>;

export const verb: Verb = {
  name: "logs",
  description: "Show the log",
  definitions: {
    lines: { type: "string", valueHint: "N", default: "50", description: "How many of the last lines" },
    follow: { type: "boolean", alias: "f", description: "Go on with what comes, until interrupted" },
    ...DATA_DIR_DEFINITIONS,
  },
  examples: ["meltica logs --lines 200", "meltica logs --follow"],
  async run(call: Call): Promise<Exit> {
    const { given, terminal } = call;
    const lines = wholeOption(given, "lines", LINES_MAX);
    const gateway = await openGateway(given);
    const ask = async () => (await gateway.list<LogLine>("logs", {}, LINES_MAX)).items;
    let seen = await ask();
    print(call, lines === 0 ? [] : seen.slice(-lines));
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    while (given.flag("follow") && !stop.signal.aborted) {
      await Bun.sleep(FOLLOW_EVERY_MS);
      if (stop.signal.aborted) break;
      const now = await ask();
      print(call, newLines(seen, now));
      seen = now;
    }
    if (!given.flag("follow") && seen.length === 0 && !call.json && !call.quiet) terminal.out("the log is empty\n");
    return Exit.Ok;
  },
};

/** Lines of `now` after the last one that was seen; all of them when too many came between. */
export function newLines(seen: readonly LogLine[], now: readonly LogLine[]): readonly LogLine[] {
  const before = seen.map((line) => JSON.stringify(line));
  const texts = now.map((line) => JSON.stringify(line));
  // The longest tail of what was seen that begins what is there now.
  for (let length = Math.min(before.length, texts.length); length > 0; length--) {
    if (before.slice(-length).every((text, at) => text === texts[at])) return now.slice(length);
  }
  return now;
}

function print(call: Call, lines: readonly LogLine[]): void {
  for (const line of lines)
    call.terminal.out(call.json ? `${JSON.stringify(line)}\n` : lineText(plain(line), call.terminal));
}

const LEVELS: Readonly<Record<string, string>> = Object.freeze({
  ...{ "10": "trace", "20": "debug", "30": "info", "40": "warn", "50": "error", "60": "fatal" },
});
const STYLES: Readonly<Record<string, Style>> = Object.freeze({ warn: "yellow", error: "red", fatal: "red" });

function lineText(line: LogLine, terminal: Terminal): string {
  const { level, time, msg, pid: _, hostname: __, ...rest } = line;
  const name = LEVELS[String(level)] ?? String(level ?? "");
  const iso = typeof time === "number" ? new Date(time).toISOString() : String(time ?? "");
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const shown = styled(terminal, STYLES[name] ?? "dim", name.padEnd(5));
  return `${[iso.replace("T", " ").replace("Z", ""), shown, String(msg ?? ""), ...fields].join(" ").trimEnd()}\n`;
}
