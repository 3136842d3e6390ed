/** What is held: quantity, entry, mark and the profit or loss of each position. */

import type { PositionView } from "../../control/views.ts";
import { signOf } from "../state/decimal_text.ts";
import { InstrumentName } from "./instrument_name.tsx";
import { Money } from "./money.tsx";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";

export function PositionsPanel() {
  const { store } = usePage();
  const positions = store.positions.value.filter((position) => signOf(position.qty) !== 0);
  positions.sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  const loaded = store.loaded.value.has("positions");
  const none = loaded ? "Flat: nothing is held." : "Loading positions…";
  return (
    <Panel id="positions" title="Positions" count={positions.length} empty={positions.length === 0 ? none : undefined}>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Instrument</th>
              <th scope="col" class="num">
                Qty
              </th>
              <th scope="col" class="num">
                Entry
              </th>
              <th scope="col" class="num">
                Unrealized
              </th>
            </tr>
          </thead>
          <tbody>
            {positions.map((position) => (
              <PositionRow key={`${position.account} ${position.instrument} ${position.leg}`} position={position} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function PositionRow({ position }: { readonly position: PositionView }) {
  const parts = Object.entries(position.instances).map(([name, qty]) => `${name}: ${qty}`);
  const title = [`${position.account}, mark ${position.markPrice ?? "unknown"}`, `realized ${position.realizedPnl}`];
  return (
    <tr title={[...title, ...parts].join("\n")}>
      <th scope="row">
        <InstrumentName name={position.instrument} />
        {position.leg === "net" ? null : <span class="tag">{position.leg}</span>}
      </th>
      <td class={signOf(position.qty) > 0 ? "num up" : "num down"}>{position.qty}</td>
      <td class="num">
        <Money value={position.averageEntry} decimals={4} fixed={false} />
      </td>
      <td class="num">
        <Money value={position.unrealizedPnl} change />
      </td>
    </tr>
  );
}
