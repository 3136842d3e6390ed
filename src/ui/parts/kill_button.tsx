/** The red button: no new order leaves, open ones are cancelled. Shift+K opens its question from anywhere. */

import { useEffect, useState } from "preact/hooks";
import { countText } from "../state/format.ts";
import { ConfirmDialog } from "./confirm_dialog.tsx";
import { usePage } from "./page_context.ts";

export function KillButton() {
  const { store, session } = usePage();
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement;
      if (typing || !event.shiftKey || event.code !== "KeyK" || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault(); // Else this K is the first letter in the field that takes the focus now.
      setAsked(true);
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const killed = store.killed.value;
  const confirm = () => {
    setAsked(false);
    void session.kill("kill button on the page");
  };
  const open = store.status.value?.openOrders ?? 0;
  return (
    <>
      <button
        type="button"
        class="kill"
        title="Stop all trading (Shift+K)"
        aria-haspopup="dialog"
        disabled={killed}
        onClick={() => setAsked(true)}
      >
        {killed ? "KILLED" : "KILL"}
      </button>
      {asked && !killed ? (
        <ConfirmDialog word="KILL" title="Stop all trading?" danger onConfirm={confirm} onLeave={() => setAsked(false)}>
          <p>
            No new order leaves, on any account. {countText(open, "open order")} will be cancelled. Positions stay as
            they are. It holds over a restart, until you resume.
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}
