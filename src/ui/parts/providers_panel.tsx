/** The connections to venues: up or down, when the last frame came, what went wrong. */

import type { ProviderView } from "../../control/views.ts";
import { countText, duration } from "../state/format.ts";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";

export function ProvidersPanel() {
  const { store } = usePage();
  const providers = store.status.value?.providers ?? [];
  const none = "No provider is configured.";
  return (
    <Panel id="providers" title="Providers" empty={providers.length === 0 ? none : undefined}>
      <ul class="providers">
        {providers.map((provider) => (
          <Provider key={provider.name} provider={provider} />
        ))}
      </ul>
    </Panel>
  );
}

function Provider({ provider }: { readonly provider: ProviderView }) {
  const { store } = usePage();
  const nowUs = store.status.value?.now.us ?? 0;
  const { lastFrame } = provider;
  const age = lastFrame === null ? "no frame yet" : `last frame ${duration((nowUs - lastFrame.us) / 1_000)} ago`;
  const facts = [age, provider.frames === 1 ? "1 frame" : `${provider.frames.toLocaleString("en")} frames`];
  if (provider.reconnects > 0) facts.push(countText(provider.reconnects, "reconnect"));
  if (provider.setAside > 0) facts.push(`${provider.setAside} set aside`);
  return (
    <li>
      <div class="instance-head">
        <span class={`dot ${provider.connected ? "running" : "killed"}`} aria-hidden="true" />
        <strong>{provider.name}</strong>
        <span class="instance-status">{provider.connected ? "connected" : "down"}</span>
      </div>
      <p class="faint">{facts.join(" · ")}</p>
      {provider.problem === null ? null : <p class="bad">{provider.problem}</p>}
    </li>
  );
}
