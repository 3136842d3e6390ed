/** Cash of each account by asset; where it came from is in the title. */

import { signOf } from "../state/decimal_text.ts";
import { words } from "../state/format.ts";
import { Money } from "./money.tsx";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";

export function BalancesPanel() {
  const { store } = usePage();
  const balances = store.balances.value;
  const accounts = new Set(balances.map((balance) => balance.account));
  const none = "No account holds cash yet.";
  return (
    <Panel id="balances" title="Balances" empty={balances.length === 0 ? none : undefined}>
      <div class="scroll">
        <table>
          <tbody>
            {balances.map(({ account, asset, total, byCause }) => (
              <tr
                key={`${account} ${asset}`}
                title={Object.entries(byCause)
                  .filter(([, amount]) => signOf(amount) !== 0)
                  .map(([cause, amount]) => `${words(cause)}: ${amount}`)
                  .join("\n")}
              >
                <th scope="row">
                  {asset}
                  {accounts.size > 1 ? <span class="venue">{account}</span> : null}
                </th>
                <td class="num">
                  <Money value={total} decimals={8} fixed={false} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
