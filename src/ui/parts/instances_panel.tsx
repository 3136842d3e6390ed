/** What is running: each instance of a strategy, its state, parameters and orders, and pause, resume, stop. */

import { useState } from "preact/hooks";
import type { InstanceView } from "../../control/views.ts";
import { countText, marketText, paramText } from "../state/format.ts";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";

export function InstancesPanel() {
  const { store } = usePage();
  const instances = store.instances.value;
  const none = (
    <>
      No strategy is running. Start one: <code>meltica instances start --help</code>, or name it under{" "}
      <code>instances</code> in <code>meltica.yaml</code>.
    </>
  );
  return (
    <Panel id="instances" title="Running" count={instances.length} empty={instances.length === 0 ? none : undefined}>
      <ul class="instances">
        {instances.map((instance) => (
          <Instance key={instance.id} instance={instance} />
        ))}
      </ul>
    </Panel>
  );
}

function Instance({ instance }: { readonly instance: InstanceView }) {
  const { store } = usePage();
  const { name, strategy, problem } = instance;
  // The orders are live, the list of instances is read every few seconds.
  const openOrders = store.loaded.value.has("orders")
    ? store.orders.value.filter((order) => order.instance === name && !order.terminal).length
    : instance.openOrders;
  const status = instance.killed || store.killed.value ? "killed" : instance.status;
  return (
    <li class="instance" data-status={status}>
      <div class="instance-head">
        <span class={`dot ${status}`} aria-hidden="true" />
        <strong>{name}</strong>
        <InstanceActions instance={instance} />
      </div>
      <p class="faint">
        <span class={status}>{status}</span> · {strategy} on {marketText(instance.markets)}
      </p>
      <p class="faint">
        {paramText(instance.params)}
        {Object.keys(instance.params).length === 0 ? "" : " · "}
        {countText(openOrders, "open order")}
      </p>
      {problem === null ? null : <p class="bad">{problem}</p>}
    </li>
  );
}

function InstanceActions({ instance: { name, status } }: { readonly instance: InstanceView }) {
  const { session } = usePage();
  const [busy, setBusy] = useState(false);
  const act = async (action: "pause" | "resume" | "stop") => {
    setBusy(true);
    await session.instance(name, action);
    setBusy(false);
  };
  const button = (action: "pause" | "resume" | "stop", label: string) => (
    <button
      type="button"
      class="small"
      disabled={busy}
      aria-label={`${label} ${name}`}
      onClick={() => void act(action)}
    >
      {label}
    </button>
  );
  return (
    <span class="actions">
      {status === "running" ? button("pause", "Pause") : null}
      {status === "paused" ? button("resume", "Resume") : null}
      {status === "stopped" ? null : button("stop", "Stop")}
    </span>
  );
}
