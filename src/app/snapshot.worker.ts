/** Entry point of the thread that takes one snapshot: from the files, in pieces, so that the engine keeps its core. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { SnapshotAnswer } from "./snapshotter.ts";
import { type SnapshotJob, takeSnapshot } from "./take_snapshot.ts";

declare const self: { onmessage: ((event: MessageEvent) => void) | null };

/** Works so long, then rests as long: half a core at most while records are applied. */
const SLICE_MS = 10;

self.onmessage = (event) => {
  const begunMs = performance.now();
  let sliceMs = begunMs;
  const rest = () => {
    const spentMs = performance.now() - sliceMs;
    if (spentMs < SLICE_MS) return;
    Bun.sleepSync(spentMs);
    sliceMs = performance.now();
  };
  try {
    const done = takeSnapshot({ ...(event.data as SnapshotJob), rest });
    post({ type: "done", done, ms: Math.round(performance.now() - begunMs) });
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    post({
      type: "failed",
      problem: error instanceof ProblemError ? error.problem : problem(Code.SnapshotFailed, detail),
    });
  }
};

function post(answer: SnapshotAnswer): void {
  postMessage(answer);
}
