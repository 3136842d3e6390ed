/** Open orders, then the latest ended ones: state, fill, reason, and a way to cancel. */

import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import type { OrderView } from "../../control/views.ts";
import { BOUNDS } from "../state/bounds.ts";
import { clockTime, orderPrice, orderState, orderTags } from "../state/format.ts";
import { endedOrders, openOrders } from "../state/order_lists.ts";
import { InstrumentName } from "./instrument_name.tsx";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";

export function OrdersPanel() {
  const { store } = usePage();
  const open = openOrders(store.orders.value);
  const ended = endedOrders(store.orders.value);
  const loaded = store.loaded.value.has("orders");
  const nothing = loaded ? "No orders yet. Strategies place them when their rule says so." : "Loading orders…";
  return (
    <Panel
      id="orders"
      title="Open orders"
      count={open.length}
      actions={<CancelAll count={open.length} />}
      empty={open.length + ended.length === 0 ? nothing : undefined}
    >
      <OrdersTable open={open} ended={ended} />
    </Panel>
  );
}

interface OrdersTableProps {
  readonly open: readonly OrderView[];
  readonly ended: readonly OrderView[];
}

function OrdersTable({ open, ended }: OrdersTableProps) {
  const hidden = open.length - BOUNDS.ordersShownMax;
  return (
    <div class="scroll tall">
      <table class="orders">
        <thead>
          <tr>
            <th scope="col" class="wide">
              Time
            </th>
            <th scope="col">Instrument</th>
            <th scope="col">Side</th>
            <th scope="col" class="num">
              Price
            </th>
            <th scope="col" class="num">
              <span class="wide">Filled / </span>Qty
            </th>
            <th scope="col">State</th>
            <th scope="col" class="wide">
              By
            </th>
            <th scope="col">
              <span class="hidden">Cancel</span>
            </th>
          </tr>
        </thead>
        <tbody class="open">
          {open.slice(0, BOUNDS.ordersShownMax).map((order) => (
            <OrderRow key={order.id} order={order} />
          ))}
          {open.length === 0 ? <TextRow>No open orders now.</TextRow> : null}
          {hidden > 0 ? <TextRow>{hidden} more: meltica orders</TextRow> : null}
        </tbody>
        {ended.length === 0 ? null : (
          <tbody class="ended">
            <tr class="subhead">
              <th scope="rowgroup" colSpan={8}>
                Recent
              </th>
            </tr>
            {ended.slice(0, BOUNDS.ordersShownMax).map((order) => (
              <Fragment key={order.id}>
                <OrderRow order={order} />
                {order.reason === null ? null : <ReasonRow reason={order.reason} />}
              </Fragment>
            ))}
          </tbody>
        )}
      </table>
    </div>
  );
}

function TextRow({ children }: { readonly children: ComponentChildren }) {
  return (
    <tr>
      <td class="faint" colSpan={8}>
        {children}
      </td>
    </tr>
  );
}

function OrderRow({ order }: { readonly order: OrderView }) {
  const { text, tone } = orderState(order);
  const title = [`order ${order.id} · ${order.clientOrderId}`, order.why, order.reason ?? ""].filter((s) => s !== "");
  if (order.emulated === true && !order.terminal) title.push("watched by the gateway: unprotected while it is down");
  return (
    <tr title={title.join("\n")} data-order={order.id}>
      <td class="wide faint">{clockTime(order.updated.us)}</td>
      <th scope="row">
        <InstrumentName name={order.instrument} />
      </th>
      <td class={order.side === "buy" ? "up" : "down"}>{order.side}</td>
      <td class="num">{orderPrice(order)}</td>
      <td class="num">
        <span class="wide faint">{order.filledQty} / </span>
        {order.qty}
      </td>
      <td class={tone}>
        {text}
        {orderTags(order).map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
      </td>
      <td class="wide faint by">{order.instance ?? "hand"}</td>
      <td class="num act">{order.terminal ? null : <CancelButton order={order} />}</td>
    </tr>
  );
}

/** Why an order was denied or rejected, below it and in full. */
function ReasonRow({ reason }: { readonly reason: string }) {
  return (
    <tr class="reason">
      <td class="wide" />
      <td colSpan={7}>{reason}</td>
    </tr>
  );
}

function CancelButton({ order }: { readonly order: OrderView }) {
  const { session } = usePage();
  const [busy, setBusy] = useState(false);
  const cancel = async () => {
    setBusy(true);
    await session.cancelOrder(order.id);
    setBusy(false);
  };
  const sent = busy || order.state === "cancelSent";
  return (
    <button
      type="button"
      class="small icon"
      disabled={sent}
      aria-label={`Cancel order ${order.id}: ${order.side} ${order.instrument}`}
      title="Cancel this order"
      onClick={() => void cancel()}
    >
      ✕
    </button>
  );
}

/** Asks once more in place: the second press within some seconds does it. */
function CancelAll({ count }: { readonly count: number }) {
  const { session } = usePage();
  const [armed, setArmed] = useState(false);
  if (count === 0) return null;
  const press = () => {
    setArmed(!armed);
    if (armed) void session.cancelAll();
  };
  return (
    <button type="button" class={armed ? "small danger" : "small"} onClick={press} onBlur={() => setArmed(false)}>
      {armed ? `Cancel all ${count}?` : "Cancel all"}
    </button>
  );
}
