/** Routes of history over a real store: the shapes of what is live, pages, filters, timelines; and without a store a clear answer. */

import { afterAll, describe, expect, test } from "bun:test";
import { ETH } from "../engine/engine.testing.ts";
import { RecordKind } from "../model/record.ts";
import { RigHistory } from "./history.testing.ts";
import { Client, ORDER, Rig } from "./rig.testing.ts";

const rig = new Rig();
const client = new Client(rig);
const history = new RigHistory(rig);
rig.start();
afterAll(async () => {
  await rig.control.stop();
  await history.done;
  await history.store.close();
});
rig.quote(19_999_900, 20_000_100);

async function placed(qty = "0.5"): Promise<number> {
  rig.desk.nowUs += 10_000;
  const { json } = await client.post("/api/v1/orders", { ...ORDER, qty });
  return json.id;
}

describe("history", () => {
  test("orders and executions are those of the live lists, over pages and filters", async () => {
    for (let n = 0; n < 7; n++) {
      const id = await placed(`0.${n + 1}`);
      if (n % 2 === 0) rig.fill(id, `F${id}`);
    }
    const denied = await client.post("/api/v1/orders", { ...ORDER, qty: "900000" });
    expect(denied.json.code).toBe("OrderDenied");
    const live = (await client.get("/api/v1/orders?limit=100")).json;
    expect((await client.get("/api/v1/history/orders?limit=100")).json.items).toEqual(live.items);
    const items: unknown[] = [];
    for (let next = ""; next !== null; ) {
      const { json } = await client.get(`/api/v1/history/orders?limit=3${next === "" ? "" : `&cursor=${next}`}`);
      items.push(...json.items);
      next = json.next;
    }
    expect(items).toEqual(live.items);
    const open = (await client.get(`/api/v1/history/orders?state=open&instrument=${ETH.name}`)).json.items;
    expect(open.map(({ id }: { id: number }) => id)).toEqual([6, 4, 2]);
    const none = await client.get("/api/v1/history/orders?from=9000000000000000");
    expect(none.json.items).toEqual([]);
    const fills = (await client.get("/api/v1/executions")).json.items;
    expect(fills.length).toBe(4);
    expect((await client.get("/api/v1/history/executions")).json.items).toEqual(fills);
    expect((await client.get("/api/v1/history/executions?order=3")).json.items.length).toBe(1);
  });

  test("a timeline says what happened, in order, and why", async () => {
    const { json } = await client.get("/api/v1/history/orders/1/timeline");
    const events = json.events.map(({ event, state, cause }: Record<string, string>) => `${event} ${state} ${cause}`);
    expect(events[0]).toBe("OrderIntent intent by hand");
    expect(events).toContain("OrderSent sent engine");
    expect(events.at(-1)).toBe("OrderFilled filled venue: stream");
    expect(json.executions.map(({ fillId }: { fillId: string }) => fillId)).toEqual(["F1"]);
    expect(json.order.state).toBe("filled");
    const { json: denied } = await client.get("/api/v1/history/orders/8/timeline");
    expect(denied.events).toMatchObject([{ event: "OrderDenied", state: "denied", cause: "risk" }]);
    expect(denied.events[0].code).toMatch(/^[A-Z]/);
    const missing = await client.get("/api/v1/history/orders/999/timeline");
    expect([missing.status, missing.json.code]).toEqual([404, "NotFound"]);
  });

  test("positions, balances and profit by period", async () => {
    const live = (await client.get("/api/v1/positions")).json.items;
    const { json } = await client.get("/api/v1/history/positions");
    expect(json.items.map(({ qty }: { qty: string }) => qty)).toEqual(live.map(({ qty }: { qty: string }) => qty));
    const day = await client.get(`/api/v1/history/positions?at=${rig.desk.nowUs}&account=desk`);
    expect(day.json.items).toEqual(json.items);
    const balances = (await client.get("/api/v1/balances")).json.items as { asset: string; total: string }[];
    for (const { asset, total } of balances) {
      const points = (await client.get(`/api/v1/history/balances?account=desk&asset=${asset}`)).json.items;
      if (total !== "0") expect(points[0].total).toBe(total);
    }
    const pnl = await client.get("/api/v1/history/pnl?account=desk&asset=USDT&step=1m&instance=manual");
    expect(pnl.status).toBe(200);
    expect(pnl.json.items.length).toBeGreaterThan(0);
    expect((await client.get("/api/v1/history")).json).toMatchObject({ state: "following", dialect: "sqlite" });
  });

  test("what cannot be is refused in words", async () => {
    for (const path of [
      "orders?account=nobody",
      "orders?from=x",
      "orders?cursor=abc",
      "balances?account=desk",
      "pnl?account=desk&asset=USDT&step=2m",
    ]) {
      const answer = await client.get(`/api/v1/history/${path}`);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.type).toBe("application/problem+json");
    }
  });

  test("without a store there is a clear answer", async () => {
    const bare = new Rig();
    bare.start();
    const answer = await new Client(bare).get("/api/v1/history/orders");
    expect([answer.status, answer.json.code]).toEqual([404, "HistoryAbsent"]);
    await bare.control.stop();
  });

  test("a fill that the venue takes back is shown so", async () => {
    const id = await placed();
    rig.fill(id, "BUST");
    rig.desk.report(RecordKind.FillBusted, id, {
      fillId: "BUST",
      qty: rig.desk.state.orders.qty(id),
      price: 20_000_000,
    });
    rig.pump();
    const live = (await client.get("/api/v1/executions?limit=1")).json.items;
    expect(live[0].busted).toBe(true);
  });
});
