/** The one screen: top bar, what runs and quotes, curve, orders and fills, what is held and how the venues are. */

import { BalancesPanel } from "./balances_panel.tsx";
import { ControlsBanner } from "./controls_banner.tsx";
import { FillsPanel } from "./fills_panel.tsx";
import { InstancesPanel } from "./instances_panel.tsx";
import { KilledBanner } from "./killed_banner.tsx";
import { LoginPage } from "./login_page.tsx";
import { Notices } from "./notices.tsx";
import { OrdersPanel } from "./orders_panel.tsx";
import { usePage } from "./page_context.ts";
import { PnlPanel } from "./pnl_panel.tsx";
import { PositionsPanel } from "./positions_panel.tsx";
import { ProblemsPanel } from "./problems_panel.tsx";
import { ProvidersPanel } from "./providers_panel.tsx";
import { QuotesPanel } from "./quotes_panel.tsx";
import { TopBar } from "./top_bar.tsx";

export function App() {
  const { store } = usePage();
  const session = store.session.value;
  if (session === "checking") return <p class="empty">Connecting to the gateway…</p>;
  if (session === "signedOut") {
    return (
      <>
        <LoginPage />
        <Notices />
      </>
    );
  }
  return (
    <>
      <TopBar />
      <KilledBanner />
      <ControlsBanner />
      <main class="grid" data-stale={store.stale.value}>
        <div class="column left">
          <InstancesPanel />
          <QuotesPanel />
        </div>
        <div class="column centre">
          <PnlPanel />
          <OrdersPanel />
          <FillsPanel />
        </div>
        <div class="column right">
          <ProblemsPanel />
          <PositionsPanel />
          <BalancesPanel />
          <ProvidersPanel />
        </div>
      </main>
      <Notices />
    </>
  );
}
