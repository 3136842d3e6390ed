/** Rows of the store in the shapes of what is live; names and scales are the read model's, which holds all that ever were. */

import type { PnlPeriod } from "../store/store.ts";
import type { Row } from "../store/tables.ts";
import type { BalancePointView, OrderEventView, PnlPeriodView } from "./history_answers.ts";
import type { OrderViews } from "./order_view.ts";
import { timeOf, timeOrNull } from "./time.ts";
import type { ExecutionView, OrderView, PositionView } from "./views.ts";

const WHOLE = -1;

export class HistoryViews {
  constructor(readonly names: OrderViews) {}

  /** As the read model shows it while it knows it: what lives is never older than the store. */
  order(row: Row<"orders">): OrderView {
    return this.names.order(row.id) ?? this.endedOrder(row);
  }

  /** Of one that has ended: nothing of it is left to trade. */
  endedOrder(row: Row<"orders">): OrderView {
    return {
      id: row.id,
      clientOrderId: row.clientOrderId,
      venueOrderId: row.venueOrderId,
      account: this.names.accountName(row.account),
      instrument: this.names.instrumentName(row.instrument),
      instance: this.names.instanceName(row.instance),
      side: row.side as OrderView["side"],
      type: row.type as OrderView["type"],
      timeInForce: row.expireUs !== null ? "gtd" : (row.timeInForce as OrderView["timeInForce"]),
      postOnly: row.postOnly,
      reduceOnly: row.reduceOnly,
      ...(row.external ? { external: true } : {}),
      ...(row.lost ? { lost: true } : {}),
      price: row.price,
      qty: row.qty,
      filledQty: row.filledQty,
      leavesQty: "0",
      state: row.state,
      terminal: row.terminal,
      reason: row.reason,
      why: row.why,
      updated: timeOf(row.timeUs),
      ...termsOf(row),
    };
  }

  execution(row: Row<"executions">): ExecutionView {
    return {
      record: row.record,
      fillId: row.fillId,
      order: row.orderId,
      account: this.names.accountName(row.account),
      instrument: this.names.instrumentName(row.instrument),
      instance: this.names.instanceName(row.instance),
      side: row.side as ExecutionView["side"],
      price: row.price,
      qty: row.qty,
      amount: row.amount,
      fee: row.fee,
      feeAsset: row.feeAsset,
      liquidity: row.liquidity as ExecutionView["liquidity"],
      ...(row.busted ? { busted: true } : {}),
      time: timeOf(row.timeUs),
    };
  }

  /** What happened, why, and what caused it. */
  event(row: Row<"orderEvents">, order: Row<"orders">): OrderEventView {
    return {
      record: row.record,
      input: row.input,
      event: row.kind,
      state: row.state,
      cause: this.#causeOf(row, order),
      code: row.code,
      attempt: row.attempt,
      price: row.price,
      qty: row.qty,
      cumQty: row.cumQty,
      referencePrice: row.referencePrice,
      referenceAgeUs: row.referenceAgeUs,
      text: row.text,
      time: timeOf(row.timeUs),
      exchangeTime: timeOrNull(row.exchangeTimeUs ?? 0),
    };
  }

  /** Whole positions, each with its parts; the market of then is nobody's to tell. */
  positions(rows: readonly Row<"positions">[]): PositionView[] {
    return rows.filter((row) => row.instance === WHOLE).map((whole) => this.#position(whole, rows));
  }

  balance(row: Row<"balanceHistory">): BalancePointView {
    return {
      record: row.record,
      account: this.names.accountName(row.account),
      asset: row.asset,
      change: row.change,
      total: row.total,
      time: timeOf(row.timeUs),
    };
  }

  pnl({ startUs, ...sums }: PnlPeriod): PnlPeriodView {
    return { start: timeOf(startUs), ...sums };
  }

  #position(whole: Row<"positions">, rows: readonly Row<"positions">[]): PositionView {
    const instances: Record<string, string> = {};
    const isPart = (row: Row<"positions">) =>
      row.instance !== WHOLE &&
      row.account === whole.account &&
      row.instrument === whole.instrument &&
      row.leg === whole.leg &&
      row.qty !== "0";
    for (const part of rows.filter(isPart)) instances[this.names.instanceName(part.instance) ?? "by hand"] = part.qty;
    return {
      account: this.names.accountName(whole.account),
      instrument: this.names.instrumentName(whole.instrument),
      leg: whole.leg as PositionView["leg"],
      qty: whole.qty,
      averageEntry: whole.averageEntry,
      markPrice: null,
      realizedPnl: whole.realizedPnl,
      unrealizedPnl: null,
      funding: whole.funding,
      leverage: null,
      initialMargin: null,
      maintenanceMargin: null,
      asset: whole.asset,
      instances,
    };
  }

  /** Our own decisions are somebody's; the rest is the venue's word, and where we have it from. */
  #causeOf({ kind, evidence }: Row<"orderEvents">, order: Row<"orders">): string {
    if (OUR_DECISIONS.includes(kind)) {
      return order.instance === 0 ? "by hand" : (this.names.instanceName(order.instance) ?? "by hand");
    }
    if (OUR_GATE.includes(kind)) return "risk";
    if (OUR_ENGINE.includes(kind)) return "engine";
    return `venue: ${evidence}`;
  }
}

const OUR_DECISIONS: readonly string[] = Object.freeze(["OrderIntent", "CancelIntent", "ReplaceIntent"]);
const OUR_GATE: readonly string[] = Object.freeze(["OrderDenied", "CancelDenied", "ReplaceDenied"]);
const OUR_ENGINE: readonly string[] = Object.freeze([
  "OrderSent",
  "OrderWithdrawn",
  "ReplaceSent",
  "OrderUnknown",
  "OrderTriggered",
  "WatermarkMoved",
  "OrderResized",
]);

/** Only what the order has: most have none of these. */
function termsOf(row: Row<"orders">): Partial<OrderView> {
  const view: Partial<OrderView> = {};
  if (row.emulated) view.emulated = true;
  if (row.triggered) view.triggered = true;
  if (row.triggerPrice !== null) view.triggerPrice = row.triggerPrice;
  if (row.triggerBy !== null) view.triggerBy = row.triggerBy as "last";
  if (row.onOutage !== null) view.onOutage = row.onOutage as "keep";
  if (row.trailBps !== null) view.trailBps = row.trailBps;
  if (row.trailPrice !== null) view.trailPrice = row.trailPrice;
  if (row.watermark !== null) view.watermark = row.watermark;
  if (row.displayQty !== null) view.displayQty = row.displayQty;
  if (row.expireUs !== null) {
    view.expires = timeOf(row.expireUs);
    view.expiredBy = row.timeInForce === "gtd" ? "venue" : "engine";
  }
  if (row.parent !== null) view.parent = row.parent;
  if (row.ocoGroup !== null) view.group = row.ocoGroup;
  return view;
}
