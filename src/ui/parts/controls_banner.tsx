/** Below the kill's banner: scopes that a control has stopped or that only reduce, why, and how they go on. */

import { controlLines } from "../state/format.ts";
import { usePage } from "./page_context.ts";

/** More are shown by `meltica risk`. */
const SHOWN_MAX = 4;

export function ControlsBanner() {
  const { store } = usePage();
  const lines = store.risk.value === undefined ? [] : controlLines(store.risk.value);
  if (lines.length === 0) return null;
  const more = lines.length - SHOWN_MAX;
  return (
    <div class="controls-banner" role="status">
      {lines.slice(0, SHOWN_MAX).map((line) => (
        <span key={line}>{line}</span>
      ))}
      {more > 0 ? <span>and {more} more: meltica risk</span> : null}
    </div>
  );
}
