/** Paper: the engine on live time, with simulated venues that match against the market it sees. */

import type { Limits } from "../core/limits.ts";
import type { DurableState } from "../engine/durable.ts";
import { Engine, type EngineLanes, type EngineOptions } from "../engine/engine.ts";
import type { StrategyOf } from "../engine/instance_definition.ts";
import type { Journal, MarketTap } from "../engine/ports.ts";
import { MarketState } from "../market/market.ts";
import { Leg } from "../model/order.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import type { HandlerMeter } from "../strategy/host_port.ts";
import { ReplayGateway, type ReplayGatewayOptions } from "../venue/replay/gateway.ts";

export interface PaperParts extends Pick<EngineOptions, "build" | "currency" | "dayStartUs" | "historyWaitUs"> {
  readonly limits: Limits;
  readonly state: DurableState;
  readonly journal: Journal;
  readonly lanes: EngineLanes;
  readonly killWord: Int32Array;
  readonly seed: number;
  readonly strategyOf: StrategyOf;
  readonly meter: HandlerMeter;
  readonly node?: number;
}

const SEAL_EVERY_US = 1_000_000;

export class PaperRig implements MarketTap {
  readonly state: DurableState;
  readonly market: MarketState;
  readonly engine: Engine;
  readonly gateways: ReplayGateway[] = [];

  constructor(readonly parts: PaperParts) {
    this.state = parts.state;
    this.market = new MarketState(parts.limits, { checkQuotes: false });
    this.engine = new Engine({ ...parts, market: this.market, sealEveryUs: SEAL_EVERY_US });
    this.engine.setTap(this);
  }

  /** The simulated venue of one account. */
  open(account: number, options: ReplayGatewayOptions): void {
    const { engine, market, parts, state } = this;
    const assetId = (code: string) => state.ledger.assetId(code) ?? 0;
    const sink = parts.lanes.private;
    const all = { ...options, positionQty: (id: number) => state.ledger.positionQty(account, id, Leg.Net) };
    const made = new ReplayGateway(account, market, state.instruments, assetId, sink, engine, parts.limits, all);
    this.gateways.push(made);
    engine.addGateway(made);
  }

  get wantsMarket(): boolean {
    for (let i = 0; i < this.gateways.length; i++) if (this.gateways[i]?.wantsMarket === true) return true;
    return false;
  }

  onSlot(lane: MarketLane, slot: number): void {
    for (let i = 0; i < this.gateways.length; i++) (this.gateways[i] as ReplayGateway).onSlot(lane, slot);
  }
}
