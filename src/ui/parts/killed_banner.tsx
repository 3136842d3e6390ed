/** Across the page while trading is killed: who did it, why, since when, and the way back. */

import { useState } from "preact/hooks";
import { clockTime } from "../state/format.ts";
import { ConfirmDialog } from "./confirm_dialog.tsx";
import { usePage } from "./page_context.ts";

export function KilledBanner() {
  const { store, session } = usePage();
  const [asked, setAsked] = useState(false);
  if (!store.killed.value) return null;
  const kill = store.risk.value?.kills.find(({ scope }) => scope === "firm");
  const facts = kill === undefined ? [] : [kill.why, kill.time === null ? "" : `since ${clockTime(kill.time.us)}`];
  const confirm = () => {
    setAsked(false);
    void session.resume("resume button on the page");
  };
  return (
    <div class="killed-banner" role="alert">
      <strong>TRADING IS KILLED</strong>
      <span>No new order leaves. {facts.filter((fact) => fact !== "").join(", ")}</span>
      <button type="button" onClick={() => setAsked(true)}>
        RESUME
      </button>
      {asked ? (
        <ConfirmDialog
          word="RESUME"
          title="Resume trading?"
          danger={false}
          onConfirm={confirm}
          onLeave={() => setAsked(false)}
        >
          <p>Running strategies may place orders again at once. Cancelled orders do not come back.</p>
        </ConfirmDialog>
      ) : null}
    </div>
  );
}
