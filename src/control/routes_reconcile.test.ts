/** Routes of reconciliation over a real port, with a desk whose venue is worked by hand. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ETH } from "../engine/engine.testing.ts";
import { AskedDesk } from "../engine/reconciler.testing.ts";
import { clientOrderId } from "../model/client_order_id.ts";
import { Side } from "../model/order.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { Client, Rig } from "./rig.testing.ts";

const ONE = 1_000_000;
const desk = new AskedDesk();
desk.engine.define(
  Object.assign(new TradingRecord().reset(RecordKind.SessionStarted), { text: '{"epoch":8}' }),
  desk.nowUs,
);
desk.ready();
const rig = new Rig(desk);
const client = new Client(rig);
beforeAll(() => void rig.start());
afterAll(() => rig.control.stop());

const WHY = { account: "desk", why: "found by hand" };
const sweep = (orders: Partial<TradingRecord>[], held: number) => {
  const positions = [{ qty: held, side: Side.Buy }];
  desk.pass(61_000_000);
  desk.asked.splice(0, desk.asked.length - 3);
  desk.answerSweep(orders, positions);
  desk.pass(1_100_000);
  if (desk.asked.some((query) => query.kind === "positions")) desk.reply("positions", positions);
  rig.pump();
};

describe("reconciliation", () => {
  test("an external order is shown as such, under its own id, and can be taken into hand", async () => {
    const stated = { code: VenueOrderStatus.Open, side: Side.Sell, qty: ONE, price: 27_000_000 };
    sweep([{ ...stated, venueOrderId: "X1", text: "web_77" }], 0);
    const { items } = (await client.get("/api/v1/orders?state=open")).json;
    expect(items).toMatchObject([{ external: true, clientOrderId: "web_77", venueOrderId: "X1", instance: null }]);
    const { id } = items[0];
    const refused = await client.post(`/api/v1/orders/${id}/adopt`, {});
    expect(refused.status).toBe(422);
    const adopted = await client.post(`/api/v1/orders/${id}/adopt`, { why: "mine" });
    expect([adopted.status, adopted.json.order.external]).toEqual([200, undefined]);
    desk.quote(26_790_000, 26_800_000);
    const own = desk.place(26_790_000, ONE);
    rig.pump();
    const shown = (await client.get(`/api/v1/orders/${own}`)).json.order;
    expect(shown.clientOrderId).toBe(clientOrderId(rig.ports.node, 8, 0, own));
  });

  test("an order that nobody can tell of any more is ended by name; one that is not unknown is refused", async () => {
    const own = desk.place(26_790_000, ONE);
    rig.pump();
    const end = (body: object) => client.post(`/api/v1/orders/${own}/end`, body);
    expect([(await end({ why: "gone" })).status, (await end({ by: "ann", why: "" })).status]).toEqual([422, 422]);
    const early = await end({ by: "ann", why: "gone" });
    expect([early.status, early.json.code]).toEqual([422, "ReconcileRefused"]);
    desk.put(RecordKind.OrderUnknown, 0, { order: own, code: 704 });
    rig.pump();
    const ended = await end({ by: "ann", why: "gone, says their support" });
    expect([ended.status, ended.json.order.state]).toEqual([200, "canceled"]);
  });

  test("a break is told, and closed by an adjustment with a reason", async () => {
    sweep([], 3 * ONE);
    const found = (await client.get("/api/v1/readiness")).json.readiness;
    expect(found.accounts).toMatchObject([{ account: "desk", state: "ready", why: "reconciled" }]);
    expect(found.breaks).toMatchObject([
      { account: "desk", instrument: ETH.name, leg: "net", venueQty: "3", ourQty: "0" },
    ]);
    for (const wrong of [{ qty: "x" }, { qty: "1.0000001" }, { price: "-1" }, { leg: "up" }, { why: "" }]) {
      const body = { ...WHY, instrument: ETH.name, qty: "3", ...wrong };
      expect((await client.post("/api/v1/positions/adjust", body)).status, JSON.stringify(wrong)).toBe(422);
    }
    const closed = await client.post("/api/v1/positions/adjust", { ...WHY, instrument: ETH.name, qty: "3" });
    expect([closed.status, closed.json.readiness.breaks]).toEqual([200, []]);
  });

  test("an account is reconciled again when asked", async () => {
    const asked = await client.post("/api/v1/reconcile", WHY);
    expect([asked.status, asked.json.readiness.accounts[0].state]).toEqual([200, "syncing"]);
    expect((await client.post("/api/v1/reconcile", { ...WHY, account: "nobody" })).status).toBe(422);
  });
});
