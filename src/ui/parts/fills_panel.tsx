/** What was traded, the latest first. */

import type { ExecutionView } from "../../control/views.ts";
import { BOUNDS } from "../state/bounds.ts";
import { clockTime } from "../state/format.ts";
import { latestFills } from "../state/order_lists.ts";
import { InstrumentName } from "./instrument_name.tsx";
import { Money } from "./money.tsx";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";

export function FillsPanel() {
  const { store } = usePage();
  const fills = latestFills(store.fills.value);
  const loaded = store.loaded.value.has("fills");
  const none = loaded ? "No fills yet. They appear here as soon as an order trades." : "Loading fills…";
  return (
    <Panel id="fills" title="Fills" count={fills.length} empty={fills.length === 0 ? none : undefined}>
      <div class="scroll tall">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Instrument</th>
              <th scope="col">Side</th>
              <th scope="col" class="num">
                Price
              </th>
              <th scope="col" class="num">
                Qty
              </th>
              <th scope="col" class="wide num">
                Fee
              </th>
              <th scope="col" class="wide">
                By
              </th>
            </tr>
          </thead>
          <tbody>
            {fills.slice(0, BOUNDS.fillsShownMax).map((fill) => (
              <FillRow key={fill.record} fill={fill} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function FillRow({ fill }: { readonly fill: ExecutionView }) {
  return (
    <tr
      title={`fill ${fill.fillId} of order ${fill.order} · ${fill.amount} · ${fill.liquidity}`}
      data-fill={fill.record}
      class={fill.busted === true ? "busted" : ""}
    >
      <td class="faint">{clockTime(fill.time.us)}</td>
      <th scope="row">
        <InstrumentName name={fill.instrument} />
        {fill.busted === true ? <span class="tag warn">taken back</span> : null}
      </th>
      <td class={fill.side === "buy" ? "up" : "down"}>{fill.side}</td>
      <td class="num">{fill.price}</td>
      <td class="num">{fill.qty}</td>
      <td class="wide num faint">
        <Money value={fill.fee} decimals={6} fixed={false} /> {fill.feeAsset}
      </td>
      <td class="wide faint by">{fill.instance ?? "hand"}</td>
    </tr>
  );
}
