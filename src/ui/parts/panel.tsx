/** The frame of every table: a heading, a count, room for actions, and words where there is nothing yet. */

import type { ComponentChildren } from "preact";

export interface PanelProps {
  readonly id: string;
  readonly title: string;
  readonly count?: number | undefined;
  readonly actions?: ComponentChildren;
  /** Said instead of the content; undefined shows the content. */
  readonly empty?: ComponentChildren;
  readonly children?: ComponentChildren;
}

export function Panel({ id, title, count, actions, empty, children }: PanelProps) {
  return (
    <section class="panel" id={id} aria-labelledby={`${id}-title`}>
      <header class="panel-head">
        <h2 id={`${id}-title`}>
          {title}
          {count === undefined || count === 0 ? null : <span class="count">{count}</span>}
        </h2>
        {actions}
      </header>
      {empty === undefined || empty === false ? children : <p class="empty">{empty}</p>}
    </section>
  );
}
