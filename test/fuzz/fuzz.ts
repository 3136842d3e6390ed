/** `npm run test:fuzz -- --frames 10000000`: spoiled messages at every decoder: set aside and counted, never a wrong number. */

import { parseArgs } from "node:util";
import { Chance, mutated } from "../../src/venue/wire/mutate.testing.ts";
import { DECODERS } from "./decoders.ts";
import { mangled } from "./mangle.ts";
import type { FuzzedDecoder } from "./subject.ts";

const USAGE = "usage: npm run test:fuzz -- [--frames N (of each decoder)] [--seed N] [--decoder TEXT] [--json]\n";

export interface Fuzzed {
  readonly decoder: string;
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly accepted: number;
  readonly asides: Readonly<Record<string, number>>;
  readonly faults: number;
  /** The first ones: what, and the text. */
  readonly shown: readonly string[];
}

const SHOWN_MAX = 5;
const SHOWN_UNITS_MAX = 1_000;

export function fuzz({ name, frames, open }: FuzzedDecoder, count: number, seed: number): Fuzzed {
  const subject = open();
  const chance = new Chance(seed);
  const shown: string[] = [];
  let faults = 0;
  const began = performance.now();
  for (let n = 0; n < count; ) {
    for (const text of spoiled(frames, n, chance)) {
      n++;
      const why = verdict(() => subject.judge(text));
      if (why === undefined) continue;
      faults++;
      if (shown.length < SHOWN_MAX) shown.push(`frame ${n}, ${why}: ${text.slice(0, SHOWN_UNITS_MAX)}`);
    }
  }
  const framesPerSecond = Math.round((count / (performance.now() - began)) * 1_000);
  const { accepted } = subject;
  return { decoder: name, frames: count, framesPerSecond, accepted, asides: subject.asides(), faults, shown };
}

/** One message spoiled: in its bytes, in what it says, in two pieces; now and then not at all. */
function spoiled(frames: readonly string[], n: number, chance: Chance): string[] {
  const sound = frames[n % frames.length] as string;
  const other = frames[chance.below(frames.length)] as string;
  const dice = chance.below(16);
  if (dice < 7) return [mutated(sound, other, chance)];
  if (dice < 9) return [mutated(mutated(sound, other, chance), sound, chance)];
  if (dice < 14) return [mangled(sound, chance)];
  if (dice < 15) return [sound];
  const at = chance.below(sound.length + 1);
  return [sound.slice(0, at), sound.slice(at)];
}

function verdict(judge: () => string | undefined): string | undefined {
  try {
    return judge();
  } catch (error) {
    return `thrown: ${String(error)}`;
  }
}

export function tableOf(rows: readonly Fuzzed[]): string {
  const head = ["decoder", "frames", "frames/s", "accepted", "aside", "faults", "set aside as"];
  const cells = rows.map(({ decoder, frames, framesPerSecond, accepted, asides, faults }) => {
    const names = Object.entries(asides).sort(([, one], [, two]) => two - one);
    const total = names.reduce((sum, [, count]) => sum + count, 0);
    const told = names.slice(0, 6).map(([name, count]) => `${name} ${count}`);
    const more = names.length > 6 ? `, ${names.length - 6} more` : "";
    return [decoder, ...[frames, framesPerSecond, accepted, total, faults].map(String), told.join(", ") + more];
  });
  const widths = head.map((_, at) => Math.max(...[head, ...cells].map((row) => (row[at] as string).length)));
  const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd(widths[at] as number)).join("  ");
  return [head, ...cells].map((row) => line(row).trimEnd()).join("\n");
}

if (import.meta.main) process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: {
      frames: { type: "string", default: "10000000" },
      seed: { type: "string", default: "20261121" },
      decoder: { type: "string", default: "" },
      json: { type: "boolean", default: false },
    },
  });
  const [frames, seed] = [Number(values.frames), Number(values.seed)]; // number-ok: a count and a seed
  const chosen = DECODERS.filter(({ name }) => name.includes(values.decoder));
  if (!Number.isSafeInteger(frames) || frames < 1 || !Number.isSafeInteger(seed) || chosen.length === 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  const rows = chosen.map((decoder) => {
    const row = fuzz(decoder, frames, seed);
    process.stderr.write(`${decoder.name}: ${row.faults} faults, ${row.framesPerSecond} frames/s\n`);
    return row;
  });
  process.stdout.write(`${values.json ? JSON.stringify(rows) : tableOf(rows)}\n`);
  for (const { decoder, shown } of rows) for (const each of shown) process.stdout.write(`${decoder}: ${each}\n`);
  return rows.every(({ faults }) => faults === 0) ? 0 : 1;
}
