/** Routes of risk's controls: what is set, reset, armed and overridden, by whom; and what is refused. */

import { afterAll, expect, test } from "bun:test";
import { ETH } from "../engine/engine.testing.ts";
import { RecordKind } from "../model/record.ts";
import { Client, ORDER, Rig } from "./rig.testing.ts";

const rig = new Rig();
const client = new Client(rig);
rig.start();
afterAll(() => rig.control.stop());

const BY = { by: "ada", why: "test" };
const post = (path: string, body: Record<string, unknown>) => client.ask("POST", `/api/v1/risk/${path}`, body);
rig.quote(19_999_900, 20_000_100);

test("a trading state holds for its scope; whoever sets it says who and why", async () => {
  const at = { scope: "instrument", key: ETH.name };
  expect((await post("trading-state", { ...at, state: "halted", by: "", why: "x" })).status).toBe(422);
  const halted = await post("trading-state", { ...at, state: "halted", ...BY });
  expect(halted.json.risk.tradingStates).toEqual([{ ...at, state: "halted" }]);
  const denied = await client.ask("POST", "/api/v1/orders", ORDER);
  expect([denied.status, denied.json.denial]).toEqual([422, "TradingHalted"]);
  await post("trading-state", { ...at, state: "reducing", ...BY });
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).json.denial).toBe("OnlyReducing");
  expect((await post("trading-state", { ...at, state: "active", ...BY })).json.risk.tradingStates).toEqual([]);
});

test("a venue is halted and killed by its name; a resume says scope and reason", async () => {
  const at = { scope: "venue", key: ETH.venue };
  await post("trading-state", { ...at, state: "reducing", ...BY });
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).json.denial).toBe("OnlyReducing");
  await post("trading-state", { ...at, state: "active", ...BY });
  expect((await post("trading-state", { ...at, key: "elsewhere", state: "halted", ...BY })).status).toBe(422);
  expect((await post("kill", { ...at, why: "news" })).json.risk.kills).toMatchObject([{ ...at, why: "news" }]);
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).json.denial).toBe("KillSwitch");
  for (const body of [{}, { scope: "venue", key: ETH.venue }, { why: "x" }]) {
    expect((await post("resume", body)).status).toBe(422);
  }
  expect((await post("resume", { ...at, why: "over" })).json.risk.kills).toEqual([]);
});

test("limits of a venue have versions of their own, and bind", async () => {
  const body = { scope: "venue", key: ETH.venue, maxOrderQty: "0.4" };
  const put = await client.ask("PUT", "/api/v1/risk/limits", body);
  expect(put.json.limits).toEqual({ ...body, version: 1 });
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).json.denial).toBe("MaxOrderQty");
  const again = await client.ask("PUT", "/api/v1/risk/limits", { ...body, maxOrderQty: "90", version: 1 });
  expect(again.json.limits.version).toBe(2);
  expect((await client.ask("PUT", "/api/v1/risk/limits", { ...body, version: 1 })).status).toBe(409);
});

test("an override lets the very order through once; the same person twice is no two people", async () => {
  await client.ask("PUT", "/api/v1/risk/limits", { scope: "account", key: "desk", maxOrderValue: "10" });
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).json.denial).toBe("MaxOrderValue");
  const { account, instrument, side, qty, price } = ORDER;
  const wish = { account, instrument, side, qty, price, seconds: 60, by: "ada", reason: "unwind" };
  expect((await post("override", { ...wish, second: " ADA" })).status).toBe(422);
  expect((await post("override", { ...wish, second: "bob", seconds: 301 })).status).toBe(422);
  const granted = await post("override", { ...wish, second: "bob" });
  expect(granted.json.risk.overrides).toMatchObject([{ account, instrument, by: "ada", second: "bob", qty: "0.5" }]);
  expect((await client.ask("POST", "/api/v1/orders", { ...ORDER, qty: "0.6" })).json.denial).toBe("MaxOrderValue");
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).status).toBe(201);
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).json.denial).toBe("MaxOrderValue");
  await client.ask("PUT", "/api/v1/risk/limits", { scope: "account", key: "desk" });
});

test("a breaker is shown, denies, and is reset by name only where it is tripped", async () => {
  await client.ask("PUT", "/api/v1/risk/limits", { scope: "firm", rejectRatio: { orders: 2, bps: 4_999 } });
  for (const price of ["1990", "1991"]) {
    const placed = await client.ask("POST", "/api/v1/orders", { ...ORDER, price });
    rig.desk.report(RecordKind.OrderRejected, placed.json.id);
    rig.pump();
  }
  const state = await client.ask("GET", "/api/v1/risk/state");
  expect(state.json.breakers).toMatchObject([{ scope: "firm", key: "", code: "RejectRatio", action: "reduce" }]);
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).json.denial).toBe("RejectRatio");
  const wrong = await post("breakers/reset", { scope: "account", key: "desk", code: "RejectRatio", ...BY });
  expect(wrong.json.code).toBe("BreakerUnknown");
  expect((await post("breakers/reset", { scope: "firm", code: "Nothing", ...BY })).json.code).toBe("BreakerUnknown");
  const reset = await post("breakers/reset", { scope: "firm", code: "RejectRatio", ...BY });
  expect(reset.json.risk.breakers).toEqual([]);
  expect((await client.ask("POST", "/api/v1/orders", ORDER)).status).toBe(201);
});

test("arming names the build", async () => {
  expect((await post("arm", { account: "desk", armed: true, ...BY })).json.code).toBe("OverrideInvalid");
  expect((await post("arm", { account: "desk", armed: true, build: "abc", ...BY })).status).toBe(200);
  expect(rig.desk.state.risk.arming.build(0)).toBe("abc");
  expect((await post("arm", { account: "other", armed: true, ...BY })).status).toBe(422);
});
