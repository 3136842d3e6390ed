/** A problem in words: what happened, what to do, the code to look it up by. */

export interface ProblemTextProps {
  readonly problem: { readonly code: string; readonly detail: string; readonly hint: string };
}

export function ProblemText({ problem: { code, detail, hint } }: ProblemTextProps) {
  return (
    <>
      <p>
        {detail} <code class="faint">{code}</code>
      </p>
      {hint === "" ? null : <p class="faint">{hint}</p>}
    </>
  );
}
