/** A question before a grave act: type the word and press Enter, or hold the button. Escape leaves. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const HOLD_MS = 900;

export interface ConfirmDialogProps {
  /** Typed to confirm; also the button's name. */
  readonly word: string;
  readonly title: string;
  readonly danger: boolean;
  readonly children: ComponentChildren;
  onConfirm(): void;
  onLeave(): void;
}

export function ConfirmDialog({ word, title, danger, children, onConfirm, onLeave }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  // In the same step as the drawing: a key that is pressed at once must reach the dialog.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (typed.trim().toUpperCase() === word) onConfirm();
  };
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="confirm-title" onClose={onLeave}>
      <form onSubmit={submit}>
        <h2 id="confirm-title">{title}</h2>
        {children}
        <label>
          Type {word} and press Enter
          <input
            autofocus
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <div class="confirm-actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            Back
          </button>
          <HoldButton label={`Hold to ${word.toLowerCase()}`} danger={danger} onHeld={onConfirm} />
        </div>
      </form>
    </dialog>
  );
}

interface HoldButtonProps {
  readonly label: string;
  readonly danger: boolean;
  onHeld(): void;
}

/** Acts after it was held down, by pointer or by the space key; a bar shows how far it is. */
function HoldButton({ label, danger, onHeld }: HoldButtonProps) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const [held, setHeld] = useState(false);
  const press = () => {
    if (timer.current !== undefined) return;
    setHeld(true);
    timer.current = setTimeout(onHeld, HOLD_MS);
  };
  const release = () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    setHeld(false);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <button
      type="button"
      class={`hold ${danger ? "danger" : "primary"} ${held ? "held" : ""}`}
      onPointerDown={press}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      onKeyDown={(event) => (event.key === " " || event.key === "Enter") && press()}
      onKeyUp={release}
      onBlur={release}
      onContextMenu={(event) => event.preventDefault()}
    >
      {label}
    </button>
  );
}
