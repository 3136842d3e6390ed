/** What the built-ins do: ema_cross follows crossings, market_making leans against what it holds, noop does nothing. */

import { describe, expect, test } from "bun:test";
import { Desk } from "../../engine/engine.testing.ts";
import { SlotKind } from "../../model/market_slot.ts";
import { OrderFlag, Side } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { type ParamValues, resolveParams } from "../params.ts";
import { BUILT_IN } from "./index.ts";

const BID = 26_800_000;

function run(name: string, raw: ParamValues, steps: (d: Desk) => void): Desk {
  const d = new Desk();
  d.quote(BID, BID + 1_000);
  const module = BUILT_IN[name];
  const resolved = module === undefined ? undefined : resolveParams(module.definition, raw);
  if (module === undefined || resolved?.ok !== true) throw new Error(`no ${name}`);
  const record = new TradingRecord().reset(RecordKind.InstanceStarted);
  record.instance = 1;
  record.text = "{}";
  d.engine.define(record, d.nowUs);
  const bindings = { main: { instrument: 0, account: 0, tf: "1s" } };
  expect(d.engine.host.add({ id: 1, module, params: resolved.params, bindings })).toBeUndefined();
  d.engine.start(1, d.nowUs);
  steps(d);
  expect(d.engine.host.problems).toEqual([]);
  return d;
}

function trade(d: Desk, price: number, id: number): void {
  d.lanes.market.put(SlotKind.Trade, 0, 1, 0, d.nowUs, d.nowUs, price, 1e6, d.nowUs, 0, id);
  d.lanes.market.publish();
  d.engine.poll();
  d.nowUs += 1_000_000;
}

describe("built-ins", () => {
  test("ema-cross buys on the upward crossing and sells what it holds on the downward one", () => {
    const path = [...Array(12).fill(0), ...Array.from({ length: 10 }, (_, i) => i * 5_000), ...Array(14).fill(-60_000)];
    const d = run("ema-cross", { fast: 3, slow: 6, size: 0.05 }, (desk) => {
      path.forEach((offset: number, i) => {
        const sent = desk.gateway.opened.length;
        trade(desk, BID + offset, i + 1);
        for (const order of desk.gateway.opened.slice(sent)) {
          desk.report(RecordKind.OrderAccepted, order.order);
          desk.report(RecordKind.OrderFilled, order.order, {
            price: BID,
            cumQty: order.qty,
            fillId: `f${order.order}`,
          });
        }
      });
    });
    expect(d.gateway.opened.map((order) => [order.side, order.text])).toEqual([
      [Side.Buy, "golden cross"],
      [Side.Sell, "death cross"],
    ]);
    expect(d.gateway.opened[1]?.qty).toBe(d.gateway.opened[0]?.qty as number);
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(0);
  });

  test("market-making on spot bids post-only, offers only what it has bought, and re-quotes when the price moves", () => {
    const d = run("market-making", {}, (desk) => {
      desk.quote(BID, BID + 1_000);
      expect(desk.gateway.opened.map((order) => order.side)).toEqual([Side.Buy]);
      expect(desk.gateway.opened[0]?.flags).toBe(OrderFlag.PostOnly);
      const { order, qty } = desk.gateway.opened[0] as TradingRecord;
      desk.report(RecordKind.OrderAccepted, order);
      desk.report(RecordKind.OrderFilled, order, { cumQty: qty, fillId: "f1" });
      desk.nowUs += 1_000;
      desk.quote(BID, BID + 1_000);
      expect(
        desk.gateway.opened
          .slice(1)
          .map((o) => o.side)
          .sort(),
      ).toEqual([Side.Buy, Side.Sell]);
      for (const o of desk.gateway.opened.slice(1)) desk.report(RecordKind.OrderAccepted, o.order);
      desk.nowUs += 1_000;
      desk.quote(BID + 100_000, BID + 101_000);
    });
    expect(d.gateway.closed.length).toBe(2);
  });

  test("noop sends nothing", () => {
    expect(run("noop", {}, (d) => d.quote(BID, BID + 1_000)).gateway.opened).toEqual([]);
  });
});
