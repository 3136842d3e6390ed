/** What a live account needs of the engine thread, out of the engine's own parts. */

import type { Problem } from "../core/problem.ts";
import type { Engine } from "../engine/engine.ts";
import type { RequestBudget } from "../venue/wire/budget.ts";
import { OwnIds } from "../venue/wire/order_ids.ts";
import type { Config, ProviderConfig } from "./config_schema.ts";
import type { LiveHost } from "./live_account.ts";
import type { LiveOpening } from "./live_seat.ts";
import { LIVE_VENUES } from "./live_venues.ts";
import type { SessionSync } from "./session_sync.ts";

/** The engine thread, as far as live accounts see it. */
export interface LiveThread {
  readonly config: Config;
  readonly epoch: number;
  readonly engine: Engine;
  readonly sync: SessionSync;
  readonly lane: LiveOpening["lane"];
  readonly budgets: ReadonlyMap<string, RequestBudget>;
  nowUs(): number;
  poll(): void;
  isPrepared(provider: string): boolean;
  problem(found: Problem): void;
}

/** Weight of the address at each provider that live accounts trade at: its market session spends of the same. */
export function liveBudgets({ accounts, providers }: Config): Map<string, RequestBudget> {
  const budgets = new Map<string, RequestBudget>();
  for (const { mode, provider } of Object.values(accounts)) {
    const venue = LIVE_VENUES[providers[provider]?.adapter ?? ""];
    if (mode === "live" && venue !== undefined && !budgets.has(provider)) budgets.set(provider, venue.budget());
  }
  return budgets;
}

/** What moved so shortly before the last record may not have been told; what was is known by its id. */
const CASH_OVERLAP_US = 10_000_000;

/** `id`: of the account in D. */
export function liveOpening(thread: LiveThread, id: number, name: string, providerName: string): LiveOpening {
  const { config, engine, sync, epoch, lane, budgets } = thread;
  const { state } = engine;
  const venue = LIVE_VENUES[(config.providers[providerName] as ProviderConfig).adapter];
  return {
    id,
    name,
    provider: config.providers[providerName] as LiveOpening["provider"],
    budget: budgets.get(providerName) ?? (venue as NonNullable<typeof venue>).budget(),
    lane,
    host: hostOf(thread, id, providerName),
    parts: {
      ids: new OwnIds(config.node, epoch, (order) => state.epochs.epochOf(order)),
      instruments: state.instruments,
      cashSinceUs: sync.isFunded(id) ? engine.endedUs - CASH_OVERLAP_US : undefined,
      assetId: (code) => state.ledger.assetId(code),
      poll: () => thread.poll(),
    },
  };
}

function hostOf(thread: LiveThread, id: number, provider: string): LiveHost {
  const { engine, sync } = thread;
  return {
    isAllowed: thread.config.live,
    nowUs: () => thread.nowUs(),
    isPrepared: () => thread.isPrepared(provider),
    assets: (codes) => sync.assets(codes),
    isFunded: () => sync.isFunded(id),
    fund: (stated) => sync.fund(id, stated),
    openOrders: (visit) => {
      const { instruments, orders } = engine.state;
      for (let at = 0; at < instruments.count; at++) if (orders.openCount(id, at) > 0) visit(at);
    },
    instrumentName: (at) => engine.state.instruments.get(at)?.name ?? String(at),
    problem: (found) => thread.problem(found),
  };
}
