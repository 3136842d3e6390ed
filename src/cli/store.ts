/** `meltica store`: how far the history is, and making it anew from the journal. */

import { type LoadedConfig, loadConfig } from "../app/config.ts";
import type { Config } from "../app/config_schema.ts";
import type { HistoryView } from "../control/history_answers.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem, problemText } from "../core/problem.ts";
import { CONFIG_DEFINITIONS, configFlags, reportConfig } from "./config_report.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { connect } from "./gateway_client.ts";
import { pairs, verbatim } from "./output.ts";
import { Progress } from "./progress.ts";
import { storeFunctions } from "./store_entry.ts";
import { type Call, sayNext, type VerbGroup } from "./verb.ts";

const POLL_MS = 250;
/** The projector of a running gateway looks again after so long at the latest. */
const STILL_MS_MAX = 60_000;

const PLACE = { ...CONFIG_DEFINITIONS, ...DATA_DIR_DEFINITIONS };

export const verb: VerbGroup = {
  name: "store",
  description: "Show how far the history is, and make it anew",
  defaultAction: "status",
  actions: [
    {
      name: "status",
      description: "Show how far the history is behind the journal, and the outbox",
      definitions: PLACE,
      examples: ["meltica store status", "meltica store status --json"],
      run: (call) => configured(call, status),
    },
    {
      name: "rebuild",
      description: "Empty the history and make it anew from the journal, also while the gateway runs",
      definitions: PLACE,
      examples: ["meltica store rebuild", "meltica store rebuild --json"],
      run: (call) => configured(call, rebuild),
    },
  ],
  examples: ["meltica store status", "meltica store rebuild"],
};

async function configured(call: Call, act: (call: Call, config: Config) => Promise<Exit>): Promise<Exit> {
  const { given } = call;
  const loaded: LoadedConfig = loadConfig({
    ...{ file: given.text("config"), flags: configFlags(given), env: process.env, cwd: process.cwd() },
  });
  if (loaded.config === undefined) return reportConfig(call, loaded);
  const dataDir = given.text("data-dir") ?? loaded.config.dataDir;
  return act(call, { ...loaded.config, dataDir });
}

async function status(call: Call, config: Config): Promise<Exit> {
  const functions = await storeFunctions();
  const view: Standing = (await running(config)) ?? (await standing(config));
  const database = functions.where(config);
  if (call.json) {
    call.terminal.out(`${JSON.stringify({ database, ...view })}\n`);
    return Exit.Ok;
  }
  const { outbox, state, record, durableRecord, problem: found } = view;
  const [pending, isDown] = [view.pending ?? 0, state === "down"];
  const rows = [
    ["database", database],
    ["state", isDown ? "no gateway is running" : state],
    ["record", `${record} of ${durableRecord}`],
    ...(pending === 0 ? [] : [["migrations", `${pending} pending: the next start applies them`]]),
    ...(found === null ? [] : [["problem", found]]),
    ...outbox.map(({ name, record: at, problem: why }) => [`outbox ${name}`, `${at}${why === "" ? "" : `: ${why}`}`]),
  ].map(([name = "", value = ""]) => [name, verbatim(value)] as const);
  call.terminal.out(pairs(call.terminal, rows, "left"));
  if (state === "stopped") sayNext(call, "meltica store rebuild");
  return Exit.Ok;
}

type Standing = Omit<HistoryView, "state"> & {
  readonly state: HistoryView["state"] | "down";
  readonly pending?: number;
};

/** Of a gateway that is down the store itself is asked. */
async function standing(config: Config): Promise<Standing> {
  const { dialect, pending, record, lastRecord } = await (await storeFunctions()).standing(config);
  const lagRecords = Math.max(0, lastRecord - record);
  const figures = { dialect, record, durableRecord: lastRecord, lagRecords, begun: 0, problem: null, outbox: [] };
  return { ...figures, state: "down", pending };
}

async function rebuild(call: Call, config: Config): Promise<Exit> {
  const functions = await storeFunctions();
  const progress = new Progress(call);
  const told = (record: number, last: number) => progress.update("rebuild", record, last);
  const isUp = (await running(config)) !== undefined;
  const done = isUp
    ? await rebuildBeside(call, config, functions.clear, told)
    : await functions.rebuild(config, told, (found) => call.terminal.err(`${problemText(found)}\n`));
  progress.clear();
  if (call.json) call.terminal.out(`${JSON.stringify({ ok: true, ...done })}\n`);
  else if (!call.quiet) {
    call.terminal.out(`${done.records} records made anew in ${done.seconds.toFixed(1)} s\n`);
    sayNext(call, "meltica store status");
  }
  return Exit.Ok;
}

/** The gateway's projector does the work: it finds an empty store and begins at the first record. */
async function rebuildBeside(
  call: Call,
  config: Config,
  clear: (config: Config) => Promise<void>,
  onProgress: (record: number, last: number) => void,
): Promise<{ records: number; seconds: number }> {
  const begunMs = call.terminal.nowMs();
  const before = await running(config);
  await clear(config);
  const { begun = 0, durableRecord = 0 } = before ?? {};
  let record = before?.record ?? 0;
  let movedMs = begunMs;
  for (;;) {
    await Bun.sleep(POLL_MS);
    const view = await running(config);
    if (view === undefined) throw new ProblemError(problem(Code.NotRunning, "the gateway has stopped meanwhile"));
    const nowMs = call.terminal.nowMs();
    if (view.record !== record) movedMs = nowMs;
    record = view.record;
    onProgress(record, view.durableRecord);
    if (view.begun > begun && record >= durableRecord) return { records: record, seconds: (nowMs - begunMs) / 1_000 };
    if (nowMs - movedMs > STILL_MS_MAX) {
      throw new ProblemError(problem(Code.ProjectionBehind, `it stands at record ${record}: ${view.problem ?? ""}`));
    }
  }
}

/** What the gateway says; undefined: none runs here. */
async function running({ dataDir }: Config): Promise<HistoryView | undefined> {
  try {
    return await connect(dataDir).call<HistoryView>("history");
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === Code[Code.NotRunning]) return undefined;
    throw error;
  }
}
