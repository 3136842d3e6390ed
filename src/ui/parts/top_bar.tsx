/** The top: who we are, whether we may trade, what it is worth, whether we are live, and the kill button. */

import { clockTime, countText } from "../state/format.ts";
import { ConnectionChip } from "./connection_chip.tsx";
import { KillButton } from "./kill_button.tsx";
import { Money } from "./money.tsx";
import { usePage } from "./page_context.ts";

export function TopBar() {
  const { store } = usePage();
  const status = store.status.value;
  const modes = [...new Set(store.accounts.value.map((account) => account.mode))];
  return (
    <header class="top" data-stale={store.stale.value}>
      <div class="brand">
        <h1>Meltica</h1>
        <span class="faint" title={status === undefined ? "" : `pid ${status.pid} · ${status.dataDir}`}>
          {status?.version ?? ""}
        </span>
      </div>
      <div class="chips">
        {modes.map((mode) => (
          <span key={mode} class={`chip mode ${mode}`}>
            {mode}
          </span>
        ))}
        <ReadyChip />
        <ConnectionChip />
      </div>
      <Worth />
      <KillButton />
    </header>
  );
}

function ReadyChip() {
  const { store } = usePage();
  const status = store.status.value;
  if (status === undefined) return null;
  if (status.ready) return <span class="chip good ready">ready</span>;
  return (
    <span class="chip warn" title={status.notReady.join("\n")}>
      not ready: {countText(status.notReady.length, "reason")}
    </span>
  );
}

function Worth() {
  const { store } = usePage();
  store.curveVersion.value;
  const total = store.curve.total(store.shownAsset.value);
  if (total === undefined) return <div class="worth" />;
  return (
    <dl class="worth">
      <div>
        <dt>Equity</dt>
        <dd>
          <Money value={total.equity} /> <small>{total.asset}</small>
        </dd>
      </div>
      <div title={`Change of equity since ${clockTime(total.sinceUs)}`}>
        <dt>P&amp;L</dt>
        <dd>
          <Money value={total.change} change />
        </dd>
      </div>
    </dl>
  );
}
