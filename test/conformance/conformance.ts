/**
 * `npm run test:conformance [-- --out DIR] [--only ROW]`: every card for every row against the simulator, then every mutant
 * planted in each; rows side by side, for they mostly wait. A table, a report for each row (JSON and Markdown), and 1 as
 * exit code when anything fails.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { certifySimulated } from "../../src/app/certify.ts";
import type { Adapter } from "../../src/certify/adapter.ts";
import { ADAPTERS } from "../../src/certify/adapters.ts";
import { type CertificationReport, reportJson, reportMarkdown, reportName } from "../../src/certify/report.ts";
import { CARDS, type CardResult, type Verdict } from "../../src/certify/suite.ts";
import { buildInfo } from "../../src/cli/build_info.ts";
import { hunt, mutantsOf } from "./mutants.ts";

const MARKS: Readonly<Record<Verdict, string>> = { pass: "pass", unproven: "unproven", skip: "skip", fail: "FAIL" };

async function main(words: readonly string[]): Promise<number> {
  const out = resolve(optionOf(words, "--out") ?? "dist/certification");
  const only = optionOf(words, "--only");
  const adapters = ADAPTERS.filter(({ venue }) => only === undefined || venue === only);
  if (adapters.length === 0) say(`no row is called ${only}: ${ADAPTERS.map(({ venue }) => venue).join(", ")}`);
  mkdirSync(out, { recursive: true });
  const startMs = performance.now();
  const reports = await Promise.all(adapters.map((adapter) => certify(adapter, out)));
  tellTable(reports);
  const living = await Promise.all(adapters.map(huntAll));
  const failed = [...reports.map(({ counts }) => counts.fail), ...living].reduce((sum, count) => sum + count, 0);
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
  say(`\n${failed === 0 ? "all cards kept, all mutants noticed" : `${failed} failures`}, ${seconds} s`);
  return failed === 0 && adapters.length > 0 ? 0 : 1;
}

async function certify({ venue }: Adapter, out: string): Promise<CertificationReport> {
  const report = await certifySimulated(venue, buildInfo());
  const base = join(out, reportName(report));
  writeFileSync(`${base}.json`, reportJson(report));
  writeFileSync(`${base}.md`, reportMarkdown(report));
  say(`${venue}: ${report.verdict}, ${JSON.stringify(report.counts)}, ${(report.ms / 1_000).toFixed(1)} s, ${base}.md`);
  return report;
}

function tellTable(reports: readonly CertificationReport[]): void {
  say(`\n${["card", "group".padEnd(15), ...reports.map(({ adapter }) => adapter.padEnd(13)), "promise"].join("  ")}`);
  for (const [row, { number, group, title }] of CARDS.entries()) {
    const verdicts = reports.map(({ cards }) => MARKS[(cards[row] as CardResult).verdict].padEnd(13));
    say([`${number} `, group.padEnd(15), ...verdicts, title].join("  "));
  }
  for (const { adapter, cards } of reports) {
    for (const { number, verdict, reason } of cards) {
      const isTold = verdict === "skip" || verdict === "fail";
      if (isTold) say(`${adapter} ${number} ${MARKS[verdict]}: ${reason}`);
    }
  }
}

/** How many mutants live. */
async function huntAll(adapter: Adapter): Promise<number> {
  const startMs = performance.now();
  const mutants = mutantsOf(adapter);
  let living = 0;
  for (const mutant of mutants) {
    const wrong = await hunt(adapter, mutant);
    if (wrong === undefined) continue;
    say(`${adapter.venue}: mutant lives: ${mutant.name}: ${wrong}`);
    living++;
  }
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
  say(`${adapter.venue}: ${mutants.length} mutants planted, ${living} not noticed, ${seconds} s`);
  return living;
}

function optionOf(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main(process.argv.slice(2));
