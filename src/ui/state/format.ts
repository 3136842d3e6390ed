/** How values read on the page: times, names, states, parameters. */

import type { InstanceView, OrderView, RiskView } from "../../control/views.ts";

/** Words for an order's state, and how much it deserves attention. */
export interface StateWords {
  readonly text: string;
  readonly tone: "calm" | "good" | "warn" | "bad" | "faint";
}

/** Local time of day: 14:03:09. */
export function clockTime(us: number): string {
  const date = new Date(us / 1_000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":");
}

/** 4 s, 3 min, 5 h, 2 d. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `sim:BTC-USDT-PERP` → venue and the rest. */
export function instrumentParts(name: string): { venue: string; symbol: string } {
  const colon = name.indexOf(":");
  return colon < 0 ? { venue: "", symbol: name } : { venue: name.slice(0, colon), symbol: name.slice(colon + 1) };
}

/** `partiallyFilled` → "partially filled". */
export function words(camel: string): string {
  return camel.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

export function orderState(order: Pick<OrderView, "state" | "terminal">): StateWords {
  return { text: words(order.state), tone: orderTone(order) };
}

function orderTone({ state, terminal }: Pick<OrderView, "state" | "terminal">): StateWords["tone"] {
  if (state === "unknown") return "bad";
  if (state === "denied" || state === "rejected") return "warn";
  if (state === "filled") return "good";
  return terminal ? "faint" : "calm";
}

/** What an order is beside its state, in single words. */
export function orderTags(order: OrderView): string[] {
  const tags = [order.timeInForce === "gtc" ? "" : order.timeInForce, order.postOnly ? "post" : ""];
  if (order.reduceOnly) tags.push("reduce");
  if (order.emulated === true && order.triggered !== true && !order.terminal) tags.push("emulated");
  if (order.external === true) tags.push("external");
  if (order.lost === true) tags.push("lost");
  if (order.group !== undefined) tags.push("oco");
  if (order.parent !== undefined) tags.push(`of ${order.parent}`);
  return tags.filter((tag) => tag !== "");
}

/** Limit price, else the type; with the trigger of an order that waits for one: `limit 1,900 @ 1,905`. */
export function orderPrice(order: OrderView): string {
  const own = order.price ?? order.type;
  const { triggerPrice, trailBps, trailPrice } = order;
  const trail = trailBps === undefined ? trailPrice : `${trailBps} bp`;
  if (trail !== undefined) return `${own} ${trail}`;
  return triggerPrice === undefined || order.terminal ? own : `${own} @ ${triggerPrice}`;
}

/** `fast 12 · slow 26`. */
export function paramText(params: InstanceView["params"]): string {
  const shown = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return Object.entries(params)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(" · ");
}

export function marketText(markets: InstanceView["markets"]): string {
  const one = ({ instrument, tf }: { instrument: string; tf?: string | undefined }) =>
    tf === undefined ? instrument : `${instrument} ${tf}`;
  return Object.values(markets).map(one).join(", ");
}

/** 1 order, 2 orders. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** One line for each scope that a control has stopped, or that only reduces. */
export function controlLines(risk: RiskView): string[] {
  const scope = (of: { scope: string; key: string }) => (of.key === "" ? of.scope : `${of.scope} ${of.key}`);
  const breakers = risk.breakers.map((breaker) => {
    const ends = breaker.until === null ? "until it is reset by name" : `until ${clockTime(breaker.until.us)}`;
    const why = breaker.why === "" ? "" : `, ${breaker.why}`;
    return `${scope(breaker)}: ${breaker.code} (${breaker.action}) ${ends}${why}`;
  });
  return [...breakers, ...risk.tradingStates.map((state) => `${scope(state)}: ${state.state}`)];
}
