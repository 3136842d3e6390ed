/** The profit-and-loss curve with what it is made of: realized, unrealized, fees. */

import { clockTime } from "../state/format.ts";
import { Money } from "./money.tsx";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";
import { PnlChart } from "./pnl_chart.tsx";

export function PnlPanel() {
  const { store } = usePage();
  store.curveVersion.value; // Drawn again with each point.
  const asset = store.shownAsset.value;
  const total = store.curve.total(asset);
  if (total === undefined) {
    return <Panel id="pnl" title="Profit and loss" empty="The curve begins with the first valuation of an account." />;
  }
  const parts = [
    ["Realized", total.realized, true],
    ["Unrealized", total.unrealized, true],
    ["Fees", total.fees, false],
  ] as const;
  return (
    <Panel id="pnl" title="Profit and loss" actions={<AssetChoice />}>
      <dl class="parts">
        <div>
          <dt>Since {clockTime(total.sinceUs)}</dt>
          <dd class="big">
            <Money value={total.change} change /> <small>{asset}</small>
          </dd>
        </div>
        {parts.map(([name, value, change]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Money value={value} change={change} />
            </dd>
          </div>
        ))}
      </dl>
      <PnlChart columns={store.curve.columns(asset)} asset={asset} />
    </Panel>
  );
}

function AssetChoice() {
  const { store } = usePage();
  const assets = store.curve.assets();
  if (assets.length < 2) return null;
  return (
    <span class="actions">
      {assets.map((asset) => (
        <button
          key={asset}
          type="button"
          class="small"
          aria-pressed={asset === store.shownAsset.value}
          onClick={() => {
            store.asset.value = asset;
          }}
        >
          {asset}
        </button>
      ))}
    </span>
  );
}
