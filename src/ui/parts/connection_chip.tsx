/** Whether what is shown is live; how old it is when it is not. */

import { duration } from "../state/format.ts";
import { usePage } from "./page_context.ts";

export function ConnectionChip() {
  const { store, session } = usePage();
  const state = store.connection.value;
  if (state === "live") {
    return (
      <span class="chip good" title="Data is live over the stream">
        <span class="dot running" aria-hidden="true" />
        live
      </span>
    );
  }
  const heardMs = store.heardMs.value;
  const age = heardMs === 0 ? "" : ` · data ${duration(store.nowMs.value - heardMs)} old`;
  const word = state === "stale" ? "stale" : state === "connecting" ? "connecting" : "offline";
  return (
    <button type="button" class="chip warn" title="Press to connect now" onClick={() => session.stream.retryNow()}>
      <span class="dot paused" aria-hidden="true" />
      {word}
      {age}
    </button>
  );
}
