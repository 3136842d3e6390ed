/** Orders for benches of the store: as many as wanted, in batches as a projection makes them. */

import type { Store } from "../src/store/store.ts";
import type { Row } from "../src/store/tables.ts";

export const ACCOUNTS = 4;
export const INSTRUMENTS = 50;
const INSTANCES = 20;
const BATCH = 5_000;
const START_US = 1_767_225_600_000_000;
const STEP_US = 1_000_000;
/** One of so many is open still. */
const OPEN_EVERY = 50_000;

/** One order for each record from the store's cursor on. */
export async function fillOrders(
  store: Store,
  count: number,
  onBatch: (done: number) => void = () => {},
): Promise<void> {
  let done = await store.cursor("projection");
  while (done < count) {
    const [from, to] = [done + 1, Math.min(done + BATCH, count)];
    const rows = Array.from({ length: to - from + 1 }, (_, n) => orderRow(from + n));
    await store.apply({ from, to, rows: rows.map((row) => ({ table: "orders", op: "put", row }) as const) });
    done = to;
    onBatch(done);
  }
}

export function timeOfOrder(id: number): number {
  return START_US + id * STEP_US;
}

function orderRow(id: number): Row<"orders"> {
  const isOpen = id % OPEN_EVERY === 0;
  const timeUs = timeOfOrder(id);
  return {
    id,
    clientOrderId: `m1-1-${id.toString(36)}`,
    venueOrderId: String(9_000_000_000 + id),
    account: id % ACCOUNTS,
    instrument: (id * 31) % INSTRUMENTS,
    revision: 1,
    instance: (id * 17) % INSTANCES,
    ...{ side: id % 2 === 0 ? "buy" : "sell", leg: "net", type: "limit", timeInForce: "gtc" },
    ...{ postOnly: true, reduceOnly: false, external: false, lost: false, emulated: false, triggered: false },
    price: `${2_000 + (id % 500)}.25`,
    ...{ qty: "0.015", filledQty: isOpen ? "0" : "0.015", filledAmount: isOpen ? "0" : "31.50375" },
    ...{ triggerPrice: null, triggerBy: null, trailPrice: null, trailBps: null, watermark: null, onOutage: null },
    ...{ displayQty: null, expireUs: null, parent: null, ocoGroup: null },
    ...{ state: isOpen ? "open" : "filled", terminal: !isOpen, reason: null, why: "crossed the upper band" },
    ...{ createdRecord: id, createdUs: timeUs, record: id, timeUs: timeUs + 250_000 },
  };
}
