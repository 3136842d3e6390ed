/** `npm run test:independent`: clients of others trade at the simulator; a table of what each did. Exit 1 on failure. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeCertificate } from "../../src/app/simulate_tls.ts";
import type { Deeds } from "./diary.ts";

/** Runs the journeys whose `client venue` has the text in it. Throws with what the process said, where it ended badly. */
export async function travelAll(seed: number, wanted = ""): Promise<Deeds[]> {
  const folder = mkdtempSync(join(tmpdir(), "meltica-independent-"));
  let deeds: Deeds[] | undefined;
  try {
    const { certFile } = makeCertificate(folder, []);
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "run.ts"), folder, String(seed), wanted], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile },
      stdout: "pipe",
      stderr: "pipe",
      ipc: (told) => {
        deeds = told as Deeds[];
        child.kill();
      },
    });
    const said = await Promise.all([new Response(child.stderr).text(), new Response(child.stdout).text()]);
    const exitCode = await child.exited;
    if (deeds === undefined) throw new Error(`the clients ended with ${exitCode}:\n${said.join("\n")}`);
    return deeds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function failuresOf(deeds: readonly Deeds[]): string[] {
  return deeds.flatMap(({ client, venue, steps }) =>
    steps
      .filter(({ outcome }) => outcome === "failed")
      .map(({ name, reason }) => `${client} at ${venue}: ${name}: ${reason}`),
  );
}

export function tableOf(deeds: readonly Deeds[]): string {
  const head = [
    "client",
    "version",
    "venue",
    "steps",
    "calls",
    "streams",
    "messages",
    "orders",
    "fills",
    "failed",
    "skipped",
  ];
  const count = (each: Deeds, outcome: string) => each.steps.filter((step) => step.outcome === outcome).length;
  const rows = deeds.map((each) => [
    each.client,
    each.version,
    each.venue,
    count(each, "done"),
    each.calls,
    Object.keys(each.streams).length,
    each.messages,
    each.orders,
    each.fills,
    count(each, "failed"),
    count(each, "skipped"),
  ]);
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, at) => Math.max(...cells.map((row) => (row[at] as string).length)));
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Every step below its client, with its time or its reason. */
export function stepsOf(deeds: readonly Deeds[]): string {
  return deeds
    .map(({ client, venue, steps, streams }) => {
      const told = Object.entries(streams).map(([name, messages]) => `${name} ${messages}`);
      const lines = steps.map(({ name, outcome, reason, ms }) =>
        outcome === "done" ? `  done     ${name} (${ms} ms)` : `  ${outcome.padEnd(7)}  ${name}: ${reason}`,
      );
      return [`${client} at ${venue}`, ...lines, `  streams  ${told.join(", ")}`].join("\n");
    })
    .join("\n");
}

if (import.meta.main) process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
      rounds: { type: "string", default: "3" },
      client: { type: "string", default: "" },
    },
  });
  const from = Number(values.seed); // number-ok: a seed
  const count = Number(values.rounds); // number-ok: a count
  const rounds: { readonly seed: number; readonly deeds: Deeds[] }[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const deeds = await travelAll(seed, values.client);
    rounds.push({ seed, deeds });
    if (!values.json) say(`seed ${seed}\n${tableOf(deeds)}\n${seed === from ? stepsOf(deeds) : ""}`);
  }
  const failures = rounds.flatMap(({ deeds }) => failuresOf(deeds));
  const isEmpty = rounds.every(({ deeds }) => deeds.length === 0);
  if (values.json) say(JSON.stringify({ failures, rounds }));
  else if (isEmpty) say("no such client");
  else say(failures.length === 0 ? "all steps done" : failures.join("\n"));
  return failures.length === 0 && !isEmpty ? 0 : 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
