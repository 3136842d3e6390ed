/** Sign in by the token of the data directory, when the link's one-time code is used up. */

import { useState } from "preact/hooks";
import type { Problem } from "../state/api.ts";
import { usePage } from "./page_context.ts";
import { ProblemText } from "./problem_text.tsx";

export function LoginPage() {
  const { session } = usePage();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(await session.signIn(token.trim()));
    setBusy(false);
  };
  return (
    <main class="login">
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <h1>Meltica</h1>
        <p>
          Paste the token. It is in the file <code>token</code> of the data directory:
        </p>
        <pre>cat meltica-data/token</pre>
        <label>
          Token
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            autofocus
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        {problem === undefined ? null : (
          <div class="bad" role="alert">
            <ProblemText problem={problem} />
          </div>
        )}
        <button type="submit" class="primary" disabled={busy || token.trim() === ""}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
