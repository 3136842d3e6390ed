/** What the user's actions led to: said in a corner, and to screen readers. */

import { usePage } from "./page_context.ts";
import { ProblemText } from "./problem_text.tsx";

export function Notices() {
  const { store } = usePage();
  return (
    <div class="notices" role="status" aria-live="polite">
      {store.notices.value.map(({ id, tone, title, problem }) => (
        <div key={id} class={`notice ${tone}`}>
          <button type="button" class="small icon" aria-label={`Dismiss: ${title}`} onClick={() => store.dismiss(id)}>
            ✕
          </button>
          <strong>{title}</strong>
          {problem === undefined ? null : <ProblemText problem={problem} />}
        </div>
      ))}
    </div>
  );
}
