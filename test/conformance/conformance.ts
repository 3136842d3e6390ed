/**
 * `npm run test:conformance [-- --out DIR] [--only ADAPTER]`: every card for every adapter against the simulator, then every
 * mutant planted in each. A table, a report for each adapter (JSON and Markdown), and 1 as exit code when anything fails.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { certifySimulated } from "../../src/app/certify.ts";
import { ADAPTERS } from "../../src/certify/adapters.ts";
import { reportJson, reportMarkdown, reportName } from "../../src/certify/report.ts";
import { CARDS, type CardResult, type Verdict } from "../../src/certify/suite.ts";
import { buildInfo } from "../../src/cli/build_info.ts";
import { hunt, MARKET_MUTANTS, ORDER_MUTANTS } from "./mutants.ts";

const MARKS: Readonly<Record<Verdict, string>> = { pass: "pass", unproven: "unproven", skip: "skip", fail: "FAIL" };

async function main(words: readonly string[]): Promise<number> {
  const out = resolve(optionOf(words, "--out") ?? "dist/certification");
  const only = optionOf(words, "--only");
  const adapters = ADAPTERS.filter(({ venue }) => only === undefined || venue === only);
  mkdirSync(out, { recursive: true });
  const columns: (readonly CardResult[])[] = [];
  let failed = adapters.length === 0 ? 1 : 0;
  for (const { venue } of adapters) {
    const report = await certifySimulated(venue, buildInfo());
    const base = join(out, reportName(report));
    writeFileSync(`${base}.json`, reportJson(report));
    writeFileSync(`${base}.md`, reportMarkdown(report));
    columns.push(report.cards);
    failed += report.counts.fail;
    say(
      `${venue}: ${report.verdict}, ${JSON.stringify(report.counts)}, ${(report.ms / 1_000).toFixed(1)} s, ${base}.md`,
    );
  }
  say(`\n${["card", "group".padEnd(15), ...adapters.map(({ venue }) => venue.padEnd(13)), "promise"].join("  ")}`);
  for (const [row, { number, group, title }] of CARDS.entries()) {
    const verdicts = columns.map((cards) => MARKS[(cards[row] as CardResult).verdict].padEnd(13));
    say([`${number} `, group.padEnd(15), ...verdicts, title].join("  "));
  }
  for (const [at, cards] of columns.entries()) {
    for (const { number, verdict, reason } of cards) {
      const isTold = verdict === "skip" || verdict === "fail";
      if (isTold) say(`${adapters[at]?.venue} ${number} ${MARKS[verdict]}: ${reason}`);
    }
  }
  failed += await huntAll(adapters);
  say(failed === 0 ? "\nall cards kept, all mutants noticed" : `\n${failed} failures`);
  return failed === 0 ? 0 : 1;
}

/** How many mutants live. */
async function huntAll(adapters: typeof ADAPTERS): Promise<number> {
  let living = 0;
  for (const adapter of adapters) {
    const mutants = [...ORDER_MUTANTS, ...(adapter.market === undefined ? [] : MARKET_MUTANTS)];
    for (const mutant of mutants) {
      const wrong = await hunt(adapter, mutant);
      if (wrong !== undefined) say(`${adapter.venue}: mutant lives: ${mutant.name}: ${wrong}`);
      living += wrong === undefined ? 0 : 1;
    }
    say(`${adapter.venue}: ${mutants.length} mutants planted, ${living} not noticed so far`);
  }
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
