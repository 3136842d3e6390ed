/** Entry point of the engine thread. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { EngineThread } from "./engine_thread.ts";
import type { FromEngine, ToEngine } from "./thread_messages.ts";

declare const self: { onmessage: ((event: MessageEvent) => void) | null };

const post = (message: FromEngine) => postMessage(message);
let thread: EngineThread | undefined;

self.onmessage = (event) => {
  const message = event.data as ToEngine;
  if (message.type !== "start") return thread?.onMessage(message);
  try {
    thread = new EngineThread(message, post);
    thread.run().catch(fail);
  } catch (error) {
    fail(error);
  }
};

post({ type: "loaded" });

function fail(error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const found = error instanceof ProblemError ? error.problem : problem(Code.EngineDied, detail);
  post({ type: "failed", problem: found });
}
