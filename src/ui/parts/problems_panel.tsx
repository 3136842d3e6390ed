/** What is wrong now and what cures it; not there when all is well. */

import { BOUNDS } from "../state/bounds.ts";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";
import { ProblemText } from "./problem_text.tsx";

export function ProblemsPanel() {
  const { store } = usePage();
  const problems = store.status.value?.problems ?? [];
  if (problems.length === 0) return null;
  const shown = problems.slice(-BOUNDS.problemsMax).reverse();
  return (
    <Panel id="problems" title="Problems" count={problems.length}>
      <ul class="problems">
        {shown.map((problem, i) => (
          <li key={`${i} ${problem.code}`}>
            <ProblemText problem={problem} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
