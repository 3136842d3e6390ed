/** What is still missing, what is wrong, and what cures it; not there when all is well. */

import { BOUNDS } from "../state/bounds.ts";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";
import { ProblemText } from "./problem_text.tsx";

export function ProblemsPanel() {
  const { store } = usePage();
  const problems = store.status.value?.problems ?? [];
  const notReady = store.status.value?.notReady ?? [];
  const poll = store.stale.value ? undefined : store.pollProblem.value; // Offline, the top bar says it already.
  const count = problems.length + notReady.length + (poll === undefined ? 0 : 1);
  if (count === 0) return null;
  const shown = problems.slice(-BOUNDS.problemsMax).reverse();
  return (
    <Panel id="problems" title="Problems" count={count}>
      <ul class="problems">
        {notReady.map((reason) => (
          <li key={reason}>Not ready: {reason}</li>
        ))}
        {poll === undefined ? null : (
          <li>
            <p>Instances, balances and accounts may be old:</p>
            <ProblemText problem={poll} />
          </li>
        )}
        {shown.map((problem, i) => (
          <li key={`${i} ${problem.code}`}>
            <ProblemText problem={problem} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
