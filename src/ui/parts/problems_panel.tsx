/** What is still missing, what is wrong, and what cures it; not there when all is well. */

import { BOUNDS } from "../state/bounds.ts";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";
import { ProblemText } from "./problem_text.tsx";

export function ProblemsPanel() {
  const { store } = usePage();
  const problems = store.status.value?.problems ?? [];
  const notReady = store.status.value?.notReady ?? [];
  if (problems.length + notReady.length === 0) return null;
  const shown = problems.slice(-BOUNDS.problemsMax).reverse();
  return (
    <Panel id="problems" title="Problems" count={problems.length + notReady.length}>
      <ul class="problems">
        {notReady.map((reason) => (
          <li key={reason}>Not ready: {reason}</li>
        ))}
        {shown.map((problem, i) => (
          <li key={`${i} ${problem.code}`}>
            <ProblemText problem={problem} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
