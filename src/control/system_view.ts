/** Status, accounts, instances and risk out of the replica and the process's health. Pure functions of what is given. */

import type { DurableState } from "../engine/durable.ts";
import { InstanceStatus } from "../engine/instances.ts";
import { Denial } from "../model/denial.ts";
import { OrderState } from "../model/order.ts";
import { Scope } from "../model/record.ts";
import type { LimitsView } from "./answers.ts";
import { definitionOf, type MarketBinding } from "./instance_definition.ts";
import { type ControlMemory, killKey } from "./memory.ts";
import type { OrderViews } from "./order_view.ts";
import type { ControlPorts, EngineHealth } from "./ports.ts";
import { controlsView, keyName, type ScopeName } from "./risk_view.ts";
import { timeOf, timeOrNull } from "./time.ts";
import type { AccountView, InstanceView, ProviderView, RiskView, StatusView } from "./views.ts";

const NOTHING = -1; // An id that no table has.

export class SystemViews {
  constructor(
    readonly ports: ControlPorts,
    readonly memory: ControlMemory,
    readonly names: OrderViews,
  ) {}

  get #state(): DurableState {
    return this.ports.state;
  }

  status(health: EngineHealth = this.ports.health()): StatusView {
    const state = this.#state;
    const { ports } = this;
    return {
      version: ports.version,
      pid: process.pid,
      dataDir: ports.dataDir,
      started: timeOf(ports.startedUs),
      now: timeOf(ports.nowUs()),
      ready: health.ready,
      notReady: [...health.notReady],
      killed: this.isFirmKilled(),
      epoch: health.epoch,
      engineRestarts: health.engineRestarts,
      record: state.record,
      durableRecord: health.durableRecord,
      input: health.input,
      hash: state.hash(),
      accounts: state.accounts.count,
      instruments: state.instruments.count,
      instances: this.#instanceCount(),
      openOrders: state.orders.openCountAll(),
      providers: health.providers.map(providerView),
      problems: health.problems.map(({ code, detail, hint }) => ({ code, detail, hint })),
    };
  }

  accounts(health: EngineHealth = this.ports.health()): AccountView[] {
    const { accounts, risk } = this.#state;
    const rows: AccountView[] = [];
    for (let id = 0; id < accounts.count; id++) {
      const {
        venue,
        mode,
        live = null,
        approval = this.ports.version,
      } = health.accounts[id] ?? { venue: "", mode: "" };
      const isArmed = risk.arming.isReal(id) && risk.arming.whyNot(id, approval) === Denial.None;
      const killed = risk.isKilled(NOTHING, NOTHING, id, venue);
      rows.push({
        id,
        name: this.names.accountName(id),
        venue,
        mode,
        killed,
        ready: health.ready,
        armed: isArmed,
        live,
      });
    }
    return rows;
  }

  instances(health: EngineHealth = this.ports.health()): InstanceView[] {
    const rows: InstanceView[] = [];
    const open = this.#openOrders();
    for (let id = 1; id <= this.#state.instances.count; id++) {
      const row = this.instance(id, health, open);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  /** Undefined: never was, or deleted. */
  instance(
    id: number,
    health: EngineHealth = this.ports.health(),
    open: ReadonlyMap<number, number> = this.#openOrders(),
  ): InstanceView | undefined {
    const instance = this.#state.instances.get(id);
    if (instance === undefined || instance.status === InstanceStatus.Deleted) return undefined;
    const definition = definitionOf(instance);
    const markets: InstanceView["markets"] = {};
    for (const [name, binding] of Object.entries(definition.markets)) markets[name] = this.#market(binding);
    const status = STATUS[instance.status];
    const why =
      health.instanceProblems.get(id) ?? (status === "running" ? undefined : this.memory.instanceWhys.get(id));
    return {
      id,
      name: definition.name,
      strategy: definition.strategy,
      status,
      params: { ...definition.params },
      markets,
      problem: why === undefined || why === "" ? null : why,
      openOrders: open.get(id) ?? 0,
      killed: this.#state.risk.isKilled(id, NOTHING, NOTHING),
    };
  }

  isFirmKilled(): boolean {
    return this.#state.risk.isKilled(NOTHING, NOTHING, NOTHING);
  }

  risk(health: EngineHealth = this.ports.health()): RiskView {
    const { orders, accounts, instruments, instances } = this.#state;
    const kills: RiskView["kills"] = [];
    if (this.isFirmKilled()) {
      // A firm-wide kill covers every other: the narrow ones are told by the records that set them.
      kills.push(this.#kill("firm", Scope.Firm, 0, ""));
      for (const { scope, key } of this.memory.kills.values()) {
        const name = scopeName(scope);
        if (name !== undefined && name !== "firm") kills.push(this.#kill(name, scope, key, this.#keyName(scope, key)));
      }
    } else {
      this.#killsOf(kills, "account", Scope.Account, 0, accounts.count);
      this.#killsOf(kills, "instrument", Scope.Instrument, 0, instruments.count);
      this.#killsOf(kills, "instance", Scope.Instance, 1, instances.count + 1);
    }
    for (const venue of this.#state.risk.kills.venues()) {
      const note = this.memory.kills.get(killKey(Scope.Venue, venue));
      kills.push({ scope: "venue", key: venue, why: note?.why ?? "", time: timeOrNull(note?.timeUs ?? 0) });
    }
    let unknown = 0;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if (orders.state(order) === OrderState.Unknown) unknown++;
    }
    return {
      killed: this.isFirmKilled(),
      kills,
      ...controlsView(this.#state, this.names),
      openOrders: orders.openCountAll() + orders.held.count,
      unknownOrders: unknown,
      journalOccupancy: health.journalOccupancy,
    };
  }

  /** Limits of every scope that has some. */
  limits(): LimitsView[] {
    const { accounts, instruments, instances } = this.#state;
    const rows: (LimitsView | undefined)[] = [this.limitsOf("firm", Scope.Firm, 0)];
    for (let id = 0; id < accounts.count; id++) rows.push(this.limitsOf("account", Scope.Account, id));
    for (let id = 0; id < instruments.count; id++) rows.push(this.limitsOf("instrument", Scope.Instrument, id));
    for (let id = 1; id <= instances.count; id++) rows.push(this.limitsOf("instance", Scope.Instance, id));
    for (const { scope, key, venue } of this.#state.risk.levels()) {
      if (scope === Scope.Venue) rows.push(this.limitsOf("venue", scope, key, venue));
    }
    return rows.filter((row) => row !== undefined);
  }

  limitsOf(name: ScopeName, scope: Scope, key: number, venue = ""): LimitsView | undefined {
    const { risk } = this.#state;
    const { text, set } = scope === Scope.Venue ? risk.venueLevel(venue) : risk.level(scope, key);
    if (text === "") return undefined;
    const {
      scope: _scope,
      key: _key,
      version: _version,
      venue: _venue,
      ...controls
    } = JSON.parse(text) as Record<string, unknown>;
    return { ...controls, scope: name, key: keyName(this.names, { scope, key, venue }), version: set.version };
  }

  #killsOf(out: RiskView["kills"], name: ScopeName, scope: Scope, from: number, to: number): void {
    const { risk } = this.#state;
    for (let id = from; id < to; id++) {
      const ids = [Scope.Instance, Scope.Instrument, Scope.Account].map((of) => (of === scope ? id : NOTHING));
      if (risk.isKilled(ids[0] as number, ids[1] as number, ids[2] as number)) {
        out.push(this.#kill(name, scope, id, this.#keyName(scope, id)));
      }
    }
  }

  #kill(name: ScopeName, scope: Scope, key: number, keyName: string): RiskView["kills"][number] {
    const note = this.memory.kills.get(killKey(scope, key));
    return { scope: name, key: keyName, why: note?.why ?? "", time: timeOrNull(note?.timeUs ?? 0) };
  }

  #keyName(scope: Scope, key: number): string {
    if (scope === Scope.Account) return this.names.accountName(key);
    if (scope === Scope.Instrument) return this.names.instrumentName(key);
    return scope === Scope.Instance ? (this.names.instanceName(key) ?? "") : "";
  }

  /** Open orders by instance, counted once for all of them. */
  #openOrders(): Map<number, number> {
    const { orders } = this.#state;
    const counts = new Map<number, number>();
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      const instance = orders.instance(order);
      counts.set(instance, (counts.get(instance) ?? 0) + 1);
    }
    for (let order = orders.firstHeldAll(); order !== 0; order = orders.nextHeldAll(order)) {
      const instance = orders.instance(order);
      counts.set(instance, (counts.get(instance) ?? 0) + 1);
    }
    return counts;
  }

  #instanceCount(): number {
    let count = 0;
    for (let id = 1; id <= this.#state.instances.count; id++) {
      if (this.#state.instances.get(id)?.status !== InstanceStatus.Deleted) count++;
    }
    return count;
  }

  #market(binding: MarketBinding): { instrument: string; account: string; tf?: string } {
    const { instrument, account, tf } = binding;
    return {
      instrument: typeof instrument === "number" ? this.names.instrumentName(instrument) : instrument,
      account: typeof account === "number" ? this.names.accountName(account) : account,
      ...(tf === undefined ? {} : { tf }),
    };
  }
}

const STATUS: Readonly<Record<Exclude<InstanceStatus, InstanceStatus.Deleted>, InstanceView["status"]>> = {
  [InstanceStatus.Running]: "running",
  [InstanceStatus.Paused]: "paused",
  [InstanceStatus.Stopped]: "stopped",
};

/** Undefined for a scope that the interface does not offer. */
function scopeName(scope: Scope): ScopeName | undefined {
  if (scope === Scope.Firm) return "firm";
  if (scope === Scope.Account) return "account";
  if (scope === Scope.Instrument) return "instrument";
  return scope === Scope.Instance ? "instance" : undefined;
}

/** Only what the schema names: a port may know more. */
export function providerView(view: ProviderView): ProviderView {
  const { name, adapter, connected, reconnects, frames, setAside, lastFrame, problem } = view;
  return { name, adapter, connected, reconnects, frames, setAside, lastFrame, problem };
}
