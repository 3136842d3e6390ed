/** The certification report: what was certified, where, when, and card by card how it went; as JSON and as Markdown. */

import { GROUPS } from "./card.ts";
import type { Proof } from "./proofs.ts";
import { type CardResult, countsOf, isPassed, type Verdict } from "./suite.ts";

export interface Certified {
  /** `binance-spot`; the adapter's name in a configuration. */
  readonly adapter: string;
  /** The provider's name, or `simulated`. */
  readonly provider: string;
  /** Where the venue was reached: addresses without paths or keys. */
  readonly venue: string;
  readonly version: string;
  readonly commit: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly host: string;
  readonly runtime: string;
}

export interface CertificationReport extends Certified {
  readonly format: "meltica-certification/1";
  readonly verdict: "passed" | "failed";
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly ms: number;
  readonly cards: readonly CardResult[];
}

export function reportOf(certified: Certified, cards: readonly CardResult[]): CertificationReport {
  return {
    format: "meltica-certification/1",
    ...certified,
    verdict: isPassed(cards) ? "passed" : "failed",
    counts: countsOf(cards),
    ms: cards.reduce((total, { ms }) => total + ms, 0),
    cards,
  };
}

export function reportJson(report: CertificationReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

export function reportMarkdown(report: CertificationReport): string {
  const { counts, cards } = report;
  const lines = [
    `# Certification of ${report.adapter}: ${report.verdict}`,
    "",
    "| | |",
    "| --- | --- |",
    ...facts(report).map(([name, value]) => `| ${name} | ${cell(value)} |`),
    "",
    `${counts.pass} passed, ${counts.unproven} passed unproven, ${counts.skip} skipped, ${counts.fail} failed.`,
    "",
    "Passed with a proof means that a message the venue sent, an example of its documentation, or a client somebody else",
    "wrote stands behind what the card takes for right. Unproven means that the card passes by our reading alone.",
  ];
  for (const group of GROUPS) {
    const of = cards.filter((card) => card.group === group);
    if (of.length === 0) continue;
    lines.push(
      "",
      `## ${group}`,
      "",
      "| card | promise | verdict | ms | proof or reason |",
      "| --- | --- | --- | ---: | --- |",
    );
    for (const { number, title, verdict, ms, proof, reason } of of) {
      const why = verdict === "pass" ? proofText(proof) : reason;
      lines.push(`| ${number} | ${cell(title)} | ${verdict} | ${ms} | ${cell(why)} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** `binance-spot-2026-11-21T15-57-57Z`: sorts by adapter and time, and is a name everywhere. */
export function reportName({ provider, adapter, startedAt }: Certified): string {
  const name = provider === "simulated" ? adapter : `${provider}-${adapter}`;
  return `${name}-${startedAt.replaceAll(":", "-").replace(/\.\d+/, "")}`;
}

export function proofText(proof: Proof | undefined): string {
  return proof === undefined ? "" : `${proof.by}: ${proof.sources.join(", ")}`;
}

function facts(report: CertificationReport): (readonly [string, string])[] {
  const { provider, venue, version, commit, startedAt, host, runtime, ms } = report;
  return [
    ["provider", provider],
    ["venue", venue],
    ["version", `${version} (${commit})`],
    ["started", startedAt],
    ["took", `${(ms / 1_000).toFixed(1)} s`],
    ["host", host],
    ["runtime", runtime],
  ];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}
