/** `meltica provider`: certify holds an adapter against the numbered cards, and writes down how it went. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadConfig } from "../app/config.ts";
import type { CardSpec } from "../certify/card.ts";
import type { CertificationReport } from "../certify/report.ts";
import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { type Definitions, usage } from "./arguments.ts";
import { buildInfo } from "./build_info.ts";
import { CONFIG_DEFINITIONS, configFlags, reportConfig } from "./config_report.ts";
import { Exit } from "./exit.ts";
import { table, verbatim } from "./output.ts";
import { Progress } from "./progress.ts";
import { type Style, styled } from "./terminal.ts";
import { type Call, sayNext, type Verb, type VerbGroup } from "./verb.ts";

const { config } = CONFIG_DEFINITIONS;
const definitions: Definitions = {
  name: { type: "positional", required: false, description: "A provider of the configuration: a testnet, a simulator" },
  simulated: { type: "string", valueHint: "ADAPTER", description: "Start the simulator here and certify against it" },
  account: { type: "string", valueHint: "NAME", description: "Whose key; else the provider's only live account" },
  ...(config === undefined ? {} : { config }),
  out: { type: "string", valueHint: "DIR", default: "certification", description: "Where the reports are written" },
  card: { type: "string", valueHint: "NUMBER", repeatable: true, description: "These cards alone, e.g. V01" },
  "with-real-money": {
    type: "boolean",
    description: "Send real orders with real money: small ones, that trade, cost fees and are closed again",
  },
};

const certify: Verb = {
  name: "certify",
  description: "Hold an adapter against the numbered cards, and write a report",
  definitions,
  examples: [
    "meltica provider certify --simulated binance-usdm",
    "meltica provider certify binance-testnet --account try --out reports",
    "meltica provider certify binance-testnet --json",
  ],
  run: runCertify,
};

export const verb: VerbGroup = {
  name: "provider",
  description: "Certify the adapters of providers",
  actions: [certify],
  examples: certify.examples,
};

const STYLES: Readonly<Record<string, Style>> = Object.freeze({
  pass: "green",
  unproven: "yellow",
  skip: "dim",
  fail: "red",
});

async function runCertify(call: Call): Promise<Exit> {
  const { given, terminal } = call;
  const name = given.positionals[0];
  const simulated = given.text("simulated");
  if ((name === undefined) === (simulated === undefined)) {
    throw usage("say what to certify: a provider, or --simulated ADAPTER", "meltica provider certify NAME");
  }
  const { certifyProvider, certifySimulated } = await import("../app/certify.ts");
  const progress = new Progress(call);
  const { version, commit } = buildInfo();
  const cards = await cardsOf(given.all("card"));
  const options = {
    version,
    commit,
    cards,
    onCard: (next: { readonly number: string; readonly title: string } | undefined, done: number, of: number) =>
      progress.update(next === undefined ? "certified" : `${next.number} ${next.title}`, done, of),
  };
  let report: CertificationReport;
  try {
    if (simulated !== undefined) report = await certifySimulated(simulated, options);
    else {
      const loaded = loadConfig({
        file: given.text("config"),
        flags: configFlags(given),
        env: process.env,
        cwd: process.cwd(),
      });
      if (loaded.config === undefined) return reportConfig(call, loaded);
      const choice = { account: given.text("account"), withRealMoney: given.flag("with-real-money") };
      report = await certifyProvider({ config: loaded.config, provider: name as string, ...choice }, options);
    }
  } finally {
    progress.clear();
  }
  const files = await write(report, resolve(given.text("out") as string));
  if (call.json) terminal.out(`${JSON.stringify({ ...report, files })}\n`);
  else show(call, report, files);
  if (report.verdict === "failed") return Exit.Error;
  sayNext(call, `less ${files[1]}`);
  return Exit.Ok;
}

/** All, or those named. */
async function cardsOf(numbers: readonly string[]): Promise<readonly CardSpec[]> {
  const { CARDS } = await import("../certify/suite.ts");
  const known = CARDS.map(({ number }) => number);
  const wrong = numbers.find((number) => !known.includes(number));
  if (wrong !== undefined) throw usage(`no card is called "${wrong}"`, nearestHint(wrong, known) || known.join(" "));
  return numbers.length === 0 ? CARDS : CARDS.filter(({ number }) => numbers.includes(number));
}

/** Both forms; answers where they are. */
async function write(report: CertificationReport, folder: string): Promise<readonly [string, string]> {
  const { reportJson, reportMarkdown, reportName } = await import("../certify/report.ts");
  const base = join(folder, reportName(report));
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${base}.json`, reportJson(report));
    writeFileSync(`${base}.md`, reportMarkdown(report));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "error";
    throw new ProblemError(problem(Code.FileUnreadable, `cannot write ${base}.json: ${why}`, {}, "give another --out"));
  }
  return [`${base}.json`, `${base}.md`];
}

function show(call: Call, report: CertificationReport, [, markdown]: readonly [string, string]): void {
  const { terminal } = call;
  const { counts, cards, adapter, venue, verdict } = report;
  const shown = call.quiet ? cards.filter((card) => card.verdict === "fail") : cards;
  const rows = shown.map((card) => [
    card.number,
    card.group,
    styled(terminal, STYLES[card.verdict] ?? "dim", card.verdict),
    card.ms,
    verbatim(card.reason === "" ? card.title : card.reason),
  ]);
  if (rows.length > 0) terminal.out(table(terminal, ["card", "group", "verdict", "ms", "promise or reason"], rows));
  const sum = `${counts.pass} pass, ${counts.unproven} unproven, ${counts.skip} skipped, ${counts.fail} failed`;
  const word = styled(terminal, verdict === "passed" ? "green" : "red", verdict);
  terminal.out(`${adapter} at ${venue}: ${word} (${sum})\n${call.quiet ? "" : `report: ${markdown}\n`}`);
}
