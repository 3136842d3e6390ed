/** Order and execution views out of the replica. Pure functions of state and memory. */

import { mantissaTextShort } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { DurableState } from "../engine/durable.ts";
import { clientOrderId } from "../model/client_order_id.ts";
import { DENIAL_TEXTS, Denial, Reject } from "../model/denial.ts";
import { isTerminal, Liquidity, OrderFlag, OrderState, OrderType, Side, TimeInForce } from "../model/order.ts";
import { bigAt, bigOf, bigText } from "./exact.ts";
import { definitionOf } from "./instance_definition.ts";
import type { ControlMemory, FillRow } from "./memory.ts";
import { timeOf } from "./time.ts";
import type { ExecutionView, OrderView } from "./views.ts";

export class OrderViews {
  constructor(
    readonly state: DurableState,
    readonly memory: ControlMemory,
    readonly node: number,
    readonly epoch: () => number,
  ) {}

  /** Undefined: there never was such an order, or it ended long ago and is forgotten. */
  order(id: number): OrderView | undefined {
    const { orders } = this.state;
    if (!orders.has(id)) return undefined;
    const scales = this.#scales(orders.instrument(id), orders.instrumentRevision(id));
    const price = orders.price(id);
    const state = orders.state(id);
    const flags = orders.flags(id);
    const venueOrderId = orders.venueOrderId(id);
    return {
      id,
      clientOrderId: orders.adopted.idOf(id) ?? this.#clientOrderId(id),
      venueOrderId: venueOrderId === "" ? null : venueOrderId,
      account: this.accountName(orders.account(id)),
      instrument: this.instrumentName(orders.instrument(id)),
      instance: this.instanceName(orders.instance(id)),
      side: orders.side(id) === Side.Sell ? "sell" : "buy",
      type: orders.orderType(id) === OrderType.Market ? "market" : "limit",
      timeInForce: timeInForceText(orders.timeInForce(id)),
      postOnly: (flags & OrderFlag.PostOnly) !== 0,
      reduceOnly: (flags & OrderFlag.ReduceOnly) !== 0,
      ...((flags & OrderFlag.External) !== 0 ? { external: true } : {}),
      ...((flags & OrderFlag.LostOwn) !== 0 ? { lost: true } : {}),
      price: price > 0 ? mantissaTextShort(price, scales.priceScale) : null,
      qty: mantissaTextShort(orders.qty(id), scales.qtyScale),
      filledQty: mantissaTextShort(orders.cumQty(id), scales.qtyScale),
      leavesQty: mantissaTextShort(orders.leavesQty(id), scales.qtyScale),
      state: stateText(state),
      terminal: isTerminal(state),
      reason: reasonText(state, orders.code(id)),
      why: orders.why(id),
      updated: timeOf(this.memory.orderUpdatedUs(id) || orders.timeUs(id)),
    };
  }

  execution(fill: FillRow): ExecutionView {
    const scales = this.#scales(fill.instrument, fill.revision);
    const stated = bigOf(new Wide().setLimbs(fill.amountHi, fill.amountLo));
    const product = bigAt(BigInt(fill.price) * BigInt(fill.qty), scales.priceScale + scales.qtyScale);
    return {
      record: fill.record,
      fillId: fill.fillId,
      order: fill.order,
      account: this.accountName(fill.account),
      instrument: this.instrumentName(fill.instrument),
      instance: this.instanceName(fill.instance),
      side: fill.side === Side.Sell ? "sell" : "buy",
      price: mantissaTextShort(fill.price, scales.priceScale),
      qty: mantissaTextShort(fill.qty, scales.qtyScale),
      amount: bigText(stated === 0n ? product : stated),
      fee: bigText(bigOf(new Wide().setLimbs(fill.feeHi, fill.feeLo))),
      feeAsset: this.state.ledger.assetCode(fill.feeAsset) ?? "",
      liquidity: liquidityText(fill.liquidity),
      ...(fill.busted ? { busted: true } : {}),
      time: timeOf(fill.timeUs),
    };
  }

  accountName(id: number): string {
    return this.state.accounts.get(id)?.name ?? `account-${id}`;
  }

  instrumentName(id: number): string {
    return this.state.instruments.get(id)?.name ?? `instrument-${id}`;
  }

  /** Null for what was done by hand. */
  instanceName(id: number): string | null {
    if (id === 0) return null;
    const instance = this.state.instances.get(id);
    return instance === undefined ? `instance-${id}` : definitionOf(instance).name;
  }

  /** As it was sent: in the epoch of its session, whatever was restarted since. */
  #clientOrderId(id: number): string {
    return clientOrderId(this.node, this.state.epochs.epochOf(id) ?? this.epoch(), this.state.orders.instance(id), id);
  }

  /** Scales of the revision, where the memory has seen it; else the newest. */
  #scales(instrument: number, revision: number): { readonly priceScale: number; readonly qtyScale: number } {
    const newest = this.state.instruments.get(instrument);
    if (newest?.revision === revision) return newest;
    return this.memory.scales(instrument, revision) ?? newest ?? { priceScale: 0, qtyScale: 0 };
  }
}

export function stateText(state: OrderState): string {
  const name = OrderState[state] ?? `state${state}`;
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}

export function timeInForceText(value: number): "gtc" | "ioc" | "fok" {
  if (value === TimeInForce.Ioc) return "ioc";
  return value === TimeInForce.Fok ? "fok" : "gtc";
}

function liquidityText(value: number): "maker" | "taker" | "unknown" {
  if (value === Liquidity.Maker) return "maker";
  return value === Liquidity.Taker ? "taker" : "unknown";
}

/** Denials and withdrawals carry a Denial, rejections a Reject. */
function reasonText(state: OrderState, code: number): string | null {
  if (code === 0) return null;
  if (state === OrderState.Denied || state === OrderState.Withdrawn) {
    const text = DENIAL_TEXTS[code as Denial];
    return text === undefined ? `denial ${code}` : `${Denial[code]}: ${text.meaning}`;
  }
  return state === OrderState.Rejected ? (Reject[code] ?? `reject ${code}`) : null;
}
