/** A progress bar with the time that is left, on standard error: drawn only for a person who watches. */

import { thousands } from "./output.ts";
import type { Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

const DRAW_EVERY_MS = 100;
const BAR_CELLS = 24;

export class Progress {
  readonly #terminal: Terminal;
  readonly #shown: boolean;
  #stage = "";
  #startedMs = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #dirty = false;

  constructor(call: Pick<Call, "terminal" | "json" | "quiet">) {
    this.#terminal = call.terminal;
    this.#shown = call.terminal.stderrIsTerminal && !call.json && !call.quiet;
  }

  /** Tells how far a stage is; `total` 0 = not known. Cheap to call often: draws ten times a second at most. */
  update(stage: string, done: number, total: number): void {
    if (!this.#shown) return;
    const nowMs = this.#terminal.nowMs();
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#startedMs = nowMs;
      this.#drawnMs = Number.NEGATIVE_INFINITY;
    }
    if (nowMs - this.#drawnMs < DRAW_EVERY_MS) return;
    this.#drawnMs = nowMs;
    this.#dirty = true;
    this.#terminal.err(`\r\x1b[2K${progressLine(stage, done, total, nowMs - this.#startedMs)}`);
  }

  /** Takes the bar away, so that the result stands alone. */
  clear(): void {
    if (this.#dirty) this.#terminal.err("\r\x1b[2K");
    this.#dirty = false;
  }
}

/** One line: stage, bar, share, counts, time left. */
export function progressLine(stage: string, done: number, total: number, elapsedMs: number): string {
  if (total <= 0) return `${stage}  ${thousands(done)}`;
  const share = Math.min(1, Math.max(0, done / total));
  const full = Math.round(share * BAR_CELLS);
  const bar = "█".repeat(full) + "░".repeat(BAR_CELLS - full);
  const percent = String(Math.floor(share * 100)).padStart(3);
  const left = share > 0 && share < 1 ? `  ETA ${seconds((elapsedMs / share) * (1 - share))}` : "";
  return `${stage}  ${bar} ${percent} %  ${thousands(done)} / ${thousands(total)}${left}`;
}

function seconds(ms: number): string {
  const whole = Math.ceil(ms / 1_000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
